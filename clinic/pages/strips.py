"""The strips of the labelling canvas: how much the sensor moved over all of the recording, and over the open day."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from clinic.pages.edits import Open
from clinic.pages.opened import home, opened
from clinic.review.strips import strips
from clinic.timeline.chart import Json
from clinic.timeline.clock import HOUR_US
from clinic.timeline.day import columns_max
from clinic.timeline.message import Message
from data.errors import MotionwardError
from data.intervals import Interval

COLUMNS = 672
_FINE_BELOW_US = 3 * HOUR_US


def add_strips(message: Message, what: Open, window: Interval) -> list[Json]:
    """The ``strips`` entry of the header; one whose movement cannot be read is drawn without."""
    found = []
    for strip in strips(what.stream.interval, window, what.clock):
        moved = _movement(str(home().root), what.recording.id, what.stream.name, strip.interval)
        held = moved[~np.isnan(moved)]
        found.append(
            {
                "name": strip.name,
                "from": strip.interval.start,
                "to": strip.interval.end,
                "ticks": [list(t) for t in strip.ticks],
                "movement": message.add(moved),
                "top": float(np.percentile(held, 99)) if len(held) else 1.0,
            }
        )
    return found


# A stored recording never changes.
@st.cache_resource(show_spinner=False, max_entries=64)
def _movement(root: str, recording: str, stream: str, span: Interval) -> NDArray[np.float32]:  # noqa: ARG001  root is the key
    fine = span.duration <= _FINE_BELOW_US
    try:
        told = opened().summary(recording, stream, "second" if fine else "minute", span.start, span.end)
    except (MotionwardError, OSError):
        return np.full(COLUMNS, np.nan, dtype=np.float32)
    at, moved = told["start_us"].astype(np.int64), told["movement"].astype(np.float32)
    return columns_max(at, moved, span, min(COLUMNS, max(1, len(at))))
