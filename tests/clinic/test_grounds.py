"""What a flag rests on: the people of a shipped detector, the marked examples of a taught one, and nothing made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clinic.analysis import analyze
from clinic.grounds import grounds_in_file, grounds_of, keeping, likeness, likeness_in_file, taught_by
from clinic.store import Store
from clinic.store.rows import EpisodeRow
from clinic.stored import embedder
from clinic.teaching import accept, trial
from clinic.timeline.clock import WallClock
from clinic.timeline.evidence import Grounds, rests_on
from data.labels import NOT
from models.detectors import load
from models.detectors.correction import Taught
from tests.clinic.test_teaching import SETTINGS, at_the_back, mark, walked

UTC = WallClock("UTC")


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Grounds, Grounds, EpisodeRow]:
    """A walk judged by the shipped detector, and by one that was taught with four marks of it."""
    store, identity = walked(tmp_path_factory.mktemp("home"))
    shipped = grounds(store, identity)
    mark(store, identity)
    accept(
        store,
        trial(store, identity, at_the_back(), "R-01", SETTINGS),
        SETTINGS,
        reason="a test",
        actor="t",
        now=lambda: 9,
    )
    return store, shipped, grounds(store, identity), store.episodes()[0]


def grounds(store: Store, identity: str) -> Grounds:
    found = grounds_of(store, store.runs(identity)[0], store.recording(identity), store.episodes()[0], UTC)
    assert found is not None
    return found


def test_a_shipped_detector_says_whom_it_learned_from_and_that_no_example_is_of_this_patient(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    _, shipped, _, _ = before_and_after
    assert shipped.version == at_the_back().version[:7]
    assert shipped.encoder == f"imu-simclr {at_the_back().encoder_version[:7]}"
    assert rests_on(shipped, UTC) == "no example of this patient: trained on 45 people and 46 healthy people"


def test_a_taught_detector_names_the_examples_most_like_the_flag_who_marked_them_and_when(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, shipped, taught, episode = before_and_after
    assert taught.taught == 4
    assert (shipped.adapter, taught.adapter) == ("", f"linear adapter on {shipped.version}")
    assert len(taught.nearest) == 3
    assert {(x.annotator, x.marked_us, x.label) for x in taught.nearest} == {("R-01", 4, "")}
    away = [x.away for x in taught.nearest]
    assert away == sorted(away)
    detector = store.detector(episode.detector)
    assert detector.adapted is not None
    vectors = store.vectors(episode.recording, store.recording(episode.recording).stream(episode.stream), detector)
    assert vectors is not None
    starts = vectors.grid.start_us
    inside = (starts >= episode.interval.start) & (starts < episode.interval.end) & vectors.valid
    every = vectors.vectors[slice(0, len(starts))][inside]  # slow and obvious: all of them, by a mask
    wanted = detector.adapted.nearest(detector.directions(detector.network.standardised(every)))
    assert away == [a for _, a in wanted]
    words = rests_on(taught, UTC)
    assert words.startswith("4 marked examples, most like: 06:0")
    assert "(by R-01, 1 January 1970; " in words
    assert words.endswith("Before that trained on 45 people and 46 healthy people")


def test_who_taught_a_detector_that_is_in_use_is_told_with_the_day_on_which_it_was_taken_over(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, _, _, episode = before_and_after
    assert taught_by(store, store.runs()[:1], None) == {episode.detector: "taught by R-01, 1 January 1970"}
    assert taught_by(store, [], None) == {}


def test_an_example_of_another_patient_is_named_by_nothing_that_tells_who_it_is(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, _, _, episode = before_and_after
    recording = store.recording(episode.recording)
    theirs = Taught("0" * 64, episode.stream, 0, 7_000_000, True, "R-01", file="Smith-walk.csv")
    stored = {r.id: r for r in store.recordings()}
    whose = replace(stored[episode.recording], id=theirs.recording, patient="somebody else")
    said = likeness(theirs, 0.5, episode, recording, UTC, stored | {theirs.recording: whose})
    assert said.when == "another patient's, 7.0 s"
    assert likeness(theirs, 0.5, episode, recording, UTC, stored).when == "Smith-walk.csv, 7.0 s"


def test_an_example_in_another_recording_of_the_patient_is_told_by_its_day_and_time_there(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, _, _, episode = before_and_after
    recording, stored = store.recording(episode.recording), {r.id: r for r in store.recordings()}
    mine = stored[episode.recording]
    (first,) = (s.interval.start for s in mine.streams[:1])
    there = Taught("0" * 64, episode.stream, first + 61_000_000, first + 68_000_000, True, "R-01", file="walk-2.csv")
    other = replace(mine, id=there.recording)
    said = likeness(there, 0.5, episode, recording, UTC, stored | {there.recording: other})
    assert said.when == f"walk-2.csv, {UTC.day(there.start_us)} {UTC.time(there.start_us)}, 7.0 s"
    undated = replace(other, clock="relative")
    said = likeness(there, 0.5, episode, recording, UTC, stored | {there.recording: undated})
    assert said.when == "walk-2.csv, 0:01:01, 7.0 s"


def test_a_file_that_is_in_no_store_names_the_very_examples_that_the_store_names(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, shipped, taught, episode = before_and_after
    recording, detector = store.recording(episode.recording), store.detector(episode.detector)
    embed, seen = keeping(embedder(SETTINGS))
    analyze(recording, [at_the_back(), detector], SETTINGS, embed=embed, version="0")
    assert seen == {}, "nobody asks for what a shipped detector read"
    analyze(recording, [detector], SETTINGS, embed=embed, version="0")
    vectors = seen[episode.stream, episode.detector]
    assert grounds_in_file([detector], recording, episode, UTC, vectors) == taught
    assert detector.adapted is not None
    own, *rest = (replace(t, person="P-1") for t in detector.adapted.taught)
    theirs = [replace(t, recording="0" * 64, file="Smith-walk.csv", person="P-2") for t in rest]
    of_two = replace(detector, adapted=replace(detector.adapted, taught=(own, *theirs)))
    told = grounds_in_file([of_two], recording, episode, UTC, vectors)
    assert told is not None
    assert sum(x.when.startswith("another patient's, ") for x in told.nearest) >= 2
    assert "Smith" not in rests_on(told, UTC)
    assert grounds_in_file([at_the_back()], recording, episode, UTC, vectors) is None
    untaught = replace(episode, detector=at_the_back().version)
    assert grounds_in_file([at_the_back()], recording, untaught, UTC, None) == shipped


def test_without_a_store_a_file_of_somebody_who_may_be_another_is_not_named(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, _, _, episode = before_and_after
    recording = store.recording(episode.recording)
    start = recording.interval.start
    there = Taught("0" * 64, episode.stream, start, start + 7_000_000, False, "R-01", file="Smith-walk.csv")

    def when(t: Taught, person: str) -> str:
        said = likeness_in_file(t, 0.5, episode, recording, UTC, person)
        assert said.label == f"{NOT}{episode.phenomenon} "
        return said.when

    place = f"{UTC.day(start)} {UTC.time(start)}, 7.0 s"
    assert when(there, "") == when(there, "P-1") == f"Smith-walk.csv, {place}", "nobody said that it is another's"
    theirs = replace(there, person="Smith")
    assert when(theirs, "Smith") == f"Smith-walk.csv, {place}"
    assert when(theirs, "P-1") == "another patient's, 7.0 s"
    assert when(theirs, "") == "perhaps another patient's, 7.0 s"
    undated = replace(there, start_us=61_000_000, end_us=68_000_000)
    assert when(undated, "") == "Smith-walk.csv, 0:01:01, 7.0 s"
    assert when(replace(there, file=recording.source.name), "") == f"another {recording.source.name}, {place}"


def test_an_example_in_this_very_file_is_told_by_its_time_unless_the_file_was_read_in_another_zone(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, _, _, episode = before_and_after
    recording = store.recording(episode.recording)
    start = recording.interval.start
    own = Taught(recording.source.sha256, episode.stream, start, start + 7_000_000, True, "R-01", person="Smith")
    assert likeness_in_file(own, 0.5, episode, recording, UTC, "").when == f"{UTC.time(start)}, 7.0 s"
    hour = 3_600_000_000
    moved = replace(own, start_us=start - 2 * hour, end_us=start - 2 * hour + 7_000_000)
    said = likeness_in_file(moved, 0.5, episode, recording, UTC, "").when
    assert said == "this recording, read at another time of day, 7.0 s"


def test_where_vectors_were_never_stored_that_is_said(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow],
) -> None:
    store, _, _, episode = before_and_after
    folder = store.home.embeddings(at_the_back().encoder_version, episode.recording)
    kept = {f: f.read_bytes() for f in folder.glob("*.npy")}
    try:
        for file in kept:
            file.unlink()
        assert "whose vectors are not stored here" in rests_on(grounds(store, episode.recording), UTC)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)


def test_an_example_of_an_older_folder_has_no_time_of_marking(
    before_and_after: tuple[Store, Grounds, Grounds, EpisodeRow], tmp_path: Path
) -> None:
    store, _, _, episode = before_and_after
    folder = store.home.detectors(episode.detector)
    for file in folder.iterdir():
        text = file.read_bytes()
        (tmp_path / file.name).write_bytes(text)
    about = (tmp_path / "detector.json").read_text("utf-8")
    assert '"marked_us": 4' in about
    older = about.replace(',\n    "marked_us": 4', "")
    assert "marked_us" not in older
    (tmp_path / "detector.json").write_text(older, "utf-8")
    found = load(tmp_path).adapted
    assert found is not None
    assert {t.marked_us for t in found.taught} == {None}
