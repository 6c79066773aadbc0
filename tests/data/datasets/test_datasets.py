"""The packed research sets against their published counts, and the traps their readers know of."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from data.datasets import daphnet, motionsense, oday, sisfall, tdcsfog, umafall, utd_mhad, weda_fall
from data.datasets.common import NOT_ANNOTATED, Site, marks, packed, pieces, whole
from data.errors import RecordingError
from data.intervals import total
from data.phenomena import FREEZING
from data.recording import CHANNELS, Placement, Recording, Side

MODULES = {
    tdcsfog: (555, 40),
    daphnet: (4, 3),
    oday: (8, 2),
    sisfall: (3622, 31),
    umafall: (630, 15),
    weda_fall: (823, 21),
    motionsense: (299, 20),
    utd_mhad: (861, 8),
}


def length_at_rest(recording: Recording) -> float:
    return float(np.median(np.linalg.norm(recording.streams[0].segments[0].samples[:][:, :3], axis=1)))


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rsplit(".", 1)[-1])
def test_counts_units_and_terms(module, shared_data: Path) -> None:
    people, lengths, names = set(), [], set()
    for person, recording in module.load(shared_data):
        people.add(person)
        lengths.append(length_at_rest(recording))
        names.add(recording.source.name)
        for annotation in recording.annotations:
            assert recording.interval.start <= annotation.interval.start < annotation.interval.end
            assert annotation.interval.end <= recording.interval.end
    assert (len(lengths), len(people)) == MODULES[module]
    assert len(names) == len(lengths)
    assert 0.9 < np.median(lengths) < 1.1  # g, gravity included
    assert module.TERMS.citation
    assert module.TERMS.licence


def test_daphnet_marks_what_nobody_judged(shared_data: Path) -> None:
    found = {r.source.name: r for _, r in daphnet.load(shared_data)}
    run = found["daphnet/S02R01"]
    assert [s.placement for s in run.streams] == [Placement.ANKLE, Placement.THIGH, Placement.TRUNK]
    freezes = [a.interval for a in run.annotations if a.label == FREEZING]
    assert len(freezes) == 9
    assert total(freezes) / 1e6 * 64 == pytest.approx(3537, abs=1)
    left_out = [a.interval for a in run.annotations if a.label == NOT_ANNOTATED]
    assert total(left_out) / 1e6 * 64 == pytest.approx(46_960, abs=1)


def test_tdcsfog_is_upright_and_has_the_published_share_of_freezing(shared_data: Path) -> None:
    rows = frozen = 0.0
    for _, recording in tdcsfog.load(shared_data):
        rows += recording.streams[0].segments[0].n_samples
        frozen += total(a.interval for a in recording.annotations) / 1e6 * 128
        assert recording.streams[0].channels == CHANNELS[:3]
    assert rows == 4_302_169
    assert frozen == pytest.approx(209_316 + 901_997 + 69_458, rel=1e-4)


def test_oday_leaves_out_the_wrists_nobody_wore(shared_data: Path) -> None:
    streams = {frozenset(s.name for s in r.streams) for _, r in oday.load(shared_data)}
    assert all({"lower-back", "left-ankle", "right-ankle"} <= names for names in streams)
    for _, recording in oday.load(shared_data):
        for stream in recording.streams:
            assert np.isfinite(stream.segments[0].samples[:]).all()


def test_motionsense_gravity_points_up_as_everywhere_else(shared_data: Path) -> None:
    # Trousers: the phone's long axis lies along the thigh; Core Motion reads -1 towards the ground.
    # Turning the sign must agree with the published sample of the raw file.
    path = shared_data / "motionsense" / "original" / "A_DeviceMotion_data" / "wlk_15" / "sub_1.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [[-float(row[f"gravity.{a}"]) - float(row[f"userAcceleration.{a}"]) for a in "xyz"] for row in rows]
    found = next(r for _, r in motionsense.load(shared_data) if r.source.name == "motionsense/wlk_15/sub_1")
    np.testing.assert_allclose(found.streams[0].segments[0].samples[:][:, :3], wanted, atol=0.0011)


def test_weda_falls_are_marked_and_nothing_else_is_called_a_fall(shared_data: Path) -> None:
    falls = [r for _, r in weda_fall.load(shared_data) if r.annotations[0].label == "fall"]
    assert len(falls) == 300
    assert all(total(a.interval for a in r.annotations) < r.interval.duration for r in falls)


def test_utd_is_worn_on_the_thigh_from_action_22_on(shared_data: Path) -> None:
    placement = {r.annotations[0].label: r.streams[0].placement for _, r in utd_mhad.load(shared_data)}
    assert len(placement) == 27
    assert placement["squat"] is placement["jog in place"] is Placement.THIGH
    assert placement["wave"] is Placement.WRIST


def test_marks_cover_whole_samples() -> None:
    found = marks(np.array([1, 1, 0, 1, 0], dtype=bool), 50.0, "x")
    assert [(a.interval.start, a.interval.end) for a in found] == [(0, 40_000), (60_000, 80_000)]
    assert marks(np.zeros(3, dtype=bool), 50.0, "x") == ()
    assert whole(5, 50.0, "y")[0].interval.end == 100_000


def test_pieces_are_runs_of_equal_keys() -> None:
    assert [(int(k), s.start, s.stop) for k, s in pieces(np.array([3, 3, 1, 3]))] == [(3, 0, 2), (1, 2, 3), (3, 3, 4)]
    assert list(pieces(np.array([], dtype=int))) == []


def test_a_recording_of_two_sites_names_them_apart() -> None:
    x = np.zeros((10, 3))
    made = packed("a", 50.0, [Site(Placement.ANKLE, s, x) for s in (Side.LEFT, Side.RIGHT)], (), device="d")
    assert [s.name for s in made.streams] == ["left-ankle", "right-ankle"]
    assert made.streams[0].segments[0].samples[:].dtype == np.float32


def test_an_absent_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="sistemic"):
        next(iter(sisfall.load(tmp_path)))
