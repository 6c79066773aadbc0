from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

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
        page.get_by_role("button", name="Open the timeline of P-0042").click()
        flag_opened, flag_chosen = _read_the_timeline(page)
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
    verdicts = {e.id: e.verdict for e in Store.open(home).episodes(patient="P-0042")}
    assert flag_opened in verdicts
    assert verdicts.pop(flag_chosen) == "right"
    assert set(verdicts.values()) == {""}


def _view(page: Page) -> dict[str, Any]:
    """What the timeline shows now, once its signal has come."""
    page.wait_for_function(
        "() => { const t = document.querySelector('.timeline') ?? [...document.querySelectorAll('*')]"
        ".map(e => e.shadowRoot?.querySelector('.timeline')).find(Boolean);"
        " window.shown = t?.dataset.view && JSON.parse(t.dataset.view); return window.shown?.ready; }"
    )
    return dict(page.evaluate("window.shown"))


def _read_the_timeline(page: Page) -> tuple[str, str]:
    """Open the first flag, select a span of its trace, open the next flag and call it right; their ids."""
    timeline = page.get_by_role("application", name=re.compile("^Timeline"))
    timeline.wait_for(timeout=LONG_MS)
    first = _view(page)
    assert first["episode"] is not None  # the first flag that waits for a look is open
    wide = first["to"] - first["from"]
    expect(page.get_by_text(re.compile(r"peak 0\.\d\d \(0\.\d\d–[01]\.\d\d\)"))).to_be_visible()

    box = timeline.locator("canvas.picture").bounding_box()
    assert box is not None
    trace = page.get_by_text("previous, next").bounding_box()
    assert trace is not None
    y = trace["y"] + 60
    page.mouse.move(box["x"] + 250, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 420, y, steps=5)
    page.mouse.up()
    selected = _view(page)
    assert first["from"] < selected["from"] < selected["to"] < first["to"]
    assert selected["to"] - selected["from"] < wide / 2

    timeline.press("Escape")
    assert (_view(page)["from"], _view(page)["to"]) == (first["from"], first["to"])
    timeline.press("n")
    chosen = _view(page)
    assert chosen["episode"] not in (None, first["episode"])
    page.get_by_role("button", name=re.compile("^Right")).click()
    expect(page.get_by_text("· sure · right")).to_be_visible()
    page.get_by_text(re.compile(r"^right, ")).first.wait_for()  # the table below is drawn from the store
    return first["episode"], chosen["episode"]
