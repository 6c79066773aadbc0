"""The same instant in the next sensor, one key away, where each sensor of a patient wrote a file of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from clinic.home import Home
from clinic.reading import placed
from clinic.store import Store
from data.readers import read
from data.recording import Clock
from tests.clinic.pages.made_store import ACTOR
from tests.clinic.reports.made import NOW_US, analysis_of
from tests.journeys.browsing import browsed, serious, served

S = 1_000_000
ACC = ["acc_x", "acc_y", "acc_z"]


@pytest.fixture(scope="module")
def kept(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Of one real recording three dated files, the back's 240 s long, the ankle's from 30 to 200 s, another day's; and
    one without a date.
    """
    folder = tmp_path_factory.mktemp("home")
    source = shared_data / "daphnet" / "original" / "S02R01.txt"
    streams = {s.name: s for s in read(source).streams}
    store = Store.open(Home(folder))
    store.add_patient("P-0042", "Europe/Berlin", actor=ACTOR, now_us=NOW_US)
    (folder / "undated").mkdir()
    lines = source.read_text().splitlines(keepends=True)
    (folder / "undated" / "undated.txt").write_text("".join(lines[780 * 64 : 1020 * 64]))
    files = [(folder / "undated" / "undated.txt", "")]
    for name, place, first, last, day in (
        ("trunk", "lower back", 0, 240, "2026-03-02"),
        ("ankle", "left ankle", 30, 200, "2026-03-02"),
        ("thigh", "right thigh", 0, 240, "2026-03-04"),
    ):
        (segment, *_) = streams[name].segments
        rows = np.asarray(segment.samples[(780 + first) * 64 : (780 + last) * 64], dtype=np.float64)[:, :3]
        start = pd.Timestamp(f"{day}T10:00:00Z") + pd.Timedelta(seconds=first)
        when = start + pd.to_timedelta(np.arange(len(rows)) / 64, unit="s")
        made = pd.DataFrame(rows, columns=ACC)
        made.insert(0, "time", when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        made.to_csv(folder / f"{name}.csv", index=False)
        files.append((folder / f"{name}.csv", place))
    for n, (path, place) in enumerate(files):
        recording = placed(read(path), [place] if place else [])
        assert (recording.clock is Clock.ABSOLUTE) == bool(place)
        identity, _ = store.import_(recording, "P-0042", actor=ACTOR, now_us=NOW_US + n)
        store.record(identity, analysis_of(recording), actor=ACTOR, now_us=NOW_US + n)
    return store


@pytest.fixture(scope="module")
def address(kept: Store) -> Iterator[str]:
    with served(Home(Path(kept.home.root))) as url:
        yield url


def of(kept: Store, file: str) -> Any:  # its row
    return next(r for r in kept.recordings() if r.file == file)


def settled(page: Page, stream: str) -> Any:
    """What the canvas shows once this sensor's signal is here."""
    page.locator(f'.label[data-view*=\'"stream":"{stream}"\'][data-view*=\'"ready":true\']').wait_for()
    return json.loads(page.locator(".label").get_attribute("data-view") or "{}")


def window(view: Any, begin: int) -> tuple[float, float]:
    """In seconds since the first of the files begins."""
    return (view["from"] - begin) / S, (view["to"] - begin) / S


def test_s_goes_to_the_sensor_of_another_file_in_the_same_window_and_comes_round(address: str, kept: Store) -> None:
    back, ankle = of(kept, "trunk.csv"), of(kept, "ankle.csv")
    start = back.streams[0].interval.start
    link = f"{address}/label?patient=P-0042&recording={back.id}&from={start + 80 * S}&to={start + 110 * S}"
    with browsed() as (page, heard):
        page.goto(link)
        assert window(settled(page, "lower-back"), start) == (80, 110)
        expect(page.locator(".winhead")).to_contain_text("sensor")
        before = page.locator(".label canvas").bounding_box()
        page.locator(".label").focus()
        page.keyboard.press("s")
        assert window(settled(page, "left-ankle"), start) == (80, 110)
        page.wait_for_url(f"**recording={ankle.id}**")
        assert page.locator(".label canvas").bounding_box() == before, "the picture stays where it is"
        expect(page.locator(".winhead")).to_contain_text("11:01:20")
        expect(page.get_by_role("combobox", name="Recording")).to_have_value(
            "Mon 2 Mar, 11:00 · ankle.csv"
        )  # the clock of the axis
        page.locator(".label").focus()
        page.keyboard.press("s")
        assert window(settled(page, "lower-back"), start) == (80, 110)
        page.wait_for_url(f"**recording={back.id}**")
        assert serious(heard) == []
        assert heard.strangers == []


def test_a_mark_after_s_is_of_the_file_that_is_shown(address: str, kept: Store) -> None:
    back, ankle = of(kept, "trunk.csv"), of(kept, "ankle.csv")
    start = back.streams[0].interval.start
    link = f"{address}/label?patient=P-0042&recording={back.id}&from={start + 120 * S}&to={start + 140 * S}"
    with browsed() as (page, heard):
        page.goto(link)
        settled(page, "lower-back")
        page.locator(".label").focus()
        page.keyboard.press("s")
        settled(page, "left-ankle")
        page.keyboard.press("a")
        page.locator(".label[data-waiting='0'][data-view*='\"marks\":[[']").wait_for()
        (row,) = kept.labels()
        assert (row.recording, row.stream) == (ankle.id, "left-ankle")
        assert ((row.interval.start - start) / S, (row.interval.end - start) / S) == (120, 140)
        assert serious(heard) == []


def test_a_window_that_another_file_holds_in_part_is_whole_again_on_the_way_back(address: str, kept: Store) -> None:
    back = of(kept, "trunk.csv")
    start = back.streams[0].interval.start
    link = f"{address}/label?patient=P-0042&recording={back.id}&from={start + 180 * S}&to={start + 215 * S}"
    with browsed() as (page, heard):
        page.goto(link)
        settled(page, "lower-back")
        page.locator(".label").focus()
        page.keyboard.press("s")
        there = window(settled(page, "left-ankle"), start)
        assert there == pytest.approx((180, 200), abs=0.1), "no further than it was recorded"
        page.locator(".label").focus()
        page.keyboard.press("s")
        assert window(settled(page, "lower-back"), start) == (180, 215)
        assert serious(heard) == []


def test_where_no_other_sensor_holds_the_instant_s_says_so(address: str, kept: Store) -> None:
    back, undated = of(kept, "trunk.csv"), of(kept, "undated.txt")
    start = back.streams[0].interval.start
    link = f"{address}/label?patient=P-0042&recording={back.id}&from={start}&to={start + 20 * S}"
    with browsed() as (page, heard):
        page.goto(link)
        settled(page, "lower-back")
        expect(page.locator(".winhead")).not_to_contain_text("sensor")
        page.locator(".label").focus()
        page.keyboard.press("s")
        expect(page.get_by_role("alert")).to_contain_text("No other sensor of this patient holds this instant.")
        # What holds a window is told by the store, also where it has just moved there.
        for key in ("]", "s"):
            page.keyboard.press(key)
        assert window(settled(page, "left-ankle"), start) == (30, 40)
        page.locator(".label").focus()
        page.keyboard.press("s")
        assert window(settled(page, "lower-back"), start) == (20, 40)
        expect(page.get_by_role("alert")).to_have_count(0)
        page.locator(".label").focus()
        for key in ("[", "s"):
            page.keyboard.press(key)
        expect(page.get_by_role("alert")).to_contain_text("No other sensor of this patient holds this instant.")
        assert window(settled(page, "lower-back"), start) == (0, 20)
        # Without a date the three sensors of one file are at one time, and nothing else is.
        page.goto(f"{address}/label?patient=P-0042&recording={undated.id}&stream=ankle&from={20 * S}&to={40 * S}")
        seen = []
        for name in ("ankle", "thigh", "trunk", "ankle"):
            view = settled(page, name)
            seen.append((view["from"], view["to"]))
            page.locator(".label").focus()
            page.keyboard.press("s")
        assert set(seen) == {(20 * S, 40 * S)}
        assert serious(heard) == []
