"""The timeline component: registered once, mounted with one binary message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent / "timeline"
# The parts share one scope, so that the browser gets a single module without a build step.
_PARTS = ("base", "overview", "window", "card", "main")

_component = st.components.v2.component(
    "motionward_timeline",
    html=(_FOLDER / "timeline.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "timeline.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS),
)


def mount_timeline(message: bytes, key: str, on_view: Callable[[], None], on_outbox: Callable[[], None]) -> None:
    """Show the timeline.

    Parameters
    ----------
    message
        From :class:`~clinic.components.message.Message`.
    on_view
        Called before the page runs again; ``state(key, "view")`` then says what is looked at.
    on_outbox
        The same for ``state(key, "outbox")``: the list of edits not yet seen in ``applied``.
    """
    _component(key=key, data=message, on_view_change=on_view, on_outbox_change=on_outbox)


def state(key: str, name: str) -> Any:  # whatever JSON the component's script has set
    """A state value of the component mounted under ``key``; None before it was set."""
    held = st.session_state.get(key)
    return None if held is None else held.get(name)
