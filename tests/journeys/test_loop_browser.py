"""The loop in a real browser on a real recording: mark, be killed, mark on, adapt, compare, accept, reload."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from clinic.analysis import Settings
from clinic.home import Home
from clinic.pages.opened import actor
from clinic.serve import end
from clinic.store import Store
from clinic.store.rows import Label, LabelSource
from clinic.stored import analyse_stored
from data.intervals import Interval
from data.phenomena import FREEZING
from data.readers import read
from data.recording import Recording
from models.detectors import shipped
from tests.journeys.browsing import PATIENCE_MS, Heard, browsed, serious, started
from tests.journeys.test_label_browser import drag, opened, settled, shown, until

S = 1_000_000
ZERO = 480 * S
"""Where the cut begins: ten minutes that hold nine episodes, walking and standing."""


def cut(recording: Recording, span: Interval) -> Recording:
    """The ankle's part of a recording."""
    stream = recording.stream("ankle")
    (segment,) = stream.segments
    rows = slice(*(round((t - segment.start_us) / S * segment.rate_hz) for t in (span.start, span.end)))
    piece = replace(segment, start_us=span.start, samples=segment.samples[rows])
    inside = tuple(
        a for a in recording.annotations if a.label == FREEZING and span.start <= a.interval.start < span.end
    )
    return replace(recording, streams=(replace(stream, segments=(piece,)),), annotations=inside)


