"""A sensor that rests, turns and is shaken: known acceleration and rotation that fit each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moving:
    """``acc`` in g and ``gyro`` in °/s, ``(n, 3)`` each, at ``rate`` Hz."""

    rate: float
    acc: NDArray[np.float64]
    gyro: NDArray[np.float64]

    @property
    def six(self) -> NDArray[np.float64]:
        return np.column_stack([self.acc, self.gyro])


def make_moving(seconds: float = 20.0, rate: float = 100.0) -> Moving:
    n = round(seconds * rate)
    t = np.arange(n) / rate
    speed = np.where((t % 10) > 4, 0.6 * np.sin(2 * np.pi * 0.5 * t), 0.0)
    angle = np.cumsum(speed) / rate
    rng = np.random.default_rng(7)
    acc = np.column_stack([np.sin(angle), 0.1 * np.ones(n), np.cos(angle)]) + rng.normal(0, 0.002, (n, 3))
    gyro = np.degrees(np.column_stack([np.zeros(n), -speed, np.zeros(n)])) + rng.normal(0, 0.05, (n, 3))
    return Moving(rate, acc, gyro)


@pytest.fixture(scope="session")
def moving() -> Moving:
    return make_moving()


@pytest.fixture
def device_files(shared_data: Path) -> Path:
    """The folder of devices' own files."""
    return shared_data / "device_files"
