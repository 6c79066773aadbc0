"""Embedding a stream: pieces equal the whole, gaps are walls, memory stays, absent channels are absent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import data.files
import models.embedding
from data.conditioning.condition import _HALF, _STRIDE
from data.conditioning.shape import WINDOW
from data.files import FileArray
from data.grid import half_seconds
from data.recording import CHANNELS, Placement, Segment, Side, Stream
from models.embedding import READS_US, embed
from models.encoders.folder import Encoder, load_encoder, save_encoder
from models.encoders.imu import EXTRA, shape_net


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A small one with random weights."""
    return save_encoder(
        tmp_path_factory.mktemp("encoder"),
        "test",
        shape_net((16, 16, 32)),
        mean=np.zeros(85, np.float32),
        sd=np.ones(85, np.float32),
        card="",
    )


def samples(seconds: float, rate: float = 100.0, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    x = draw.normal(scale=0.1, size=(len(t), 6))
    x[:, 1] += 1 + 0.3 * np.sin(2 * np.pi * 2 * t)
    x[:, 3:] *= 200
    return x.astype(np.float32)


def stream(*parts: np.ndarray, rate: float = 100.0, channels: tuple[str, ...] = CHANNELS, first: int = 0) -> Stream:
    """Segments an hour apart."""
    segments = tuple(Segment(first + i * 3_600_000_000, rate, p[:, : len(channels)]) for i, p in enumerate(parts))
    return Stream("lower-back", Placement.LOWER_BACK, Side.MIDDLE, rate, channels, segments)


def test_a_vector_for_each_half_second(encoder: Encoder) -> None:
    given = stream(samples(31.3), samples(0.3), samples(7.0))
    made = embed(given, encoder)
    assert made.vectors.shape == (62 + 0 + 14, encoder.dim)
    assert made.vectors[:].dtype == np.float16
    assert np.array_equal(made.grid.start_us, half_seconds(given).start_us)
    assert made.valid.all()
    assert (made.stream, made.encoder) == ("lower-back", encoder.version)
    assert np.isfinite(made.vectors[:]).all()


def test_no_vector_reads_what_lies_further_away_than_is_said() -> None:
    gravity = _HALF + _STRIDE  # its filter to either side, and the estimate that it is interpolated to
    assert (EXTRA / 2 + WINDOW / 2 + gravity) / 50 * 1e6 < READS_US
    # Half a second of another signal changes nothing further away: walking along x, so that the heading stays.
    wave = np.zeros((2000, 3), np.float32)
    wave[:, 0], wave[:, 2] = 0.4 * np.sin(np.arange(len(wave)) * 2 * np.pi * 2 / 50), 1.0
    wave += np.random.default_rng(1).normal(0.0, 0.02, wave.shape).astype(np.float32)
    other = wave.copy()
    other[1000:1025, 2] += 0.3 * np.random.default_rng(0).normal(size=25).astype(np.float32)
    shipped = load_encoder("imu-simclr")
    one, two = (np.asarray(embed(stream(w, rate=50.0, channels=CHANNELS[:3]), shipped, CHANNELS[:3]).vectors[0:80],
                           dtype=np.float64) for w in (wave, other))  # fmt: skip
    by = np.linalg.norm(one - two, axis=1)
    changed = np.flatnonzero(by > 0.002 * by.max())  # the heading is found from the whole segment, and moves a little
    reach = READS_US / 500_000
    assert 40 - reach <= changed.min() < 40 < changed.max() <= 40 + reach


def test_chunks_equal_the_whole(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    given = stream(samples(60))
    whole = embed(given, encoder).vectors[:].astype(np.float32)
    for size in (1, 7, 50):
        monkeypatch.setattr(models.embedding, "CHUNK_CELLS", size)
        parts = embed(given, encoder).vectors[:].astype(np.float32)
        # Both are rounded to float16: half a step of it at most beside the 1e-5 of the arithmetic.
        np.testing.assert_allclose(parts, whole, atol=1e-5, rtol=1e-3)


def test_cutting_at_a_gap_changes_nothing(encoder: Encoder) -> None:
    parts = [samples(20, seed=1), samples(13.7, seed=2), samples(2, seed=3)]
    together = embed(stream(*parts), encoder)
    alone = [embed(stream(p, first=i * 3_600_000_000), encoder) for i, p in enumerate(parts)]
    assert np.array_equal(together.vectors[:], np.concatenate([a.vectors[:] for a in alone]))
    assert np.array_equal(together.valid, np.concatenate([a.valid for a in alone]))


def test_the_same_twice_to_the_last_bit(encoder: Encoder) -> None:
    given = stream(samples(20))
    assert embed(given, encoder).vectors[:].tobytes() == embed(given, encoder).vectors[:].tobytes()


def test_an_unwanted_gyroscope_is_as_if_absent(encoder: Encoder) -> None:
    x = samples(20)
    unwanted = embed(stream(x), encoder, CHANNELS[:3])
    absent = embed(stream(x, channels=CHANNELS[:3]), encoder)
    assert np.array_equal(unwanted.vectors[:], absent.vectors[:])
    assert not np.array_equal(unwanted.vectors[:], embed(stream(x), encoder).vectors[:])


def test_where_gravity_cannot_be_told_the_half_second_is_not_valid(encoder: Encoder) -> None:
    x = samples(40)
    x[2000:2100, :3] += 6
    valid = embed(stream(x), encoder).valid
    assert not valid[40:42].any()
    assert valid[:36].all()
    assert valid[50:].all()
    assert not embed(stream(np.zeros((2000, 6), np.float32)), encoder).valid.any()


def test_a_long_stream_goes_to_a_file_that_disappears(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    given = stream(samples(20))
    wanted = embed(given, encoder).vectors[:]
    monkeypatch.setattr(data.files, "MEMORY_LIMIT", 1000)
    made = embed(given, encoder)
    assert isinstance(made.vectors, FileArray)
    path = made.vectors.path
    assert np.array_equal(made.vectors[3:9], wanted[3:9])
    del made
    assert not path.exists()


def test_progress_ends_at_one(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.embedding, "CHUNK_CELLS", 10)
    told: list[float] = []
    embed(stream(samples(12), samples(3)), encoder, progress=told.append)
    assert told == sorted(told)
    assert len(told) == 4
    assert told[-1] == 1.0


def test_bf16_is_near(encoder: Encoder) -> None:
    given = stream(samples(10))
    exact, near = (embed(given, encoder, number_format=f).vectors[:].astype(np.float32) for f in ("fp32", "bf16"))
    error = np.linalg.norm(exact - near, axis=1) / np.linalg.norm(exact, axis=1)
    assert 0 < error.max() < 0.03


def test_what_cannot_be_embedded_is_refused(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="number format"):
        embed(stream(samples(2)), encoder, number_format="int4")
    with pytest.raises(ValueError, match="acc_z"):
        embed(stream(samples(2), channels=CHANNELS[:2]), encoder)


def test_an_encoder_trained_anew_in_its_folder_is_noticed(tmp_path: Path) -> None:
    given = stream(samples(5))
    made = []
    for seed in (0, 1):
        save_encoder(tmp_path, "test", shape_net((16, 16, 32), seed), mean=np.zeros(85), sd=np.ones(85), card="")
        made.append(embed(given, tmp_path))
    assert made[0].encoder != made[1].encoder
    assert not np.array_equal(made[0].vectors[:], made[1].vectors[:])


def test_the_shipped_encoder_sees_movement(shared_data: Path) -> None:
    from data.datasets import daphnet

    assert load_encoder("imu-simclr").name == "imu-simclr"
    _, recording = next(iter(daphnet.load(shared_data)))
    trunk = recording.stream("trunk")
    short = Stream(
        trunk.name,
        trunk.placement,
        trunk.side,
        64.0,
        trunk.channels,
        (Segment(0, 64.0, trunk.segments[0].samples[-9600:]),),
    )
    vectors = embed(short, "imu-simclr").vectors[:].astype(np.float32)
    assert vectors.std(axis=0).mean() > 0.05


def test_importing_it_loads_nothing_slow() -> None:
    code = "import models.embedding, sys; sys.exit(any(m in sys.modules for m in ('torch', 'sklearn', 'scipy.signal')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
