"""Rows made by hand for the tests of the timeline: a week of which every number is known."""

from __future__ import annotations

from clinic.store.rows import DoseRow, EpisodeRow, PatientRow, RecordingRow, SpanRow, StreamRow
from clinic.timeline.clock import DAY_US, HOUR_US, SECOND_US
from data.intervals import Interval

MONDAY_US = 1_772_409_600_000_000  # Monday 2 March 2026, 00:00 UTC
FOG = "freezing of gait"


def hours(day: int, start: float, end: float) -> Interval:
    base = MONDAY_US + day * DAY_US
    return Interval(base + round(start * HOUR_US), base + round(end * HOUR_US))


def span(kind: str, interval: Interval, *, reason: str = "", stream: str = "lower-back") -> SpanRow:
    phenomenon = FOG if kind in ("flagged", "clear", "not judged") else ""
    return SpanRow("run", "rec", stream, phenomenon, kind, interval, reason)


def flag(
    start_us: int,
    seconds: float = 5.0,
    *,
    certainty: str = "sure",
    verdict: str = "",
    name: str = "",
    stream: str = "lower-back",
) -> EpisodeRow:
    interval = Interval(start_us, start_us + round(seconds * SECOND_US))
    identity = name or f"e{start_us}{certainty}"
    return EpisodeRow(
        identity, "run", "rec", "P-01", stream, FOG, "lower back", interval, 0.95, 0.8, certainty, "v1", verdict,
        "anna" if verdict else "",
    )  # fmt: skip


def week(counts: list[int], *, first: float = 8, last: float = 18) -> tuple[list[SpanRow], list[EpisodeRow]]:
    """One day for each count: judged from ``first`` to ``last`` h, so many flags from 10 h on, a minute apart."""
    spans, flags = [], []
    for day, count in enumerate(counts):
        worn = hours(day, first, last)
        midnight = MONDAY_US + day * DAY_US
        spans += [span("worn", worn), span("clear", worn)]
        spans += [
            span("not worn", Interval(midnight, worn.start)),
            span("not worn", Interval(worn.end, midnight + DAY_US)),
        ]
        flags += [flag(midnight + 10 * HOUR_US + k * 60 * SECOND_US) for k in range(count)]
    return spans, flags


def dose(day: int, hour: float) -> DoseRow:
    return DoseRow(f"d{day}-{hour}", "P-01", hours(day, hour, hour).start, "levodopa", "entered")


def patient(code: str = "P-01", *, is_simulated: bool = False) -> PatientRow:
    return PatientRow(code, "UTC", is_simulated, MONDAY_US)


def recording(days: int, *, clock: str = "absolute", code: str = "P-01") -> RecordingRow:
    whole = Interval(MONDAY_US, MONDAY_US + days * DAY_US)
    stream = StreamRow("lower-back", "lower back", "middle", 100.0, ("acc_x", "acc_y", "acc_z"), 1, whole)
    return RecordingRow("rec", code, "a.csv", "device", clock, "UTC", False, MONDAY_US, (), (stream,))
