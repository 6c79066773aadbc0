"""``motionward evaluate FOLDER``: a detector measured on labelled recordings of one's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clinic import evaluation
from clinic.evaluation import Judged, _at_once, band_of, budgets, learned_from, shares_of_time, taught
from clinic.reports.evaluated import _band, measured
from clinic.reports.evaluated_page import page
from data.grid import HOP_US, Grid
from data.intervals import Interval, runs_of
from data.phenomena import FALL, FREEZING
from data.readers import read
from data.recording import Placement
from models.adapters.adapt import Choice, adapt
from models.adapters.example import Example
from models.calibration import log_odds, sigmoid
from models.conformal import Unit
from models.detectors import Detector, load
from models.detectors.correction import Adapted, Correction, Taught
from models.scores import Scores
from tests.clinic.commanded import motionward
from tests.clinic.tables_made import HEAD, dated_walk, table
from tests.signals import freezing_walk


@pytest.fixture(scope="module")
def own(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four minutes of two real recordings, with their raters' marks as a table."""
    folder = tmp_path_factory.mktemp("own")
    rows: list[tuple[object, ...]] = []
    for name, first in (("S02R01.txt", 780), ("S07R02.txt", 400)):
        lines = (shared_data / "daphnet" / "original" / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(lines[first * 64 : (first + 240) * 64]))
        recording = read(folder / name)
        origin = recording.interval.start
        rows += [
            (name, "trunk", (a.interval.start - origin) / 1e6, (a.interval.end - origin) / 1e6, FREEZING, name[:3])
            for a in recording.annotations
            if a.label == FREEZING
        ]
    table(folder / "labels.csv", rows, (*HEAD, "patient"))
    return folder


def test_real_recordings_are_measured_by_person_and_the_page_says_so_first(own: Path, tmp_path: Path) -> None:
    said = motionward("evaluate", own, "--out", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text()) == told
    assert [p["person"] for p in told["people"]] == ["S02", "S07"]
    assert [p["marked"] for p in told["people"]] == [7, 7]  # of 17 marks, some closer than 1 s or shorter
    found = {(r["row"], r["metric"]): r["value"] for r in told["results"]}
    assert found["S02", "auroc"] > 0.9
    assert found["mean over people", "auroc"] == pytest.approx(
        (found["S02", "auroc"] + found["S07", "auroc"]) / 2, abs=1e-3
    )
    alarms = sum(p["false_alarms"] for p in told["people"]) / sum(p["judged_h"] for p in told["people"])
    assert found["all together", "false_alarms_per_hour"] == pytest.approx(alarms, rel=0.01)
    assert told["band"] is None
    assert (told["agreement"]["recordings"], told["agreement"]["people"], told["agreement"]["value"]) == (2, 2, None)
    assert 0 < found["all together", "onset_error_s"] < 10
    assert 0 < found["all together", "duration_error_s"] < 30
    shots = {r["k"]: r for r in told["kshot"] if r["metric"] == "f1"}
    assert shots[0]["gain"] == 0
    assert {1, 3} <= set(shots)
    text = (tmp_path / "out" / "evaluation.md").read_text()
    total = {n: sum(p[n] for p in told["people"]) for n in ("found", "false_alarms", "judged_h")}
    assert text.splitlines()[2].startswith(
        f"{total['found']} of 14 marked episodes were found, with {total['false_alarms']} false alarms in 0.13 judged"
    )
    assert "Where a file has no span marked as none" in text
    assert "how far marks and flags agree is told from 3 recordings on; here: 2 recordings of 2 people." in text
    # Of fewer than three people there is no interval over people, in this table as in the others.
    assert (shots[3]["people"], shots[3]["low"], shots[3]["gain_high"]) == (1, None, None)
    assert f"| 3 | {shots[3]['value']:.3f} | {shots[3]['gain']:+.3f} | ".replace("-", "−") in text


