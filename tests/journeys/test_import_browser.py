from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from clinic.home import Home
from clinic.store import Store
from tests.journeys.browsing import browsed, serious, served

LONG_MS = 120_000


def test_a_file_is_dropped_understood_imported_and_reported(shared_data: Path, tmp_path: Path) -> None:
    recording = shared_data / "daphnet" / "original" / "S02R01.txt"
    junk = tmp_path / "junk.csv"
    junk.write_text("hello\nworld\n")
    home = Home(tmp_path / "home")
    with served(home) as address, browsed() as (page, heard):
        page.goto(f"{address}/import")
        page.locator("input[type=file]").set_input_files([str(recording), str(junk)])
        page.get_by_text("2 files: 1 can be imported now.").wait_for()
        page.get_by_text("Refused: it is text without a table of numbers").wait_for()
        assert Store.open(home).recordings() == []
        code = page.get_by_label("Patient code").first
        code.fill("P-0042")
        code.press("Enter")
        page.get_by_role("button", name="Import 1 recording").click()
        # Whatever came of it is waited for, so that a refusal fails at once and with its words.
        page.get_by_text("what happened").wait_for(timeout=LONG_MS)
        assert re.search(r"S02R01\.txt\s+imported\s+Imported; \d+ flags", page.inner_text("table"))
        expect(page.get_by_role("button", name="Open the timeline of P-0042")).to_be_visible()
        page.goto(f"{address}/report?patient=P-0042")
        page.frame_locator("iframe").get_by_text("What this page cannot say").wait_for()
        with page.expect_download() as waiting:
            page.get_by_role("button", name="HTML").click()
        target = tmp_path / "report.html"
        waiting.value.save_as(target)
        text = target.read_text(encoding="utf-8")
        assert "P-0042" in text
        assert "this file has no date" in text
        assert serious(heard) == []
        assert heard.strangers == []
    (stored,) = Store.open(home).recordings()
    assert stored.file == "S02R01.txt"
    assert stored.patient == "P-0042"