@pytest.fixture  # of each test its own: who answered a flag marks no longer blind
def kept(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Recording]:
    recording = cut(read(shared_data / "daphnet" / "original" / "S02R01.txt"), Interval(ZERO, ZERO + 600 * S))
    store = Store.open(Home(tmp_path_factory.mktemp("home")))
    store.add_patient("P-0042", "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(recording, "P-0042", actor="t", now_us=2)
    analyse_stored(store, identity, shipped(), Settings(), actor="t", now=lambda: 3)
    return store, recording


@pytest.fixture
def truth(kept: tuple[Store, Recording]) -> list[Interval]:
    """The six longest episodes as the data set's clinicians marked them, to the tenth of a second."""
    found = sorted(sorted((a.interval for a in kept[1].annotations), key=lambda i: -i.duration)[:6])
    return [Interval(*(ZERO + round((t - ZERO) / 100_000) * 100_000 for t in (i.start, i.end))) for i in found]


@pytest.fixture
def browser() -> Iterator[tuple[Page, Heard]]:
    with browsed() as (page, heard):
        yield page, heard
        assert serious(heard) == []
        assert heard.strangers == []


def mark(page: Page, url: str, span: Interval, *, by_keys: bool) -> None:
    """Open a window about an episode and mark it: by the mouse alone, or a second off and mended by keys."""
    start = max(ZERO, span.start - 5 * S)
    view = opened(page, f"{url}/label?patient=P-0042&stream=ankle&from={start}&to={start + 20 * S}")
    before = [m for m in view["marks"] if not Interval(m[0], m[1]).overlaps(span)]
    a, b = ((t - start) / S for t in (span.start, span.end))
    drag(page, a, b + (1.1 if by_keys else 0))
    page.keyboard.press("1")
    if by_keys:
        page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("ArrowLeft")
    said = sorted([*before, [span.start, span.end, FREEZING]])
    until(page, *[[(m[0] - start) / S, (m[1] - start) / S, m[2]] for m in said])


def nothing_marked(page: Page) -> None:
    """Wait until all that was marked is taken back."""
    expect(page.get_by_text("Nothing marked yet")).to_be_visible(timeout=PATIENCE_MS)


def test_a_flag_is_answered_and_a_suggestion_gone_to_by_one_key(
    kept: tuple[Store, Recording], browser: tuple[Page, Heard]
) -> None:
    store, (page, _) = kept[0], browser
    flags = [e for e in store.episodes() if e.certainty != "unsure" and not e.verdict]
    mine = {x.id for x in store.labels()}
    child, url = started(Home(Path(store.home.root)))
    try:
        at = flags[0].interval.start - 2 * S
        view = opened(page, f"{url}/label?patient=P-0042&stream=ankle&from={at}&to={at + 30 * S}")
        page.locator(".label").focus()
        page.keyboard.press("f")
        expect(page.get_by_role("alert")).to_contain_text("The detector is hidden")
        page.keyboard.press("n")
        page.locator(f".label[data-view*='\"suggested\":{view['next'][0]}']").wait_for()
        now = settled(page)
        reasons = page.locator(".label .next span")
        assert reasons.count() == len(view["next"])
        assert reasons.evaluate_all("all => all.filter(s => s.scrollWidth > s.clientWidth).length") == 0
        waiting = [e.id for e in flags if e.interval.start >= now["from"] and e.interval.end <= now["to"]]
        waiting += [e.id for e in flags if e.interval.start >= now["to"]] + [flags[0].id]
        assert now["from"] < view["next"][0] < now["to"]
        page.keyboard.press("2")
        page.locator(".label[data-view*='\"suggested\":null'][data-waiting='0']").wait_for()
        (suggested,) = (x for x in store.labels() if x.id not in mine)
        assert (suggested.source, suggested.label) == (LabelSource.ACCEPTED, f"not {FREEZING}")
        page.locator(".label").focus()
        page.keyboard.press("t")
        start = page.get_by_label("Start", exact=True).input_value()
        page.get_by_label("End", exact=True).fill(start)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("The end must lie after the start")
        page.get_by_label("End", exact=True).fill(start + "5")
        page.get_by_label("Start", exact=True).press("Escape")
        page.keyboard.press("u")
        nothing_marked(page)
        page.keyboard.press("b")
        page.locator(".label[data-view*='\"shown\":true']").wait_for()
        page.keyboard.press("f")
        page.locator(f'.label[data-view*=\'"flag":"{waiting[0]}"\'][data-view*=\'"ready":true\']').wait_for()
        page.keyboard.press("x")
        page.locator(".label[data-view*='\"flag\":null'][data-waiting='0']").wait_for()
        (wrong,) = (x for x in store.labels() if x.id not in mine)
        assert (wrong.source, wrong.label) == (LabelSource.CORRECTED, f"not {FREEZING}")
        assert [e.verdict for e in store.episodes() if e.id == waiting[0]] == ["wrong"]
        page.keyboard.press("u")
        nothing_marked(page)
        assert [e.verdict for e in store.episodes() if e.id == waiting[0]] == [""]
        assert store.labels() == []
        assert store.verify() == []
    finally:
        end(child)


def test_a_flag_over_a_mark_of_ones_own_waits_on_where_its_answer_is_refused_and_keeps_edges_that_were_moved(
    kept: tuple[Store, Recording], browser: tuple[Page, Heard]
) -> None:
    store, (page, _) = kept[0], browser
    flag = next(e for e in store.episodes() if e.certainty != "unsure")
    own = Label("ankle", Interval(flag.interval.start + S, flag.interval.end - S), FREEZING, actor())
    store.label(flag.recording, [own], check=None, actor=actor(), now_us=4)
    child, url = started(Home(Path(store.home.root)))
    try:
        at = flag.interval.start - 5 * S
        opened(page, f"{url}/label?patient=P-0042&stream=ankle&from={at}&to={at + 30 * S}")
        page.locator(".label").focus()
        page.keyboard.press("b")
        page.locator(".label[data-view*='\"shown\":true']").wait_for()
        page.keyboard.press("f")
        page.locator(f'.label[data-view*=\'"flag":"{flag.id}"\']').wait_for()
        page.keyboard.press("y")
        expect(page.get_by_role("alert")).to_contain_text("On the timeline a flag is answered without marking a span")
        now = settled(page)
        assert (now["flag"], now["draft"]) == (flag.id, None)
        for key in ("e", "ArrowLeft", "Enter"):
            page.keyboard.press(key)
        page.locator(f".label[data-waiting='0'][data-view*='\"of\":\"{flag.id}\"']").wait_for()
        draft = settled(page)["draft"]
        assert (draft["from"], draft["label"]) == (flag.interval.start - S // 10, FREEZING)
        assert [x.interval for x in store.labels()] == [own.interval]
    finally:
        end(child)


def test_keys_that_are_faster_than_the_page_answer_no_flag_unseen_and_none_twice(
    kept: tuple[Store, Recording], browser: tuple[Page, Heard]
) -> None:
    store, (page, _) = kept[0], browser
    *others, last = [e for e in store.episodes() if e.certainty != "unsure"]
    for flag in others:
        store.review(flag.id, "right", actor="R-02", now_us=4)
    child, url = started(Home(Path(store.home.root)))

    def press(*keys: str) -> None:  # with no time between them
        said = "(e, keys) => keys.forEach(key => e.dispatchEvent(new KeyboardEvent('keydown', {key})))"
        page.locator(".label").evaluate(said, list(keys))

    try:
        opened(page, f"{url}/label?patient=P-0042&stream=ankle&from={ZERO}&to={ZERO + 20 * S}")
        press("b")
        page.locator(".label[data-view*='\"shown\":true']").wait_for()
        press("f", "y")
        expect(page.get_by_role("alert")).to_contain_text("look at the flag first")
        assert settled(page)["flag"] == last.id
        assert store.labels() == []
        press("y", "f")
        expect(page.get_by_role("alert")).to_contain_text("No flag of this sensor waits for an answer")
        assert settled(page)["flag"] is None
        assert [x.interval for x in store.labels()] == [last.interval]
    finally:
        end(child)


@pytest.mark.parametrize("is_gone_first", [True, False], ids=["gone before", "gone while it says saving"])
def test_what_is_marked_while_the_app_goes_is_stored_once_it_is_back(
    kept: tuple[Store, Recording], browser: tuple[Page, Heard], is_gone_first: bool
) -> None:
    store, (page, heard) = kept[0], browser
    home = Home(Path(store.home.root))
    child, url = started(home)

    def kill() -> None:
        child.send_signal(signal.SIGKILL)
        child.wait()

    try:
        view = opened(page, f"{url}/label?patient=P-0042&stream=ankle&from={ZERO}&to={ZERO + 20 * S}")
        if is_gone_first:
            kill()
        else:  # it takes what is sent and never reads it
            child.send_signal(signal.SIGSTOP)
        drag(page, 3, 5)
        page.keyboard.press("1")
        expect(page.locator(".label .state")).to_have_text("saving …")
        if not is_gone_first:
            kill()
        assert store.labels(rater=actor()) == []
        child, _ = started(home, urlsplit(url).port)
        page.locator(".label[data-waiting='0']").wait_for()
        heard.errors.clear()  # that the server was gone was to be said
        drag(page, 7, 9)  # in the same tab, whose page the new server never drew
        page.keyboard.press("1")
        until(page, [3, 5, FREEZING], [7, 9, FREEZING])
        spans = [((x.interval.start - view["from"]) / S, (x.interval.end - view["from"]) / S) for x in store.labels()]
        assert sorted(spans) == [(3, 5), (7, 9)]
        assert store.verify() == []
    finally:
        end(child)


def test_the_whole_loop_survives_a_kill_and_a_reload(
    kept: tuple[Store, Recording], truth: list[Interval], browser: tuple[Page, Heard]
) -> None:
    store, (page, heard) = kept[0], browser
    child, url = started(Home(Path(store.home.root)))
    try:
        for n, span in enumerate(truth[:3]):
            mark(page, url, span, by_keys=n % 2 == 1)
        assert serious(heard) == []
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert [x.interval for x in store.labels(rater=actor())] == truth[:3]

        child, url = started(Home(Path(store.home.root)))
        page.goto("about:blank")
        heard.errors.clear()  # that the server is gone was to be said
        for n, span in enumerate(truth[3:]):
            mark(page, url, span, by_keys=n % 2 == 1)
        labels = store.labels(rater=actor())
        assert [x.interval for x in labels] == truth
        assert {(x.label, x.source, x.model) for x in labels} == {(FREEZING, LabelSource.DRAWN, "")}

        page.get_by_role("button", name="Adapt and compare").click()
        page.get_by_text("The new detector ").first.wait_for()
        page.get_by_role("img", name="Old and new flags on one axis of time").wait_for()
        page.get_by_text("All that you marked lies within one day").wait_for()
        page.get_by_text("With 1 marked episode expect F1").wait_for()
        assert store.detectors() == []
        page.get_by_role("button", name="Discard").wait_for()  # the last of the part: all of it is there
        if page.get_by_text("Not shown to help").count():  # the field itself may come later: its code is fetched then
            reason = page.get_by_label("Why you accept it all the same")
            reason.fill("it fits her gait")
            reason.press("Enter")
        page.get_by_role("button", name="Accept").click()
        page.get_by_text("Accepted: ankle now has ").wait_for()
        (new,) = store.detectors()
        assert {e.detector for e in store.episodes()} == {new.id}

        page.reload()
        settled(page)
        assert shown(page)["marks"] != []
        expect(page.locator(".links tr[data-row]")).to_have_count(6)
        page.goto(f"{url}/timeline?patient=P-0042")
        page.locator(".timeline[data-view*='\"ready\":true']").wait_for()
        assert [x.interval for x in store.labels(rater=actor())] == truth
        assert store.verify() == []
    finally:
        end(child)
