"""What resting and walking tell of a sensor: its calibration, its noise, which way up it sat; in numbers and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.quality.autocalibration import Autocalibration, autocalibrate
from data.quality.orientation import up
from data.quality.scan import Scan
from data.quality.types import Measures
from data.recording import Stream

LEAST_REST = 3
"""Half a minute at rest, in windows of ten seconds, says how large the noise is."""
LONG_US = 3600 * 1_000_000
"""From an hour on, that calibration was refused is worth a line."""


def measures(stream: Stream, scans: Sequence[Scan]) -> Measures:
    """Calibration, noise and direction of one stream."""
    axes = [c for c in stream.channels if c.startswith("acc")]
    if len(axes) != 3:
        return Measures(None, None, None)
    at_rest = [s.tens.at_rest for s in scans]
    means = np.concatenate([s.tens.mean[r] for s, r in zip(scans, at_rest, strict=True)])
    noise = np.concatenate([s.tens.noise[r] for s, r in zip(scans, at_rest, strict=True)])
    floor = tuple(float(1000 * n) for n in np.median(noise, axis=0)) if len(noise) >= LEAST_REST else None
    return Measures(autocalibrate(means), floor, up(stream, scans))


def calibration_words(found: Autocalibration) -> str:
    """One sentence for a person."""
    if found.error_before_mg is None:
        return f"Gravity could not be checked: {found.refused}."
    before = f"At rest gravity is {found.error_before_mg:.0f} mg off on average"
    if found.refused is not None:
        return f"{before}; it could not be calibrated, because {found.refused}."
    return (
        f"{before}; an offset and a scale for each axis would leave {found.error_after_mg:.0f} mg. "
        "They are only reported: the signal is analysed as it was recorded."
    )
