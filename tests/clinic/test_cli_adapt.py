"""``motionward adapt``: marks in a table, a detector folder out, and ``analyze`` takes it."""

import csv
import json
import re
from pathlib import Path

import pytest

from clinic import adaptation
from clinic.teaching import ONE_DAY
from clinic.timeline.clock import WallClock
from data.files import sha256_of
from data.intervals import Interval
from data.phenomena import FREEZING
from data.readers import read
from models.adapters.example import Example
from models.detectors import load
from tests.clinic.commanded import Said, motionward
from tests.clinic.lessons import watch
from tests.clinic.tables_made import HEAD, dated_walk, table

LOWER_BACK = "freezing-of-gait-lower-back"


@pytest.fixture(scope="module")
def daphnet(shared_data: Path) -> Path:
    return shared_data / "daphnet" / "original" / "S02R01.txt"


@pytest.fixture(scope="module")
def freezes(daphnet: Path) -> list[tuple[float, float]]:
    recording = read(daphnet)
    origin = recording.interval.start
    return [
        ((a.interval.start - origin) / 1e6, (a.interval.end - origin) / 1e6)
        for a in recording.annotations
        if a.label == FREEZING
    ]


def test_six_marks_teach_the_shipped_detector_and_analyze_takes_the_folder(
    daphnet: Path, freezes: list[tuple[float, float]], tmp_path: Path
) -> None:
    labels = table(tmp_path / "labels.csv", [(daphnet.name, "trunk", a, b, FREEZING) for a, b in freezes[:6]])
    new = tmp_path / "new"
    said = motionward("adapt", daphnet, "--labels", labels, "--detector", LOWER_BACK, "--out", new, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["adapter"], told["episodes"], told["others"]) == ("linear", 6, 0)
    assert told["parent"] == load(LOWER_BACK).version != told["version"]
    assert told["warning"] == ONE_DAY
    assert "6 stretches of 5 s that nobody marked" in (new / "card.md").read_text()
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", (new / "card.md").read_text())
    assert [p for p in pictures if not (new / p).is_file()] == []
    assert motionward("analyze", daphnet, "--out", tmp_path / "out", "--detector", new).code == 0
    with (tmp_path / "out" / "S02R01" / "episodes.csv").open() as file:
        assert {row["detector"] for row in csv.DictReader(file)} == {told["version"]}
    report = (tmp_path / "out" / "S02R01" / "report.html").read_text()
    assert re.search(rf"{told['version'][:7]}, taught by \S+ with 6 marked examples, which its card lists", report)
    behind = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", report[report.index('id="evidence"') :]))
    assert "edication" not in behind, "no dose can be entered for a file"
    flags = re.findall("6 marked examples, most like: (.*?)[.] Before that trained on 45 people", behind)
    assert len(flags) == behind.count("Probability") > 1
    learned, clock = load(new).adapted, WallClock(None, 0)
    assert learned is not None
    marked = {f"{clock.time(t.start_us)}, {(t.end_us - t.start_us) / 1e6:.1f} s" for t in learned.taught}
    for flag in flags:
        named = re.findall(r"([0-9:]+, [0-9.]+ s) \(by \S+; [0-9.]+ sd away\)", flag)
        assert len(named) == len(set(named) & marked) == 3
    assert "Reviewed" not in behind, "nobody reviews a file that is in no store"
    again = motionward("adapt", daphnet, "--labels", labels, "--detector", LOWER_BACK, "--out", new)
    assert again.code == 1
    assert "is not empty: name a new folder with --out" in again.err


