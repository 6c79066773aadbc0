"""Which recordings may be laid on one axis of time, what is said of those that may not, and who holds an instant."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.store.rows import RecordingRow
from data.recording import Clock

_MOST = 3
"""Files that are named before the rest are counted."""


def groups(recordings: Sequence[RecordingRow]) -> tuple[tuple[RecordingRow, ...], ...]:
    """Recordings that share one clock: all with a date together, then each without one alone, the newest first."""
    dated = tuple(r for r in recordings if r.clock == Clock.ABSOLUTE.value)
    alone = sorted((r for r in recordings if r not in dated), key=lambda r: (r.imported_us, r.id), reverse=True)
    return (*([dated] if dated else []), *((r,) for r in alone))


def on_one_clock(recordings: Sequence[RecordingRow]) -> tuple[RecordingRow, ...]:
    """All that have a date; where none has one, the newest alone."""
    return next(iter(groups(recordings)), ())


Sensor = tuple[str, str]
"""A recording's id, and the name of a stream in it."""


def sensors_at(recordings: Sequence[RecordingRow], open_now: Sensor, at_us: int) -> tuple[Sensor, ...]:
    """The sensors that hold an instant on the clock of the one that is open, which is always among them.

    Recordings stand as they begin, the sensors of each in its own order, whichever of them is open: who goes from one
    to the next comes round. A recording without a date shares its clock with no other.

    Parameters
    ----------
    recordings
        Of one patient.
    """
    shared = next(group for group in groups(recordings) if any(r.id == open_now[0] for r in group))
    in_time = sorted(shared, key=lambda r: (min(s.interval.start for s in r.streams), r.file, r.id))
    every = [((r.id, s.name), s.interval) for r in in_time for s in r.streams]
    return tuple(sensor for sensor, i in every if sensor == open_now or i.start <= at_us < i.end)


def not_shown(recordings: Sequence[RecordingRow], shown: Sequence[RecordingRow]) -> str:
    """What a page says of a patient's recordings that it leaves out; empty where it leaves out none."""
    ids = {r.id for r in shown}
    rest = [r for r in recordings if r.id not in ids]
    if not rest:
        return ""
    named = [r.file for r in rest[:_MOST]]
    more = [f"{len(rest) - _MOST} more"] if len(rest) > _MOST else []
    files = ", ".join(named) if not more else f"{', '.join(named)} and {more[0]}"
    one = len(rest) == 1
    return (
        f"{len(rest)} other {'recording' if one else 'recordings'} of this patient {'is' if one else 'are'} not on "
        f"this page, because without a date recordings share no clock: {files}."
    )