@pytest.fixture(scope="module")
def parts(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same four minutes, in three recordings of each person: of a minute and a half, half a minute, two."""
    folder, spans = tmp_path_factory.mktemp("parts"), ((0, 91), (91, 120), (120, 240))
    _, *marks = (own / "labels.csv").read_text().splitlines()
    rows: list[tuple[object, ...]] = []
    for name in ("S02R01.txt", "S07R02.txt"):
        lines = (own / name).read_text().splitlines(keepends=True)
        for first, last in spans:
            part = f"{name[:3]}-{first}.txt"
            (folder / part).write_text("".join(lines[first * 64 : last * 64]))
            for mark in (m.split(",") for m in marks if m.startswith(name)):
                start, end = max(float(mark[2]), first), min(float(mark[3]), last)
                if end > start:
                    rows.append((part, "trunk", start - first, end - first, FREEZING, name[:3]))
    table(folder / "labels.csv", rows, (*HEAD, "patient"))
    return folder


def shares_by_file(folder: Path, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Share of time that is marked, and flagged, as it is told of each file where nobody says whose it is."""
    shutil.copytree(folder, tmp_path / "apart")
    head, *rows = (folder / "labels.csv").read_text().splitlines()
    without = [",".join(row.split(",")[:-1]) for row in (head, *rows)]
    (tmp_path / "apart" / "labels.csv").write_text("\n".join(without))
    said = motionward("evaluate", tmp_path / "apart", "--out", tmp_path / "by file", "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    found = {(r["row"], r["metric"]): r["value"] for r in told["results"]}
    names = [p["person"] for p in told["people"]]
    marked, flagged = (np.array([found[p, m] for p in names]) for m in ("time_marked", "time_flagged"))
    return marked, flagged


def test_how_far_flags_and_marks_agree_on_the_time_of_real_recordings_is_told_with_what_it_rests_on(
    parts: Path, tmp_path: Path
) -> None:
    said = motionward("evaluate", parts, "--out", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    agreed = json.loads(said.out)["agreement"]
    assert (agreed["measure"], agreed["recordings"], agreed["people"]) == ("ICC(2,1)", 6, 2)
    marked, flagged = shares_by_file(parts, tmp_path)
    cov, gap = np.cov(marked, flagged), np.mean(marked - flagged)
    assert cov[0, 1] > 0, "more is flagged where more is marked"
    whole = cov[0, 0] + cov[1, 1]
    expected = 2 * cov[0, 1] / (whole + gap**2 - (whole - 2 * cov[0, 1]) / 6)
    assert agreed["value"] == pytest.approx(expected, abs=2e-3)  # shares are told to four digits
    assert (agreed["low"], agreed["high"]) == (None, None), "two people are no interval"
    text = (tmp_path / "out" / "evaluation.md").read_text()
    assert f"{agreed['value']:.3f} over 6 recordings of 2 people. No interval over people: too few" in text


def flagging(judged: Judged, flags: np.ndarray) -> Judged:
    """The same recording under a detector that is sure of these half seconds."""
    p = np.where(flags, 0.999, 0.001).astype(np.float32)
    return replace(judged, scores=replace(judged.scores, probability=p, lower=p, upper=p))


def varied(detector: Detector, person: str, name: str, seed: int) -> Judged:
    """Ten minutes of which a share is marked that differs from recording to recording."""
    one = made(detector, person, name, seed)
    truth = one.truth & (np.arange(len(one.truth)) < 1200 * np.random.default_rng(seed).random())
    return replace(one, truth=truth, marks=runs_of(truth, one.scores.grid.start_us, HOP_US))


def test_a_detector_that_knows_nothing_does_not_agree_on_the_time_however_it_flags(shipped: Detector) -> None:
    streams = [varied(shipped, f"p{i}", f"p{i}-{k}", 10 * i + k) for i in range(6) for k in range(4)]

    def agreed(flags: Iterable[np.ndarray]) -> dict[str, float]:
        of = [flagging(s, f) for s, f in zip(streams, flags, strict=True)]
        return measured(of, "0", draws=1)["agreement"]

    right = agreed(s.truth for s in streams)
    always, never = (agreed(np.full(1200, x) for _ in streams) for x in (True, False))
    by_chance = agreed(np.roll(streams[k - 7].truth, 31) for k in range(len(streams)))
    assert right["value"] > 0.9
    assert 0 < right["low"] <= right["value"] <= right["high"] <= 1
    assert always["value"] == never["value"] == 0.0
    assert by_chance["value"] < 0.4
    assert by_chance["low"] < 0.1
    nothing = page(measured([flagging(s, np.zeros(1200, dtype=bool)) for s in streams], "0", draws=1))
    assert "\n0.000 (0.00–0.00) over 24 recordings of 6 people." in nothing
    text = page(measured([flagging(s, s.truth) for s in streams], "0", draws=1))
    assert f"{right['value']:.3f} ({right['low']:.2f}–{right['high']:.2f}) over 24 recordings of 6 people." in text
    assert "No interval" not in text


def test_three_people_with_a_recording_each_are_told_why_their_agreement_has_no_interval(shipped: Detector) -> None:
    streams = [varied(shipped, f"p{i}", f"p{i}", i) for i in range(3)]
    told = measured([flagging(s, s.truth) for s in streams], "0", draws=1)
    assert told["agreement"]["value"] > 0.9
    assert (told["agreement"]["low"], told["agreement"]["high"]) == (None, None)
    assert "over 3 recordings of 3 people. No interval over people: too few" in page(told)


def test_where_no_recording_differs_from_another_no_agreement_is_told(shipped: Detector) -> None:
    streams = [made(shipped, "p", f"r{k}", k) for k in range(4)]
    told = measured([flagging(s, np.zeros(1200, dtype=bool)) for s in streams], "0", draws=1)
    assert told["agreement"]["value"] is None
    assert "It cannot be told how far marks and flags agree: neither tells the 4 recordings of 1 person" in page(told)


def test_sensors_of_one_recording_have_one_share_of_its_time(shipped: Detector) -> None:
    left, right, later = (varied(shipped, "p", f"{k}", k) for k in range(3))
    other = varied(shipped, "q", "3", 3)
    apart = shares_of_time([left, right, later, other])
    assert {p: len(of) for p, of in apart.items()} == {"p": 3, "q": 1}
    together = shares_of_time([replace(left, file="a"), replace(right, file="a"), later, other])
    assert {p: len(of) for p, of in together.items()} == {"p": 2, "q": 1}
    assert together["p"][0] == pytest.approx(np.mean(apart["p"][:2], axis=0))
    unjudged = replace(other, judged=np.zeros(1200, dtype=bool))
    assert set(shares_of_time([left, unjudged])) == {"p"}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "labels.csv: it holds no label: mark"),
        ([("no.csv", "", 1, 2, FREEZING)], "labels.csv, line 2: there is no file 'no.csv': put it beside labels.csv"),
        ([("", "", 1, 2, FREEZING)], "labels.csv, line 2: there is no file ''"),
        ([("S02R01.txt", "trunk", 1, 2, "a"), ("S02R01.txt", "trunk", 1, 2, "b")], "it is about a and b: evaluate one"),
        ([("S02R01.txt", "trunk", 1, 99999, FREEZING)], "line 2: the span leaves the recording"),
        ([("S02R01.txt", "thigh", 1, 9, FREEZING)], "S02R01.txt: stream thigh was worn at: thigh, where no detector"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_one_sentence_and_nothing_is_written(
    own: Path, tmp_path: Path, rows: list[tuple[object, ...]], problem: str
) -> None:
    shutil.copy(own / "S02R01.txt", tmp_path)
    table(tmp_path / "labels.csv", rows)
    said = motionward("evaluate", tmp_path, "--out", tmp_path / "out")
    assert said.code == 1
    assert problem in said.err
    assert len(said.lines) == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_table_and_no_place_for_the_result_are_refused(tmp_path: Path) -> None:
    said = motionward("evaluate", tmp_path, "--out", tmp_path / "out")
    assert (said.code, len(said.lines)) == (1, 1)
    assert "it holds no table of labels: put labels.csv beside the recordings" in said.err
    assert motionward("evaluate", tmp_path).code == 2


@pytest.fixture(scope="module")
def shipped() -> Detector:
    return load("freezing-of-gait-lower-back")


def made(detector: Detector, person: str, name: str, seed: int, n: int = 1200) -> Judged:
    """Ten minutes with an episode in each half minute, told with a skill that a label can mend (a shift)."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(n, dtype=bool)
    for at in range(10, n - 20, 60):
        truth[at : at + 8] = True
    z = np.where(truth, 0.0, -3.0) + rng.normal(0, 0.7, n)
    grid = Grid(np.arange(n, dtype=np.int64) * HOP_US, (slice(0, n),))
    p = sigmoid(z).astype(np.float32)
    whole = (Interval(0, n * HOP_US),)
    everywhere = np.ones(n, dtype=bool)
    scores = Scores("lower-back", FREEZING, grid, p, p, p, everywhere)
    odds = np.array([log_odds(float(v)) for v in p])
    directions = rng.normal(size=(n, detector.known.whiten.shape[1]))
    directions[:, 0] += np.where(truth, 3.0, 0.0)
    marks = runs_of(truth, grid.start_us, HOP_US)
    return Judged(
        person,
        name,
        Placement.LOWER_BACK,
        detector,
        scores,
        whole,
        marks,
        truth,
        everywhere,
        odds,
        directions,
        False,
        0,
    )


def test_labels_of_a_person_are_tried_on_their_other_recordings_by_the_adapter_that_adapt_would_choose(
    shipped: Detector,
) -> None:
    rows = taught([made(shipped, f"p{i}", f"p{i}-{k}", 10 * i + k) for i in range(2) for k in range(2)], draws=1)
    f1 = {r.k: r for r in rows if r.metric == "f1"}
    assert set(f1) == {0, 1, 3, 5, 10, 20}
    assert f1[0].gain == 0
    assert f1[20].gain_low > 0.02, "one direction tells these episodes: labels say which"
    unmoved = (
        replace(shipped, personal=replace(shipped.personal, gain=-1.0, gain_sd=1e-6)) if shipped.personal else shipped
    )
    still = taught([made(unmoved, "p", f"p-{k}", k, 400) for k in range(2)], draws=1)
    assert all(r.gain == 0 for r in still), "where adapting is known to harm, the detector stays as it is"


def test_files_of_one_name_in_the_folders_of_several_people_are_told_apart(shipped: Detector) -> None:
    def rows_of(*names: str) -> object:
        streams = [made(shipped, f"p{i}", f"{names[i]}-{k}", 10 * i + k, 900 + 300 * i) for i in (0, 1) for k in (0, 1)]
        return taught(streams, draws=1)

    assert rows_of("walk", "walk") == rows_of("a/walk", "b/walk")


def test_sensors_of_one_file_or_of_one_time_do_not_teach_one_another(shipped: Detector) -> None:
    first, second, third = (made(shipped, "p", f"{k}", k) for k in range(3))
    other = made(shipped, "q", "3", 3)
    dated = [replace(s, recorded=Interval(k, k + 10)) for s, k in ((first, 0), (second, 5), (third, 20), (other, 0))]
    assert _at_once(dated) == ["0", "0", "1", "2"]
    filed = [replace(s, file=f) for s, f in ((first, "a"), (second, "b"), (third, "a"), (other, "a"))]
    assert _at_once(filed) == ["1", "0", "1", "2"]
    assert len(set(_at_once([first, second, third]))) == 3


def test_what_is_marked_at_one_place_does_not_teach_the_detector_of_another(
    shipped: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_ankle = load("freezing-of-gait-ankle")
    lessons: list[tuple[str, set[str]]] = []

    def watched(detector: Detector, examples: Sequence[Example]) -> Choice:
        lessons.append((detector.name, {e.stream for e in examples}))
        return adapt(detector, examples)

    monkeypatch.setattr(evaluation, "adapt", watched)
    backs = [made(shipped, "p", f"back-{k}", k, 400) for k in range(2)]
    ankles = [made(at_ankle, "p", f"ankle-{k}", 9 + k, 400) for k in range(2)]
    streams = [*backs, *(replace(s, scores=replace(s.scores, stream="ankle")) for s in ankles)]
    assert taught(streams, draws=2)
    assert {name for name, _ in lessons} == {shipped.name, at_ankle.name}
    assert {(name, *sorted(of)) for name, of in lessons} == {(shipped.name, "lower-back"), (at_ankle.name, "ankle")}


def test_one_patient_gets_a_band_of_held_out_stretches_that_says_so_and_nine_people_one_of_people(
    shipped: Detector,
) -> None:
    alone = band_of([made(shipped, "p", "r", 1)])
    assert alone is not None
    assert (alone.unit, alone.number) == (Unit.EPISODES, 20)
    several = band_of([made(shipped, f"p{i}", f"r{i}", i) for i in range(9)])
    assert several is not None
    assert (several.unit, several.number) == (Unit.PEOPLE, 9)
    assert band_of([made(shipped, f"p{i}", f"r{i}", i) for i in range(8)]) is None
    told = measured([made(shipped, "p", "r", 1, 70)], "0", draws=1)
    assert "Too few: 90% can be promised from 9 people" in page(told)
    assert "Marks less than 1 s apart are one episode, and what is then shorter than 1 s is none." in page(told)
    assert "Too few labels" in page(told)
    assert "about other patients it says nothing" in page(told | {"band": _band(alone)})


def test_a_detector_learned_from_a_person_also_where_another_of_their_sensors_was_marked_then(
    shipped: Detector,
) -> None:
    walk = freezing_walk((), 60.0)
    start = walk.interval.start
    there = Taught("0" * 64, "ankle", start + 5_000_000, start + 9_000_000, True, person="P-1")

    def knows(*taught: Taught, unmarked: tuple[Taught, ...] = (), person: str = "P-1") -> bool:
        nothing = Correction(np.zeros(1), np.zeros((1, 1)))
        adapted = Adapted("linear", "", nothing, taught, np.zeros((1, 1), np.float32), unmarked)
        return learned_from(replace(shipped, adapted=adapted), walk, person)

    def at(since_start: int) -> Taught:
        return replace(there, start_us=start + since_start, end_us=start + since_start + 9_000_000)

    assert not learned_from(shipped, walk, "P-1")
    assert knows(there)
    assert knows(unmarked=(there,)), "what it took for none it knows as well"
    assert knows(replace(there, recording=walk.source.sha256), person="P-2")
    assert not knows(there, person="P-2")
    assert knows(there, person="")
    assert knows(at(-30_000_000)), "what it is told from reaches into the recording"
    assert not knows(at(-60_000_000))
    hours = replace(at(-7_200_000_000), recording=walk.source.sha256)
    assert knows(hours), "the same recording, read in another zone"


def test_what_taught_a_detector_is_not_what_labels_would_buy_or_what_may_be_called_sure(shipped: Detector) -> None:
    streams = [made(shipped, f"p{i}", f"p{i}-{k}", 10 * i + k, 400) for i in range(9) for k in range(2)]
    known = [replace(s, is_taught=s.person == "p0") for s in streams]
    (first, *_), (new, *_) = taught(streams, draws=1), taught(known, draws=1)
    assert (first.people, new.people) == (9, 8)
    assert band_of(streams) is not None
    assert band_of(known) is None
    assert taught([replace(s, is_taught=True) for s in streams], draws=1) == ()
    said = "What taught the detector is left out of what may be called sure and of what labels would buy."
    assert said in measured(known, "0", draws=1)["assumptions"]
    assert said not in measured(streams, "0", draws=1)["assumptions"]


@pytest.mark.parametrize(("patient", "is_theirs"), [("P-1", True), ("", True), ("P-2", False)])
def test_a_file_that_nothing_names_may_be_of_whoever_taught_the_detector_at_that_time(
    tmp_path: Path, patient: str, *, is_theirs: bool
) -> None:
    left, right = (dated_walk(tmp_path / name / f"{name}.csv", seed) for seed, name in enumerate(("left", "right")))
    labels = table(tmp_path / "left.csv", [(left.name, "", 20, 26, FREEZING, "P-1")], (*HEAD, "patient"))
    folder, where = tmp_path / "taught", ("--placement", "lower back")
    said = motionward("adapt", left, "--labels", labels, *where, "--detector", "freezing-of-gait-lower-back",
                      "--out", folder)  # fmt: skip
    assert said.code == 0, said.err
    table(right.parent / "labels.csv", [(right.name, "", 45, 51, FREEZING, patient)], (*HEAD, "patient"))
    said = motionward("evaluate", right.parent, *where, "--detector", folder, "--out", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    (person,) = json.loads(said.out)["people"]
    assert (person["person"], person["taught"]) == (patient or "right", is_theirs)


def test_figures_of_a_person_whose_marks_taught_the_detector_say_so_first(shipped: Detector) -> None:
    streams = [made(shipped, p, p, k, 70) for k, p in enumerate(("own", "other"))]
    unseen = measured(streams, "0", draws=1)
    assert "taught with marks" not in page(unseen)
    assert "No marks of these people taught the detector" in unseen["assumptions"][0]
    told = measured([replace(streams[0], is_taught=True), streams[1]], "0", draws=1)
    assert "It was taught with marks of own: what it finds there" in page(told).splitlines()[2]
    assert "No marks of other taught the detector; whether they are in" in told["assumptions"][0]
    alone = measured([replace(streams[0], is_taught=True)], "0", draws=1)
    assert not any("No marks of" in a for a in alone["assumptions"])


def test_a_detector_that_was_taught_on_a_recording_is_told_by_its_content_and_two_for_one_place_are_refused(
    own: Path, tmp_path: Path
) -> None:
    head, *rows = (own / "labels.csv").read_text().splitlines()
    mine = [head, *[r for r in rows if r.startswith("S02R01.txt")]]
    (tmp_path / "marks.csv").write_text("\n".join(mine))
    folder, name = tmp_path / "taught", "freezing-of-gait-lower-back"
    marks = ("--labels", tmp_path / "marks.csv")
    said = motionward("adapt", own / "S02R01.txt", *marks, "--detector", name, "--out", folder)
    assert said.code == 0, said.err
    shutil.copy(own / "S02R01.txt", tmp_path / "renamed.txt")
    (tmp_path / "labels.csv").write_text("\n".join(mine).replace("S02R01.txt", "renamed.txt"))
    out = tmp_path / "out"
    said = motionward("evaluate", tmp_path, "--out", out, "--detector", folder, "--json")
    assert said.code == 0, said.err
    assert [p["taught"] for p in json.loads(said.out)["people"]] == [True]
    said = motionward("evaluate", tmp_path, "--out", tmp_path / "two", "--detector", folder, "--detector", name)
    assert said.code == 2
    assert "both look for freezing of gait at: lower back: measure one at a time" in " ".join(said.err.split())
    assert not (tmp_path / "two").exists()


def test_the_page_says_when_flags_of_falls_are_one_and_nothing_of_it_elsewhere(shipped: Detector) -> None:
    told = measured([made(shipped, "p", "r", 1, 70)], "0", draws=1)
    assert "are one with it" not in page(told)
    said = "Marks less than 10 s apart are one episode. Flags that begin less than 10 s after one that counts are one"
    assert f"{said} with it." in page(told | {"phenomenon": FALL})


@pytest.mark.parametrize(
    ("found", "marked", "alarms", "words"),
    [
        (1, 1, 1, "1 of 1 marked episode was found, with 1 false alarm in"),
        (0, 1, 0, "0 of 1 marked episode was found, with 0 false alarms in"),
        (1, 9, 2, "1 of 9 marked episodes was found, with 2 false alarms in"),
        (8, 9, 1, "8 of 9 marked episodes were found, with 1 false alarm in"),
    ],
)
def test_the_answer_counts_one_as_one(shipped: Detector, found: int, marked: int, alarms: int, words: str) -> None:
    told = measured([made(shipped, "p", "r", 1, 70)], "0", draws=1)
    told["people"][0] |= {"found": found, "marked": marked, "false_alarms": alarms}
    assert page(told).splitlines()[2].startswith(words)


def test_several_detectors_are_spoken_of_as_several(shipped: Detector) -> None:
    streams = [made(shipped, "p", "back", 1, 70), made(load("freezing-of-gait-ankle"), "p", "ankle", 2, 70)]
    one, both = (page(measured(of, "0", draws=1)) for of in (streams[:1], streams))
    assert "No marks of this person taught the detector; whether they are in the sets that its card names" in one
    assert "taught the detectors; whether they are in the sets that their cards name, nothing here can tell." in both
    assert " Detectors: freezing-of-gait-lower-back (" in both
    assert "Each detector has thresholds of its own: what is found at 1, 2, 5, 10 false alarms an hour is told" in both
    assert "no operating points" not in both


def test_a_smaller_budget_never_finds_more(shipped: Detector) -> None:
    found = budgets([made(shipped, f"p{i}", f"r{i}", i) for i in range(2)])
    assert [b.per_hour for b in found] == [1.0, 2.0, 5.0, 10.0]
    assert [b.events.found for b in found] == sorted(b.events.found for b in found)
    assert [b.threshold for b in found] == sorted((b.threshold for b in found), reverse=True)
