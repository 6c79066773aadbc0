"""What a person says of a file before it is stored, and what is said of one that is refused."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from clinic.analysis import Settings
from clinic.home import Home
from clinic.in_use import settings_for, settings_of
from clinic.intake import import_files, problem_of
from clinic.reading import Said, placed
from clinic.store import Store
from clinic.stored import analyse_stored, flags_in_words, judge_at
from data.errors import RecordingError
from data.recording import Placement, Recording, Side
from models.detectors import shipped
from tests.signals import freezing_walk, moving, recording_of


@pytest.fixture
def recording() -> Recording:
    return recording_of([(0.0, moving(3))], placement=Placement.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "placement", "side"),
    [
        ("lower back", Placement.LOWER_BACK, None),
        ("lower-back", Placement.LOWER_BACK, None),
        ("left ankle", Placement.ANKLE, Side.LEFT),
        (" right  wrist ", Placement.WRIST, Side.RIGHT),
        ("unknown=left thigh", Placement.THIGH, Side.LEFT),
    ],
)
def test_placement_is_taken_as_people_write_it(
    recording: Recording, text: str, placement: Placement, side: Side | None
) -> None:
    (stream,) = placed(recording, [text]).streams
    assert stream.placement is placement
    assert side is None or stream.side is side


@pytest.mark.parametrize("text", ["moon", "", "left", "tail=wrist", "left moon"])
def test_placement_that_is_none_is_refused_with_those_there_are(recording: Recording, text: str) -> None:
    with pytest.raises(RecordingError) as refused:
        placed(recording, [text])
    assert refused.value.source == recording.source.name
    assert "name one of: unknown" in refused.value.hint or "lower back" in refused.value.hint


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("walk.csv", "bad"),
        ("/data/walk.csv", "bad"),
        ("walk.csv, row 17", "row 17: bad"),
        ("columns.toml", "columns.toml: bad"),
    ],
)
def test_problem_says_where_when_that_is_more_than_the_file(source: str, said: str) -> None:
    assert problem_of(Path("/data/walk.csv"), RecordingError(source, "bad", "mend it")) == said


@pytest.mark.parametrize(
    ("counts", "said"), [((0, 0), "0 flags"), ((1, 0), "1 flag"), ((2, 0), "2 flags"), ((1, 3), "1 flag, 3 unsure")]
)
def test_flags_are_counted_in_words_and_what_is_unsure_is_none(counts: tuple[int, int], said: str) -> None:
    assert flags_in_words(*counts) == said


def test_each_file_has_its_outcome_in_order_and_progress_ends_at_one(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "words.csv").write_text("hello\nworld\n")
    files = [tmp_path / name for name in ("none.csv", "empty.csv", "words.csv", ".")]
    told: list[tuple[str, float]] = []
    store = Store.open(Home(tmp_path / "home"))
    outcomes = import_files(
        store, files, "P-01", actor="anna", now=lambda: 1, progress=lambda what, share: told.append((what, share))
    )
    assert [o.file for o in outcomes] == [f.name for f in files]
    assert {o.status for o in outcomes} == {"refused"}
    for outcome in outcomes:
        assert outcome.sentence.startswith(f"{outcome.file}: ")
        assert str(tmp_path) not in outcome.sentence
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[-1] == ("Done", 1.0)
    assert (store.patients(), store.recordings(), store.head().seq) == ([], [], 0)


def test_a_budget_holds_for_what_is_stored_and_for_what_comes_and_can_be_taken_back(tmp_path: Path) -> None:
    store = Store.open(Home(tmp_path / "home"))
    store.add_patient("P-1", "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(freezing_walk(), "P-1", actor="t", now_us=2)
    clock = count(3)
    analyse_stored(store, identity, shipped(), Settings(), actor="t", now=lambda: next(clock))
    (first,) = store.runs(identity)
    shares: list[float] = []
    judge_at(store, [identity], 0.5, None, actor="t", now=lambda: next(clock), progress=shares.append)
    assert shares == [1.0]
    assert settings_of(store, identity).false_alarms_per_hour == 0.5
    thresholds = {d["name"]: d["threshold"] for d in store.runs(identity)[0].manifest["detectors"]}
    own = {d["name"]: d["threshold"] for d in first.manifest["detectors"]}
    assert thresholds.keys() == own.keys()
    assert all(thresholds[name] >= own[name] for name in own)
    assert thresholds != own
    assert settings_for(store, "P-1").false_alarms_per_hour == 0.5
    before = store.head()
    judge_at(store, [identity], 0.5, None, actor="t", now=lambda: next(clock))
    assert store.head() == before, "what is at the budget stays"
    rows = "".join(f"{i / 50},0.01,0.02,{0.98 + 0.02 * (i % 2)}\n" for i in range(1500))
    (tmp_path / "more.csv").write_text("time_s,acc_x_g,acc_y_g,acc_z_g\n" + rows)
    said = {"*": Said(placements=("lower back",))}
    (more,) = import_files(store, [tmp_path / "more.csv"], "P-1", actor="t", now=lambda: next(clock), said=said)
    assert settings_of(store, more.recording).false_alarms_per_hour == 0.5
    judge_at(store, [identity], None, None, actor="t", now=lambda: next(clock))
    assert store.runs(identity)[0].id == first.id
    assert settings_for(store, "nobody yet") == Settings()
