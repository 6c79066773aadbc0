"""Devices' own files, damaged: each is refused in one sentence, or what is read of it is right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Recording

FILES = {
    "actigraph": "actigraph/ISM_Enabled.gt3x",
    "actigraph, old": "actigraph/neo.gt3x",
    "axivity": "axivity/ax6_sample.cwa",
    "axivity packed": "axivity/ax3_testfile.cwa",
    "geneactiv": "geneactiv/gnactv_sample.bin",
}
"""One real file a format; those that lie beside it are brought along."""


def _copied(source: Path, folder: Path) -> Path:
    """A copy to be damaged, with the files beside it."""
    for beside in source.parent.iterdir():
        if beside.is_file() and (beside.name.startswith(source.stem[:4]) or beside == source):
            shutil.copy(beside, folder / beside.name)
    return folder / source.name


def _read_or_refused(path: Path, *, lenient: bool) -> Recording | None:
    """A recording that keeps the promises of its type, or None after one sentence; anything else is a failure."""
    try:
        recording = read(path, lenient=lenient)
    except RecordingError as caught:
        error = caught
    else:
        _check(recording)
        return recording
    assert "\n" not in str(error)
    assert path.name in error.source
    assert all((error.problem, error.hint))
    return None


def _check(recording: Recording) -> None:
    for stream in recording.streams:
        assert stream.segments
        ends = [(s.start_us, s.end_us) for s in stream.segments]
        assert all(a[1] <= b[0] for a, b in pairwise(ends))
        for segment in stream.segments:
            values = segment.samples[0 : segment.n_samples]
            assert values.shape == (segment.n_samples, len(stream.channels))
            assert np.isfinite(values).all()


def _matrix(recording: Recording) -> np.ndarray:
    """Samples of the first stream with their times, ``(n, 1 + channels)``."""
    parts = []
    for s in recording.streams[0].segments:
        t = s.start_us + np.arange(s.n_samples) * 1e6 / s.rate_hz
        parts.append(np.column_stack([t, s.samples[0 : s.n_samples]]))
    return np.concatenate(parts)


@pytest.fixture(params=FILES)
def victim(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> Path:
    return _copied(shared_data / "device_files" / FILES[request.param], tmp_path)


def test_cut_off_anywhere(victim: Path) -> None:
    content = victim.read_bytes()
    whole = _matrix(read(victim))
    n = len(content)
    for keep in (0, 1, 7, 100, 600, 1024, 1030, 1536, n // 3, n // 2 + 1, n * 9 // 10, n - 513, n - 5, n - 1):
        victim.write_bytes(content[:keep])
        for lenient in (False, True):
            recording = _read_or_refused(victim, lenient=lenient)
            if recording is not None:
                part = _matrix(recording)
                assert len(part) <= len(whole)
                np.testing.assert_allclose(part[:, 1:], whole[: len(part), 1:], atol=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
def test_flipped_bytes(victim: Path, seed: int) -> None:
    content = victim.read_bytes()
    rng = np.random.default_rng(seed)
    beginning = rng.integers(0, min(3000, len(content)), 25)
    anywhere = rng.integers(0, len(content), 10)
    for at in (*beginning, *anywhere):
        damaged = bytearray(content)
        damaged[at] ^= int(rng.integers(1, 256))
        victim.write_bytes(damaged)
        for lenient in (False, True):
            _read_or_refused(victim, lenient=lenient)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c + c,
        lambda c: c[: len(c) // 2] + bytes(len(c) - len(c) // 2),
        lambda c: c[: len(c) // 2] + b"\xff" * 5000 + c[len(c) // 2 :],
        lambda c: c[:600] + c[700:],
        lambda c: c[:2000] + c[-2000:],
    ],
    ids=["twice", "zeroed", "stuffed", "shortened", "without a middle"],
)
def test_parts_missing_repeated_or_overwritten(victim: Path, spoil: Callable[[bytes], bytes]) -> None:
    victim.write_bytes(spoil(victim.read_bytes()))
    for lenient in (False, True):
        _read_or_refused(victim, lenient=lenient)