def test_fitting_that_takes_long_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, float]] = []
    monkeypatch.setattr("clinic.cli.adapting.progress", lambda name: lambda share: shown.append((name, share)))
    monkeypatch.setattr("models.adapters.choose.MANY", 3)  # low-rank matrices are tried
    files = [dated_walk(tmp_path / f"{n}.csv", n) for n in range(2)]
    spans = [(20, 26, FREEZING), (45, 51, FREEZING), (5, 9, f"not {FREEZING}"), (60, 64, f"not {FREEZING}")]
    rows = [(f.name, "", *span, f.stem) for f in files for span in spans]
    labels = table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
    said = motionward("adapt", *files, "--labels", labels, "--detector", LOWER_BACK, "--out", tmp_path / "new",
                      "--placement", "lower back")  # fmt: skip
    assert said.code == 0
    shares = [share for name, share in shown if name == "teaching"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_new_phenomenon_is_taught_by_its_name(
    daphnet: Path, freezes: list[tuple[float, float]], tmp_path: Path
) -> None:
    labels = table(tmp_path / "labels.csv", [(daphnet.name, "thigh", a, b, "trembling") for a, b in freezes[:4]])
    new = tmp_path / "new"
    said = motionward("adapt", daphnet, "--labels", labels, "--detector", LOWER_BACK, "--out", new)
    assert said.code == 0
    assert said.out.startswith("Nothing is shipped for trembling at: thigh. A logistic head was learned from 4 marked")
    assert ONE_DAY in said.out.splitlines()
    made = load(new)
    assert (made.name, made.phenomenon, made.parent) == ("trembling-thigh", "trembling", None)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("other.csv", "trunk", 1, 2, FREEZING), "line 2: 'other.csv' is none of the files given"),
        (("S02R01.txt", "", 1, 2, FREEZING), "line 2: S02R01.txt has several streams (ankle, thigh, trunk)"),
        (("S02R01.txt", "knee", 1, 2, FREEZING), "line 2: S02R01.txt has no stream 'knee'"),
        (("S02R01.txt", "trunk", 1, 99999, FREEZING), "line 2: the span leaves the recording"),
        (("S02R01.txt", "thigh", 800, 802, FREEZING), "S02R01.txt: stream thigh was worn at: thigh; detector"),
        (("S02R01.txt", "trunk", 800, 802, "Freezing of gait"), "'Freezing of gait' is spelt otherwise than 'freezing"),
        (("S02R01.txt", "trunk", 800, 802, "Not freezing_of_gait"), "is spelt otherwise than 'not freezing of gait'"),
        (("S02R01.txt", "trunk", 800, 802, "not " + FREEZING), None),
    ],
)
def test_what_is_wrong_with_a_label_is_said_and_nothing_is_written(
    daphnet: Path, tmp_path: Path, row: tuple[str, str, float, float, str], problem: str | None
) -> None:
    labels = table(tmp_path / "labels.csv", [row])
    said = motionward("adapt", daphnet, "--labels", labels, "--detector", LOWER_BACK, "--out", tmp_path / "new")
    if problem is None:  # nothing to learn an episode from: the detector as it was, byte for byte
        assert said.code == 0
        assert load(tmp_path / "new").version == load(LOWER_BACK).version
        assert "within one day" not in said.out  # nothing was learned
        return
    assert said.code == 1
    assert problem in said.err
    assert len(said.lines) == 1
    assert not (tmp_path / "new").exists()


def test_of_a_table_about_two_classes_the_detectors_is_taught_and_the_other_is_said(
    daphnet: Path, freezes: list[tuple[float, float]], tmp_path: Path
) -> None:
    rows = [(daphnet.name, "trunk", a, b, FREEZING) for a, b in freezes[:2]]
    more = [(daphnet.name, "trunk", 1, 2, "tic"), (daphnet.name, "thigh", 3, 4, "not tic")]
    both, one = table(tmp_path / "both.csv", [*more, *rows]), table(tmp_path / "one.csv", rows)
    said = motionward("adapt", daphnet, "--labels", both, "--detector", LOWER_BACK, "--out", tmp_path / "both")
    assert said.code == 0
    assert said.out.startswith("freezing of gait was taught; passed over: 2 labels of tic.\n")
    told = motionward("adapt", daphnet, "--labels", one, "--detector", LOWER_BACK, "--out", tmp_path / "one", "--json")
    assert json.loads(told.out)["passed_over"] == {}
    assert load(tmp_path / "both").version == load(tmp_path / "one").version


