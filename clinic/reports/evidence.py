"""What the flags on a report stand on, read from the store: raw signal, probability with its band, examples, sensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clinic.grounds import grounds_of
from clinic.reports.content import Evidence, Shown
from clinic.store import Store
from clinic.store.rows import DoseRow, EpisodeRow, FindingRow, PatientRow, RunRow
from clinic.timeline.chart import band_at_peak
from clinic.timeline.clock import WallClock, length
from clinic.timeline.evidence import before_span, facts, spectrum
from clinic.timeline.lane import UNSURE
from clinic.timeline.window import around, thinned
from data.intervals import Interval

SPAN_US = 20_000_000
"""Of the signal that is drawn about a flag."""
_POINTS = 400
_LEAST_G = 0.2
"""Height of an axis, at the least: noise is not drawn as movement."""


def evidence_from(
    store: Store, patient: PatientRow, runs: Sequence[RunRow], findings: Sequence[FindingRow]
) -> Evidence:
    """Gives what each of some flags of a patient stands on; the runs are the present ones."""
    run_of = {r.recording: r for r in runs}

    def of(episodes: Sequence[EpisodeRow], clock: WallClock, doses: Sequence[DoseRow]) -> tuple[Shown, ...]:
        return tuple(_shown(store, patient, run_of[e.recording], findings, e, clock, doses) for e in episodes)

    return of


def _shown(
    store: Store,
    patient: PatientRow,
    run: RunRow,
    findings: Sequence[FindingRow],
    e: EpisodeRow,
    clock: WallClock,
    doses: Sequence[DoseRow],
) -> Shown:
    recording = store.recording(e.recording)
    stream = recording.stream(e.stream)
    view = around(e.interval, SPAN_US)
    axes = [k for k, name in enumerate(stream.channels) if name.startswith("acc_")]
    pieces = [(at, hz, x[:, axes]) for at, hz, x in stream.pieces(view.start, view.end)]
    scores = store.scores(run.id, e.stream, e.phenomenon, e.interval.start, e.interval.end)
    chance = np.where(scores["valid"], scores["probability"], np.float32("nan")).astype(np.float32)
    band = band_at_peak(
        np.asarray(scores["start_us"], dtype=np.int64), chance, scores["lower"].astype(np.float32),
        scores["upper"].astype(np.float32), inside=e.interval,
    )  # fmt: skip
    every = range(len(axes))
    lines = facts(
        e,
        band=band,
        inside=spectrum(pieces, every, e.interval),
        before=spectrum(pieces, every, before_span(e.interval)),
        doses=doses,
        findings=[f for f in findings if f.recording == e.recording and f.stream in ("", e.stream)],
        clock=clock,
        grounds=grounds_of(store, run, recording, e, clock),
        zone=patient.zone,
    )
    start = clock.time(e.interval.start)
    when = f"{clock.day(e.interval.start)} {start}" if clock.has_date else start
    unsure = ", unsure, not counted" if e.certainty == UNSURE else ""
    verdict = (("Reviewed", f"{e.verdict}, {e.reviewer}" if e.verdict else "not yet"),)
    title = f"{when}, {length(e.interval.duration)}{unsure}"
    inside = tuple(min(1.0, max(0.0, (at - view.start) / view.duration)) for at in (e.interval.start, e.interval.end))
    return Shown(title, (*lines, *verdict), tuple(_axis(pieces, k, view) for k in every), (inside[0], inside[1]))


def _axis(
    pieces: Sequence[tuple[int, float, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]], axis: int, view: Interval
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """One axis as points in a box from 0 to 1, a line for each piece without a gap."""
    series = thinned(pieces, axis, view, _POINTS)
    values = np.concatenate([s.values for s in series]) if series else np.zeros(0, dtype=np.float32)
    if not len(values):
        return ()
    middle, height = (float(values.max()) + float(values.min())) / 2, max(_LEAST_G, float(np.ptp(values)))
    return tuple(
        tuple(
            ((s.start_us + k * s.step_us - view.start) / view.duration, 0.5 + 0.92 * (float(v) - middle) / height)
            for k, v in enumerate(s.values)
        )
        for s in series
    )
