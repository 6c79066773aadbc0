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

_ORDER = ("a_x", "a_y", "a_v", "m", "w", "a_h")  # signals with the same kinds of features side by side
_WITHOUT_GYRO = tuple(s for s in _ORDER if s != "w")
_ONES = np.ones(CELL)
_ALL = slice(2, 49)  # 0.5 to 12 Hz, both ends included
_F = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)[: _ALL.stop]
_BANDS = ((0.5, 3.0), (3.0, 8.0), (8.0, 12.0))
_TREMOR = ((4.0, 6.5), (6.5, 9.0))
_TAPER = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
_SCALE = np.float32(2.0 / (WINDOW * np.sum(_TAPER.astype(np.float64) ** 2)))
_LAGS = 2 * (STEP_LAGS[1] - 1)  # the longest that is looked at: two of the longest steps


def band(low: float, high: float) -> slice:
    """Bins of the 0.25 Hz periodogram with ``low <= f < high``."""
    return slice(round(low * 4), round(high * 4))


def _weights() -> NDArray[np.float32]:
    """``(49, 7)``: what a power spectrum is multiplied by for its bands, its whole, its centroid, its tremor bands."""
    columns = np.zeros((len(_F), 7), dtype=np.float32)
    for i, bins in enumerate((*(band(*b) for b in _BANDS), _ALL, _ALL, *(band(*b) for b in _TREMOR))):
        columns[bins, i] = 1.0
    columns[:, 4] *= _F
    return columns


_WEIGHTS = _weights()


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
    x, y, z = piece.acc[2:].T.astype(np.float64)
    a_v, square = z - 1.0, x * x + y * y
    m = np.sqrt(square + z * z) - 1.0
    turning = [_length(piece.gyro[2:].T)] if piece.has_gyro else []
    jerk = _length(np.diff(piece.acc[1:].T)).astype(np.float64) * RATE_HZ
    # All signals in one array: on short ones a call costs more than its arithmetic.
    signals = np.stack([x, y, a_v, m, *turning, np.sqrt(square)])
    s1, s2 = _sums(signals) / WINDOW, _sums(signals * signals) / WINDOW
    variance = np.maximum(s2 - s1**2, 0.0)
    mean = s1.astype(np.float32)[..., None]
    windows = _windows(signals) - mean
    power = _spectrum(windows[:-1])
    tremor = power[-1] @ _WEIGHTS + EPS
    jerk_square = _sums(jerk**2) / WINDOW
    peak = _largest(square + a_v * a_v)
    most, least = _largest(m) + 1.0, 1.0 - _largest(-m)
    usual = conditioned.reference.log_movement
    order = _ORDER if piece.has_gyro else _WITHOUT_GYRO
    found = {
        **_named(_ORDER[:4], _SPECTRAL, _bands(power[:4])),
        **dict(zip(("step_height", "step_lag", "step_symmetry"), _step(windows[2]), strict=True)),
        **{f"w_{k}": np.zeros(n) for k in _MOMENTS},  # what there is of it comes with the next
        **_named(order[2:], _MOMENTS, _moments(signals[2:], windows[2:], mean[2:], s1[2:], s2[2:])),  # sorts windows
        **_posture(piece.gravity[2:].T, piece.inclination[2:]),
        "jerk_rms": np.sqrt(jerk_square),
        "jerk_p95": np.sort(_windows(jerk))[:, 189],
        "smoothness": -np.log((jerk_square * 16.0 + EPS) / (peak + EPS)),
        "area": _sums(np.abs(signals[:3]).sum(axis=0)) / WINDOW,
        "peak_to_peak": most - least,
        "most": most,
        "least": least,
        **dict(zip(("xy", "xv", "yv"), _correlations(signals[:3], s1, variance), strict=True)),
        "tremor_low": np.log(tremor[:, 5] / tremor[:, 3]),
        "tremor_high": np.log(tremor[:, 6] / tremor[:, 3]),
        "movement": 0.5 * np.log(s2[3] + EPS) - usual if np.isfinite(usual) else np.zeros(n),
        "has_gyro": np.full(n, float(piece.has_gyro)),
        "a_x_sd": np.sqrt(variance[0]),
        "a_y_sd": np.sqrt(variance[1]),
    }
    return np.stack([found[name] for name in NAMES], axis=1, dtype=np.float32, casting="same_kind")


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


