"""A folder of a user's own pairs trains an encoder: true moments of both, nobody who is held out, nothing mixed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from data import pairs as data_pairs
from data.errors import MotionwardError
from data.video import Film
from models.encoders.folder import load_encoder
from models.encoders.skeleton import centred
from models.pretraining import train
from models.pretraining.corpus import load_corpus
from models.pretraining.own import FRAME, Own, own_camera, read_own
from tests.data.test_pairs import joints_of, scene, write_imu
from tests.data.test_video import film_of
from tests.models.pretraining.tiny import RECIPES

PEOPLE = {"P01": 3, "P02": 4, "P03": 5}
START_S = 1.6


def write_pair(folder: Path, seed: int, name: str = "walk", **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    t, hand = scene(seed)
    write_imu(folder / f"{name}_imu.csv", t, hand)
    np.savez(folder / f"{name}.npz", **({"joints": joints_of(t, hand, START_S, 25.0), "rate_hz": 25.0} | more))


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Three people, 30 s of each seen by a camera, whose files have the same names; and one pair of two scenes."""
    for person, seed in PEOPLE.items():
        write_pair(tmp_path / "lab" / person, seed)
    bad = {"joints": joints_of(*scene(99), 0.0, 25.0)}
    write_pair(tmp_path / "lab" / "P03", 5, "other", **bad)
    return tmp_path / "lab"


def recipe(
    lab: Path, base: str = "cmc", held_out: str = 'lab = ["P02"]', top: str = "sets = []", training: str = ""
) -> Path:
    path = lab.parent / "mine.toml"
    path.write_text(
        f'base = "{(RECIPES / base).as_posix()}.toml"\nname = "mine"\npairs = ["lab"]\nwidths = [16, 16, 32]\n{top}\n'
        f"[training]\nsteps = 3\nbatch = 8\n{training}\n[held_out]\n{held_out}\n",
        "utf-8",
    )
    return path


def refused(path: Path) -> str:
    with pytest.raises(MotionwardError) as told:
        train.pretrain(path, path.parent / "out", path.parent)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("base", ["cmc", "cmkm", "sigmoid"])
def test_an_encoder_learns_from_a_folder_of_pairs_alone(base: str, lab: Path) -> None:
    told: list[str] = []
    path = recipe(lab, base, training="teacher_epochs = 1" if base == "cmkm" else "")
    made = train.pretrain(path, lab.parent / "out", lab.parent, told.append)  # no research set is there
    assert load_encoder(lab.parent / "out").version == made.version
    assert all(np.isfinite(values).all() for values in load_file(made.folder / "weights.safetensors").values())
    (left_out,) = (line for line in told if "left out" in line)
    assert left_out.startswith("lab: left out: P03/other_imu.csv and other.npz: ")
    assert "lab: 3 pairs of 3 people" in told
    card = (lab.parent / "out" / "card.md").read_text("utf-8")
    assert "lab: P02" in card
    assert "of 2 people, those of lab among them" in card
    assert "healthy" not in card
    assert "docs/validation" not in card
    assert "nan" not in (lab.parent / "out" / "metrics.csv").read_text("utf-8")  # there are no activities


def read(lab: Path, **more: str) -> tuple[dict[str, Own], dict]:
    settings = train.read_recipe(recipe(lab, **more))
    return read_own(settings), settings


def test_nobody_who_is_held_out_is_in_the_corpus_or_before_the_camera(lab: Path) -> None:
    mine, settings = read(lab)
    known = load_corpus(lab, settings["held_out"], sets=[], own=mine)
    assert {t.person for t in known.trials} == {"P01", "P03"}
    camera = own_camera(mine, known, settings)
    assert set(camera.pairs.person) == {"lab/P01", "lab/P03"}
    assert "nobody called P2 to hold out, of P01, P02, P03" in refused(recipe(lab, held_out='lab = ["P2"]'))
    everybody = refused(recipe(lab, held_out='lab = ["P01", "P02", "P03"]'))
    assert "Too few recordings of lab are left to learn from" in everybody


def test_each_clip_is_of_one_moment_for_sensor_and_camera(lab: Path) -> None:
    mine, settings = read(lab)
    known = load_corpus(lab, settings["held_out"], sets=[], own=mine)
    camera = own_camera(mine, known, settings)
    assert len(camera.trial) == 20  # of each of two people 30 s
    offset = {p.person: p.offset_s for p in mine["lab"].pairs}
    for k in range(20):
        trial = known.trials[camera.trial[k]]
        assert camera.begin[k] == round((offset[trial.person] + 3 * (k % 10)) * 50)
        assert camera.begin[k] + 150 <= trial.stop - trial.start
        rows = known.signal[trial.start + camera.begin[k] :][:150]
        np.testing.assert_allclose(camera.pairs.inertial[k, :, :2], rows[:, :2])
        np.testing.assert_allclose(camera.pairs.inertial[k, :, 2], rows[:, 2] + 1, atol=1e-6)
        # What moved the hand in the camera's clip moved the sensor in its own.
        _, hand = scene(PEOPLE[trial.person])
        at = (START_S + 3 * (k % 10) + np.linspace(0, 2.96, 32)) * 1000
        truth = hand[at.astype(int)].astype(np.float32)
        joint = camera.pairs.seen[k][:, 0]
        assert np.corrcoef((joint - joint[0])[:, 0], (truth - truth[0])[:, 0])[0, 1] > 0.9
    assert camera.pairs.seen.shape == (20, 32, 5, 3)


