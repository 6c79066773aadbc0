"""85 hand-made features of movement for each half second, from 4 s around it.

The second opinion beside the learned encoder, and part of its output. Written for speed: sums over
half seconds are shared by the eight windows that need them. ``tests/models/test_features.py`` holds
the slow and obvious form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.conditioning import RATE_HZ, Source, read_mirrored

CELL = RATE_HZ // 2
"""Samples in half a second."""

WINDOW = 200
"""Samples in a window: 4 s."""

BEFORE = 88
"""The window of half second ``n`` begins this many samples before it (and ends 87 after it)."""

_SIGNALS = ("a_v", "a_h", "m", "w")
_MOMENTS = ("sd", "iqr", "p05", "p95", "skew", "kurtosis", "crossings")
_SPECTRAL = ("p05_3", "p3_8", "p8_12", "freeze_index", "peak_hz", "peak_share", "entropy", "centroid")

NAMES: tuple[str, ...] = (
    "gravity_x",
    "gravity_y",
    "gravity_z",
    "gravity_change",
    "posture",
    "inclination_sd",
    *(f"{s}_{m}" for s in _SIGNALS for m in _MOMENTS),
    "jerk_rms",
    "jerk_p95",
    "smoothness",
    "area",
    "peak_to_peak",
    "most",
    "least",
    "xy",
    "xv",
    "yv",
    *(f"{s}_{m}" for s in ("a_v", "m") for m in _SPECTRAL),
    "tremor_low",
    "tremor_high",
    "step_height",
    "step_lag",
    "step_symmetry",
    "movement",
    "has_gyro",
    *(f"{s}_{m}" for s in ("a_x", "a_y") for m in ("sd", *_SPECTRAL)),
)
"""Name of each of the 85 columns."""

BLIND = NAMES.index("a_x_sd")
"""The columns before this one are blind to the heading, but for three correlations."""

FREEZE_INDEX = NAMES.index("a_v_freeze_index")
"""Column of ln(power 3–8 Hz / power 0.5–3 Hz) of the vertical acceleration."""

POWER_LOW, POWER_HIGH = NAMES.index("a_v_p05_3"), NAMES.index("a_v_p3_8")
"""Columns of the two ln powers, for the power gate of the freeze index."""

LEAST_SD_G = 0.01
"""Below this standard deviation skewness and kurtosis are 0."""

EPS = 1e-8
STEP_LAGS = (12, 63)
"""Range of lags, samples, in which a step is looked for (0.25 to 1.25 s)."""

_F = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)
_ONES = np.ones(CELL)
_ALL = slice(2, 49)  # 0.5 to 12 Hz, both ends included
_BANDS = ((0.5, 3.0), (3.0, 8.0), (8.0, 12.0))


def band(low: float, high: float) -> slice:
    """Bins of the 0.25 Hz periodogram with ``low <= f < high``."""
    return slice(round(low * 4), round(high * 4))


def features(conditioned: Source, first: int, last: int) -> NDArray[np.float32]:
    """Features of the half seconds ``[first, last)`` of a segment.

    At the segment's ends the windows are filled with the mirrored signal.

    Parameters
    ----------
    first, last
        Within ``[0, conditioned.n_cells]``.

    Returns
    -------
    ``(last - first, 85)`` float32, columns as in :data:`NAMES`; finite everywhere.
    """
    if last <= first:
        return np.zeros((0, len(NAMES)), dtype=np.float32)
    n = last - first
    # Two samples more on the left for the derivative.
    start = first * CELL - BEFORE - 2
    piece = read_mirrored(conditioned, start, start + 2 + n * CELL + WINDOW - CELL)
    acc, gyro = piece.acc[2:].astype(np.float64), piece.gyro[2:]
    length = np.sqrt(np.einsum("nc,nc->n", acc, acc))
    a_v, m = acc[:, 2] - 1.0, length - 1.0
    a_h = np.hypot(acc[:, 0], acc[:, 1])
    w = np.linalg.norm(gyro, axis=1).astype(np.float64)
    jerk = np.linalg.norm(np.diff(piece.acc[1:], axis=0), axis=1).astype(np.float64) * RATE_HZ
    spectra = {"a_v": _spectrum(a_v), "m": _spectrum(m)}
    spectra["w"] = _spectrum(w) if piece.has_gyro else spectra["m"]

    columns: list[NDArray[np.floating]] = [*_posture(piece.gravity[2:], piece.inclination[2:])]
    mean_square_jerk = _sums(jerk**2) / WINDOW
    peak = _largest(acc[:, 0] ** 2 + acc[:, 1] ** 2 + a_v**2)
    sorted_m = np.sort(_windows(m), axis=1)
    most, least = sorted_m[:, -1], sorted_m[:, 0]
    for signal in (a_v, a_h):
        columns += _moments(signal, np.sort(_windows(signal), axis=1))
    columns += [*_moments(m, sorted_m), *_moments(w, np.sort(_windows(w), axis=1))]
    columns += [
        np.sqrt(mean_square_jerk),
        np.sort(_windows(jerk), axis=1)[:, 189],
        -np.log((mean_square_jerk * 16.0 + EPS) / (peak + EPS)),
        _sums(np.abs(acc[:, 0]) + np.abs(acc[:, 1]) + np.abs(a_v)) / WINDOW,
        most - least,
        most + 1.0,
        least + 1.0,
        _correlation(acc[:, 0], acc[:, 1]),
        _correlation(acc[:, 0], a_v),
        _correlation(acc[:, 1], a_v),
    ]
    for name in ("a_v", "m"):
        columns += _bands(spectra[name])
    whole = spectra["w"][:, _ALL].sum(axis=1) + EPS
    columns += [np.log((spectra["w"][:, band(*b)].sum(axis=1) + EPS) / whole) for b in ((4.0, 6.5), (6.5, 9.0))]
    columns += _step(a_v)
    usual = conditioned.reference.log_movement
    movement = 0.5 * np.log(_sums(m**2) / WINDOW + EPS) - usual if np.isfinite(usual) else np.zeros(n)
    columns += [movement, np.full(n, float(piece.has_gyro))]
    for axis in (acc[:, 0], acc[:, 1]):
        spread = _sums(axis**2) / WINDOW - (_sums(axis) / WINDOW) ** 2
        columns += [np.sqrt(np.maximum(spread, 0.0)), *_bands(_spectrum(axis))]
    return np.stack(columns, axis=1).astype(np.float32)


def freeze_index(columns: NDArray[np.float32], least_power: float = -7.0) -> NDArray[np.float32]:
    """Moore's freeze index with the power gate, as a score: ln index where the power suffices, else -20.

    Parameters
    ----------
    columns
        ``(n, 85)`` from :func:`features`.
    least_power
        ln of the power from 0.5 to 8 Hz below which a half second counts as standing or resting.
    """
    power = np.logaddexp(columns[:, POWER_LOW], columns[:, POWER_HIGH])
    return np.where(power > least_power, columns[:, FREEZE_INDEX], -20.0).astype(np.float32)


def _windows(x: NDArray[np.floating]) -> NDArray[np.float32]:
    """``(n, 200)`` float32 copy of the windows of a signal of ``25 n + 175`` samples."""
    view = np.lib.stride_tricks.sliding_window_view(x.astype(np.float32), WINDOW)[::CELL]
    return np.array(view)


def _sums(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of each window, from sums of half seconds."""
    cells = x.reshape(-1, CELL) @ _ONES
    n = len(cells) - 7
    pairs = cells[:-1] + cells[1:]
    fours = pairs[:-2] + pairs[2:]
    return np.asarray(fours[:n] + fours[4 : 4 + n])


