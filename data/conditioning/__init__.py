"""From a segment at any rate to 50 Hz with gravity along +z: exact in pieces, and never across a gap."""

from data.conditioning.condition import REACH, Aligned, Conditioned, Held, Source, condition, read_mirrored
from data.conditioning.resample import RATE_HZ, Resampled
from data.conditioning.sensor_frame import SensorFrame
from data.conditioning.shape import shape_input

__all__ = [
    "RATE_HZ",
    "REACH",
    "Aligned",
    "Conditioned",
    "Held",
    "Resampled",
    "SensorFrame",
    "Source",
    "condition",
    "read_mirrored",
    "shape_input",
]