def _named(
    signals: tuple[str, ...], numbers: tuple[str, ...], values: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Columns by name out of ``(numbers, signals, n)``."""
    return {f"{s}_{k}": values[j, i] for i, s in enumerate(signals) for j, k in enumerate(numbers)}


def _windows(x: NDArray[np.float64]) -> NDArray[np.float32]:
    """``(..., n, 200)`` float32: the windows of signals of ``25 n + 175`` samples, a view."""
    rows = x.astype(np.float32)
    return np.lib.stride_tricks.sliding_window_view(rows, WINDOW, axis=-1)[..., ::CELL, :]


def _length(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Length of each column of ``(3, n)``."""
    return np.asarray(np.sqrt(rows[0] * rows[0] + rows[1] * rows[1] + rows[2] * rows[2]))


def _sums(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of each window of each row, from sums of half seconds."""
    cells = (x.reshape(-1, CELL) @ _ONES).reshape(*x.shape[:-1], -1)
    n = cells.shape[-1] - 7
    pairs = cells[..., :-1] + cells[..., 1:]
    fours = pairs[..., :-2] + pairs[..., 2:]
    return np.asarray(fours[..., :n] + fours[..., 4 : 4 + n])


def _largest(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest value of each window."""
    cells = np.ascontiguousarray(x.reshape(-1, CELL).T).max(axis=0)
    n = len(cells) - 7
    pairs = np.maximum(cells[:-1], cells[1:])
    fours = np.maximum(pairs[:-2], pairs[2:])
    return np.asarray(np.maximum(fours[:n], fours[4 : 4 + n]))


def _posture(gravity: NDArray[np.float32], inclination: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Mean gravity, its turn from the first to the last second, angle to the usual posture, its s.d."""
    down = gravity.astype(np.float64)
    seconds = (down.reshape(-1, CELL) @ _ONES).reshape(3, -1)
    pairs = (seconds[:, :-1] + seconds[:, 1:]).T  # sums over two half seconds
    a, b = pairs[:-6], pairs[6:]
    cross = np.linalg.norm(np.cross(a, b), axis=1)
    angle = np.arccos(np.clip(inclination, np.float32(-1.0), np.float32(1.0))).astype(np.float64)
    mean = _sums(angle) / WINDOW
    return {
        **dict(zip(NAMES[:3], _sums(down) / WINDOW, strict=True)),
        "gravity_change": np.arctan2(cross, np.einsum("nc,nc->n", a, b)),
        "posture": mean,
        "inclination_sd": np.sqrt(np.maximum(_sums(angle**2) / WINDOW - mean**2, 0.0)),
    }


def _moments(
    x: NDArray[np.float64],
    windows: NDArray[np.float32],
    mean: NDArray[np.float32],
    s1: NDArray[np.float64],
    s2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The seven numbers of :data:`_MOMENTS` for each window of each signal; afterwards the windows are sorted.

    Parameters
    ----------
    windows, mean
        The windows with their means taken off, and these means.
    s1, s2
        Means of ``x`` and of its square over each window.
    """
    square = x * x
    s3, s4 = _sums(square * x) / WINDOW, _sums(square * square) / WINDOW
    sd = np.sqrt(np.maximum(s2 - s1**2, 0.0))
    third = s3 - 3 * s1 * s2 + 2 * s1**3
    fourth = s4 - 4 * s1 * s3 + 6 * s1**2 * s2 - 3 * s1**4
    moves = sd >= LEAST_SD_G
    safe = np.where(moves, sd, 1.0)
    above = windows > 0.0
    # At most 199 in a window: they fit into a byte, and bytes are summed fastest.
    turns = np.add.reduce((above[..., 1:] != above[..., :-1]).view(np.uint8), axis=-1, dtype=np.uint8)
    windows.sort(axis=-1)
    return np.stack(
        [
            sd,
            windows[..., 149] - windows[..., 50],
            windows[..., 10] + mean[..., 0],
            windows[..., 189] + mean[..., 0],
            np.where(moves, third / safe**3, 0.0),
            np.where(moves, fourth / safe**4 - 3.0, 0.0),
            np.where(sd >= 0.1 * LEAST_SD_G, turns / (WINDOW / RATE_HZ), 0.0),
        ]
    )


def _correlations(
    x: NDArray[np.float64], s1: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Pearson correlations of the rows 0 and 1, 0 and 2, 1 and 2 in each window; near 0 where one hardly moves."""
    i, j = [0, 0, 1], [1, 2, 2]
    both = _sums(x[i] * x[j]) / WINDOW - s1[i] * s1[j]
    return np.asarray(both / np.sqrt((variance[i] + 1e-6) * (variance[j] + 1e-6)))


def _spectrum(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(..., 49)`` power of each centred window (Hann) up to 12 Hz; a band's sum is its mean square."""
    from scipy.fft import rfft  # noqa: PLC0415  slow to import; the command line must start without it

    transform = rfft(windows * _TAPER, axis=-1)[..., : _ALL.stop]
    return np.asarray((transform.real**2 + transform.imag**2) * _SCALE)


def _bands(power: NDArray[np.float32]) -> NDArray[np.float64]:
    """The eight numbers of :data:`_SPECTRAL` for each spectrum."""
    low, mid, high, total, moment = np.moveaxis(power @ _WEIGHTS, -1, 0)[:5].astype(np.float64)
    inside = power[..., _ALL]
    bins = inside.shape[-1]
    top = inside.argmax(axis=-1)
    # With a zero on either side of each row, the neighbours of the highest bin are just beside it.
    padded = np.zeros((*top.shape, bins + 2), dtype=np.float32)
    padded[..., 1:-1] = inside
    at = np.arange(top.size) * (bins + 2) + top.reshape(-1)
    peak = sum(padded.reshape(-1)[at + k].astype(np.float64) for k in range(3)).reshape(top.shape)
    raised = inside + np.float32(EPS / bins)
    # With shares s = q / T that add up to 1, the sum of s ln s is the sum of q ln q over T, less ln T.
    entropy = np.log(total + EPS) - np.einsum("...f,...f->...", raised, np.log(raised)) / (total + EPS)
    return np.stack(
        [
            np.log(low + EPS),
            np.log(mid + EPS),
            np.log(high + EPS),
            np.log((mid + EPS) / (low + EPS)),
            np.where(total > EPS, _F[_ALL][top], 0.0),
            peak / (total + EPS),
            entropy / np.log(bins),
            moment / (total + EPS),
        ]
    )


def _step(windows: NDArray[np.float32]) -> list[NDArray[np.floating]]:
    """Highest local maximum of the normalised autocorrelation between 0.25 and 1.25 s: height, lag (s), and the
    value at twice the lag as a share of it. Where there is no local maximum, height 0, lag 0, share 0."""
    from scipy.fft import irfft, rfft  # noqa: PLC0415  as above

    size = WINDOW + _LAGS  # just long enough for these lags not to wrap around
    transform = rfft(windows, n=size, axis=1)
    r = irfft(transform.real**2 + transform.imag**2, n=size, axis=1)[:, : _LAGS + 1]
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
