"""The timeline page in Streamlit's own test harness; the canvas itself is driven in a browser."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from clinic.analysis import Settings, analyze
from clinic.home import Home
from clinic.pages.opened import rows_of
from clinic.pages.reading import ALL, Choice, chart_for, places
from clinic.pages.signals import message_for
from clinic.store import Store
from clinic.stored import embedder
from clinic.timeline.chart import View, first_view, header
from clinic.timeline.clock import HOUR_US
from data.intervals import Interval
from data.recording import Placement, Side, Source
from models.detectors import shipped
from tests.clinic.pages.driven import begin_job, opened_at, shown
from tests.clinic.pages.made_store import store_of, store_with, store_with_undated
from tests.clinic.reports.made import analysis_of
from tests.signals import START_US, freezing_walk, moving, real_falls, recording_of


def test_without_a_patient_there_is_a_way_on(home: Path) -> None:
    at = opened_at("timeline")
    assert not at.exception
    assert "No patient yet." in shown(at)
    assert [b.label for b in at.button] == ["Import recordings"]


def test_answer_trust_and_medication(home: Path) -> None:
    store = store_with(home, days=3)
    at = opened_at("timeline", patient="P-0001")
    assert "Freezing of gait: no rate may be given. Only 0 of 3 days have at least 10 h worn" in shown(at)
    assert "No rate may be given. Only 0 of 3 days" in shown(at)  # against the medication neither
    (home / "validity.toml").write_text("least_hours = 5")  # each day is worn from 07:00 to 13:00
    at = opened_at("timeline", patient="P-0001")
    assert not at.exception
    text = shown(at)
    assert "Freezing of gait: 0.06 flags per judged hour in the last 3 days (&lt;0.01–0.3)." in text
    assert "18 h judged" in text
    assert "3 doses in these days" in text
    assert "Mon 2 – Wed 4 March 2026" in text
    assert at.query_params["patient"] == "P-0001"
    assert store.last_look("P-0001") is not None


def test_a_sensor_at_the_waist_is_read_for_falls_and_freezing_by_a_switch(home: Path, shared_data: Path) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-7", "Europe/Berlin", actor="anna", now_us=1)
    recording = recording_of([(0, real_falls(shared_data))], placement=Placement.WAIST)
    identity, _ = store.import_(recording, "P-7", actor="anna", now_us=2)
    settings = Settings()
    found = analyze(recording, shipped(), settings, embed=embedder(settings), version="test")
    store.record(identity, found, actor="anna", now_us=3)
    at = opened_at("timeline", patient="P-7")
    assert not at.exception
    (switch,) = [s for s in at.selectbox if s.label == "What"]
    assert (switch.options, switch.value) == (["fall", "freezing of gait"], "fall")
    assert "Fall was flagged 6 times" in shown(at)  # there are six, and none is two
    switch.select("freezing of gait").run()
    assert not at.exception
    assert at.query_params["phenomenon"] == "freezing of gait"
    assert "Freezing of gait was flagged" in shown(at)
    assert "Fall was flagged" not in shown(at)


def test_recordings_without_a_date_are_offered_one_by_one_and_the_choice_is_kept(home: Path) -> None:
    store_with_undated(home, "walk1.csv", "walk2.csv")
    at = opened_at("timeline", patient="P-0001", **{"from": "1", "to": "2"})
    assert not at.exception
    (which,) = [s for s in at.selectbox if s.label == "Recording"]
    assert which.options == ["walk2.csv, 1 min", "walk1.csv, 1 min"]
    assert "of 1 min recorded" in shown(at)
    assert "2 recordings without a date" in shown(at)
    which.select_index(1).run()
    assert not at.exception
    assert at.query_params["recording"] == "0" * 64
    assert "from" not in at.query_params
    report = next(b for b in at.button if b.label == "Report").click().run()
    assert report.query_params["recording"] == "0" * 64


def test_one_recording_without_a_date_needs_no_choice(home: Path) -> None:
    store_with_undated(home, "walk1.csv")
    at = opened_at("timeline", patient="P-0001")
    assert [s for s in at.selectbox if s.label == "Recording"] == []
    title = next(c for c in at.columns if any("mw-kicker" in h.value for h in c.get("html")))
    assert title.weight > 0.4, "with one sensor and nothing to choose the title has the room of a line"


@pytest.mark.parametrize("page", ["timeline", "audit", "label", "agreement", "report"])
def test_a_link_to_somebody_who_is_not_here_opens_nobody_else(home: Path, page: str) -> None:
    store_with(home)
    at = opened_at(page, patient="P-0017")
    assert not at.exception
    assert "There is no patient P-0017 in this data folder." in shown(at)
    assert "P-0001" not in shown(at)
    assert at.query_params["patient"] == "P-0017"


def test_a_fall_does_not_hide_behind_the_freezing_that_is_shown(home: Path) -> None:
    store_of(home, recording_of([(0.0, moving(60))], placement=Placement.WAIST), code="P-0001", days=0)
    store = Store.open(Home(home))
    (identity,) = [r.id for r in store.recordings()]
    of_both = analyze(store.recording(identity), shipped(), Settings(), embed=embedder(Settings()), version="1")
    store.record(identity, of_both, actor="t", now_us=1)
    said = "Also judged — waist, {}: {} flag"
    text = shown(opened_at("timeline", patient="P-0001", phenomenon="freezing of gait"))
    falls = sum(e.phenomenon == "fall" for e in store.episodes())
    assert said.format("fall", falls) in text


def test_a_dose_that_was_entered_wrongly_is_taken_back_on_the_page(home: Path) -> None:
    store = store_with(home, days=3)
    at = opened_at("timeline", patient="P-0001")
    assert len(at.selectbox(key="wrong").options) == 3
    at.selectbox(key="wrong").select_index(0).run()
    next(b for b in at.button if b.label == "Take it back").click().run()
    assert not at.exception
    assert len(store.doses("P-0001")) == 2
    assert "2 doses in these days" in shown(at)


def test_a_patient_without_an_analysis_says_so(home: Path) -> None:
    Store.open(Home(home)).add_patient("P-9", "Europe/Berlin", actor="t", now_us=1)
    at = opened_at("timeline", patient="P-9")
    assert not at.exception
    assert "Nothing to show for P-9 yet." in shown(at)


@pytest.mark.parametrize("page", ["timeline", "audit", "report"])
def test_a_patient_who_is_being_analysed_is_told_so_with_how_far_it_is(home: Path, page: str) -> None:
    Store.open(Home(home)).add_patient("P-9", "Europe/Berlin", actor="t", now_us=1)
    begin_job(home, "P-9")
    at = opened_at(page, patient="P-9")
    assert not at.exception
    assert "P-9 is being analysed" in shown(at)
    assert at.get("progress")[0].proto.text.startswith("Recordings of P-9 are being imported: Analysing walk.csv, 25%")
    assert "Import recordings" not in [b.label for b in at.button]


@pytest.mark.parametrize("page", ["timeline", "audit", "report"])
def test_a_recording_that_was_never_analysed_to_the_end_is_told_with_the_way_on(home: Path, page: str) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-9", "Europe/Berlin", actor="t", now_us=1)
    store.import_(freezing_walk(), "P-9", actor="t", now_us=1)
    begin_job(home, "another")
    at = opened_at(page, patient="P-9")
    assert not at.exception
    assert "Its recording is stored, but not analysed: import the same files again" in shown(at)
    assert "Import recordings" in [b.label for b in at.button]


def test_a_simulated_patient_is_marked_on_the_page(home: Path) -> None:
    Store.open(Home(home)).add_patient("S-1", "Europe/Berlin", is_simulated=True, actor="t", now_us=1)
    text = shown(opened_at("timeline", patient="S-1"))
    assert "Simulated patient</span>" in text
    assert "Simulated patient · motionward" in text


def read(packed: bytes) -> tuple[dict, np.ndarray]:
    size = int.from_bytes(packed[:4], "little")
    return json.loads(packed[4 : 4 + size]), np.frombuffer(packed[4 + size :], "<f4")


def choice_of(days: str = ALL) -> tuple[Choice, tuple]:
    rows = rows_of("P-0001")
    lane = rows.spans[-1]
    return Choice(
        "P-0001", tuple(r.id for r in rows.recordings), lane.stream, "freezing of gait", days
    ), rows.recordings


def test_the_message_holds_raw_signal_for_a_short_window_and_seconds_for_a_long_one(home: Path) -> None:
    store_with(home, days=3)
    choice, recordings = choice_of()
    chart = chart_for(choice)
    view = first_view(chart)
    head, values = read(message_for(chart, rows_of("P-0001"), recordings, view))
    assert head["error"] is None
    assert head["window"]["level"] == "raw"
    assert [c["name"] for c in head["window"]["channels"]] == ["x", "y", "z"]
    assert head["card"]["episode"] == view.episode
    for channel in head["window"]["channels"]:
        for _, _, (first, count) in channel["series"]:
            assert np.isfinite(values[first : first + count]).all()
    assert view.window is not None
    long = View(0, Interval(view.window.start, view.window.start + HOUR_US), None)
    head, _ = read(message_for(chart, rows_of("P-0001"), recordings, long))
    assert (head["window"]["level"], head["window"]["spectrum"]) == ("second", None)


def test_a_link_that_reaches_over_the_first_midnight_opens_there_with_its_signal(home: Path) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=ZoneInfo("Europe/Berlin"))
    start = round(midnight.timestamp() * 1e6)
    store_of(home, recording_of([(0, moving(120.0, 50.0, channels=3))], 50.0, start_us=start), code="P-0001", days=0)
    choice, recordings = choice_of()
    chart = chart_for(choice)
    at = opened_at("timeline", patient="P-0001", **{"from": str(start - 12_000_000), "to": str(start + 18_000_000)})
    assert not at.exception
    view = at.session_state["view"][1]
    assert view.window == Interval(start, start + 30_000_000)
    head, _ = read(message_for(chart, rows_of("P-0001"), recordings, view))
    assert head["window"]["from"] <= view.window.start
    assert head["window"]["to"] >= view.window.end


@pytest.mark.parametrize(("second", "line"), [(0.81, None), (0.6, 0.6)])
def test_recordings_judged_at_different_thresholds_are_told_and_no_line_is_drawn(
    home: Path, second: float, line: float | None
) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-0001", "Europe/Berlin", actor="t", now_us=1)
    for k, value in enumerate((0.6, second)):
        walk = freezing_walk(seed=k, start_us=START_US + k * HOUR_US)
        walk = replace(walk, source=Source(f"{k}.csv", 1, f"{k}" * 64))
        found = analysis_of(walk)
        used = [{**d, "threshold": value} for d in found.manifest["detectors"]]
        identity, _ = store.import_(walk, "P-0001", actor="t", now_us=2)
        store.record(identity, replace(found, manifest={**found.manifest, "detectors": used}), actor="t", now_us=3)
    choice, _ = choice_of()
    assert header(chart_for(choice), View(-1, None, None))["threshold"] == line
    at = opened_at("timeline", patient="P-0001")
    assert not at.exception
    assert ("judged at different thresholds (0.60 and 0.81): flags and rates" in shown(at)) is (line is None)


def test_sensors_are_called_by_where_they_were_worn_not_by_their_names_in_the_file(home: Path) -> None:
    walk = freezing_walk()
    (back,) = walk.streams
    unplaced = replace(back, name="unknown", placement=Placement.ANKLE, side=Side.LEFT)
    store = store_of(home, replace(walk, streams=(back, unplaced)), code="P-0001", days=0)
    at = opened_at("timeline", patient="P-0001")
    assert not at.exception
    (switch,) = at.get("button_group")
    assert {o.content for o in switch.proto.options} == {"lower back", "left ankle"}
    report = opened_at("report", patient="P-0001")
    (what,) = [s for s in report.selectbox if s.label == "What"]
    assert set(what.options) == {"freezing of gait, lower back", "freezing of gait, left ankle"}
    (row,) = store.recordings()
    twice = replace(row, streams=(row.streams[0], replace(row.streams[1], placement="lower back", side="middle")))
    assert places([twice]) == {"lower-back": "lower back", "unknown": "unknown"}
    assert places([row, twice])["unknown"] == "left ankle and lower back"


def test_a_window_over_a_gap_draws_nothing_across_it(home: Path) -> None:
    store_with(home, days=3)
    choice, recordings = choice_of()
    chart = chart_for(choice)
    gap = chart.lane.gaps[0]
    over = View(0, Interval(gap.start - 5_000_000, gap.end + 5_000_000), None)
    head, _ = read(message_for(chart, rows_of("P-0001"), recordings, over))
    for channel in head["window"]["channels"]:
        for start, step, (_, count) in channel["series"]:
            assert start + (count - 1) * step <= gap.start or start >= gap.end


def test_signal_that_is_gone_is_said_on_the_canvas(home: Path) -> None:
    store = store_with(home, days=3)
    choice, recordings = choice_of()
    chart = chart_for(choice)
    for file in store.home.signals(recordings[0].id).rglob("*.parquet"):
        file.unlink()
    head, _ = read(message_for(chart, rows_of("P-0001"), recordings, first_view(chart)))
    assert head["error"].startswith("The signal cannot be read: ")
    assert head["window"] is None
    assert len(head["days"]) == 3
