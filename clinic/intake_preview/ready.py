"""Which of the files that were looked at can be imported now, and what stops the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clinic.intake_preview.preview import Preview
from clinic.reading import NOTHING, Said

Answers = Mapping[str, dict[str, str]]
"""Where each sensor of a file was worn, as somebody said: by the file's path, then by stream."""


def ready_rows(rows: Sequence[Preview], answers: Answers) -> list[Preview]:
    """The files that wait for nothing."""
    return [r for r in rows if r.light(answers[str(r.path)]) in ("good", "check")]


def with_places(ready: Sequence[Preview], answers: Answers, said: Mapping[str, Said]) -> dict[str, Said]:
    """What was said of each file, by its path, with the places that were answered."""
    return {
        str(r.path): replace(said.get(str(r.path), NOTHING), placements=tuple(r.placements(answers[str(r.path)])))
        for r in ready
    }


def what_stops(
    rows: Sequence[Preview], ready: Sequence[Preview], answers: Answers, code: str | None, zone: str | None
) -> tuple[str, bool]:
    """What is still to be said, in sentences each followed by a blank, and whether the import has to wait for it.

    Files that wait for an answer do not stop the others.
    """
    asks_zone = zone is None and any(r.asks_zone for r in ready)
    waits = sum(r.waits(answers[str(r.path)]) for r in rows if r.state == "answer")
    why = "" if code else "Give the patient's code first. "
    why += "Choose the zone: some files have a wall clock and name none. " if asks_zone else ""
    why += f"{waits} {'waits' if waits == 1 else 'wait'} for your answer. " if waits else ""
    return why, not ready or not code or asks_zone
