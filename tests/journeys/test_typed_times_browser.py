"""Typed times in a real browser where the clock is put forward or back, or a day ends, inside the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from clinic.home import Home
from clinic.store import Store
from tests.clinic.pages.made_store import store_of
from tests.journeys.browsing import browsed, serious, served
from tests.journeys.test_label_browser import FREEZING, drag, opened, until
from tests.signals import freezing_walk

CHANGES = {
    "forward": (datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC), "01:59:58", "03:00:04", "2:30:00"),
    "back": (datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC), "02:59:58", "02:00:04", ""),
    "midnight": (datetime(2026, 3, 2, 22, 59, 30, tzinfo=UTC), "23:59:58", "00:00:04", ""),
}


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> str:
    """How the clock goes on half a minute after the first sample."""
    return str(request.param)


@pytest.fixture
def kept(change: str, tmp_path: Path) -> Store:
    start = round(CHANGES[change][0].timestamp() * 1e6)
    return store_of(tmp_path, freezing_walk(start_us=start), code="P-0042", days=0)


@pytest.fixture
def address(kept: Store) -> Iterator[str]:
    with served(Home(Path(kept.home.root))) as url:
        yield url


def test_a_typed_time_is_the_one_in_the_window(change: str, address: str, kept: Store) -> None:
    _, start, end, never = CHANGES[change]
    with browsed() as (page, heard):
        opened(page, f"{address}/label?patient=P-0042")
        drag(page, 12, 16)
        page.keyboard.press("1")
        until(page, [12, 16, FREEZING])
        if never:
            page.get_by_label("End", exact=True).fill(never)
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_contain_text("That time never was")
        page.get_by_label("Start", exact=True).fill(start)
        page.get_by_label("End", exact=True).fill(end)
        page.keyboard.press("Enter")
        until(page, [28, 34, FREEZING])
        (label,) = kept.labels()
        begins = kept.recordings()[0].streams[0].interval.start
        assert (label.interval.start - begins, label.interval.end - begins) == (28_000_000, 34_000_000)
        page.get_by_label("End", exact=True).fill(f"{end}.57")
        page.keyboard.press("Enter")
        until(page, [28, 34.57, FREEZING])
        expect(page.get_by_label("End", exact=True)).to_have_value(f"{end}.57")
        expect(page.locator(".label .chosen")).to_contain_text(f"{start}.0 – {end}.57, 6.57 s")
        assert serious(heard) == []
