"""The same instant in the next sensor, in whichever recording of the patient it is held."""

from __future__ import annotations

import streamlit as st

from clinic.pages.edits import Open
from clinic.timeline.together import Sensor, sensors_at
from data.intervals import Interval

_SET_OUT = "label window set out with"


def within(window: Interval, limits: Interval) -> Interval:
    """The part of a window that a sensor holds."""
    return Interval(max(limits.start, window.start), min(limits.end, window.end))


def ring(what: Open, window: Interval) -> tuple[Sensor, ...]:
    """The sensors that hold the middle of the window, the open one among them, in the order in which one goes round."""
    whole = _whole(what, window)
    here = (what.recording.id, what.stream.name)
    return sensors_at(what.rows.recordings, here, (whole.start + whole.end) // 2)


def go_on(what: Open, window: Interval) -> bool:
    """Make the address name the next sensor at the same window; whether there is another one."""
    sensors, here, whole = ring(what, window), (what.recording.id, what.stream.name), _whole(what, window)
    if len(sensors) < 2:
        return False
    st.session_state[_SET_OUT] = whole
    st.query_params["recording"], st.query_params["stream"] = sensors[(sensors.index(here) + 1) % len(sensors)]
    st.query_params["from"], st.query_params["to"] = str(whole.start), str(whole.end)
    return True


def _whole(what: Open, window: Interval) -> Interval:
    """The window that somebody set out with, where the open sensor holds a part of it and nobody has moved since."""
    held: Interval | None = st.session_state.get(_SET_OUT)
    limits = what.stream.interval
    return held if held is not None and held.overlaps(limits) and within(held, limits) == window else window
