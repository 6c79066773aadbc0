"""What the labelling canvas is told: signal, spans, suggestions, and what others say to who may see it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.pages.edits import Open, known_names
from clinic.pages.opened import opened
from clinic.pages.sensors import ring
from clinic.pages.signals import ACC, GYRO, signal_of
from clinic.pages.strips import add_strips
from clinic.pages.suggesting import suggestions
from clinic.review.marking import (
    ROTATION,
    besides,
    classes,
    flag_ahead,
    flags_said,
    header,
    keys,
    other_said,
    voices,
)
from clinic.review.strips import days_named
from clinic.store.rows import LabelRow
from clinic.timeline.chart import Json, add_window, margin
from clinic.timeline.message import Message
from data.errors import MotionwardError
from data.intervals import Interval
from models.detectors import Detector, shipped

_MOST = 200
"""Answers that the canvas can still wait for."""


@st.cache_resource(show_spinner=False)
def detectors() -> tuple[Detector, ...]:
    """The shipped detectors, loaded once."""
    return shipped()


def phenomena(placement: str) -> list[str]:
    """What the shipped detectors look for at a place."""
    return list(dict.fromkeys(d.phenomenon for d in detectors() if placement in d.placements))


def taught(placement: str) -> list[str]:
    """Which classes that nothing is shipped for are looked for at a place in every patient."""
    names = {d.name for d in detectors()}
    of_all = dict(opened().cohort_detectors()).items()
    found = (_kept(version) for name, version in of_all if version and name not in names)
    return [d.phenomenon for d in found if placement in d.placements]


@st.cache_resource(show_spinner=False, max_entries=16)
def _kept(version: str) -> Detector:
    return opened().detector(version)


def classes_for(what: Open, *, shown: bool) -> tuple[str, ...]:
    """The classes that a sensor can be marked with, in the order of their keys.

    Parameters
    ----------
    shown
        Whether the person sees what others say: what another annotator called it is their opinion too.
    """
    code, place = what.rows.patient.code, what.stream.placement
    used = {x.label for x in opened().labels(patient=code) if shown or x.rater == what.rater}
    # A class that comes anew goes behind: the keys of those that somebody marks with already stay theirs.
    named = [x for x in opened().label_classes(code, what.rater) if x in used]
    return classes(phenomena(place), [*sorted(taught(place)), *named])


def held(name: str) -> list[tuple[str, str]]:
    """What the session remembers of the edits that were stored, or refused: their ids, and the key or the reason."""
    said: list[tuple[str, str]] = st.session_state.setdefault(name, [])
    return said


def message_for(
    what: Open, window: Interval, mine: list[LabelRow], everything: Sequence[LabelRow], *, shown: bool
) -> bytes:
    """The canvas's message for one window; to who marks blind nothing is sent that anybody else says."""
    name, clock, message = what.stream.name, what.clock, Message()
    history = opened().label_history(what.recording.id, what.rater)
    here = [x for x in mine if x.stream == name]
    able = classes_for(what, shown=shown)
    key_of = keys(history)
    head = header(what.key, window, what.stream.interval, clock, able, here, key_of)
    spans = [s for s in what.rows.spans if (s.recording, s.stream) == (what.recording.id, name)]
    found, why_none = suggestions(what, mine, shown=shown)
    beside = besides(what.stream.channels, name, [s.name for s in what.recording.streams])
    head |= {
        "besides": beside,
        "beside": [],
        "spans": {
            k: [[s.interval.start, s.interval.end] for s in spans if s.kind == k.replace("_", " ")]
            for k in ("not_worn", "gap")
        },
        "shown": shown,
        "others": [],
        "voices": [],
        "flags": [],
        "ahead": None,
        "next": [[s.interval.start, s.interval.end, s.why] for s in found],
        "whyNone": why_none,
        "strips": add_strips(message, what, window),
        "named": known_names(opened(), what.rater),
        "days": [list(day) for day in days_named(what.stream.interval, clock)],
        "stream": name,
        "sensors": len(ring(what, window)),
        "applied": held("label applied")[-_MOST:],
        "refused": held("label refused")[-_MOST:],
        "order": st.session_state.get("label order", 0),
        "chosen": key_of.get(st.session_state.get("label chosen", "")),
        "window": None,
        "error": None,
    }
    if shown:
        # Read anew: an answer has given a flag its verdict. Those of a week would be too many to send each time.
        near = margin(window, what.stream.interval)
        flags = [e for e in opened().episodes(recording=what.recording.id) if e.stream == name]
        close = [e for e in flags if e.interval.overlaps(near)]
        theirs = [x for x in everything if x.stream == name and x.rater != what.rater]
        ahead = flag_ahead(flags, window.end)
        head |= {
            "others": other_said([x for x in theirs if x.interval.overlaps(near)], close),
            "voices": voices(theirs),
            "flags": flags_said(close),
            "ahead": flags_said([ahead])[0] if ahead else None,
        }
    try:
        signal = signal_of([what.recording], name, window, what.stream.interval)
        head["window"] = add_window(message, signal.wide, signal.letters, signal.spectrum, (), is_raw=signal.is_raw)
        asked = st.session_state.get("beside", ())
        head["beside"] = [_beside(message, what, window, one) for one in beside if one in asked]
    except (MotionwardError, OSError) as error:
        head["error"] = f"The signal cannot be read: {error}"
    return message.pack(head)


def _beside(message: Message, what: Open, window: Interval, name: str) -> Json:
    """Another sensor, or the rotation of the open one, in the same window."""
    is_turning = name == ROTATION
    stream, wanted = (what.stream.name, GYRO) if is_turning else (name, ACC)
    signal = signal_of([what.recording], stream, window, what.stream.interval, wanted)
    shown = add_window(message, signal.wide, signal.letters, None, (), is_raw=signal.is_raw)
    return {"name": name, "window": shown | {"unit": "°/s" if is_turning else "g"}}
