"""Labelling in a real browser: drag, name, move, remove, take back; what is drawn is what the store holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.home import Home
from clinic.pages.opened import actor
from clinic.store import Store
from clinic.store.rows import Label
from data.intervals import Interval
from data.readers import read
from tests.clinic.pages.made_store import store_of
from tests.journeys.browsing import browsed, serious, served
from tests.signals import freezing_walk

S = 1_000_000
FREEZING, NOT = "freezing of gait", "not freezing of gait"


@pytest.fixture(scope="module")
def kept(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    recording = read(shared_data / "daphnet" / "original" / "S02R01.txt")
    return store_of(tmp_path_factory.mktemp("home"), recording, code="P-0042", days=0)


@pytest.fixture(scope="module")
def address(kept: Store) -> Iterator[str]:
    with served(Home(Path(kept.home.root))) as url:
        yield url


@pytest.fixture
def at(address: str, kept: Store, request: pytest.FixtureRequest) -> str:
    """A link to a stretch of its own for each test, with no label in it."""
    names = [n for n in globals() if n.startswith("test_")]
    start = kept.recordings()[0].streams[0].interval.start + (60 + 75 * names.index(request.node.originalname)) * S
    return f"{address}/label?patient=P-0042&stream=ankle&from={start}&to={start + 20 * S}"


def shown(page: Page) -> Any:  # what the canvas says it shows
    return json.loads(page.locator(".label").get_attribute("data-view") or "{}")


def opened(page: Page, link: str) -> Any:
    page.goto(link)
    return settled(page)


def settled(page: Page) -> Any:
    """What is shown once the signal is here and every edit is answered."""
    page.locator(".label[data-waiting='0'][data-view*='\"ready\":true']").wait_for()
    return shown(page)


def until(page: Page, *marks: list[Any]) -> None:
    """Wait until just these marks are shown and saved: ``[start, end, class]`` in seconds of the window."""
    start = shown(page)["from"]
    said = [[start + round(a * S), start + round(b * S), c] for a, b, c in marks]
    words = json.dumps(said, separators=(",", ":"), ensure_ascii=False).replace('"', '\\"')
    page.locator(f'.label[data-waiting=\'0\'][data-view*="\\"marks\\":{words}"]').wait_for()


def drag(page: Page, start_s: float, end_s: float) -> None:
    """Across the traces, in seconds of the window."""
    box = page.locator(".label canvas").bounding_box()
    head = page.locator(".label .winhead").bounding_box()
    assert box is not None
    assert head is not None
    view, left = shown(page), 56
    scale = (head["width"] - left) / ((view["to"] - view["from"]) / S)
    y = box["y"] + 150
    xs = [box["x"] + left + t * scale for t in (start_s, (start_s + end_s) / 2, end_s)]
    page.mouse.move(xs[0], y)
    page.mouse.down()
    for x in xs[1:]:
        page.mouse.move(x, y)
    page.mouse.up()


def stored(kept: Store, view: Any) -> list[list[Any]]:
    """The labels of a window, ``[start, end, class]`` in its seconds."""
    return [
        [(x.interval.start - view["from"]) / S, (x.interval.end - view["from"]) / S, x.label]
        for x in kept.labels()
        if view["from"] <= x.interval.start < view["to"]
    ]


def test_a_dragged_span_with_a_class_is_there_after_a_reload(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        assert view["marks"] == []
        drag(page, 5, 9)
        expect(page.locator(".label .card")).to_contain_text("not saved yet")
        assert stored(kept, view) == []
        page.keyboard.press("1")
        until(page, [5, 9, FREEZING])
        assert stored(kept, view) == [[5, 9, FREEZING]]
        expect(page.locator(".links")).to_contain_text(FREEZING)
        page.reload()
        settled(page)
        until(page, [5, 9, FREEZING])
        assert serious(heard) == []
        assert heard.strangers == []


def test_edges_class_removal_and_undo_by_keys(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        drag(page, 5, 9)
        page.keyboard.press("1")
        for key in ("ArrowRight", "Shift+ArrowRight", "e", "e", "ArrowLeft"):
            page.keyboard.press(key)
        until(page, [5, 10, FREEZING])
        page.keyboard.press("e")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("2")
        until(page, [4.9, 10, NOT])
        page.keyboard.press("Delete")
        until(page)
        page.keyboard.press("u")
        until(page, [4.9, 10, NOT])
        page.keyboard.press("u")
        until(page, [4.9, 10, FREEZING])
        assert stored(kept, view) == [[4.9, 10, FREEZING]]
        assert serious(heard) == []
    assert kept.verify() == []


def test_c_says_how_sure_one_is_of_the_chosen_span(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        page.locator(".label").focus()
        page.keyboard.press("c")
        expect(page.get_by_role("alert")).to_contain_text("Click a span of yours first")
        drag(page, 5, 9)
        page.keyboard.press("1")
        for key in ("c", "c"):
            page.keyboard.press(key)
        until(page, [5, 9, FREEZING])
        page.locator(".label[data-waiting='0'][data-view*='\"sure\":0.75']").wait_for()
        expect(page.locator(".label .chosen")).to_contain_text("75 % sure")
        expect(page.locator(".links")).to_contain_text("75 % sure")
        here = [x for x in kept.labels() if view["from"] <= x.interval.start < view["to"]]
        assert [(x.confidence, x.source.value) for x in here] == [(0.75, "drawn")]
        assert serious(heard) == []


def test_a_row_of_the_list_opens_its_span_for_the_next_key(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        for start in (5, 9):
            drag(page, start, start + 2)
            page.keyboard.press("1")
        until(page, [5, 7, FREEZING], [9, 11, FREEZING])
        seconds = view["from"] // S + 5
        page.locator(".links a", has_text=f"0:{seconds // 60:02}:{seconds % 60:02}.0").click()
        page.locator(".label:focus[data-waiting='0'][data-view*='\"edge\":\"start\"']").wait_for()
        page.keyboard.press("Delete")
        page.locator(".label[data-waiting='0'][data-view*='\"edge\":null']").wait_for()
        assert stored(kept, view) == [[9, 11, FREEZING]]
        assert serious(heard) == []


def test_a_refused_span_is_said_and_given_back(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        drag(page, 5, 9)
        page.keyboard.press("1")
        until(page, [5, 9, FREEZING])
        drag(page, 7, 12)
        page.keyboard.press("2")
        expect(page.get_by_role("alert")).to_contain_text("a span cannot be both")
        after = settled(page)
        assert (after["from"], after["to"]) == (view["from"], view["to"])
        assert after["draft"]["to"] - after["draft"]["from"] == 5 * S
        assert stored(kept, view) == [[5, 9, FREEZING]]
        long = "e => { e.textContent = '/srv/' + 'a'.repeat(300); return e.scrollWidth <= e.clientWidth }"
        assert page.get_by_role("alert").evaluate(long), "the path of a file that cannot be read stays in its box"
        assert serious(heard) == []


def test_edges_are_dragged_before_a_span_has_a_class_too(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        drag(page, 5, 9)
        drag(page, 9, 11)
        drag(page, 5, 4)
        now = shown(page)
        assert [(now["draft"][k] - view["from"]) / S for k in ("from", "to")] == [4, 11]
        assert now["edge"] == "start"
        page.keyboard.press("1")
        until(page, [4, 11, FREEZING])
        assert stored(kept, view) == [[4, 11, FREEZING]]
        assert serious(heard) == []


def test_the_first_key_is_taken_and_the_wheel_left_to_the_page_until_somebody_uses_the_canvas(at: str) -> None:
    with browsed() as (page, heard):
        first = opened(page, at)
        page.locator(".label:focus").wait_for()
        box = page.locator(".label canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 300, box["y"] + 150)
        page.mouse.wheel(0, -200)
        page.keyboard.press("]")
        page.wait_for_url(f"**from={first['to']}**")
        then = settled(page)
        assert (then["from"], then["to"] - then["from"]) == (first["to"], first["to"] - first["from"])
        page.mouse.wheel(0, -200)
        page.locator(f".label[data-view*='\"from\":{first['to']},']").wait_for(state="detached")
        assert serious(heard) == []


def test_a_class_of_ones_own_and_an_edge_that_is_dragged(at: str, kept: Store) -> None:
    walk = freezing_walk()
    kept.add_patient("P-0043", "Europe/Berlin", actor="t", now_us=1)
    other, _ = kept.import_(walk, "P-0043", actor="t", now_us=2)
    (stream,) = walk.streams
    span = Interval(stream.interval.start + S, stream.interval.start + 2 * S)
    kept.label(other, [Label(stream.name, span, "toe tapping", actor())], check=None, actor="t", now_us=3)
    with browsed() as (page, heard):
        view = opened(page, at)
        drag(page, 5, 9)
        page.get_by_role("button", name="+ new class").click()
        page.get_by_label("Name of the new class").fill("turning 1")
        page.keyboard.press("Enter")
        until(page, [5, 9, "turning 1"])
        drag(page, 9, 11)
        until(page, [5, 11, "turning 1"])
        page.get_by_role("button", name=FREEZING, exact=False).first.click()
        until(page, [5, 11, FREEZING])
        page.keyboard.press("a")  # everything of the chosen class is marked in the window
        until(page, [0, 20, f"all {FREEZING}"], [5, 11, FREEZING])
        assert sorted(stored(kept, view)) == [[0, 20, f"all {FREEZING}"], [5, 11, FREEZING]]
        page.keyboard.press("u")
        until(page, [5, 11, FREEZING])
        assert stored(kept, view) == [[5, 11, FREEZING]]
        drag(page, 14, 17)
        page.get_by_role("button", name="+ new class").click()
        page.get_by_label("Name of the new class").fill("not  Toe_Tapping")  # another patient has some
        page.keyboard.press("Enter")
        until(page, [5, 11, FREEZING], [14, 17, "not toe tapping"])
        assert serious(heard) == []


def test_ten_spans_marked_in_haste_are_all_stored(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        for k in range(10):
            drag(page, 1 + 1.8 * k, 2 + 1.8 * k)
            page.keyboard.press("1" if k % 2 else "2")
        settled(page)
        assert len(stored(kept, view)) == 10
        assert len(shown(page)["marks"]) == 10
        assert serious(heard) == []


def test_brackets_move_by_a_window_and_the_link_names_it(at: str) -> None:
    with browsed() as (page, heard):
        first = opened(page, at)
        page.locator(".label").focus()
        page.keyboard.press("]")
        page.wait_for_url(f"**from={first['to']}**")
        assert settled(page)["from"] == first["to"]
        page.keyboard.press("[")
        page.wait_for_url(f"**from={first['from']}**")
        assert settled(page)["from"] == first["from"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert serious(heard) == []


def test_other_sensors_are_shown_beside_and_hidden_again_where_the_person_is(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        view = opened(page, at)
        canvas = page.locator(".label canvas")
        low = canvas.bounding_box()
        for name in ("thigh", "trunk"):
            page.get_by_role("group", name="Shown beside the open sensor").get_by_role("button", name=name).click()
            page.locator(f".label[data-view*='\"{name}\"]']").wait_for()
        now = settled(page)
        assert now["beside"] == ["thigh", "trunk"]
        assert (now["from"], now["to"], now["stream"]) == (view["from"], view["to"], "ankle")
        high = canvas.bounding_box()
        assert low is not None
        assert high is not None
        assert (low["x"], low["y"]) == (high["x"], high["y"])
        assert low["height"] < high["height"]
        drag(page, 5, 9)
        page.keyboard.press("1")
        until(page, [5, 9, FREEZING])
        page.get_by_role("button", name="thigh").click()
        page.locator('.label[data-view*=\'"beside":["trunk"]\']').wait_for()
        page.get_by_role("group", name="Channels shown").get_by_role("button", name="x").click()
        page.keyboard.press("s")
        page.locator('.label[data-view*=\'"stream":"thigh"\']').wait_for()
        there = settled(page)
        assert (there["beside"], there["off"]) == (["trunk"], ["x"])
        # Nor does a longer title push the picture down.
        page.evaluate("document.querySelector('.mw-kicker').append(' and a sensor of many words'.repeat(5))")
        assert (canvas.bounding_box() or {}).get("y") == high["y"]
        # The picture must not get narrower when the list of marks makes the page longer than the window.
        gutter = "getComputedStyle(document.querySelector('[data-testid=stMain]')).scrollbarGutter"
        assert page.evaluate(gutter) == "stable"
        assert serious(heard) == []


def test_the_strip_under_the_traces_goes_anywhere_in_the_recording(at: str, kept: Store) -> None:
    with browsed() as (page, heard):
        first = opened(page, at)
        ((low, high),) = first["strips"]
        limits = kept.recordings()[0].streams[0].interval
        assert (low, high) == (limits.start, limits.end)
        box, head = (page.locator(f".label {part}").bounding_box() for part in ("canvas", ".winhead"))
        assert box is not None
        assert head is not None
        y, left, width = box["y"] + box["height"] - 30, box["x"] + 56, head["width"] - 56
        page.mouse.click(left + width / 4, y)
        quarter = low + (high - low) / 4
        page.wait_for_url(f"**from={round(quarter - 10 * S) // S}*")
        now = settled(page)
        assert now["to"] - now["from"] == 20 * S
        assert abs((now["from"] + now["to"]) / 2 - quarter) < 2 * (high - low) / width
        assert now["draft"] is None
        page.mouse.move(left + width / 2, y)
        page.mouse.down()
        page.mouse.move(left + width / 2 + 30, y)
        page.mouse.move(left + width / 2 + 60, y)
        page.mouse.up()
        page.locator(f".label[data-view*='\"from\":{now['from']}']").wait_for(state="detached")
        wide = settled(page)
        assert abs((wide["to"] - wide["from"]) - 60 * (high - low) / width) < 2 * (high - low) / width
        page.keyboard.press("PageDown")
        page.locator(f".label[data-view*='\"to\":{high},'][data-view*='\"ready\":true']").wait_for()
        assert serious(heard) == []


def test_b_shows_what_others_say_and_labels_name_the_detector_from_then_on(at: str, kept: Store) -> None:
    recording = kept.recordings()[0]
    with browsed() as (page, heard):
        view = opened(page, at)
        start = view["from"]
        other = Label("ankle", Interval(start + S, start + 2 * S), "theirs", "R-99")
        kept.label(recording.id, [other], check=None, actor="R-99", now_us=1)
        page.reload()
        settled(page)
        expect(page.get_by_text("theirs")).to_have_count(0)
        drag(page, 5, 6)
        page.keyboard.press("1")
        until(page, [5, 6, FREEZING])
        page.keyboard.press("y")
        expect(page.get_by_role("alert")).to_contain_text("The detector is hidden")
        assert shown(page)["voices"] == []  # who else marked here is not even sent
        low = page.locator(".label canvas").bounding_box()
        page.keyboard.press("b")
        page.locator(".label[data-view*='\"shown\":true']").wait_for()
        expect(page.locator(".links")).to_contain_text("R-99")
        assert shown(page)["voices"] == ["detector", "R-99"]  # a lane for each, under traces that stay where they are
        high = page.locator(".label canvas").bounding_box()
        assert low is not None
        assert high is not None
        assert (high["y"], high["height"] - low["height"]) == (low["y"], 18)
        drag(page, 8, 9)
        page.keyboard.press("1")
        until(page, [5, 6, FREEZING], [8, 9, FREEZING])
        blind, told = (x for x in kept.labels(rater=actor()) if start <= x.interval.start < view["to"])
        assert blind.model == ""
        assert told.model != ""
        page.keyboard.press("s")  # the next sensor is marked blind until they are asked for there
        page.locator('.label[data-view*=\'"stream":"thigh"\'][data-view*=\'"shown":false\']').wait_for()
        expect(page.get_by_text("Blind: what the detector and other annotators say is hidden.")).to_be_visible()
        assert serious(heard) == []


def test_the_timeline_opens_the_same_instant_and_back(at: str) -> None:
    with browsed() as (page, heard):
        page.goto(at.replace("/label?", "/timeline?"))
        page.locator(".timeline[data-view*='\"ready\":true']").wait_for()
        before = json.loads(page.locator(".timeline").get_attribute("data-view") or "{}")
        page.get_by_role("button", name="Label").click()
        view = settled(page)
        assert (view["from"], view["to"], view["stream"]) == (before["from"], before["to"], before["stream"])
        page.keyboard.press("]")
        page.wait_for_url(f"**from={view['to']}**")
        settled(page)
        page.get_by_role("button", name="Timeline").click()
        page.locator(f".timeline:not(.label)[data-view*='\"from\":{view['to']}']").wait_for()
        assert serious(heard) == []