def test_two_phenomena_of_which_the_detector_finds_neither_are_refused(daphnet: Path, tmp_path: Path) -> None:
    labels = table(
        tmp_path / "labels.csv", [(daphnet.name, "trunk", 1, 2, "tremble"), (daphnet.name, "trunk", 3, 4, "tic")]
    )
    said = motionward("adapt", daphnet, "--labels", labels, "--detector", LOWER_BACK, "--out", tmp_path / "new")
    assert said.code == 1
    assert "is about tic and tremble, and the detector finds freezing of gait: leave the rows of one" in said.err
    assert not (tmp_path / "new").exists()


def test_a_cohort_is_taught_from_several_peoples_files_and_a_personal_detector_starts_from_it(
    daphnet: Path, shared_data: Path, freezes: list[tuple[float, float]], tmp_path: Path
) -> None:
    other = shared_data / "daphnet" / "original" / "S07R02.txt"
    recording = read(other)
    theirs = [
        tuple((t - recording.interval.start) / 1e6 for t in (a.interval.start, a.interval.end))
        for a in recording.annotations
        if a.label == FREEZING
    ]
    rows = [(daphnet.name, "trunk", a, b, FREEZING) for a, b in freezes[:2]]
    rows += [(other.name, "trunk", a, b, FREEZING) for a, b in theirs[:2]]
    cohort, personal = tmp_path / "cohort", tmp_path / "personal"
    labels = table(tmp_path / "cohort.csv", rows)
    said = motionward("adapt", daphnet, other, "--labels", labels, "--detector", LOWER_BACK, "--out", cohort, "--json")
    assert said.code == 0
    made = load(cohort)
    assert made.adapted is not None
    told = {(t.recording, t.file) for t in made.adapted.taught}
    assert told == {(sha256_of(path), path.name) for path in (daphnet, other)}
    labels = table(tmp_path / "own.csv", [(daphnet.name, "trunk", a, b, FREEZING) for a, b in freezes[2:4]])
    said = motionward("adapt", daphnet, "--labels", labels, "--detector", cohort, "--out", personal, "--json")
    told = json.loads(said.out)
    assert told["parent"] == made.version
    own = load(personal)
    assert own.adapted is not None
    assert len(own.adapted.taught) == 6

    labels = table(tmp_path / "all.csv", [(daphnet.name, "trunk", a, b, FREEZING) for a, b in freezes[:4]])
    said = motionward("adapt", daphnet, "--labels", labels, "--detector", cohort, "--out", tmp_path / "both", "--json")
    again = json.loads(said.out)
    assert (again["episodes"], again["learned_before"]) == (2, 2)
    assert again["version"] == told["version"], "what the cohort's learned from teaches nothing twice"
    labels = table(tmp_path / "old.csv", rows)
    said = motionward("adapt", daphnet, other, "--labels", labels, "--detector", cohort, "--out", tmp_path / "same")
    assert said.out.startswith(f"4 labels were passed over: {made.name} {made.version} has learned from them.\n")
    assert load(tmp_path / "same").version == made.version


def test_a_column_says_whose_dated_files_are_that_lie_at_one_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [dated_walk(tmp_path / name, seed) for seed, name in enumerate(("left.csv", "right.csv"))]
    taught = watch(monkeypatch, adaptation)

    def adapt(people: tuple[str, str]) -> Said:
        rows = [(f.name, "", a, a + 6, FREEZING, p) for f, p, a in zip(files, people, (3, 45), strict=True)]
        labels = table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
        out = tmp_path / f"new-{len(taught)}"
        return motionward("adapt", *files, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                          "--out", out)  # fmt: skip

    freezes = [(a, a + 6) for a in (3, 45)]  # the first is where an unmarked stretch of the other file would lie

    def free_within(examples: list[Example]) -> int:
        """Unmarked stretches that lie in a freeze marked in the other file."""
        start = min(e.interval.start for e in examples) // 60_000_000 * 60_000_000
        spans = [Interval(start + a * 1_000_000, start + b * 1_000_000) for a, b in freezes]
        return sum(e.interval.overlaps(s) for e in examples if e.weight < 1.0 for s in spans)

    for people in (("P-1", "P-1"), ("", ""), ("P-1", "P-2")):
        said = adapt(people)
        assert said.code == 0, said.err
        assert [e.person for e in taught[-1] if e.is_positive] == list(people)
    assert [free_within(examples) for examples in taught] == [0, 0, 1]
    (one, other) = (e for e in taught[0] if e.is_positive)
    assert one.clock == other.clock
    (one, other) = (e for e in taught[2] if e.is_positive)
    assert one.clock != other.clock


