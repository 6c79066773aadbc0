"""What was found in the devices' real files by readers that were written for that alone, and how to compare."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.recording import Recording

US = 1_000_000
CORRUPT_CWA = "axivity/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"


def figures(device_files: Path) -> dict[str, dict[str, Any]]:
    """What is expected of each file, by its name."""
    found: dict[str, dict[str, Any]] = json.loads((device_files / "EXPECTED.json").read_text(encoding="utf-8"))["files"]
    return found


def samples_of(recording: Recording, stream: int = 0) -> np.ndarray:
    """All samples of one stream, ``(n, channels)``."""
    return np.concatenate([s.samples[0 : s.n_samples] for s in recording.streams[stream].segments])


def instant(text: str) -> int:
    """Microseconds since 1970 of a time in words, taken as UTC."""
    return round(datetime.fromisoformat(text + "+00:00").timestamp() * US)


def check_values(values: np.ndarray, wanted: list[tuple[float, float]], factors: list[float], *, loosely: bool) -> None:
    """Compare each channel's mean and standard deviation, of which five decimals were noted.

    Parameters
    ----------
    factors
        What each noted figure is multiplied with to be in our unit and direction.
    loosely
        For samples that were interpolated onto an even grid: within 2 % of the deviation.
    """
    assert len(wanted) == len(factors) == values.shape[1]
    for column, (mean, std), factor in zip(values.astype(np.float64).T, wanted, factors, strict=True):
        near = abs(factor) * (0.03 * std if loosely else 2e-5 + 1e-6 * abs(mean))
        assert column.mean() == pytest.approx(mean * factor, abs=near)
        assert column.std() == pytest.approx(std * abs(factor), abs=near)
