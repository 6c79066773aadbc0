from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clinic.home import Home
from clinic.reports.html import to_html
from tests.clinic.pages.made_store import store_with
from tests.clinic.reports.test_report_pdf import everything_of, pages_of
from tests.journeys.browsing import browsed, serious, served


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("home")
    store_with(folder, days=3)
    with served(Home(folder)) as url:
        yield url


def test_a_report_is_seen_and_taken_along(address: str, tmp_path: Path) -> None:
    with browsed() as (page, heard):
        page.goto(f"{address}/report?patient=P-0001")
        sheet = page.frame_locator("iframe")
        sheet.get_by_role("heading", name="Freezing of gait, 3 days").wait_for()
        assert sheet.get_by_text("Nobody has looked at").count() == 1
        for label, start in (("HTML", b"<!DOCTYPE html>"), ("PDF", b"%PDF-"), ("CSV", b"patient,")):
            with page.expect_download() as waiting:
                page.get_by_role("button", name=label).click()
            target = tmp_path / f"report.{label.lower()}"
            waiting.value.save_as(target)
            assert waiting.value.suggested_filename == f"P-0001-freezing-of-gait.{label.lower()}"
            assert target.read_bytes().startswith(start)
        assert serious(heard) == []
        assert heard.strangers == []


def test_the_downloaded_page_stands_alone_and_fits_its_sheet(address: str, tmp_path: Path) -> None:
    with browsed() as (page, heard):
        page.goto(f"{address}/report?patient=P-0001")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="HTML").click()
        target = tmp_path / "report.html"
        waiting.value.save_as(target)
        heard.strangers.clear()
        page.goto(target.as_uri())
        page.emulate_media(media="print")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        assert [u for u in heard.strangers if not u.startswith("file:")] == []
        assert serious(heard) == []


@pytest.mark.parametrize("days", [7, 14])
def test_printed_from_a_browser_a_full_report_is_one_page_too(days: int, tmp_path: Path) -> None:
    report = everything_of(days)
    assert report.doses is not None
    words = "A sentence more that somebody wants to be read. "
    for more in (0, 8):  # what does not fit as it is is printed smaller
        html = to_html(replace(report, limits=(*report.limits, *more * (words,))))
        target = tmp_path / "report.html"
        target.write_text(html, encoding="utf-8")
        with browsed() as (page, _):
            page.goto(target.as_uri())
            assert pages_of(page.pdf(prefer_css_page_size=True)) == 1
    assert "zoom" in html
