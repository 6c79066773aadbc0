"""A table's columns as they were mapped, tried on its first part: the evidence that the mapping is right."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from clinic.intake_preview.minute import minute_svg
from clinic.intake_preview.words import page_hint
from clinic.timeline.clock import clock_for, length
from data.errors import RecordingError
from data.readers import read
from data.readers.columns import TableLook, head_of
from data.readers.mapping import Mapping, problems, profile_of

SHOWN_ROWS = 8


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a mapping: a minute of each sensor as ``(caption, SVG)``, or why it cannot be read so.

    ``facts`` are the rate, start and length of what was tried, a sentence each.
    """

    problem: str = ""
    plots: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()


def tried(mapping: Mapping, look: TableLook, zone: str | None) -> Trial:
    """Read the first part of a table by a mapping."""
    missing = problems(mapping, look)
    if missing:
        return Trial(" ".join(missing))
    with tempfile.TemporaryDirectory(prefix="motionward-") as folder:
        try:
            head = head_of(look.path, Path(folder))
            recording = read(head, profile_of(mapping, look), zone=zone)
        except RecordingError as error:
            hint = page_hint(error.hint, reads_leniently=False)
            return Trial(f"{error.problem[:1].upper()}{error.problem[1:]}: {hint}.")
        clock = clock_for(recording.clock.value, recording.zone, recording.interval.start)
        plots = [minute_svg(s, clock) for s in recording.streams]
        rates = ", ".join(f"{s.rate_hz:g} Hz" for s in recording.streams)
        start = recording.interval.start
        when = f"{clock.day(start)} {clock.time(start)}" if clock.has_date else "no date"
        part = "of the first part " if head != look.path else ""
        facts = (f"{rates}, {length(recording.interval.duration)} {part}from {when}.", *recording.assumptions[1:])
    return Trial("", tuple((caption, svg) for svg, caption in plots), facts)


def rows_html(look: TableLook, roles: dict[int, str]) -> str:
    """The first rows, with what each column is taken as above its name; ``roles`` by number from 1."""
    numbers = range(1, len(look.columns) + 1)
    above = "".join(f"<th><b>{escape(roles.get(n, ''))}</b></th>" for n in numbers)
    names = "".join(f"<th>{escape(look.label(n))}</th>" for n in numbers)
    body = "".join(_row(cells) for cells in look.rows[:SHOWN_ROWS])
    return (
        f'<div class="mw-scroll"><table class="mw-table"><thead><tr>{above}</tr><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(c[:24])}</td>' for c in cells)}</tr>"


def roles_of(mapping: Mapping) -> dict[int, str]:
    """What each column is taken as, by its number: ``time``, ``acc x``, ``gyro −z``."""
    roles = {mapping.time: "time", mapping.date: "date"}
    for sensor in mapping.sensors:
        for kind, triad in (("acc", sensor.acc), ("gyro", sensor.gyro)):
            if triad is not None:
                for axis, column, sign in zip("xyz", triad.columns, triad.signs, strict=True):
                    roles[column] = f"{kind} {'−' if sign < 0 else ''}{axis}"
        if sensor.where is not None:
            roles[sensor.where[0]] = "which sensor"
    return {n: role for n, role in roles.items() if n is not None}


def whys_html(whys: Sequence[tuple[str, str]]) -> str:
    """What was guessed and why, a line each."""
    lines = "".join(f"<li><b>{escape(what)}</b>: {escape(why)}</li>" for what, why in whys)
    return f'<div class="mw-head">What was guessed, and why</div><ul class="mw-guess">{lines}</ul>'
