"""Back in the sensor's frame: what was measured, with gravity taken away where it points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from data.conditioning import SensorFrame, condition, shape_input
from data.conditioning.condition import _to_z, from_z
from data.readers import read
from data.recording import CHANNELS, Segment


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_way_back_undoes_the_turn_upside_down_too(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(3, 40))
    down = Rotation.random(40, random_state=seed).apply([0.0, 0.0, 1.0]).T
    down[:, :5] = np.array([[1e-3], [0.0], [-1.0]])
    down /= np.linalg.norm(down, axis=0)
    np.testing.assert_allclose(from_z(_to_z(rows, down), down), rows, atol=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_reads_what_the_sensor_measured_less_gravity_and_1_g_along_z(seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.normal(scale=0.2, size=(50 * 30, 6))
    x[:, :3] += Rotation.random(random_state=seed).apply([0.0, 0.0, 1.0])
    x[:, 3:] *= 100
    source = condition(Segment(0, 50.0, x.astype(np.float32)), CHANNELS)
    piece = SensorFrame(source).read(100, 900)
    raw = source.resampled.read(100, 900)
    np.testing.assert_allclose(piece.acc - [0, 0, 1], raw[:, :3] - piece.gravity, atol=1e-5)
    np.testing.assert_allclose(piece.gyro, raw[:, 3:6] / 100, atol=1e-5)


def test_turning_the_sensor_changes_what_is_read_of_a_real_walk_unless_it_is_aligned(shared_data: Path) -> None:
    stream = read(shared_data / "daphnet/original/S02R01.txt").streams[0]
    segment = stream.segments[0]
    some = np.asarray(segment.samples[: 64 * 60], dtype=np.float32)
    mounting = Rotation.from_euler("xyz", [0.4, 1.1, -0.7]).as_matrix().T.astype(np.float32)
    shapes = {}
    for name, rows in (("as worn", some), ("turned", some @ mounting)):
        source = condition(Segment(0, segment.rate_hz, rows), stream.channels)
        shapes[name, "aligned"] = shape_input(source, 0, 2000)
        shapes[name, "not"] = shape_input(SensorFrame(source), 0, 2000)
    moved = {w: np.abs(shapes["as worn", w] - shapes["turned", w])[:, :3].mean() for w in ("aligned", "not")}
    assert moved["not"] > 5 * moved["aligned"]
    # Strength has no direction: turned or not, the length of the movement is the same.
    lengths = [np.linalg.norm(np.sinh(shapes[n, "not"][:, :3]), axis=1) for n in ("as worn", "turned")]
    np.testing.assert_allclose(lengths[0], lengths[1], rtol=1e-2, atol=1e-2)
