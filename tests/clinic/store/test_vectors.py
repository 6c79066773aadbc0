"""Vectors are made once for each recording, encoder, channels and number format, and come back bit by bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from clinic.home import Home
from clinic.store import Store, StoreError
from data.grid import half_seconds
from data.recording import CHANNELS, Stream
from models.embedding import Embeddings
from tests.clinic.kept import NOW, PATIENT, filled

DETECTOR: Any = SimpleNamespace(encoder="imu", encoder_version="enc-1", channels=CHANNELS)
OF_ACC: Any = SimpleNamespace(encoder="imu", encoder_version="enc-1", channels=CHANNELS[:3])
OTHER: Any = SimpleNamespace(encoder="imu", encoder_version="enc-2", channels=CHANNELS)


@dataclass
class Counted:
    """An embedding that counts its calls; some half seconds are not valid, though their vectors are there."""

    calls: list[str] = field(default_factory=list)

    def __call__(self, stream: Stream, detector: Any) -> Embeddings:
        self.calls.append(detector.encoder_version)
        grid = half_seconds(stream)
        vectors = np.random.default_rng(len(grid)).normal(size=(len(grid), 5)).astype(np.float16)
        return Embeddings(stream.name, detector.encoder_version, grid, vectors, np.arange(len(grid)) % 3 != 0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(Home(tmp_path), count=1)


def test_made_once_and_the_same_bits(store: Store) -> None:
    identity = store.recordings()[0].id
    (stream,) = store.recording(identity).streams
    embed = Counted()
    fresh = Counted()(stream, DETECTOR)
    for _ in range(2):
        found = store.remembering(identity, embed)(stream, DETECTOR)
        assert (found.stream, found.encoder) == (fresh.stream, fresh.encoder)
        np.testing.assert_array_equal(found.grid.start_us, fresh.grid.start_us)
        np.testing.assert_array_equal(found.valid, fresh.valid)
        n = len(fresh.grid)
        np.testing.assert_array_equal(found.vectors[0:n].view(np.uint16), fresh.vectors[0:n].view(np.uint16))
        np.testing.assert_array_equal(found.vectors[3:9], fresh.vectors[3:9])
    assert embed.calls == ["enc-1"]


def test_another_encoder_choice_of_channels_or_format_is_another_memory(store: Store) -> None:
    identity = store.recordings()[0].id
    (stream,) = store.recording(identity).streams
    embed = Counted()
    for detector, number_format in ((DETECTOR, "fp32"), (OTHER, "fp32"), (OF_ACC, "fp32"), (DETECTOR, "bf16")):
        store.remembering(identity, embed, number_format)(stream, detector)
    assert len(embed.calls) == 4


def test_vectors_of_another_encoder_than_asked_for_are_not_remembered_as_its(store: Store) -> None:
    identity = store.recordings()[0].id
    (stream,) = store.recording(identity).streams
    installed = Counted()
    for _ in range(2):
        assert store.remembering(identity, lambda s, _: installed(s, OTHER))(stream, DETECTOR).encoder == "enc-2"
    assert installed.calls == ["enc-2", "enc-2"]
    assert not list(store.home.embeddings().rglob("*.npy"))


def test_failed_embedding_leaves_nothing(store: Store) -> None:
    identity = store.recordings()[0].id
    (stream,) = store.recording(identity).streams

    class Full:
        shape = (40, 5)

        def __getitem__(self, rows: slice) -> np.ndarray:
            raise OSError(28, "No space left on device")

    def embed(stream: Stream, detector: Any) -> Embeddings:
        grid = half_seconds(stream)
        return Embeddings(stream.name, "enc-1", grid, Full(), np.ones(len(grid), dtype=bool))

    with pytest.raises(StoreError, match=r"were not stored \(No space left on device\): free some space"):
        store.remembering(identity, embed)(stream, DETECTOR)
    assert list(store.home.embeddings("enc-1", identity).iterdir()) == []


def test_nothing_of_it_is_vouched_for_so_it_may_be_thrown_away(store: Store) -> None:
    identity = store.recordings()[0].id
    (stream,) = store.recording(identity).streams
    store.remembering(identity, Counted())(stream, DETECTOR)
    for file in store.home.embeddings("enc-1", identity).iterdir():
        file.unlink()
    store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert store.verify() == []
