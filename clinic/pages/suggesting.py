"""What to label next, from the vectors that are stored: nothing is encoded while somebody waits for a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from clinic.in_use import of_recording, settings_of
from clinic.pages.edits import Open
from clinic.pages.opened import home, opened
from clinic.pages.opened import recording as recording_of
from clinic.review.suggest import Stretches, Suggestion, alike, apart, doubt, informative, stretches
from clinic.store.rows import LabelRow
from clinic.timeline.lane import UNSURE
from data.errors import MotionwardError
from data.intervals import Intervals, union
from data.labels import ALL
from data.recording import Stream
from models.detectors import Detector, shipped
from models.embedding import Embeddings

MOST, LIKE = 3, 2
"""So many suggestions to learn most from, and so many that look like the newest marks."""
NONE_STORED = "no detector has read this sensor yet: mark an episode and press “Adapt and compare”"
_OFTEN = 3


class _NotStoredError(MotionwardError):
    """Vectors would have to be made."""


def suggestions(what: Open, mine: Sequence[LabelRow], *, shown: bool) -> tuple[tuple[Suggestion, ...], str]:
    """What to label next on this sensor, and why there is nothing where there is nothing.

    Parameters
    ----------
    mine
        The person's labels of this recording that stand.
    shown
        Whether the person sees the detector; if not, nothing that it said is read.
    """
    here = [x for x in mine if x.stream == what.stream.name]
    key = (what.key, shown, tuple((x.id, x.interval, x.label) for x in here))
    held: tuple[object, tuple[tuple[Suggestion, ...], str]] | None = st.session_state.get("suggested")
    if held is None or held[0] != key:
        held = (key, _suggestions(what, here, shown=shown))
        st.session_state["suggested"] = held
    return held[1]


def _suggestions(what: Open, here: Sequence[LabelRow], *, shown: bool) -> tuple[tuple[Suggestion, ...], str]:
    try:
        all_ = _stretches(str(home().root), what.recording.id, what.stream.name, _judged(what))
    except _NotStoredError:
        return (), NONE_STORED
    if not len(all_.start_us):
        return (), "nowhere was this sensor worn and its signal sound for 5 s"
    marked = [(x.interval, x.label) for x in here]
    wanted = informative(all_, marked, MOST, _doubts(what, all_) if shown else None)
    classes = [x for x in here if not x.label.startswith(ALL)]
    if classes:
        newest = max(classes, key=lambda x: (x.made_us, x.seq)).label
        wanted += alike(all_, marked, newest, LIKE + MOST)
    found = apart(wanted)[: MOST + LIKE]
    return found, "" if found else "all that can be suggested is marked"


@st.cache_resource(show_spinner=False, max_entries=_OFTEN)
def _stretches(root: str, recording: str, stream: str, within: Intervals) -> Stretches:  # noqa: ARG001  root is the key
    store = opened()
    refusing = store.remembering(recording, _refuse, settings_of(store, recording).number_format)
    signal = recording_of(recording).stream(stream)
    for detector in sorted(shipped(), key=lambda d: signal.placement not in d.placements):  # those of the place first
        try:
            return stretches(refusing(signal, detector), detector, within)
        except _NotStoredError:
            continue
    raise _NotStoredError


def _refuse(_stream: Stream, _detector: Detector) -> Embeddings:
    raise _NotStoredError


def _judged(what: Open) -> Intervals:
    """What some detector judged, or was unsure of; all that was worn where none serves the sensor."""
    mine = [s for s in what.rows.spans if (s.recording, s.stream) == (what.recording.id, what.stream.name)]
    judged = union(s.interval for s in mine if s.kind in ("flagged", "clear") or s.reason == UNSURE)
    return judged or union(s.interval for s in mine if s.kind == "worn")


def _doubts(what: Open, all_: Stretches) -> NDArray[np.float64] | None:
    """How undecided the detector that is least so is of each stretch; None where none judged."""
    run = next((r for r in what.rows.runs if r.recording == what.recording.id), None)
    if run is None:
        return None
    store, limits, found = opened(), what.stream.interval, []
    rate = settings_of(store, what.recording.id).false_alarms_per_hour
    for d in of_recording(store, what.recording.id):
        if what.stream.placement in d.placements and d.version in {x["version"] for x in run.manifest["detectors"]}:
            s = store.scores(run.id, what.stream.name, d.phenomenon, limits.start, limits.end)
            starts, p, valid = (s[name] for name in ("start_us", "probability", "valid"))
            found.append(
                doubt(
                    all_, starts.astype(np.int64), p.astype(np.float32), valid.astype(np.bool_),
                    d.at_false_alarms(rate).threshold,
                )
            )  # fmt: skip
    return np.max(found, axis=0) if found else None
