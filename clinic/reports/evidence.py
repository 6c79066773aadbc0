"""What the flags on a report stand on: raw signal, probability with its band, examples, sensor.

Read from the store, or taken from the analysis of a file that is in none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clinic.analysis import Analysis
from clinic.grounds import grounds_in_file, grounds_of
from clinic.reports.content import Evidence, Shown
from clinic.reports.material import material_of
from clinic.store import Store
from clinic.store.rows import DoseRow, EpisodeRow, FindingRow, PatientRow, RunRow
from clinic.timeline.chart import band_at_peak
from clinic.timeline.clock import WallClock, length
from clinic.timeline.evidence import MEDICATION, Grounds, before_span, facts, spectrum
from clinic.timeline.lane import UNSURE
from clinic.timeline.window import around, thinned
from data.intervals import Interval
from data.recording import Recording

if TYPE_CHECKING:
    from models.detectors import Detector
    from models.embedding import Embeddings

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

    def shown(e: EpisodeRow, clock: WallClock, doses: Sequence[DoseRow]) -> Shown:
        run, recording = run_of[e.recording], store.recording(e.recording)
        scores = store.scores(run.id, e.stream, e.phenomenon, e.interval.start, e.interval.end)
        band = band_at_peak(
            np.asarray(scores["start_us"], dtype=np.int64), _told(scores["probability"], scores["valid"]),
            scores["lower"].astype(np.float32), scores["upper"].astype(np.float32), inside=e.interval,
        )  # fmt: skip
        grounds = grounds_of(store, run, recording, e, clock)
        reviewed = ("Reviewed", f"{e.verdict}, {e.reviewer}" if e.verdict else "not yet")
        return _shown(recording, e, clock, doses, findings, band, grounds, patient.zone, reviewed)

    return lambda episodes, clock, doses: tuple(shown(e, clock, doses) for e in episodes)


def evidence_in_file(
    recording: Recording,
    analysis: Analysis,
    detectors: Sequence[Detector],
    seen: Mapping[tuple[str, str], Embeddings],
) -> Evidence:
    """The same of a file that was never stored; nothing of it is reviewed.

    Parameters
    ----------
    detectors
        Those that were used.
    seen
        The vectors that the taught ones of them read, by stream and version (:func:`clinic.grounds.keeping`).
    """
    findings = material_of(recording, analysis).findings

    def shown(e: EpisodeRow, clock: WallClock, doses: Sequence[DoseRow]) -> Shown:
        scores = next(j.scores for j in analysis.judgements if (j.stream, j.phenomenon) == (e.stream, e.phenomenon))
        chance = _told(scores.probability, scores.valid)
        band = band_at_peak(scores.grid.start_us, chance, scores.lower, scores.upper, inside=e.interval)
        grounds = grounds_in_file(detectors, recording, e, clock, seen.get((e.stream, e.detector)))
        found = _shown(recording, e, clock, doses, findings, band, grounds, recording.zone)
        return replace(found, facts=tuple(f for f in found.facts if f[0] != MEDICATION))  # no dose can be entered here

    return lambda episodes, clock, doses: tuple(shown(e, clock, doses) for e in episodes)


def _told(probability: NDArray[np.generic], valid: NDArray[np.generic]) -> NDArray[np.float32]:
    return np.where(valid, probability, np.float32("nan")).astype(np.float32)


def _shown(
    recording: Recording,
    e: EpisodeRow,
    clock: WallClock,
    doses: Sequence[DoseRow],
    findings: Sequence[FindingRow],
    band: tuple[float, float] | None,
    grounds: Grounds | None,
    zone: str | None,
    *more: tuple[str, str],
) -> Shown:
    """``more`` are lines behind those of the card."""
    stream = recording.stream(e.stream)
    view = around(e.interval, SPAN_US)
    axes = [k for k, name in enumerate(stream.channels) if name.startswith("acc_")]
    pieces = [(at, hz, x[:, axes]) for at, hz, x in stream.pieces(view.start, view.end)]
    every = range(len(axes))
    lines = facts(
        e,
        band=band,
        inside=spectrum(pieces, every, e.interval),
        before=spectrum(pieces, every, before_span(e.interval)),
        doses=doses,
        findings=[f for f in findings if f.recording == e.recording and f.stream in ("", e.stream)],
        clock=clock,
        grounds=grounds,
        zone=zone,
    )
    start = clock.time(e.interval.start)
    when = f"{clock.day(e.interval.start)} {start}" if clock.has_date else start
    unsure = ", unsure, not counted" if e.certainty == UNSURE else ""
    title = f"{when}, {length(e.interval.duration)}{unsure}"
    inside = tuple(min(1.0, max(0.0, (at - view.start) / view.duration)) for at in (e.interval.start, e.interval.end))
    return Shown(title, (*lines, *more), tuple(_axis(pieces, k, view) for k in every), (inside[0], inside[1]))


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
