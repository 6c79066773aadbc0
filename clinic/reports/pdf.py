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

from clinic.reports.fit import SIZES
from data.errors import MotionwardError

NO_PANGO = (
    "A PDF cannot be made on this machine, because the Pango library is missing: install it "
    "(Debian: apt install libpango-1.0-0 libpangoft2-1.0-0; macOS: brew install pango), "
    "or print the HTML report to PDF from a browser."
)
EVIDENCE = "evidence"
"""Name of the part that stands behind the page."""
_FAMILY = "Source Sans 3"


def to_pdf(html: str) -> bytes:
    """A page of A4 from the page of :func:`clinic.reports.html.to_html`, and behind it what the flags stand on.

    What does not fit is drawn smaller, down to the last of ``SIZES``; only what is longer even then goes on
    to another page.

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
    page = HTML(string=html)
    with _no_date():
        for size in SIZES:
            drawn = page.render(stylesheets=[*sheets, CSS(string=_paper(size), font_config=fonts)], font_config=fonts)
            # What the flags stand on begins a page of its own, and has as many as it takes.
            if next((k for k, page in enumerate(drawn.pages) if EVIDENCE in page.anchors), len(drawn.pages)) == 1:
                break
        return bytes(drawn.write_pdf(zoom=size, pdf_identifier=identifier))


def _paper(size: float) -> str:
    """Paper so large that it is A4 again once everything is drawn at ``size``."""
    wide, high, side = 210 / size, 297 / size, 15 / size
    return (
        f"@page {{ size: {wide:.3f}mm {high:.3f}mm !important;"
        f" margin: {10 / size:.3f}mm {side:.3f}mm {8 / size:.3f}mm !important }}"
        f" body {{ width: {wide - 2 * side:.3f}mm !important }}"
    )


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
