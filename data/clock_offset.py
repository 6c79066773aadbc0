"""How far a camera's clock is behind a sensor's, told from the movement that both saw.

The strength of movement over time is compared; the offset is where both agree best, and it has to be more than chance
gives and lead any other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.recording import CHANNELS, Recording, Stream
from data.skeletons import LEAST_S, Skeleton
from data.video import Film, change

View = Skeleton | Film
ENERGY_HZ = 20.0
"""Rate at which the strength of movement is compared."""
MOST_OFFSET_S = 30.0
LEAST_SHARED_S = LEAST_S
LEAST_CERTAINTY = 3.5
"""Standard errors from which both strengths agree by more than chance: two scenes seldom have more, one has 3.9 up."""
LEAST_LEAD = 0.05
"""By how much correlation the best offset has to beat any other as certain that is more than a second away."""


def align(recording: Recording, seen: View, expected_s: float = 0.0) -> tuple[float, float]:
    """How far the camera starts after the recording, s, and how well both movements agree there.

    Parameters
    ----------
    expected_s
        About how far, as the clocks have it.

    Raises
    ------
    RecordingError
        If they agree nowhere, or as well in two places.
    """
    mine, theirs = energy_of(recording.streams[0]), energy_of_view(seen)
    offsets, agreements, shared_s = correlations(mine, theirs, expected_s)
    where = f"{recording.source.name} and what the camera saw"
    if len(offsets) == 0:
        raise RecordingError(where, f"they are shorter than {LEAST_SHARED_S:g} s", "bring longer recordings")
    sure = certainty(agreements, shared_s)
    best = int(sure.argmax())
    if sure[best] < LEAST_CERTAINTY:
        raise RecordingError(
            where,
            f"their movements agree nowhere within {MOST_OFFSET_S:g} s by more than chance gives (best correlation "
            f"{agreements[best]:.2f} over {shared_s[best]:.0f} s)",
            "check that both show the same scene, that it is long enough, and that the frames a second are right",
        )
    away = (np.abs(offsets - offsets[best]) > 1.0) & (sure >= LEAST_CERTAINTY)
    if away.any() and agreements[away].max() > agreements[best] - LEAST_LEAD:
        other = offsets[away][agreements[away].argmax()]
        raise RecordingError(
            where,
            f"the movement repeats itself: offsets of {offsets[best]:.1f} and {other:.1f} s fit as well",
            "clap once at the start, or cut both to the same instant",
        )
    return float(offsets[best]), float(agreements[best])


def energy_of(stream: Stream) -> NDArray[np.float64]:
    """Strength of a sensor's movement at 20 Hz, NaN in its gaps: acceleration against its running mean."""
    acc = [stream.channels.index(c) for c in CHANNELS[:3] if c in stream.channels]
    n = max(1, int(stream.interval.duration / 1e6 * ENERGY_HZ))
    out = np.full(n, np.nan)
    for segment in stream.segments:
        samples = np.asarray(segment.samples[:], dtype=np.float64)[:, acc]
        moved = np.linalg.norm(samples - _running(samples, round(segment.rate_hz)), axis=1)
        begin = int((segment.start_us - stream.interval.start) / 1e6 * ENERGY_HZ)
        at = (np.arange(n - begin) * segment.rate_hz / ENERGY_HZ).astype(int)
        at = at[at < len(moved)]
        out[begin : begin + len(at)] = moved[at]
    return smooth(out)


def energy_of_view(seen: View) -> NDArray[np.float64]:
    """Strength of what a camera saw move, at 20 Hz."""
    if isinstance(seen, Skeleton):
        return energy_of_joints(seen)
    strength = change(seen)
    at = np.arange(int(len(strength) / seen.rate_hz * ENERGY_HZ)) * seen.rate_hz / ENERGY_HZ
    return smooth(np.interp(at, np.arange(len(strength)), strength))


def energy_of_joints(skeleton: Skeleton) -> NDArray[np.float64]:
    """Strength of a body's movement at 20 Hz: acceleration of the quarter of its joints that move most over all.

    Joints are smoothed over 0.2 s first: a centimetre of a tracker's noise is 1 g otherwise.
    """
    position = _running(skeleton.joints.astype(np.float64), max(3, round(0.2 * skeleton.rate_hz)))
    change = np.linalg.norm(np.diff(position, n=2, axis=0, prepend=position[:1], append=position[-1:]), axis=2)
    busiest = change.mean(axis=0).argsort()[-max(1, change.shape[1] // 4) :]
    strength = change[:, busiest].mean(axis=1)
    at = np.arange(int(len(strength) / skeleton.rate_hz * ENERGY_HZ)) * skeleton.rate_hz / ENERGY_HZ
    return smooth(np.interp(at, np.arange(len(strength)), strength))


def _running(x: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Mean over about ``size`` rows around each; fewer at the ends."""
    total = np.concatenate([np.zeros_like(x[:1]), np.cumsum(x, axis=0)])
    at = np.arange(len(x))
    low, high = np.maximum(at - size // 2, 0), np.minimum(at + size // 2 + 1, len(x))
    return np.asarray((total[high] - total[low]) / (high - low).reshape(-1, *[1] * (x.ndim - 1)))


def smooth(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over half a second, then the logarithm above a tenth of the usual: no single jerk shall decide."""
    size = round(0.5 * ENERGY_HZ)
    mean = np.convolve(x, np.ones(size) / size, mode="same")
    known = mean[~np.isnan(mean)]
    usual = np.median(known) if len(known) else 0.0
    return np.asarray(np.log(mean + 0.1 * (usual + 1e-9)))


def correlations(
    mine: NDArray[np.float64], theirs: NDArray[np.float64], expected_s: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Offsets within 30 s of the expected one, s, the correlation at each, and of how many seconds it is.

    It is that of what both share there outside of gaps, at least half of the shorter one.
    """
    least = max(int(LEAST_SHARED_S * ENERGY_HZ), min(len(mine), len(theirs)) // 2)
    most = int(MOST_OFFSET_S * ENERGY_HZ)
    offsets, found, shared = [], [], []
    expected = round(expected_s * ENERGY_HZ)
    for lag in range(expected - most, expected + most + 1):
        a = mine[max(0, lag) : lag + len(theirs)] if lag + len(theirs) > 0 else mine[:0]
        b = theirs[max(0, -lag) : max(0, -lag) + len(a)]
        a = a[: len(b)]
        known = ~np.isnan(a + b)
        a, b = a[known], b[known]
        if len(a) >= least and a.std() > 1e-9 and b.std() > 1e-9:
            offsets.append(lag / ENERGY_HZ)
            found.append(float(np.corrcoef(a, b)[0, 1]))
            shared.append(len(a) / ENERGY_HZ)
    return np.array(offsets), np.array(found), np.array(shared)


def certainty(agreements: NDArray[np.float64], shared_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many standard errors each correlation lies above none (Fisher's z): of few seconds a high one says little.

    A second counts as one look: the strength of movement is smoothed over half of one, and its bursts last longer.
    """
    return np.asarray(np.arctanh(np.clip(agreements, -0.999, 0.999)) * np.sqrt(np.maximum(shared_s - 3, 0)))