def test_whose_a_file_is_is_said_of_each_file_or_of_none(tmp_path: Path) -> None:
    """The one that names nobody may be of a patient who is named, and would vouch for that one's other file."""
    files = [dated_walk(tmp_path / name, seed) for seed, name in enumerate(("a.csv", "b.csv", "c.csv"))]
    rows = [(f.name, "", 20, 26, FREEZING, p) for f, p in zip(files, ("P-1", "P-2", ""), strict=True)]

    def adapt(rows: list[tuple[object, ...]], out: str) -> Said:
        labels = table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
        return motionward("adapt", *files, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                          "--out", tmp_path / out)  # fmt: skip

    said = adapt([*rows], "none")
    assert said.code == 1
    assert f"whose some files are, and not whose {files[2]} is: say it of each, or of none" in said.err
    assert not (tmp_path / "none").exists()
    assert adapt([*rows[:2]], "two").code == 0, "a file without labels may be anybody's"


def test_whose_marks_were_learned_from_before_is_one_of_several_too(tmp_path: Path) -> None:
    one, other = (dated_walk(tmp_path / name, seed) for seed, name in enumerate(("one.csv", "other.csv")))

    def adapt(*files: Path, detector: str | Path, out: str) -> Said:
        rows = [(f.name, "", a, a + 6, "a tic", f.stem) for f in files for a in (20, 45)]
        labels = table(tmp_path / "labels.csv", [*rows], (*HEAD, "patient"))
        return motionward("adapt", *files, "--labels", labels, "--placement", "lower back", "--detector", detector,
                          "--out", tmp_path / out)  # fmt: skip

    assert adapt(one, detector=LOWER_BACK, out="tic").code == 0
    said = adapt(one, other, detector=tmp_path / "tic", out="both")
    assert "2 labels were passed over" in said.out
    assert "2 marked episodes of one patient tell nothing of others" in said.out
    assert "of one patient" not in adapt(other, detector=tmp_path / "tic", out="own").out


@pytest.mark.parametrize("other", [FREEZING, "a tic"])
def test_a_file_of_two_patients_is_refused_also_where_a_row_that_is_passed_over_says_so(
    tmp_path: Path, other: str
) -> None:
    walk = dated_walk(tmp_path / "walk.csv", 0)
    rows = [(walk.name, "", 20, 26, FREEZING, "P-1"), (walk.name, "", 45, 51, other, "P-2")]
    labels = table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
    said = motionward("adapt", walk, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                      "--out", tmp_path / "new")  # fmt: skip
    assert said.code == 1
    assert "labels.csv, line 3: walk.csv is of P-1 and of P-2: name one patient a file" in said.err
    assert not (tmp_path / "new").exists()


def test_a_name_that_two_of_the_files_have_is_refused_until_the_table_tells_them_apart(tmp_path: Path) -> None:
    files = []
    for seed, person in enumerate(("ada", "bea")):
        (tmp_path / person).mkdir()
        files.append(dated_walk(tmp_path / person / "walk.csv", seed))

    def adapt(name: str | Path, out: str) -> Said:
        labels = table(tmp_path / "labels.csv", [(name, "", 20, 26, FREEZING)])
        return motionward("adapt", *files, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                          "--out", tmp_path / out, "--json")  # fmt: skip

    said = adapt("walk.csv", "none")
    assert said.code == 1
    assert f"line 2: 'walk.csv' may be {files[0]} and {files[1]}: write the whole of it" in said.err
    assert not (tmp_path / "none").exists()
    said = adapt(files[1], "one")
    assert said.code == 0, said.err
    assert json.loads(said.out)["episodes"] == 1


