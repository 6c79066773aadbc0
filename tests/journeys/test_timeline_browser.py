"""The timeline in a real browser: looking, moving, reviewing, without losing the place."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from clinic.home import Home
from clinic.store import Store
from clinic.store.access import locked
from clinic.timeline.clock import HOUR_US
from data.recording import Clock
from tests.clinic.pages.made_store import store_of, store_with, store_with_two_sensors
from tests.journeys.browsing import browsed, serious, served
from tests.signals import freezing_walk, moving, recording_of


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return store_with(tmp_path_factory.mktemp("home"), days=3)


@pytest.fixture(scope="module")
def address(kept: Store) -> Iterator[str]:
    with served(Home(Path(kept.home.root))) as url:
        yield url


def view(page: Page) -> Any:  # what the canvas says it shows
    return json.loads(page.locator(".timeline").get_attribute("data-view") or "{}")


def settled(page: Page) -> Any:
    """The view once its signal has arrived."""
    page.locator(".timeline[data-view*='\"ready\":true']").wait_for()
    return view(page)


def picture(page: Page) -> dict[str, float]:
    box = page.locator("canvas.picture").bounding_box()
    assert box is not None
    return dict(box)


def drag(page: Page, y: float, x1: float, x2: float) -> None:
    box = picture(page)
    page.mouse.move(box["x"] + x1, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + (x1 + x2) / 2, box["y"] + y)
    page.mouse.move(box["x"] + x2, box["y"] + y)
    page.mouse.up()


def where(page: Page, head: str) -> float:
    """Where a panel lies: just under its heading, in pixels of the canvas."""
    box = page.locator(head).bounding_box()
    assert box is not None
    return box["y"] + box["height"] - picture(page)["y"] + 40


@pytest.mark.parametrize("rule", ["", "least_hours = 5"])
def test_headline_and_picture_say_the_same_of_how_often(address: str, kept: Store, rule: str) -> None:
    validity = kept.home.validity
    validity.write_text(rule)  # six hours a day: too few by the usual rule
    try:
        with browsed() as (page, heard):
            page.goto(f"{address}/timeline?patient=P-0001")
            settled(page)
            headline = page.locator("h1.mw-answer").inner_text()
            *_, of_all = page.locator(".timeline tbody tr").all_text_contents()
            assert not serious(heard)
    finally:
        validity.unlink()
    assert of_all.startswith("3 days")
    given = bool(rule)
    assert ("no rate may be given" not in headline, "no rate" not in of_all) == (given, given)
    assert ("0.06 flags per judged hour" in headline, "0.06" in of_all) == (given, given)


def test_the_frame_of_a_window_longer_than_the_recording_ends_with_the_picture(tmp_path: Path) -> None:
    walk = replace(freezing_walk(((9.0, 3.0),), 19.0, start_us=0), clock=Clock.RELATIVE, zone=None)
    kept = store_of(tmp_path, walk, code="P-0001", days=0)  # its flag opens in half a minute
    with served(Home(Path(kept.home.root))) as url, browsed() as (page, heard):
        page.goto(f"{url}/timeline?patient=P-0001")
        shown = settled(page)
        assert shown["to"] - shown["from"] == 30_000_000
        box, card = picture(page), page.locator(".timeline .card").bounding_box()
        assert card is not None
        under_card = """(c, [x, y, height]) => {
            const r = c.width / c.clientWidth, [left, top, w, h] = [x, y, 100, height].map(v => v * r);
            const d = c.getContext("2d").getImageData(left, top, w, h).data;
            return d.filter((v, k) => k % 4 === 3 && v > 0).length; }"""
        at = [card["x"] - box["x"] + 20, where(page, ".dayhead") - 40, 100]
        assert page.locator("canvas.picture").evaluate(under_card, at) == 0
        assert serious(heard) == []


def test_from_the_list_to_an_episode_and_its_review(address: str, kept: Store) -> None:
    with browsed() as (page, heard):
        page.goto(address)
        page.get_by_role("link", name="P-0001").click()
        first = settled(page)
        assert "patient=P-0001" in page.url
        (flag,) = kept.episodes()
        assert first["episode"] == flag.id
        card = page.locator(".card")
        expect(card).to_contain_text("Freezing of gait, 6.0 s")
        expect(card.locator("h3")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d – \d\d:\d\d:\d\d\.\d$"))
        expect(card).to_contain_text("peak 0.90")
        expect(card).to_contain_text("not reviewed")
        expect(page.get_by_text("1 to review", exact=True)).to_be_visible()
        page.locator(".timeline").focus()
        page.keyboard.press("x")
        expect(page.get_by_text("0 to review", exact=True)).to_be_visible()
        expect(card).to_contain_text("wrong")
        expect(page.locator(".links").last).to_contain_text("wrong")
        assert [e.verdict for e in kept.episodes()] == ["wrong"]
        assert view(page) == first
        page.keyboard.press("u")
        expect(page.get_by_text("1 to review", exact=True)).to_be_visible()
        expect(card).to_contain_text("not reviewed")
        assert [e.verdict for e in kept.episodes()] == [""]
        card.get_by_role("button", name="Right").click()
        expect(page.locator(".links").last).to_contain_text("right")
        assert [e.verdict for e in kept.episodes()] == ["right"]
        assert serious(heard) == []
        assert heard.strangers == []


def test_a_verdict_is_not_called_saved_before_the_store_has_it(address: str, kept: Store) -> None:
    with browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        settled(page)
        card = page.locator(".card")
        page.locator(".timeline").focus()
        with locked(kept.home.lock, exclusive=True):
            page.keyboard.press("e")
            expect(card).to_contain_text("saving “edges to correct” …")
            expect(page.locator(".timeline")).to_have_attribute("data-waiting", "1")
        expect(page.locator(".timeline")).to_have_attribute("data-waiting", "0")
        expect(card).to_contain_text("edges to correct, ")
        assert [e.verdict for e in kept.episodes()] == ["edges"]
        assert serious(heard) == []


def test_a_verdict_is_seen_in_the_overview_at_once_and_the_frame_goes_with_the_window(
    address: str, kept: Store
) -> None:
    filled = """(c, bottom) => {
        const r = c.width / c.clientWidth, d = c.getContext("2d").getImageData(0, 0, c.width, bottom * r).data;
        let n = 0;
        for (let k = 0; k < d.length; k += 4) n += d[k] > 190 && d[k + 1] > 70 && d[k + 1] < 120 && d[k + 2] < 40;
        return n; }"""
    dark = """(c, [top, height]) => {
        const r = c.width / c.clientWidth, d = c.getContext("2d").getImageData(0, top * r, c.width, height * r).data;
        return [...d.keys()].filter(k => k % 4 === 0 && d[k + 3] && d[k] < 60).map(k => k / 4 % c.width); }"""
    (flag,) = kept.episodes()
    kept.review(flag.id, "", actor="anna", now_us=1)
    with browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        settled(page)
        canvas, under = page.locator("canvas.picture"), where(page, ".winhead") - 60
        page.locator(".timeline").focus()
        before = canvas.evaluate(filled, under)
        frame = canvas.evaluate(dark, [where(page, ".dayhead") - 40, 20])
        with locked(kept.home.lock, exclusive=True):
            page.keyboard.press("x")
            expect(page.locator(".card")).to_contain_text("saving “wrong” …")
            page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
            assert canvas.evaluate(filled, under) < before
        expect(page.locator(".timeline")).to_have_attribute("data-waiting", "0")
        for _ in range(60):
            page.keyboard.press("ArrowRight")
        settled(page)
        assert min(canvas.evaluate(dark, [where(page, ".dayhead") - 40, 20])) > min(frame)
        assert serious(heard) == []


def test_drag_goes_down_and_escape_goes_up(address: str) -> None:
    with browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        first = settled(page)
        drag(page, where(page, ".winhead"), 200, 400)
        inner = settled(page)
        assert first["from"] < inner["from"] < inner["to"] < first["to"]
        page.keyboard.press("Escape")
        assert settled(page)["from"] == first["from"]
        drag(page, where(page, ".dayhead"), 300, 340)
        hour = settled(page)
        assert hour["to"] - hour["from"] > 3_600_000_000
        for _ in range(3):
            page.keyboard.press("Escape")
        assert (view(page)["from"], view(page)["day"]) == (None, -1)
        page.keyboard.press("n")
        assert settled(page)["episode"] == first["episode"]
        assert serious(heard) == []


def test_a_view_that_is_lost_on_its_way_is_asked_for_again(address: str) -> None:
    to_lose, lost = threading.Event(), []

    def onward(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if to_lose.is_set():
                to_lose.clear()
                lost.append(message)
            else:
                server.send(message)

        socket.on_message(pass_on)

    with browsed() as (page, heard):
        page.route_web_socket("**/stream", onward)
        page.goto(f"{address}/timeline?patient=P-0001")
        first = settled(page)
        to_lose.set()
        drag(page, where(page, ".dayhead"), 300, 340)
        assert view(page)["ready"] is False
        asked = settled(page)
        assert asked["from"] != first["from"]
        assert [b'"from"' in message for message in lost] == [True]
        assert serious(heard) == []


def test_zoom_and_place_survive_a_click_a_wheel_and_a_reload(address: str) -> None:
    with browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        first = settled(page)
        box, y = picture(page), where(page, ".winhead")
        page.locator(".timeline").focus()
        page.mouse.move(box["x"] + 400, box["y"] + y)
        page.mouse.wheel(0, -300)
        page.wait_for_url("**from=**")
        zoomed = settled(page)
        assert zoomed["to"] - zoomed["from"] < first["to"] - first["from"]
        page.get_by_text("Charts to zoom and read off").click()
        page.locator(".js-plotly-plot").first.wait_for()
        page.get_by_text("Enter a dose").click()
        page.keyboard.press("Escape")
        assert settled(page) == zoomed
        page.wait_for_url(f"**from={zoomed['from']}**")
        page.reload()
        again = settled(page)
        assert (again["from"], again["to"]) == (zoomed["from"], zoomed["to"])
        assert serious(heard) == []
        assert heard.strangers == []


def test_a_row_of_the_table_opens_its_flag(address: str, kept: Store) -> None:
    with browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        settled(page)
        page.locator(".timeline").focus()
        for _ in range(3):
            page.keyboard.press("Escape")
        assert view(page)["episode"] is None
        page.get_by_role("link", name="07:00:10").click()
        page.locator('.timeline[data-view*=\'"episode":"\']').wait_for()
        assert settled(page)["episode"] == kept.episodes()[0].id
        assert serious(heard) == []


def test_s_shows_the_other_sensor_at_the_same_instant(tmp_path: Path) -> None:
    with served(store_with_two_sensors(tmp_path).home) as address, browsed() as (page, heard):
        page.goto(f"{address}/timeline?patient=P-0001")
        first = settled(page)
        page.locator(".timeline").focus()
        page.keyboard.press("s")
        page.locator(f'.timeline:not([data-view*=\'"stream":"{first["stream"]}"\'])').wait_for()
        other = settled(page)
        assert {first["stream"], other["stream"]} == {"lower-back", "left-ankle"}
        assert (other["from"], other["to"]) == (first["from"], first["to"])
        expect(page.locator(".winhead")).to_contain_text(other["stream"].replace("-", " "))
        page.wait_for_url(f"**stream={other['stream']}**")
        page.locator(".timeline").focus()
        page.keyboard.press("s")
        page.locator(f'.timeline[data-view*=\'"stream":"{first["stream"]}"\']').wait_for()
        assert settled(page)["from"] == first["from"]
        assert serious(heard) == []


def test_nothing_spills_over_the_width(address: str) -> None:
    with browsed() as (page, heard):
        for path in ("", "/timeline?patient=P-0001"):
            page.goto(address + path)
            page.get_by_text("Not a medical device").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert serious(heard) == []


def test_an_hour_that_comes_twice_is_two_places_on_the_day(tmp_path: Path) -> None:
    start = 1_792_879_200_000_000  # Sunday 25 October 2026, 00:00 in Berlin
    october = recording_of([(0.0, moving(24 * 3600, 4.0, channels=3))], 4.0, start_us=start + HOUR_US)
    store_of(tmp_path, october, code="P-0001", days=0)
    with served(Home(tmp_path)) as url, browsed() as (page, heard):
        page.goto(f"{url}/timeline?patient=P-0001")
        settled(page)
        expect(page.locator(".dayhead")).to_contain_text("both hours side by side")
        for first, last, hours in ((2.1, 2.4, (2.2, 2.8)), (2.6, 2.9, (3.2, 3.8))):
            width = picture(page)["width"] - 280 - 24 - 56
            drag(page, where(page, ".dayhead"), *(56 + width * at / 24 for at in (first, last)))
            seen = settled(page)
            opened = [(seen[end] - start) / HOUR_US for end in ("from", "to")]
            assert opened == pytest.approx(hours, abs=0.05)
            page.keyboard.press("Escape")
        assert serious(heard) == []