def _largest(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest value of each window."""
    cells = np.ascontiguousarray(x.reshape(-1, CELL).T).max(axis=0)
    n = len(cells) - 7
    pairs = np.maximum(cells[:-1], cells[1:])
    fours = np.maximum(pairs[:-2], pairs[2:])
    return np.asarray(np.maximum(fours[:n], fours[4 : 4 + n]))


def _posture(gravity: NDArray[np.float32], inclination: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Mean gravity (3), its turn from the first to the last second, angle to the usual posture, its s.d."""
    each = [_sums(gravity[:, i].astype(np.float64)) / WINDOW for i in range(3)]
    seconds = [gravity[:, i].astype(np.float64).reshape(-1, CELL) @ _ONES for i in range(3)]
    pairs = np.stack([s[:-1] + s[1:] for s in seconds], axis=1)  # sums over two half seconds
    a, b = pairs[: len(each[0])], pairs[6 : 6 + len(each[0])]
    cross = np.linalg.norm(np.cross(a, b), axis=1)
    turn = np.arctan2(cross, np.einsum("nc,nc->n", a, b))
    angle = np.arccos(np.clip(inclination.astype(np.float64), -1.0, 1.0))
    mean = _sums(angle) / WINDOW
    return [*each, turn, mean, np.sqrt(np.maximum(_sums(angle**2) / WINDOW - mean**2, 0.0))]


def _moments(x: NDArray[np.float64], ordered: NDArray[np.float32]) -> list[NDArray[np.floating]]:
    """The seven numbers of :data:`_MOMENTS` for each window; ``ordered`` holds its windows, each sorted."""
    square = x * x
    s1, s2, s3, s4 = (_sums(p) / WINDOW for p in (x, square, square * x, square * square))
    var = np.maximum(s2 - s1**2, 0.0)
    sd = np.sqrt(var)
    third = s3 - 3 * s1 * s2 + 2 * s1**3
    fourth = s4 - 4 * s1 * s3 + 6 * s1**2 * s2 - 3 * s1**4
    moves = sd >= LEAST_SD_G
    safe = np.where(moves, sd, 1.0)
    above = _windows(x) > s1[:, None].astype(np.float32)
    crossings = np.count_nonzero(above[:, 1:] != above[:, :-1], axis=1) / (WINDOW / RATE_HZ)
    return [
        sd,
        ordered[:, 149] - ordered[:, 50],
        ordered[:, 10],
        ordered[:, 189],
        np.where(moves, third / safe**3, 0.0),
        np.where(moves, fourth / safe**4 - 3.0, 0.0),
        np.where(sd >= 0.1 * LEAST_SD_G, crossings, 0.0),
    ]


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson correlation in each window; near 0 where either hardly moves."""
    mx, my = _sums(x) / WINDOW, _sums(y) / WINDOW
    vx = np.maximum(_sums(x * x) / WINDOW - mx**2, 0.0)
    vy = np.maximum(_sums(y * y) / WINDOW - my**2, 0.0)
    return np.asarray((_sums(x * y) / WINDOW - mx * my) / np.sqrt((vx + 1e-6) * (vy + 1e-6)))


def _spectrum(x: NDArray[np.float64]) -> NDArray[np.float32]:
    """``(n, 101)`` power of each window (Hann, mean removed), scaled so that a band's sum is its mean square."""
    from scipy.fft import rfft  # noqa: PLC0415  slow to import; the command line must start without it

    windows = _windows(x)
    windows -= windows.mean(axis=1, keepdims=True)
    taper = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    transform = rfft(windows * taper, axis=1)
    scale = 2.0 / (WINDOW * float(np.sum(taper.astype(np.float64) ** 2)))
    return np.asarray((transform.real**2 + transform.imag**2) * np.float32(scale))


def _bands(power: NDArray[np.float32]) -> list[NDArray[np.floating]]:
    """The eight numbers of :data:`_SPECTRAL` for each window."""
    low, mid, high = (power[:, band(*b)].sum(axis=1) for b in _BANDS)
    inside = power[:, _ALL]
    total = inside.sum(axis=1)
    top = inside.argmax(axis=1)
    f = _F[_ALL].astype(np.float32)
    around = np.pad(inside, ((0, 0), (1, 1)))
    rows = np.arange(len(top))
    peak = around[rows, top] + around[rows, top + 1] + around[rows, top + 2]
    share = (inside + EPS / inside.shape[1]) / (total + EPS)[:, None]
    return [
        np.log(low + EPS),
        np.log(mid + EPS),
        np.log(high + EPS),
        np.log((mid + EPS) / (low + EPS)),
        np.where(total > EPS, f[top], 0.0),
        peak / (total + EPS),
        -(share * np.log(share)).sum(axis=1) / np.log(inside.shape[1]),
        (inside @ f) / (total + EPS),
    ]


def _step(x: NDArray[np.float64]) -> list[NDArray[np.floating]]:
    """Highest local maximum of the normalised autocorrelation between 0.25 and 1.25 s: height, lag (s), and the
    value at twice the lag as a share of it. Where there is no local maximum, height 0, lag 0, share 0."""
    from scipy.fft import irfft, rfft  # noqa: PLC0415  as above

    windows = _windows(x)
    windows -= windows.mean(axis=1, keepdims=True)
    transform = rfft(windows, n=2 * WINDOW, axis=1)
    r = irfft(transform.real**2 + transform.imag**2, n=2 * WINDOW, axis=1)[:, : 2 * STEP_LAGS[1]]
    r = r / (r[:, :1] + np.float32(WINDOW * 1e-6))
    a, b = STEP_LAGS
    here = r[:, a:b]
    top = (here > r[:, a - 1 : b - 1]) & (here >= r[:, a + 1 : b + 1]) & (here > 0.0)
    best = np.where(top, here, -np.inf).argmax(axis=1)
    rows = np.arange(len(r))
    found = top[rows, best]
    height = np.where(found, here[rows, best], 0.0)
    second = r[rows, 2 * (best + a)]
    ratio = np.where(found & (height > 0.05), second / np.maximum(height, 0.05), 0.0)
    return [height, np.where(found, (best + a) / RATE_HZ, 0.0), np.clip(ratio, -3.0, 3.0)]
