"""Parmay Matrix: scaling by the declared ranges, and damaged packets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.units import DEGREES
from tests.data.readers.expected import US, check_values, figures, samples_of
from tests.data.readers.independent import packet_numbers


@pytest.mark.parametrize("name", ["mtx_12.5Hz_acc_gyro", "mtx_25Hz_acc_HR"])
def test_parmay_values_are_scaled_by_the_declared_ranges(device_files: Path, name: str) -> None:
    path = device_files / f"parmay_matrix/{name}.BIN"
    raw = packet_numbers(path)
    ranges = np.array([8, 8, 8, 2000, 2000, 2000])[: raw.shape[1]]
    values = samples_of(read(path))
    np.testing.assert_allclose(values, raw * (ranges / 32768), rtol=1e-6, atol=1e-6)
    assert np.median(np.linalg.norm(values[:, :3], axis=1)) == pytest.approx(1.0, abs=0.05)
    # The figures that came with the files are those of a product that wrapped round in 16 bits.
    wrapped = (raw * ranges.astype(np.int16)).astype(np.float64) / 32768
    noted = figures(device_files)[f"parmay_matrix/{name}.BIN"]["channels_mean_std"]
    check_values(wrapped, list(noted.values()), [1.0] * raw.shape[1], loosely=False)


def test_rotation_of_a_parmay_turns_gravity_as_fast_as_it_says(device_files: Path) -> None:
    values = samples_of(read(device_files / "parmay_matrix/mtx_12.5Hz_acc_gyro.BIN")).astype(np.float64)
    smooth = np.apply_along_axis(lambda c: np.convolve(c, np.ones(3) / 3, "same"), 0, values)
    turned = np.gradient(smooth[:, :3], axis=0) * 12.807 * DEGREES
    said = -np.cross(smooth[:, 3:], smooth[:, :3])
    # Shaking blurs the slope, but rad/s would be 57 times off it.
    assert 0.2 < (said * turned).sum() / (said * said).sum() < 5


def test_a_damaged_packet_is_refused_and_leniently_a_gap(device_files: Path, tmp_path: Path) -> None:
    content = bytearray((device_files / "parmay_matrix/mtx_25Hz_acc_HR.BIN").read_bytes())
    content[20_000] ^= 1
    path = tmp_path / "bad.bin"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"1 of its 4 packets are damaged \(number 1\)"):
        read(path)
    (stream,) = read(path, lenient=True).streams
    assert [s.n_samples for s in stream.segments] == [1536, 11_583]
    assert stream.gaps[0].duration == pytest.approx(469 * US, rel=2e-3)
