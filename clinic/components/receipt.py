"""The receipt: the ids of the edits that are stored, sent ahead of the picture that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_MOST = 50
_component = st.components.v2.component(
    "motionward_receipt",
    html="<span></span>",
    js=(Path(__file__).parent / "receipt" / "receipt.js").read_text(encoding="utf-8"),
)


def mount_receipt(stored: Sequence[str], key: str) -> None:
    """Tell the timeline that these edits are stored; only the newest can still be waited for."""
    _component(key=key, data=list(stored[-_MOST:]))
