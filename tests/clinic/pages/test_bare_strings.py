"""Streamlit writes a string that stands alone in a page's script onto the page."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from clinic.pages import frame


@pytest.mark.parametrize("script", sorted(frame._FILES.values()))
def test_a_pages_script_holds_no_string_that_would_be_shown(script: str) -> None:
    tree = ast.parse((Path(frame.__file__).parent / script).read_text("utf-8"))
    alone = [n.lineno for n in tree.body[1:] if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    assert alone == []
