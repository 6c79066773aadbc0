"""The publishers' own files give what the packs give, and are used where the packs lack them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.conditioning import condition
from data.conditioning.resample import Resampled
from data.datasets import daphnet, defog, fogstar, motionsense, pads, sisfall, tdcsfog, umafall, utd_mhad, weda_fall
from data.datasets.common import NOT_ANNOTATED
from data.errors import RecordingError
from data.intervals import total
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

PACKED = {daphnet: 2, tdcsfog: 2, motionsense: 2, umafall: 2, utd_mhad: 2}


@pytest.fixture(scope="module")
def originals(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A data root that holds one set's files as published, and nothing packed."""

    def only(module) -> Path:
        folder = module.PUBLISHED.folder
        root = tmp_path_factory.mktemp(folder)
        (root / folder).mkdir()
        (root / folder / "original").symlink_to(shared_data / folder / "original")
        if module is tdcsfog:
            shutil.copytree(shared_data / folder / "metadata", root / folder / "metadata")
        return root

    return only


def samples(recording: Recording, stream: int = 0) -> np.ndarray:
    return np.asarray(recording.streams[stream].segments[0].samples[:])


@pytest.mark.parametrize("module", PACKED, ids=lambda m: m.__name__.rsplit(".", 1)[-1])
def test_a_file_as_published_gives_the_recording_of_the_pack(module, shared_data: Path, originals) -> None:
    found = {r.source.name: (p, r) for p, r in module.load(originals(module))}
    packed = {r.source.name: (p, r) for p, r in module.load(shared_data)}
    known = sorted(set(found) & set(packed))
    assert known
    for name in known:
        (person, mine), (wanted, theirs) = found[name], packed[name]
        assert person == wanted
        assert [s.name for s in mine.streams] == [s.name for s in theirs.streams]
        assert [(a.interval.start // 50_000, a.label) for a in mine.annotations] == [
            (a.interval.start // 50_000, a.label) for a in theirs.annotations
        ]
        for i in range(len(mine.streams)):
            a, b = samples(mine, i), samples(theirs, i)
            n = min(len(a), len(b))
            assert abs(len(a) - len(b)) <= 2
            # Packs are rounded to a stated step; at 20 Hz the clocks of arrival differ by a share of a sample.
            error = np.abs(a[:n] - b[:n])[:, :3]
            assert np.median(error) < 0.006
            assert np.corrcoef(a[:n].ravel(), b[:n].ravel())[0, 1] > 0.98


def test_sisfall_as_published_is_the_pack_before_it_was_slowed_down(shared_data: Path, originals) -> None:
    packed = {r.source.name: r for _, r in sisfall.load(shared_data)}
    for person, recording in sisfall.load(originals(sisfall)):
        assert recording.streams[0].rate_hz == 200
        assert person in recording.source.name
        theirs = samples(packed[recording.source.name])
        segment = recording.streams[0].segments[0]
        mine = Resampled.of(segment).read(0, len(theirs) - 2)
        assert np.corrcoef(mine[5:, 1], theirs[5 : len(mine), 1])[0, 1] > 0.95
        assert np.median(np.abs(mine[5:, :3] - theirs[5 : len(mine), :3])) < 0.01


def test_weda_falls_that_nobody_marked_are_left_out(shared_data: Path, originals, tmp_path: Path) -> None:
    packed = {r.source.name: r for _, r in weda_fall.load(shared_data)}
    found = {r.source.name: r for _, r in weda_fall.load(originals(weda_fall))}
    assert set(found) == {"weda-fall/D04/U21_R1"}
    mine, theirs = samples(found["weda-fall/D04/U21_R1"]), samples(packed["weda-fall/D04/U21_R1"])
    assert abs(len(mine) - len(theirs)) <= 2
    n = min(len(mine), len(theirs))
    assert np.median(np.abs(np.linalg.norm(mine[:n, :3], axis=1) - np.linalg.norm(theirs[:n, :3], axis=1))) < 0.05


def test_a_set_with_both_forms_is_read_once(shared_data: Path) -> None:
    names = [r.source.name for _, r in tdcsfog.load(shared_data)]
    assert len(names) == len(set(names)) == 555


def test_defog_knows_what_nobody_looked_at(shared_data: Path) -> None:
    ((person, recording),) = defog.load(shared_data)
    assert person == "72716b"
    assert recording.streams[0].rate_hz == 100
    spans = {
        label: total(a.interval for a in recording.annotations if a.label == label) / 1e4
        for label in (FREEZING, NOT_ANNOTATED)
    }
    assert 28_342 - spans[NOT_ANNOTATED] == pytest.approx(8872)
    assert spans[FREEZING] == pytest.approx(104 + 121)
    assert 0.9 < np.median(np.linalg.norm(samples(recording), axis=1)) < 1.1


def test_fogstar_as_it_was_passed_on_is_rotation_of_two_ankles(shared_data: Path) -> None:
    ((person, recording),) = fogstar.load(shared_data)
    assert person == fogstar.POOLED
    assert [(s.placement, s.side) for s in recording.streams] == [
        (Placement.ANKLE, Side.LEFT),
        (Placement.ANKLE, Side.RIGHT),
    ]
    assert all(c.startswith("gyro") for c in recording.streams[0].channels)
    assert total(a.interval for a in recording.annotations) / 1e6 * 60 / 76_089 == pytest.approx(0.204, abs=0.001)
    with pytest.raises(ValueError, match="acceleration"):
        condition(recording.streams[0].segments[0], recording.streams[0].channels)


def test_fogstar_as_published_is_cut_by_person(tmp_path: Path) -> None:
    folder = tmp_path / "fogstar" / "original"
    folder.mkdir(parents=True)
    sensors = [
        f"{place}_{s}_{a}" for place in ("ankleL", "ankleR", "back", "wrist") for s in ("acc", "gyro") for a in "xyz"
    ]
    rows = [",".join(["timestamp", *sensors, "activity", "fog", "subjectID", "taskID"])]
    for i, (person, task) in enumerate([(1, 1)] * 60 + [(1, 2)] * 60 + [(2, 2)] * 60):
        rows.append(",".join(str(v) for v in [i * 16.7, *[0.5] * 24, 1, int(i < 30), person, task]))
    (folder / "sensor_data.csv").write_text("\n".join(rows) + "\n")
    found = list(fogstar.load(tmp_path))
    assert [(p, r.source.name) for p, r in found] == [("1", "fogstar/1/1"), ("1", "fogstar/1/2"), ("2", "fogstar/2/1")]
    assert [s.name for s in found[0][1].streams] == ["left-ankle", "right-ankle", "lower-back", "wrist"]
    assert total(a.interval for a in found[0][1].annotations) == 500_000


def test_pads_as_published_equals_the_pack(shared_data: Path, tmp_path: Path) -> None:
    packed = {r.source.name: r for _, r in pads.load(shared_data)}
    wanted = packed["pads/001/Relaxed"]
    movement = tmp_path / "pads" / "original" / "movement"
    (movement / "timeseries").mkdir(parents=True)
    shutil.copy(shared_data / "pads" / "original" / "observation_001.json", movement)
    about = json.loads((movement / "observation_001.json").read_text())
    for record, stream in zip(about["session"][0]["records"], wanted.streams, strict=True):
        gyro = np.deg2rad(np.asarray(stream.segments[0].samples[:]))
        rows = np.zeros((len(gyro) + pads.CUT, 7))
        rows[pads.CUT :, 4:] = gyro
        np.savetxt(movement / record["file_name"], rows, delimiter=",")
    ((person, found),) = pads.load(tmp_path)
    assert person == "001"
    assert [s.side for s in found.streams] == [Side.LEFT, Side.RIGHT]
    for mine, theirs in zip(found.streams, wanted.streams, strict=True):
        np.testing.assert_allclose(mine.segments[0].samples[:], theirs.segments[0].samples[:], atol=1e-3)


def test_a_table_that_holds_words_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "daphnet" / "original"
    folder.mkdir(parents=True)
    (folder / "S01R01.txt").write_text("not a table at all\n")
    with pytest.raises(RecordingError, match="no table of numbers"):
        list(daphnet.load(tmp_path))


def test_utd_clips_join_three_sensors(shared_data: Path) -> None:
    clips = {c.name: c for c in utd_mhad.clips(shared_data)}
    assert len(clips) == 861
    for clip in clips.values():
        assert clip.skeleton.shape[1:] == (20, 3)
        assert clip.depth is not None
        assert len(clip.depth) == -(-len(clip.skeleton) // 2)
    clip = clips["a24_s2_t1"]  # sit to stand: the head rises
    head = clip.skeleton[:, utd_mhad.JOINTS.index("head"), 1]
    assert head[-5:].mean() - head[:5].mean() > 0.2
    at = utd_mhad.inertial_index(np.arange(len(head)), len(head), len(clip.inertial))
    assert -0.5 < at[0] < at[-1] < len(clip.inertial) - 0.5
    original = {c.name: c for c in utd_mhad._originals(shared_data)}["a1_s1_t1"]
    np.testing.assert_allclose(original.skeleton, clips["a1_s1_t1"].skeleton, atol=1.1e-4)
