"""When the sensor was on a body: long stretches without the least movement are not worn.

The idea is that of van Hees et al. 2011 (PLoS ONE 6:e22922) and 2013 (PLoS ONE 8:e61691): a
window in which the acceleration's standard deviation stays below 13 mg is not worn. Differs
from the papers: all axes have to be quiet, not two of three; minutes, not windows of 30 or
60 min that overlap; and a quiet stretch counts only when not even breathing shows in it, or
when it is so long that no sleeper lies as still.

Known weakness: every segment stands alone, so that a stretch on the table that gaps cut
into pieces of less than half an hour counts as worn.
"""

from __future__ import annotations

import numpy as np

from data.intervals import Interval, Intervals
from data.quality.scan import Scan
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


def not_worn(segment: Segment, scan: Scan) -> Intervals:
    """Stretches of one segment in which the sensor lay somewhere off the body.

    Returns
    -------
    Intervals inside the segment; empty for a segment shorter than half an hour or
    without acceleration.
    """
    if not scan.sd.shape[1] or segment.interval.duration < SHORTEST_S * 1_000_000:
        return ()
    axes = scan.sd.shape[1]
    still = (scan.sd < STILL_SD_G).all(axis=1) & (scan.span[:, :axes] < STILL_SPAN_G).all(axis=1)
    turns = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(np.int8), [0]])))
    found: list[tuple[int, int]] = []
    for a, b in zip(turns[::2], turns[1::2], strict=True):
        first, last = int(scan.edges[a]), int(scan.edges[b])
        seconds = (last - first) / segment.rate_hz
        breathless = float(np.median(scan.breath[a:b].max(axis=1))) < BREATH_G
        if seconds >= SURELY_S or (seconds >= SHORTEST_S and breathless):
            if found and (first - found[-1][1]) / segment.rate_hz <= HANDLING_S:
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
    return tuple(Interval(segment.time_us(a), segment.time_us(b)) for a, b in found)
