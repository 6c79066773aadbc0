"""The fast features against a slow, obvious, float64 form, and what must not change them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from data.conditioning import condition, read_mirrored
from data.recording import CHANNELS, Segment
from models.features import BEFORE, FREEZE_INDEX, NAMES, features, freeze_index


def recording(seconds: float = 40, rate: float = 100.0, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    x = draw.normal(scale=0.03, size=(len(t), 6))
    x[:, 1] += -1.0 + 0.3 * np.sin(2 * np.pi * 1.8 * t) * (t > 8) + 0.1 * np.sin(2 * np.pi * 5.3 * t) * (t > 20)
    x[:, 0] += 0.2 * np.sin(0.5 * t)
    x[:, 3:] = x[:, 3:] * 300 + 60 * np.sin(2 * np.pi * 0.9 * t)[:, None]
    return x.astype(np.float32)


def entropy(share: np.ndarray) -> float:
    return float(-(share * np.log(share)).sum() / np.log(len(share)))


def power(x: np.ndarray) -> np.ndarray:
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(200) / 200)
    return 2 * np.abs(np.fft.rfft((x - x.mean()) * taper)) ** 2 / (200 * (taper**2).sum())


def spectral(f: dict[str, float], name: str, x: np.ndarray) -> None:
    """The eight numbers of a spectrum."""
    hz = np.arange(101) / 4
    inside = (hz >= 0.5) & (hz <= 12)
    p = power(x)
    low, mid, high = (p[(hz >= a) & (hz < b)].sum() for a, b in ((0.5, 3), (3, 8), (8, 12)))
    total = p[inside].sum()
    top = np.argmax(np.where(inside, p, -1))
    f[f"{name}_p05_3"], f[f"{name}_p3_8"], f[f"{name}_p8_12"] = (np.log(v + 1e-8) for v in (low, mid, high))
    f[f"{name}_freeze_index"] = np.log((mid + 1e-8) / (low + 1e-8))
    f[f"{name}_peak_hz"] = hz[top] if total > 1e-8 else 0.0
    near = [k for k in (top - 1, top, top + 1) if inside[k]]
    f[f"{name}_peak_share"] = p[near].sum() / (total + 1e-8)
    f[f"{name}_entropy"] = entropy((p[inside] + 1e-8 / 47) / (total + 1e-8))
    f[f"{name}_centroid"] = (p * hz)[inside].sum() / (total + 1e-8)


def slow(source, cell: int) -> dict[str, float]:  # noqa: PLR0915  one long definition is the point
    """All 85 of one half second, one after the other."""
    start = 25 * cell - BEFORE
    piece = read_mirrored(source, start - 1, start + 200)
    wide = piece.acc.astype(float)
    acc, gyro = wide[1:], piece.gyro[1:].astype(float)
    gravity, inclination = piece.gravity[1:].astype(float), piece.inclination[1:].astype(float)
    length = np.linalg.norm(acc, axis=1)
    signals = {
        "a_v": acc[:, 2] - 1,
        "a_h": np.hypot(acc[:, 0], acc[:, 1]),
        "m": length - 1,
        "w": np.linalg.norm(gyro, axis=1),
    }
    f: dict[str, float] = {}
    for i, axis in enumerate("xyz"):
        f[f"gravity_{axis}"] = gravity[:, i].mean()
    a, b = gravity[:50].sum(axis=0), gravity[150:].sum(axis=0)
    f["gravity_change"] = np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)
    angle = np.arccos(np.clip(inclination, -1, 1))
    f["posture"], f["inclination_sd"] = angle.mean(), angle.std()
    for name, x in signals.items():
        ordered = np.sort(x)
        sd = x.std()
        f[f"{name}_sd"] = sd
        f[f"{name}_iqr"] = ordered[149] - ordered[50]
        f[f"{name}_p05"], f[f"{name}_p95"] = ordered[10], ordered[189]
        f[f"{name}_skew"] = ((x - x.mean()) ** 3).mean() / sd**3 if sd >= 0.01 else 0.0
        f[f"{name}_kurtosis"] = ((x - x.mean()) ** 4).mean() / sd**4 - 3 if sd >= 0.01 else 0.0
        above = x.astype(np.float32) > np.float32(x.mean())
        f[f"{name}_crossings"] = (above[1:] != above[:-1]).sum() / 4 if sd >= 0.001 else 0.0
    jerk = np.linalg.norm(np.diff(wide, axis=0), axis=1) * 50
    f["jerk_rms"] = np.sqrt((jerk**2).mean())
    f["jerk_p95"] = np.sort(jerk)[189]
    peak = ((acc - [0, 0, 1]) ** 2).sum(axis=1).max()
    f["smoothness"] = -np.log(((jerk**2).mean() * 4**2 + 1e-8) / (peak + 1e-8))
    f["area"] = (np.abs(acc[:, 0]) + np.abs(acc[:, 1]) + np.abs(acc[:, 2] - 1)).mean()
    f["peak_to_peak"], f["most"], f["least"] = np.ptp(length), length.max(), length.min()
    for name, p, q in (("xy", acc[:, 0], acc[:, 1]), ("xv", acc[:, 0], acc[:, 2]), ("yv", acc[:, 1], acc[:, 2])):
        cov = ((p - p.mean()) * (q - q.mean())).mean()
        f[name] = cov / np.sqrt((p.var() + 1e-6) * (q.var() + 1e-6))
    for name in ("a_v", "m"):
        spectral(f, name, signals[name])
    hz = np.arange(101) / 4
    inside = (hz >= 0.5) & (hz <= 12)
    p = power(signals["w"] if source.has_gyro else signals["m"])
    total = p[inside].sum() + 1e-8
    f["tremor_low"] = np.log((p[(hz >= 4) & (hz < 6.5)].sum() + 1e-8) / total)
    f["tremor_high"] = np.log((p[(hz >= 6.5) & (hz < 9)].sum() + 1e-8) / total)
    x = signals["a_v"] - signals["a_v"].mean()
    r = np.array([(x[: 200 - k] * x[k:]).sum() for k in range(126)])
    r = r / (r[0] + 200e-6)
    peaks = [k for k in range(12, 63) if r[k] > r[k - 1] and r[k] >= r[k + 1] and r[k] > 0]
    best = max(peaks, key=lambda k: r[k]) if peaks else 0
    f["step_height"], f["step_lag"] = (r[best], best / 50) if peaks else (0.0, 0.0)
    f["step_symmetry"] = np.clip(r[2 * best] / r[best], -3, 3) if peaks and r[best] > 0.05 else 0.0
    usual = source.reference.log_movement
    f["movement"] = 0.5 * np.log((signals["m"] ** 2).mean() + 1e-8) - usual if np.isfinite(usual) else 0.0
    f["has_gyro"] = float(source.has_gyro)
    for name, axis in (("a_x", acc[:, 0]), ("a_y", acc[:, 1])):
        f[f"{name}_sd"] = axis.std()
        spectral(f, name, axis)
    return f


@pytest.mark.parametrize("channels", [6, 3])
@pytest.mark.parametrize("rate", [100.0, 64.0])
def test_fast_equals_slow(channels: int, rate: float) -> None:
    x = recording(rate=rate)[:, :channels]
    source = condition(Segment(0, rate, np.ascontiguousarray(x)), CHANNELS[:channels])
    fast = features(source, 0, source.n_cells)
    for cell in (0, 1, 3, 10, 17, 33, 55, source.n_cells - 2, source.n_cells - 1):
        wanted = slow(source, cell)
        assert tuple(wanted) == NAMES
        np.testing.assert_allclose(
            fast[cell], [wanted[n] for n in NAMES], rtol=2e-3, atol=2e-4, err_msg=f"half second {cell}"
        )


def test_pieces_equal_the_whole() -> None:
    source = condition(Segment(0, 100.0, recording()), CHANNELS)
    whole = features(source, 0, source.n_cells)
    edges = [0, 1, 2, 9, 40, source.n_cells]
    parts = np.concatenate([features(source, a, b) for a, b in itertools.pairwise(edges)])
    np.testing.assert_allclose(parts, whole, atol=1e-5)


@pytest.mark.parametrize("samples", [50, 60, 130, 199, 400])
@pytest.mark.parametrize("value", [0.0, 1.0, -3.0])
def test_constants_and_short_segments_give_finite_numbers(samples: int, value: float) -> None:
    source = condition(Segment(0, 50.0, np.full((samples, 6), value, dtype=np.float32)), CHANNELS)
    found = features(source, 0, source.n_cells)
    assert found.shape == (samples // 25, 85)
    assert np.isfinite(found).all()


def test_a_trembling_walker_has_a_higher_freeze_index_and_a_still_one_none() -> None:
    t = np.arange(100 * 30) / 100

    def index_of(hz: float, height: float) -> float:
        x = np.zeros((len(t), 3), dtype=np.float32)
        x[:, 2] = 1 + height * np.sin(2 * np.pi * hz * t)
        source = condition(Segment(0, 100.0, x), CHANNELS[:3])
        return float(np.median(freeze_index(features(source, 10, 50))))

    assert index_of(5.0, 0.2) > 2 > -2 > index_of(1.5, 0.2)
    assert index_of(5.0, 0.001) == -20.0


def test_there_are_85_names_and_none_twice() -> None:
    assert len(NAMES) == len(set(NAMES)) == 85
    assert NAMES[FREEZE_INDEX] == "a_v_freeze_index"
    assert features(condition(Segment(0, 50.0, recording(4, 50.0)), CHANNELS), 3, 3).shape == (0, 85)
