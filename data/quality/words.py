"""Durations and channels in words."""

from __future__ import annotations


def axis_words(channel: str) -> str:
    """``The x axis of the accelerometer``."""
    kind, axis = channel.split("_")
    return f"The {axis} axis of the {'gyroscope' if kind == 'gyro' else 'accelerometer'}"


def words(duration_us: int) -> str:
    """``5 h 20 min``, ``12 min``, ``24 s``, ``0.4 s``."""
    seconds = duration_us / 1e6
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
