"""A piece of HTML whose links change the page without loading it anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

_FOLDER = Path(__file__).parent / "links"
_component = st.components.v2.component(
    "motionward_links",
    html='<div class="links"></div>',
    css=(_FOLDER / "links.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "links.js").read_text(encoding="utf-8"),
)


def mount_links(html: str, key: str, on_go: Callable[[str, dict[str, str]], None]) -> None:
    """Show HTML (already escaped); a plain click on a link calls ``on_go(path, query)``.

    With a modifier key, or in a new tab, a link is an ordinary link.
    """

    def ignore() -> None: ...

    # In a list: with bare text Streamlit loads pandas, only to find that it is no table.
    result = _component(key=key, data=[html], on_go_change=ignore)
    href = result.get("go")
    if href:
        parts = urlsplit(str(href))
        on_go(parts.path.strip("/"), dict(parse_qsl(parts.query)))
