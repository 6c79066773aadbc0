from __future__ import annotations

import builtins
import hashlib
import os
import re
import subprocess
import sys
import zlib
from typing import Any

import pytest

from clinic.reports.content import Report
from clinic.reports.html import to_html
from clinic.reports.make import report_for_analysis, report_for_patient
from clinic.reports.material import material_of
from clinic.reports.pdf import to_pdf
from clinic.store.rows import Head, PatientRow
from data.errors import MotionwardError
from tests.clinic.reports.made import analysis_of, worn_days

pytest.importorskip("weasyprint", reason="Pango is not on this machine", exc_type=OSError)


@pytest.fixture(scope="module")
def page() -> str:
    week = worn_days(7)
    return to_html(report_for_analysis(week, analysis_of(week)))


def objects_of(pdf: bytes) -> bytes:
    """The file with its compressed objects laid open, pictures of pages left out."""
    packed = re.findall(rb"/ObjStm.*?stream\n(.*?)\nendstream", pdf, flags=re.DOTALL)
    return pdf + b"".join(zlib.decompress(p) for p in packed)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b(?!s)", objects_of(pdf)))


def test_a_week_is_one_page_of_a4(page: str) -> None:
    pdf = to_pdf(page)
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 1
    assert re.search(rb"/MediaBox \[0 0 595\.2\d* 841\.8\d*\]", objects_of(pdf))


def test_the_same_page_gives_the_same_bytes_in_another_process(page: str) -> None:
    code = (
        "import sys, hashlib; from clinic.reports.pdf import to_pdf;"
        "sys.stdout.write(hashlib.sha256(to_pdf(sys.stdin.read())).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        input=page,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1700000000"},
    )
    assert other.stdout == hashlib.sha256(to_pdf(page)).hexdigest()


def test_another_page_has_another_identifier(page: str) -> None:
    def identifier(pdf: bytes) -> bytes:
        found = re.search(rb"/ID ?\[(.+?)\]", pdf)
        assert found is not None
        return found[1]

    assert identifier(to_pdf(page)) != identifier(to_pdf(page.replace("For the chart", "For you")))


def test_without_pango_one_sentence_says_what_to_do(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_pango(name: str, *args: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", no_pango)
    with pytest.raises(MotionwardError, match="Pango library is missing: install it"):
        to_pdf(page)


def everything_of(days: int) -> Report:
    """A report of so many days with everything on it."""
    # Dense rows, doses, gaps, reasons, reviews and the detector's figures.
    from tests.clinic.reports.test_report_html import CARD, FIVE_HOURS, doses_at

    fortnight = worn_days(days)
    m = material_of(
        fortnight,
        analysis_of(
            fortnight,
            [(k * 86_400.0 + at, 5.0) for k in range(days) for at in (600.0, 9000.0)],
            unsure=[(20_000.0, 4.0)],
            not_judged=[(1000.0 + 60 * k, 5.0, f"reason {k} that takes some words") for k in range(5)],
        ),
    )
    return report_for_patient(
        PatientRow("P-0001", "Europe/Berlin", True, 0), m.recordings, m.runs, m.spans, m.episodes, m.findings,
        doses_at((0.0, 3.0), fortnight), Head(12, "cd" * 32), (CARD,), span=fortnight.interval,
        validity=FIVE_HOURS,
    )  # fmt: skip


def test_a_fortnight_with_everything_on_it_is_one_page_too() -> None:
    report = everything_of(14)
    assert len(report.table) == 15
    assert report.doses is not None
    assert pages_of(to_pdf(to_html(report))) == 1


def test_what_is_too_long_for_the_page_is_drawn_smaller(page: str) -> None:
    longer = page.replace(
        "<p>Nobody has", "<p>" + "A sentence more that somebody wants to be read. " * 30 + "Nobody has"
    )
    assert longer != page
    pdf = to_pdf(longer)
    assert pages_of(pdf) == 1
    assert re.search(rb"/MediaBox \[0 0 595\.\d* 841\.\d*\]", objects_of(pdf))
