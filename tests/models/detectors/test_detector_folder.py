import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.errors import MotionwardError
from models.detectors import Detector, load, save, shipped
from models.detectors.correction import Adapted, Correction, Taught

_spec = importlib.util.spec_from_file_location("made_detectors_folder", Path(__file__).with_name("made.py"))
assert _spec is not None
assert _spec.loader is not None
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Detector, Path]:
    return save(made.detector(), tmp_path / "one", "# A card\n"), tmp_path / "one"


def test_a_folder_gives_back_what_was_written(saved: tuple[Detector, Path]) -> None:
    detector, folder = saved
    embeddings = made.vectors_of(made.stream((0, 40)))
    again = load(folder)
    assert again == detector
    assert replace(again, version="0123456789ab") == made.detector()
    np.testing.assert_array_equal(
        again.score(embeddings, ()).probability, made.detector().score(embeddings, ()).probability
    )
    assert {p.name for p in folder.iterdir()} == {"detector.json", "model.safetensors", "card.md"}
    assert all(p.stat().st_mode & 0o044 == 0o044 for p in folder.iterdir() if p.suffix == ".safetensors")


def test_the_version_is_the_content(saved: tuple[Detector, Path], tmp_path: Path) -> None:
    detector, folder = saved
    assert save(made.detector(), tmp_path / "two", "# A card\n").version == detector.version
    for name in ("detector.json", "model.safetensors", "card.md"):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before + b" ")
        if name != "model.safetensors":  # a byte too many there is damage
            assert load(folder).version != detector.version
        (folder / name).write_bytes(before)
    assert load(folder).version == detector.version


def test_what_nobody_had_marked_comes_back_and_costs_a_folder_little(
    saved: tuple[Detector, Path], tmp_path: Path
) -> None:
    """A week of a class of one's own has hundreds of such stretches a sensor, and its folder is read at each look."""
    k = saved[0].known.whiten.shape[1]
    unmarked = tuple(
        Taught(f"{name:064}", stream, at, at + 5_000_000, False, file=f"{name}.csv", person="P-1")
        for name in (1, 2)
        for stream in ("ankle", "trunk")
        for at in range(0, 4_000_000_000, 10_000_000)
    )
    nothing = Correction(np.zeros(k + 1), np.eye(k + 1))
    adapted = Adapted("linear", "", nothing, unmarked[:1], np.zeros((1, k), np.float32), unmarked)
    read = save(replace(saved[0], adapted=adapted), tmp_path / "new", "A card.\n").adapted
    assert read is not None
    assert (read.taught, read.unmarked) == (unmarked[:1], unmarked)
    assert (tmp_path / "new" / "detector.json").stat().st_size < 50 * len(unmarked)


@pytest.mark.parametrize("damage", ["cut weights", "no weights", "no card", "junk", "format", "lacks", "placement"])
def test_a_damaged_folder_is_told_in_one_sentence(saved: tuple[Detector, Path], damage: str) -> None:
    _, folder = saved
    description, weights = folder / "detector.json", folder / "model.safetensors"
    about = json.loads(description.read_text())
    if damage == "cut weights":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "no weights":
        weights.unlink()
    elif damage == "no card":
        (folder / "card.md").unlink()
    elif damage == "junk":
        description.write_bytes(b"\xff\xfe{")
    elif damage == "format":
        description.write_text(json.dumps(about | {"format": 99}))
    elif damage == "lacks":
        description.write_text(json.dumps({k: v for k, v in about.items() if k != "rules"}))
    else:
        description.write_text(json.dumps(about | {"placements": ["antenna"]}))
    with pytest.raises(MotionwardError) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(MotionwardError, match="name a folder, or one of"):
        load("freezing-of-the-moon")


def test_shipped_detectors_are_whole() -> None:
    assert shipped()[0].phenomenon == "freezing of gait"
    for detector in shipped():
        assert load(detector.name) == detector
        assert detector.name.startswith(detector.phenomenon.replace(" ", "-"))
        assert detector.channels == made.ACC
        assert detector.placements
        assert all(np.diff([p.threshold for p in detector.points]) > 0)


def test_torch_is_not_loaded_before_something_is_scored() -> None:
    code = "import sys, models.detectors; sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
