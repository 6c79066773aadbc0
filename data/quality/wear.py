"""When the sensor was on a body, told by two methods that must agree.

*Movement*: a stretch of half an hour or more in which the acceleration's standard deviation stays below 13 mg and not
even breathing shows. The idea is that of van Hees et al. 2011 (PLoS ONE 6:e22922) and 2013 (PLoS ONE 8:e61691).
Differs from the papers: all axes have to be quiet, not two of three; minutes, not windows of 30 or 60 min that
overlap; and a quiet stretch counts only when breathing does not show in it, or when it is so long that no sleeper
lies as still.

*Posture*: a stretch of half an hour or more in which means over ten seconds keep within 20 mg of one another on every
axis, about one degree, and no breathing shows within those ten seconds. Van Hees et al. 2015 (PLoS ONE 10:e0142533)
tell sleep from angles that change by less than 5° in 5 min; a body at sleep turns by more than one degree sooner or
later, a table does not. Unlike the first it does not take a slow turn for breathing, nor a shaken table for a body.

What both say is not worn; what one says alone is *unsure*, save pieces of less than five minutes at the edges of what
both say, which are how far the methods can see.

Known weakness: every segment stands alone, so that a stretch on the table that gaps cut into pieces of less than half
an hour counts as worn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from data.intervals import Interval, Intervals, intersect, subtract, union
from data.quality.scan import Scan
from data.quality.tens import CELLS
from data.recording import Segment

STILL_SD_G = 0.013
STILL_SPAN_G = 0.15
SHORTEST_S = 30 * 60
BREATH_G = 0.0025
"""A body's breathing moves one-second means by more than this; a table and sensor noise do not."""
SURELY_S = 4 * 3600
"""So long without any movement nobody sleeps."""
HANDLING_S = 3 * 60
"""Movement as short as this between two stretches on the table is somebody touching the table."""
STEADY_G = 0.02
MOVING_SD_G = 0.1
"""Who trains on a machine keeps a posture too."""
EDGE_US = 5 * 60 * 1_000_000
"""Two methods that differ by less than this at an edge agree."""


@dataclass(frozen=True, slots=True)
class Wear:
    """Stretches off the body: as both methods say, and where only one does; disjoint."""

    off: Intervals
    unsure: Intervals


def wear(segment: Segment, scan: Scan) -> Wear:
    """When one segment's sensor was off the body; nothing where it is too short or has no acceleration."""
    if not scan.sd.shape[1] or segment.interval.duration < SHORTEST_S * 1_000_000:
        return Wear((), ())
    by_movement, by_posture = still(segment, scan), steady(segment, scan)
    both = intersect(by_movement, by_posture)
    either = union(by_movement, by_posture)
    edges = [i for i in subtract(either, both) if i.duration < EDGE_US and _touches(i, both)]
    off = union(both, edges)
    unsure = [i for i in subtract(either, off) if i.duration >= EDGE_US]
    return Wear(off, tuple(unsure))


def still(segment: Segment, scan: Scan) -> Intervals:
    """Stretches without movement, the first method."""
    axes = scan.sd.shape[1]
    quiet = (scan.sd < STILL_SD_G).all(axis=1) & (scan.span[:, :axes] < STILL_SPAN_G).all(axis=1)
    found: list[tuple[int, int]] = []
    for a, b in _runs(quiet):
        first, last = int(scan.edges[a]), int(scan.edges[b])
        seconds = (last - first) / segment.rate_hz
        breathless = float(np.median(scan.breath[a:b].max(axis=1))) < BREATH_G
        if seconds >= SURELY_S or (seconds >= SHORTEST_S and breathless):
            found.append((first, last))
    return _bridged(segment, found)


def steady(segment: Segment, scan: Scan) -> Intervals:
    """Stretches in one posture, the second method."""
    window = SHORTEST_S // CELLS
    mean = scan.tens.mean
    if len(mean) < window:
        return ()
    shift = -(window // 2)  # window k begins at k, where scipy's would be centred
    high = maximum_filter1d(mean, window, axis=0, origin=shift)[: len(mean) - window + 1]
    low = minimum_filter1d(mean, window, axis=0, origin=shift)[: len(mean) - window + 1]
    moved = maximum_filter1d(scan.tens.sd.max(axis=1), window, origin=shift)[: len(mean) - window + 1]
    begins = (high - low < STEADY_G).all(axis=1) & (moved < MOVING_SD_G)
    size = CELLS * max(1, round(segment.rate_hz))
    sway = np.sqrt(np.maximum(scan.tens.sd**2 - scan.tens.noise**2, 0.0)).max(axis=1)
    found = [
        (a * size, (b - 1 + window) * size)
        for a, b in _runs(begins)
        if float(np.median(sway[a : b - 1 + window])) < BREATH_G
    ]
    end = segment.n_samples
    # What is left of the last window cannot be seen; it goes with what is before it.
    return _bridged(segment, [(a, end if end - b < size else b) for a, b in found])


def _bridged(segment: Segment, found: list[tuple[int, int]]) -> Intervals:
    """Joined over handling, as instants."""
    out: list[tuple[int, int]] = []
    for first, last in found:
        if out and (first - out[-1][1]) / segment.rate_hz <= HANDLING_S:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return tuple(Interval(segment.time_us(a), segment.time_us(b)) for a, b in out)


def _runs(mask: NDArray[np.bool_] | np.bool_) -> list[tuple[int, int]]:
    turns = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, dtype=np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(turns[::2], turns[1::2], strict=True)]


def _touches(piece: Interval, spans: Intervals) -> bool:
    return any(piece.start == s.end or piece.end == s.start for s in spans)
