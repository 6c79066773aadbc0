"""The canvases, registered once, mounted with one binary message: the timeline, labels on raw traces, an audit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent


def _read(*names: str) -> str:
    # The parts share one scope, so that the browser gets a single module without a build step.
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


_timeline = st.components.v2.component(
    "motionward_timeline",
    html=_read("timeline/timeline.html"),
    css=_read("timeline/timeline.css"),
    js=_read(*(f"timeline/{part}.js" for part in ("base", "traces", "overview", "window", "card", "main"))),
)
_label = st.components.v2.component(
    "motionward_label",
    html=_read("label/label.html"),
    css=_read("timeline/timeline.css", "label/label.css"),
    js=_read(
        "timeline/base.js",
        "timeline/traces.js",
        "label/picture.js",
        "label/navigator.js",
        "label/aside.js",
        "label/pointer.js",
        "label/main.js",
    ),
)
_audit = st.components.v2.component(
    "motionward_audit",
    html=_read("audit/audit.html"),
    css=_read("timeline/timeline.css", "audit/audit.css"),
    js=_read("timeline/base.js", "timeline/traces.js", "audit/main.js"),
)


def mount_timeline(message: bytes, key: str, on_view: Callable[[], None], on_outbox: Callable[[], None]) -> None:
    """Show the timeline.

    Parameters
    ----------
    message
        From :class:`~clinic.timeline.message.Message`.
    on_view
        Called before the page runs again; ``state(key, "view")`` then says what is looked at.
    on_outbox
        The same for ``state(key, "outbox")``: the list of edits not yet seen in ``applied``.
    """
    _timeline(key=key, data=message, on_view_change=on_view, on_outbox_change=on_outbox)


def mount_label(message: bytes, key: str, on_view: Callable[[], None], on_outbox: Callable[[], None]) -> None:
    """Show the canvas on which spans are marked; as :func:`mount_timeline`, edits may also be seen in ``refused``."""
    _label(key=key, data=message, on_view_change=on_view, on_outbox_change=on_outbox)


def mount_audit(message: bytes, key: str, on_outbox: Callable[[], None]) -> None:
    """Show the canvas on which stretches are answered; edits as on :func:`mount_label`."""
    _audit(key=key, data=message, on_outbox_change=on_outbox)


def state(key: str, name: str) -> Any:  # whatever JSON the component's script has set
    """A state value of the component mounted under ``key``; None before it was set."""
    held = st.session_state.get(key)
    return None if held is None else held.get(name)
