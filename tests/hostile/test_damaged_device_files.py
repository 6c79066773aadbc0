"""Devices' own files, damaged: each is refused in one sentence, or what is read of it is right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import fastavro
import h5py
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
    "apdm": "apdm_opal/apdm_sample_lumbar_rightfoot.h5",
    "embraceplus": "empatica_embraceplus/test_data.avro",
    "mobilise-d": "mobilised_mat/missing_sensor/data.mat",
    "parmay": "parmay_matrix/mtx_12.5Hz_acc_gyro.BIN",
    "shimmer": "shimmer/triaxcal_sample.bin",
    "tsdf": "tsdf_verily/imu_meta.json",
    "wfdb": "wfdb/faros_from_edf.hea",
    "wfdb, numbers": "wfdb/faros_from_edf.dat",
    "geneactiv": "geneactiv/gnactv_sample.bin",
}
"""One real file a format; those that lie beside it are brought along."""


def _copied(source: Path, folder: Path) -> Path:
    """A copy to be damaged, with the files beside it."""
    for beside in source.parent.iterdir():
        if beside.is_file() and (beside.name.startswith(source.stem[:4]) or beside == source):
            shutil.copy(beside, folder / beside.name)
    path = folder / source.name
    path.chmod(0o644)
    if source.suffix in _SHORTER:
        _SHORTER[source.suffix](source, path)
    return path


def _short_avro(source: Path, path: Path) -> None:
    with source.open("rb") as stream:
        reader = fastavro.reader(stream)
        schema, session = reader.writer_schema, next(reader)
    for sensor in session["rawData"].values():
        for key in sensor.keys() & {"x", "y", "z", "values", "peaksTimeNanos"}:
            sensor[key] = sensor[key][:1000]
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, [session])


def _short_h5(source: Path, path: Path) -> None:
    with h5py.File(source) as old, h5py.File(path, "w") as new:
        name = "Sensors/XI-010284"
        for key in ("Time", "Accelerometer", "Gyroscope"):
            new[f"{name}/{key}"] = old[f"{name}/{key}"][:1000]
            new[f"{name}/{key}"].attrs.update(old[f"{name}/{key}"].attrs)
        new.create_group(f"{name}/Configuration").attrs.update(old[f"{name}/Configuration"].attrs)


_SHORTER = {".avro": _short_avro, ".h5": _short_h5}
"""Large files of which the first samples do as well."""


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
    assert any(beside.name in error.source for beside in path.parent.iterdir())
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


def test_flipped_bytes(victim: Path) -> None:
    content = victim.read_bytes()
    rng = np.random.default_rng(1)
    beginning = rng.integers(0, min(3000, len(content)), 24)
    anywhere = rng.integers(0, len(content), 8)
    for i, at in enumerate((*beginning, *anywhere)):
        damaged = bytearray(content)
        damaged[at] ^= int(rng.integers(1, 256))
        victim.write_bytes(damaged)
        _read_or_refused(victim, lenient=i % 2 == 1)


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
