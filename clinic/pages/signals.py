"""The signals that a view asks for, read from the store and put into the canvas's one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from clinic.grounds import grounds_of
from clinic.pages.opened import PatientRows, head_key, home, opened
from clinic.pages.opened import pieces as pieces_of
from clinic.pages.opened import recording as recording_of
from clinic.store.rows import EpisodeRow, RecordingRow
from clinic.timeline.chart import Chart, Json, View, add_overview, add_window, band_at_peak, header, margin
from clinic.timeline.clock import HOUR_US, MINUTE_US, SECOND_US
from clinic.timeline.day import Overview, overview
from clinic.timeline.evidence import Grounds, before_span, facts, spectrum
from clinic.timeline.message import Message
from clinic.timeline.window import RAW_BELOW_US, Curve, Series, Spectrogram, curves, envelope, spectrogram, thinned
from data.errors import MotionwardError
from data.intervals import Interval
from data.recording import CHANNELS

COLUMNS = 720
"""Of a whole day on the screen."""
POINTS = 2200
"""Of a window and its margins."""
ACC, GYRO = CHANNELS[:3], CHANNELS[3:]
_FINE_BELOW_US = 3 * HOUR_US
_SECONDS_BELOW_US = 6 * HOUR_US
Instants = NDArray[np.int64]
Floats = NDArray[np.float32]
Piece = tuple[int, float, Floats]


@dataclass(frozen=True, slots=True)
class HalfSeconds:
    """Scores of a span, ``(n,)`` each; ``probability`` is NaN where nothing was judged."""

    start_us: Instants
    probability: Floats
    lower: Floats
    upper: Floats
    valid: NDArray[np.bool_]


def message_for(
    chart: Chart,
    rows: PatientRows,
    recordings: Sequence[RecordingRow],
    view: View,
    *,
    applied: Sequence[str] = (),
    order: int = 0,
    problem: str | None = None,
) -> bytes:
    """The canvas's message for one view; what cannot be read is said on the canvas, the rest is shown.

    Parameters
    ----------
    applied
        Ids of the edits that are stored.
    order
        Counts the times the page itself chose a view.
    problem
        What went wrong before, in a sentence.
    """
    message = Message()
    head = {**_standing(head_key(), chart.key, chart), "view": view.json, "applied": list(applied)}
    head["order"], head["error"] = order, problem
    try:
        if 0 <= view.day < len(chart.parts.now):
            shown = _overview(str(home().root), chart.key, view.day, (chart, rows, recordings))
            head["overview"] = add_overview(message, view.day, shown)
        if view.window is not None:
            head["window"], head["card"] = _window(message, chart, rows, recordings, view)
    except (MotionwardError, OSError) as error:
        head["error"] = f"The signal cannot be read: {error}"
    return message.pack(head)


# With thousands of flags most of the header's work is in what no view changes.
@st.cache_resource(show_spinner=False, max_entries=8)
def _standing(head: str, key: str, _chart: Chart) -> Json:  # noqa: ARG001  head and key name the rows
    return header(_chart, View(-1, None, None))


def _sites(recordings: Sequence[RecordingRow], stream: str, span: Interval) -> list[RecordingRow]:
    return [r for r in recordings if any(s.name == stream and s.interval.overlaps(span) for s in r.streams)]


_Asked = tuple[Chart, PatientRows, Sequence[RecordingRow]]


# Root and key name the runs, and a run never changes.
@st.cache_resource(show_spinner=False, max_entries=128)
def _overview(root: str, key: str, day: int, _asked: _Asked) -> Overview:  # noqa: ARG001  see above
    chart, rows, recordings = _asked
    row = chart.parts.now[day]
    span = row.day.interval
    is_short = (row.lane.span or span).duration <= _FINE_BELOW_US
    moves, chances = [], []
    for r in _sites(recordings, chart.lane.stream, span):
        found = _summary(r, chart.lane.stream, "second" if is_short else "minute", span)
        moves.append((_instants(found, "start_us"), _floats(found, "movement")))
        scores = _scores(rows, r, chart, span)
        if scores is not None:
            chances.append((scores.start_us, scores.probability))
    # A short recording fills the axis, so the columns of its day must be fine: five seconds.
    columns = span.duration // (5 * SECOND_US) if is_short else COLUMNS
    return overview(span, columns, _joined(moves), _joined(chances))


@dataclass(frozen=True, slots=True)
class Shown:
    """The signal of a window and its margins.

    Parameters
    ----------
    letters
        ``x``, ``y``, ``z`` with the series of each.
    pieces
        Raw samples; none where summaries are shown.
    """

    wide: Interval
    letters: tuple[tuple[str, list[Series]], ...]
    pieces: list[Piece]
    is_raw: bool

    @property
    def spectrum(self) -> Spectrogram | None:
        """Of the raw samples; None where there are none."""
        return spectrogram(self.pieces, self.axes, self.wide) if len(self.axes) else None

    @property
    def axes(self) -> range:
        """Columns of the acceleration in each piece."""
        return range(self.pieces[0][2].shape[1]) if self.pieces else range(0)


def signal_of(
    recordings: Sequence[RecordingRow],
    stream: str,
    window: Interval,
    limits: Interval,
    wanted: tuple[str, ...] = ACC,
) -> Shown:
    """Channels of a stream in a window, acceleration unless told: raw of a short one, summaries of a long one."""
    wide, is_raw = margin(window, limits), window.duration <= RAW_BELOW_US
    channels: dict[str, list[Series]] = {name: [] for name in wanted}
    pieces: list[Piece] = []
    for r in _sites(recordings, stream, wide):
        names = next(s.channels for s in r.streams if s.name == stream)
        present = [a for a in wanted if a in names]
        if is_raw:
            columns = [names.index(a) for a in present]
            found = [(t, hz, x[:, columns]) for t, hz, x in pieces_of(r.id, stream, wide.start, wide.end)]
            pieces += found
            for k, name in enumerate(present):
                channels[name] += thinned(found, k, wide, POINTS)
        else:
            fine = window.duration <= _SECONDS_BELOW_US
            table = _summary(r, stream, "second" if fine else "minute", wide)
            at, step_us = _instants(table, "start_us"), SECOND_US if fine else MINUTE_US
            for name in present:
                channels[name] += envelope(at, _floats(table, f"{name}_min"), _floats(table, f"{name}_max"), step_us)
    return Shown(wide, tuple((name[-1], channels[name]) for name in wanted), pieces, is_raw)


def _window(
    message: Message, chart: Chart, rows: PatientRows, recordings: Sequence[RecordingRow], view: View
) -> tuple[Json, Json | None]:
    shown = signal_of(recordings, chart.lane.stream, cast("Interval", view.window), chart.span)
    chances: list[Curve] = []
    bands: list[HalfSeconds] = []
    for r in _sites(recordings, chart.lane.stream, shown.wide):
        s = _scores(rows, r, chart, shown.wide)
        if s is not None:
            bands.append(s)
            chances += curves(s.start_us, probability=s.probability, lower=s.lower, upper=s.upper, valid=s.valid)
    body = add_window(message, shown.wide, shown.letters, shown.spectrum, chances, is_raw=shown.is_raw)
    return body, _card(chart, rows, view, shown, bands)


def _card(chart: Chart, rows: PatientRows, view: View, shown: Shown, bands: Sequence[HalfSeconds]) -> Json | None:
    e = next((e for e in chart.lane.episodes if e.id == view.episode), None)
    if e is None:
        return None
    found = (band_at_peak(s.start_us, s.probability, s.lower, s.upper, inside=e.interval) for s in bands)
    lines = facts(
        e,
        band=next((b for b in found if b is not None), None),
        inside=spectrum(shown.pieces, shown.axes, e.interval),
        before=spectrum(shown.pieces, shown.axes, before_span(e.interval)),
        doses=chart.doses,
        findings=[f for f in rows.findings if f.recording == e.recording and f.stream in ("", e.stream)],
        clock=chart.clock,
        grounds=_grounds(str(home().root), e.id, (chart, rows, e)),
        zone=rows.patient.zone,
    )
    return {"episode": e.id, "facts": [list(x) for x in lines]}


# An episode's id names its run, and a run never changes.
@st.cache_resource(show_spinner=False, max_entries=256)
def _grounds(root: str, episode: str, _asked: tuple[Chart, PatientRows, EpisodeRow]) -> Grounds | None:  # noqa: ARG001  see above
    chart, rows, e = _asked
    run = next((r for r in rows.runs if r.recording == e.recording), None)
    return grounds_of(opened(), run, recording_of(e.recording), e, chart.clock) if run else None


def _scores(rows: PatientRows, recording: RecordingRow, chart: Chart, span: Interval) -> HalfSeconds | None:
    run = next((r for r in rows.runs if r.recording == recording.id), None)
    if run is None:
        return None
    found = opened().scores(run.id, chart.lane.stream, chart.lane.phenomenon, span.start, span.end)
    valid = cast("NDArray[np.bool_]", found["valid"])
    probability = np.where(valid, _floats(found, "probability"), np.float32("nan"))
    return HalfSeconds(
        _instants(found, "start_us"), probability, _floats(found, "lower"), _floats(found, "upper"), valid
    )


def _summary(recording: RecordingRow, stream: str, level: str, span: Interval) -> Mapping[str, NDArray[np.generic]]:
    return opened().summary(recording.id, stream, level, span.start, span.end)


def _joined(parts: Sequence[tuple[Instants, Floats]]) -> tuple[Instants, Floats]:
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    at = np.concatenate([p[0] for p in parts])
    order = np.argsort(at, kind="stable")
    return at[order], np.concatenate([p[1] for p in parts])[order].astype(np.float32)


def _instants(table: Mapping[str, NDArray[np.generic]], name: str) -> Instants:
    return table[name].astype(np.int64)


def _floats(table: Mapping[str, NDArray[np.generic]], name: str) -> Floats:
    return table[name].astype(np.float32)
