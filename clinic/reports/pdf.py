"""A report page as PDF, through WeasyPrint: the same page gives the same bytes."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from data.errors import MotionwardError

NO_PANGO = (
    "A PDF cannot be made on this machine, because the Pango library is missing: install it "
    "(Debian: apt install libpango-1.0-0 libpangoft2-1.0-0; macOS: brew install pango), "
    "or print the HTML report to PDF from a browser."
)
_FAMILY = "Source Sans 3"


def to_pdf(html: str) -> bytes:
    """A4 pages from the page of :func:`clinic.reports.html.to_html`.

    Nothing is fetched: the page refers to nothing outside it. The identifier in the file is
    made from the page's own hash and there is no date of making, so the bytes repeat.

    Raises
    ------
    MotionwardError
        If Pango, which WeasyPrint draws text with, is not on this machine.
    """
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415  loads system libraries: only when a PDF is wanted
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415  as above
    except OSError as error:
        raise MotionwardError(NO_PANGO) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of every style that only browsers know
    fonts = FontConfiguration()
    sheets = [CSS(string=_font_face(), font_config=fonts)] if _font() else []
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    with _no_date():
        made = HTML(string=html).write_pdf(stylesheets=sheets, font_config=fonts, pdf_identifier=identifier)
    return bytes(made)


_LOCK = Lock()


@contextmanager
def _no_date() -> Iterator[None]:
    """The font that is embedded carries the time it was cut to size, unless this variable fixes it."""
    with _LOCK:
        before = os.environ.get("SOURCE_DATE_EPOCH")
        os.environ["SOURCE_DATE_EPOCH"] = "0"
        try:
            yield
        finally:
            if before is None:
                del os.environ["SOURCE_DATE_EPOCH"]
            else:
                os.environ["SOURCE_DATE_EPOCH"] = before


def _font() -> Path | None:
    """Source Sans as it comes with Streamlit, so that the same letters are printed on every machine."""
    spec = importlib.util.find_spec("streamlit")  # found, not imported
    if spec is None or spec.origin is None:
        return None
    found = sorted((Path(spec.origin).parent / "static" / "static" / "media").glob("SourceSansVF-Upright*.woff2"))
    return found[0] if found else None


def _font_face() -> str:
    font = _font()
    assert font is not None
    return f"@font-face {{ font-family: '{_FAMILY}'; src: url('{font.as_uri()}'); }}"