def test_a_file_that_is_named_twice_counts_once_and_a_copy_of_it_with_labels_is_refused(tmp_path: Path) -> None:
    walk = dated_walk(tmp_path / "walk.csv", 0)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(walk.read_bytes())

    def adapt(*files: Path, marked: tuple[Path, ...], out: str) -> Said:
        labels = table(tmp_path / "labels.csv", [(f.name, "", 20, 26, FREEZING) for f in marked])
        return motionward("adapt", *files, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                          "--out", tmp_path / out, "--json")  # fmt: skip

    said = adapt(walk, walk, marked=(walk,), out="twice")
    assert json.loads(said.out)["episodes"] == 1
    said = adapt(walk, copy, marked=(walk,), out="beside")
    assert json.loads(said.out)["episodes"] == 1
    said = adapt(walk, copy, marked=(walk, copy), out="copy")
    assert said.code == 1
    assert f"{copy} holds the same recording as {walk}: leave the labels of one of them out" in said.err
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    ("second", "rater", "problem"),
    [
        ((22, 28, FREEZING), "R-01", f"line 3: '{FREEZING}' overlaps '{FREEZING}' of line 2: make one span of the two"),
        ((10, 21, "not " + FREEZING), "R-01", f"line 3: 'not {FREEZING}' overlaps '{FREEZING}' of line 2"),
        ((22, 28, FREEZING), "R-02", None),
        ((26, 40, "not " + FREEZING), "R-01", None),
        ((10, 60, "all " + FREEZING), "R-01", None),
    ],
)
def test_what_a_rater_says_twice_of_one_time_is_refused_as_in_the_store(
    tmp_path: Path, second: tuple[float, float, str], rater: str, problem: str | None
) -> None:
    walk = dated_walk(tmp_path / "walk.csv", 0)
    rows = [(walk.name, "", 20, 26, FREEZING, "R-01"), (walk.name, "", *second, rater)]
    labels = table(tmp_path / "labels.csv", rows, (*HEAD, "rater"))
    said = motionward("adapt", walk, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                      "--out", tmp_path / "new")  # fmt: skip
    assert (said.code, (tmp_path / "new").exists()) == ((0, True) if problem is None else (1, False))
    assert (problem or "") in said.err


def test_what_is_said_twice_of_the_only_sensor_is_refused_also_where_one_row_leaves_its_name_out(
    tmp_path: Path,
) -> None:
    walk = dated_walk(tmp_path / "walk.csv", 0)
    rows = [(walk.name, "", 20, 26, FREEZING), (walk.name, "lower-back", 22, 28, "not " + FREEZING)]
    said = motionward("adapt", walk, "--labels", table(tmp_path / "labels.csv", rows), "--placement", "lower back",
                      "--detector", LOWER_BACK, "--out", tmp_path / "new")  # fmt: skip
    assert said.code == 1
    assert f"line 3: 'not {FREEZING}' overlaps '{FREEZING}' of line 2" in said.err


@pytest.mark.parametrize(("patient", "is_theirs"), [("P-1", True), ("", True), ("P-2", False)])
def test_a_folder_knows_whose_time_it_learned_from_in_another_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient: str, *, is_theirs: bool
) -> None:
    """Another logger's file of the same time shows the same movement; where nobody says whose it is, it may."""
    left, right = (dated_walk(tmp_path / name, seed) for seed, name in enumerate(("left.csv", "right.csv")))
    lessons = watch(monkeypatch, adaptation)

    def adapt(walk: Path, person: str, detector: str | Path, out: str) -> Said:
        rows = [(walk.name, "", a, a + 6, FREEZING, person) for a in (20, 45)]
        labels = table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
        return motionward("adapt", walk, "--labels", labels, "--placement", "lower back", "--detector", detector,
                          "--out", tmp_path / out)  # fmt: skip

    assert adapt(left, "P-1", LOWER_BACK, "of-left").code == 0
    assert not any(e.is_known for e in lessons[0])
    cohort = load(tmp_path / "of-left").adapted
    assert cohort is not None
    assert {t.person for t in (*cohort.taught, *cohort.unmarked)} == {"P-1"}
    said = adapt(right, patient, tmp_path / "of-left", "of-right")
    assert said.code == 0, said.err
    assert {e.is_known for e in lessons[1]} == {is_theirs}
    assert ("2 marks lie within 42 s of what the detector learned from before" in said.out) is is_theirs


