from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.quality import Severity, assess
from data.quality.repeats import Repeats
from tests.signals import START_US, US, moving, recording_of, still


def copies(x: np.ndarray, chunk: int = 30_000) -> list[tuple[int, int]]:
    found = Repeats()
    for first in range(0, len(x), chunk):
        found.take(np.ascontiguousarray(x[first : first + chunk].T), first)
    return found.found()


@settings(max_examples=20)
@given(st.integers(0, 5000), st.integers(600, 3000), st.integers(0, 4000), st.integers(0, 99))
def test_a_block_written_twice_is_found_where_it_lies(start, length, later, seed):
    x = moving(240, seed=seed, channels=3)
    block = x[start : start + length]
    at = min(start + length + later, len(x))
    y = np.concatenate([x[:at], block, x[at:]])
    (found,) = copies(y)
    assert at <= found[0] <= at + 400
    assert at + length - 400 <= found[1] <= at + length
    np.testing.assert_array_equal(y[found[0] : found[1]], y[found[0] - at + start : found[1] - at + start])


def test_how_it_is_read_in_pieces_does_not_matter():
    x = moving(120, channels=3)
    y = np.concatenate([x, x[1000:2500]])
    assert copies(y, 100_000) == copies(y, 1000) == copies(y, 997) != []


def test_a_still_sensor_with_coarse_steps_repeats_nothing():
    x = np.round(still(3600, channels=3, noise_g=0.006) / 0.0156).astype(np.float32) * np.float32(0.0156)
    assert copies(x) == []


def test_a_still_sensor_with_fine_steps_repeats_nothing():
    x = np.round(still(3600, channels=3, noise_g=0.004) / 0.002).astype(np.float32) * np.float32(0.002)
    assert copies(x) == []


def test_the_copy_is_not_judged_and_said():
    x = moving(120, channels=3)
    quality = assess(recording_of([(0.0, np.concatenate([x[:3000], x[2000:]]))]))
    (found,) = [f for f in quality.findings if f.kind == "repeated block"]
    assert found.severity is Severity.BAD
    ((span, reason),) = quality.streams[0].unusable
    assert reason == "a block that was written twice"
    assert abs(span.start - START_US - 60 * US) < 4 * US
    assert abs(span.end - START_US - 80 * US) < 4 * US
