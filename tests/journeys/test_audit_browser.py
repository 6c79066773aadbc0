"""An audit in a real browser: one key a stretch, saved at once, there again after a reload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.clinic.pages.made_store import store_with
from tests.journeys.browsing import browsed, serious, served

BUTTON = """addEventListener("DOMContentLoaded", () => {
  const button = document.createElement("button");
  button.id = "led here";
  document.body.append(button);
  button.focus();
})"""
"""What has the keys while the page is drawn."""


def settled(page: Page) -> Any:  # what the canvas says it shows
    """The canvas once its stretch is drawn and everything is saved."""
    page.locator(".audit[data-waiting='0'][data-view*='\"ready\":true'][data-view*='\"stretch\":']").wait_for()
    return json.loads(page.locator(".audit").get_attribute("data-view") or "{}")


def test_keys_answer_are_saved_and_survive_a_reload(tmp_path: Path) -> None:
    store = store_with(tmp_path, days=1)
    with served(store.home) as address, browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        page.get_by_role("button", name="Audit", exact=True).click()
        page.get_by_role("button", name="Begin the audit").click()
        first = settled(page)
        assert (first["answered"], first["total"]) == (0, 40)
        expect(page.locator(".card")).not_to_contain_text("robability")
        for count, key in enumerate("yn3c", start=1):  # nobody has clicked on the canvas
            page.keyboard.press(key)
            page.locator(f".audit[data-view*='\"stretch\":{count},']").wait_for()
        assert settled(page)["stretch"] == 4
        page.keyboard.press("u")
        page.locator(".audit[data-view*='\"stretch\":3']").wait_for()
        assert settled(page)["answered"] == 3
        said = [(a.stretch, a.verdict, a.episodes) for a in store.answers("P-0001")]
        assert said == [(0, "there", None), (1, "not there", None), (2, "there", 3)]
        page.add_init_script(BUTTON)
        page.reload()
        assert settled(page)["stretch"] == 3
        assert page.evaluate("document.activeElement.id") == "led here"
        page.evaluate("document.activeElement.remove()")  # as the page takes away what was clicked, sooner or later
        page.locator(".audit:focus").wait_for()
        page.keyboard.press("y")
        page.locator(".audit[data-view*='\"stretch\":4,']").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert serious(heard) == []
        assert heard.strangers == []