def test_an_older_folder_that_does_not_say_whose_its_examples_are_is_read(tmp_path: Path) -> None:
    walk = dated_walk(tmp_path / "walk.csv", 0)
    labels = table(tmp_path / "labels.csv", [(walk.name, "", a, a + 6, FREEZING) for a in (20, 45)])
    new = tmp_path / "new"
    said = motionward("adapt", walk, "--labels", labels, "--placement", "lower back", "--detector", LOWER_BACK,
                      "--out", new)  # fmt: skip
    assert said.code == 0, said.err
    about = json.loads((new / "detector.json").read_text())
    assert about["adapted"]["unmarked"]
    del about["adapted"]["unmarked"]
    for example in about["adapted"]["taught"]:
        del example["person"]
    (new / "detector.json").write_text(json.dumps(about), encoding="utf-8")
    older = load(new).adapted
    assert older is not None
    assert (older.unmarked, {t.person for t in older.taught}) == ((), {""})


def test_a_recording_that_taught_before_is_not_read_in_another_zone(tmp_path: Path) -> None:
    """Its marks would be others than those that were learned from, and teach a second time."""
    walk = dated_walk(tmp_path / "walk.csv", 0)
    walk.write_text(walk.read_text().replace("Z,", ","))
    labels = table(tmp_path / "labels.csv", [(walk.name, "", a, a + 6, FREEZING) for a in (20, 45)])

    def adapt(zone: str, detector: str | Path, out: str) -> Said:
        return motionward("adapt", walk, "--labels", labels, "--placement", "lower back", "--zone", zone,
                          "--detector", detector, "--out", tmp_path / out)  # fmt: skip

    assert adapt("Europe/Berlin", LOWER_BACK, "one").code == 0
    said = adapt("America/New_York", tmp_path / "one", "two")
    assert said.code == 1
    assert "walk.csv: freezing-of-gait-lower-back " in said.err
    assert "has learned from it at another time of day: name with --zone the zone that it was read in then" in said.err
    assert not (tmp_path / "two").exists()
    assert adapt("Europe/Berlin", tmp_path / "one", "again").out.startswith("2 labels were passed over")


def test_a_patient_is_spelt_as_the_table_or_the_folder_spells_them(tmp_path: Path) -> None:
    """Else they would be two: left out in turn, each vouched for by the other."""
    left, right = (dated_walk(tmp_path / name, seed) for seed, name in enumerate(("left.csv", "right.csv")))

    def adapt(detector: str | Path, out: str, *people: str) -> Said:
        files = (left, right)[: len(people)]
        rows = [(f.name, "", a, a + 6, FREEZING, p) for f, p in zip(files, people, strict=True) for a in (20, 45)]
        labels = table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
        return motionward("adapt", *files, "--labels", labels, "--placement", "lower back", "--detector", detector,
                          "--out", tmp_path / out)  # fmt: skip

    said = adapt(LOWER_BACK, "none", "P 1", "p_1")
    assert said.code == 1
    assert "labels.csv, line 4: the patient 'p_1' is spelt otherwise than 'P 1': spell it so" in said.err
    assert adapt(LOWER_BACK, "one", " P 1 ").code == 0
    said = adapt(tmp_path / "one", "none", "p 1")
    assert said.code == 1
    assert "line 2: the patient 'p 1' is spelt otherwise than 'P 1'" in said.err
    assert not (tmp_path / "none").exists()
    assert adapt(tmp_path / "one", "again", "P 1").out.startswith("2 labels were passed over")
    assert adapt(tmp_path / "one", "two", "P 1", "P 2").code == 0
