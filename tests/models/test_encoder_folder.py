"""An encoder's folder: what decides its version, and what a damaged one says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import MotionwardError
from models.encoders.folder import Encoder, load_encoder, load_shape_net, save_encoder
from models.encoders.imu import shape_net

ONES = np.ones(85, dtype=np.float32)


def made(folder: Path, seed: int = 0, card: str = "") -> Encoder:
    return save_encoder(folder, "test", shape_net((16, 16, 32), seed), mean=0 * ONES, sd=ONES, card=card)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    saved = made(tmp_path)
    found = load_encoder(tmp_path)
    assert (found.name, found.widths, found.dim, found.version) == ("test", (16, 16, 32), 32 + 85, saved.version)
    np.testing.assert_array_equal(found.sd, ONES)
    wanted = shape_net((16, 16, 32), 0).state_dict()
    for name, tensor in load_shape_net(found).state_dict().items():
        assert (tensor == wanted[name]).all(), name


def test_the_version_follows_the_weights_and_not_the_card(tmp_path: Path) -> None:
    one, same, other = made(tmp_path / "a"), made(tmp_path / "b", card="told anew"), made(tmp_path / "c", seed=1)
    assert one.version == same.version != other.version
    assert (tmp_path / "b" / "card.md").read_text(encoding="utf-8") == "told anew"


def test_a_card_names_the_weights_that_it_is_of(tmp_path: Path) -> None:
    one = made(tmp_path, card="version {version}, hash {sha256}")
    digest = hashlib.sha256((tmp_path / "weights.safetensors").read_bytes()).hexdigest()
    assert (tmp_path / "card.md").read_text("utf-8") == f"version {one.version}, hash {digest}"


def test_everybody_may_read_the_weights(tmp_path: Path) -> None:
    made(tmp_path)
    assert (tmp_path / "weights.safetensors").stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("damage", ["missing", "no weights", "not json", "cut", "other features"])
def test_a_damaged_folder_is_named_in_one_sentence(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "encoder"
    if damage != "missing":
        made(folder)
    if damage == "no weights":
        (folder / "weights.safetensors").unlink()
    elif damage == "not json":
        (folder / "encoder.json").write_text("{", encoding="utf-8")
    elif damage == "cut":
        weights = folder / "weights.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "other features":
        about = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        about["features"] = about["features"][:-1]
        (folder / "encoder.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(MotionwardError, match="encoder") as caught:
        load_encoder(folder)
    assert "\n" not in str(caught.value)


def test_the_shipped_encoder_is_whole_small_and_carded() -> None:
    encoder = load_encoder("imu-simclr")
    assert encoder.dim <= 256
    assert (encoder.sd > 0).all()
    assert sum(p.stat().st_size for p in encoder.folder.iterdir()) < 10_000_000
    card = (encoder.folder / "card.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((encoder.folder / "weights.safetensors").read_bytes()).hexdigest()
    words = (
        "SisFall",
        "MotionSense",
        "Terms",
        "Command",
        "Not a medical device",
        "placement",
        "multiply-adds a vector",
    )
    for word in (*words, f"Version {encoder.version}; SHA-256 of `weights.safetensors`: {digest}"):
        assert word.lower() in card.lower()
