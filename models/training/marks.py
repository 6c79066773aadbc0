"""What is known of each half second, by phenomenon: raters' marks, or what a publisher says of a whole recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.conditioning import condition
from data.datasets.common import NOT_ANNOTATED
from data.grid import HOP_US, half_seconds
from data.intervals import Interval, Intervals, overlap_fraction, runs_of, subtract, union
from data.phenomena import FALL, FREEZING, TREMOR
from data.recording import CHANNELS, Recording, Stream
from models.features import NAMES, features

PEAK_HZ = (3.5, 7.5)
NARROW, BROAD = 0.5, 0.3
"""Rest tremor holds half of the power of an axis within half a hertz of a peak; less than BROAD is none."""
ABOUT_IMPACT_US = 1_000_000
"""A fall is marked from so long before its hardest impact to as long after it."""
CONTROLS: dict[str, tuple[str, ...]] = {FREEZING: ("sisfall", "umafall"), FALL: (), TREMOR: ("umafall", "weda-fall")}
"""Sets in which nobody has the phenomenon, by phenomenon: their people show what everyday activities look like."""


def labelled(
    recording: Recording, stream: Stream, phenomenon: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_], Intervals]:
    """Share of each half second that is marked, where that is known, and the marks.

    Nobody marked tremor: it is where an axis of a hand of somebody with Parkinson's disease has a narrow peak; where
    the peak is neither narrow nor broad nobody judges, and whoever has no such disease has none.

    Publishers call a whole recording a fall: it is marked about its hardest impact, what comes before is none, and
    what comes after (lying, being helped up) is not judged.

    Raises
    ------
    ValueError
        If nobody knows how to mark the phenomenon.
    """
    if phenomenon not in CONTROLS:
        raise ValueError(f"no marks of {phenomenon!r}; there are those of {', '.join(CONTROLS)}")
    starts = half_seconds(stream).start_us
    if phenomenon == FREEZING:
        marks = union([a.interval for a in recording.annotations if a.label == FREEZING])
        blank = union([a.interval for a in recording.annotations if a.label == NOT_ANNOTATED])
    elif phenomenon == TREMOR:
        marks, blank = _narrow_peaks(recording, stream)
    else:
        falls = any(a.label == FALL for a in recording.annotations)
        marks = (_about_impact(stream),) if falls else ()
        blank = tuple(Interval(m.end, max(m.end, stream.interval.end)) for m in marks)
    share = overlap_fraction(starts, HOP_US, marks).astype(np.float32)
    return share, overlap_fraction(starts, HOP_US, blank) == 0, marks


def _narrow_peaks(recording: Recording, stream: Stream) -> tuple[Intervals, Intervals]:
    """Where tremor is, and where it might be."""
    if all(a.label != "parkinson" for a in recording.annotations):
        return (), ()
    (segment,) = stream.segments
    source = condition(segment, stream.channels, CHANNELS[:3])
    seen = features(source, 0, source.n_cells)
    share = np.zeros(len(seen))
    for axis in ("a_v", "a_x", "a_y"):
        hz, of_power = (seen[:, NAMES.index(f"{axis}_{what}")] for what in ("peak_hz", "peak_share"))
        share = np.maximum(share, np.where((hz > PEAK_HZ[0]) & (hz < PEAK_HZ[1]), of_power, 0.0))
    starts = half_seconds(stream).start_us
    found = runs_of(share >= NARROW, starts, HOP_US)
    return found, subtract(runs_of(share >= BROAD, starts, HOP_US), found)


def _about_impact(stream: Stream) -> Interval:
    (segment,) = stream.segments
    acc = segment.samples[0 : segment.n_samples][:, [stream.channels.index(c) for c in CHANNELS[:3]]]
    hardest = segment.time_us(int(np.argmax(np.linalg.norm(acc, axis=1))))
    within = segment.interval
    return Interval(max(within.start, hardest - ABOUT_IMPACT_US), min(within.end, hardest + ABOUT_IMPACT_US))