def test_of_several_sensors_each_clip_has_one_and_none_crosses_a_gap(lab: Path) -> None:
    for path in lab.rglob("*_imu.csv"):
        head, *rows = path.read_text().splitlines()
        axes = head.split(",")[1:]
        titles = ["time_s", *(f"{side}_ankle_{a}" for side in ("left", "right") for a in axes)]
        kept = [r for r in rows if not 14 <= float(r.split(",")[0]) < 16]
        path.write_text("\n".join([",".join(titles), *(f"{r},{r.split(',', 1)[1]}" for r in kept)]) + "\n")
    mine, settings = read(lab)
    known = load_corpus(lab, settings["held_out"], sets=[], own=mine)
    assert len(known.trials) == 8  # of two people two sensors before and after the gap
    camera = own_camera(mine, known, settings)
    where = [(known.trials[i].placement, known.trials[i].start_us) for i in camera.trial]
    assert len(where) in {16, 18}
    for i, begin, length in zip(camera.trial, camera.begin, camera.length, strict=True):
        assert begin + length <= known.trials[i].stop - known.trials[i].start
    assert len(set(camera.trial.tolist())) == 8


def test_joints_of_the_known_names_give_the_persons_own_frame(lab: Path) -> None:
    names = np.array([*FRAME, "head"])
    for person, seed in PEOPLE.items():
        joints = joints_of(*scene(seed), START_S, 25.0) + np.random.default_rng(2).normal(0, 0.3, (1, 5, 3))
        write_pair(lab / person, seed, joints=joints, joint_names=names)
    mine, settings = read(lab)
    camera = own_camera(mine, load_corpus(lab, settings["held_out"], sets=[], own=mine), settings)
    first = camera.pairs.seen[:, 0]
    np.testing.assert_allclose(first[:, 0], 0, atol=1e-5)  # hips
    np.testing.assert_allclose(np.linalg.norm(first[:, 1], axis=1), 1, atol=1e-4)  # neck
    np.testing.assert_allclose((first[:, 3] - first[:, 2])[:, 2], 0, atol=1e-4)  # shoulders along x


def test_joints_without_names_are_centred_and_of_size_one() -> None:
    joints = np.random.default_rng(1).normal(5, 3, (40, 7, 3)).astype(np.float32)
    made = centred(joints)
    np.testing.assert_allclose(made[0].mean(axis=0), 0, atol=1e-5)
    assert np.sqrt((made[0] ** 2).sum(axis=1).mean()) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(made, centred(joints * 1000 + 7), atol=1e-4)


def test_films_are_read_as_films_and_skeletons_beside_them_left_out(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    films = {}
    for person, seed in PEOPLE.items():
        (lab / person / "walk.npz").unlink()
        (lab / person / "walk.mp4").write_bytes(b"read below")
        films[person] = film_of(*scene(seed), START_S, 25.0)
    monkeypatch.setattr(data_pairs, "read_film", lambda path: films[path.parent.name])
    write_pair(lab / "P01", 8, "still")
    told: list[str] = []
    made = train.pretrain(recipe(lab, training='camera = "film"'), lab.parent / "out", lab.parent, told.append)
    assert all(np.isfinite(values).all() for values in load_file(made.folder / "weights.safetensors").values())
    assert "lab: left out: P01/still: its camera made a skeleton" in told
    mine, settings = read(lab, training='camera = "film"')
    camera = own_camera(mine, load_corpus(lab, settings["held_out"], sets=[], own=mine), settings)
    assert camera.pairs.seen.shape == (20, 16, 64, 64)
    assert isinstance(mine["lab"].pairs[0].seen, Film)
    assert 0 <= camera.pairs.seen.min() < camera.pairs.seen.max() <= 1


def test_skeletons_of_two_kinds_are_refused(lab: Path) -> None:
    joints = joints_of(*scene(5), START_S, 25.0)[:, [0, 1, 2, 3, 4, 4]]
    write_pair(lab / "P03", 5, joints=joints)
    assert "The skeletons of P01/walk and P03/walk do not have the same joints" in refused(recipe(lab))
    write_pair(lab / "P03", 5, joint_names=np.array(list("abcde")))
    assert "do not have the same joints" in refused(recipe(lab))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"top": ""}, "pairs of your own cannot be mixed with utd-mhad"),
        ({"base": "sigmoid-depth"}, "camera is 'depth', which only utd-mhad has"),
        ({"base": "simclr"}, "pairs are for cmc, cmkm, sigmoid alone, and the objective is simclr"),
        ({"training": 'camera = "film"'}, "lab has no recording with a film: see why with motionward pairs"),
        ({"training": "vectors = 80"}, "there are 0 clips of 40 s that sensor and camera both have"),
        ({"held_out": 'lap = ["P02"]'}, "'lap' is no set that encoders learn from"),
    ],
    ids=lambda v: str(v)[:40],
)
def test_what_cannot_be_learned_from_is_refused_in_a_sentence(change: dict, problem: str, lab: Path) -> None:
    assert problem in refused(recipe(lab, **change))


def test_a_folder_that_is_not_there_or_has_a_sets_name_is_refused(lab: Path) -> None:
    path = recipe(lab)
    path.write_text(path.read_text("utf-8").replace('["lab"]', '["lap"]'), "utf-8")
    assert "lap: it is no folder" in refused(path)
    lab.rename(lab.parent / "sisfall")
    path.write_text(path.read_text("utf-8").replace('["lap"]', '["sisfall"]'), "utf-8")
    assert "sisfall has the name of another set" in refused(path)
