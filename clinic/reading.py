"""A file into a recording as a site reads it: with its zone, its saved profiles, and what a person said of the file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clinic.home import Home
from clinic.site import named_profile, profile_for, saved_profiles, site_zone
from data.errors import RecordingError
from data.joining import join, with_start
from data.readers import UNPLACED, Profile, load_profile, may_be_recording, parts_of_others, read
from data.readers.columns import look_at
from data.recording import Placement, Recording, placement_named


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a file.

    Parameters
    ----------
    profile
        Name or file of a column profile; None: one that was saved here for its header, else the file's own names.
    lenient
        Whether damaged parts are left out instead of the file refused.
    start
        True date and time of its first sample.
    placements
        As :func:`placed` takes them.
    """

    profile: str | None = None
    lenient: bool = False
    start: str | None = None
    placements: tuple[str, ...] = ()


NOTHING = Said()


def read_said(home: Home, path: Path, said: Said = NOTHING, *, zone: str | None = None) -> Recording:
    """Read a file; without a ``zone`` (IANA), files that name none are of the site's.

    Raises
    ------
    RecordingError
        On anything that cannot be trusted.
    """
    zone = zone or site_zone(home)
    profile = profile_at(home, path) if said.profile is None else named_profile(home, said.profile)
    recording = read(path, profile, zone=zone, lenient=said.lenient)
    if profile is not None and said.profile is None:
        note = "The profile was saved here for tables with this header."
        recording = replace(recording, assumptions=(note, *recording.assumptions))
    if said.start:
        try:
            # UTC stands where a file names no zone.
            named = None if recording.zone == "UTC" else recording.zone
            recording = with_start(recording, said.start, named or zone)
        except ValueError as error:
            raise RecordingError(
                path.name, f"the start {said.start!r} is no date and time", "write it like 2026-03-02 08:00"
            ) from error
    return placed(recording, said.placements)


def read_together(home: Home, paths: Sequence[Path], said: Mapping[str, Said], *, zone: str | None = None) -> Recording:
    """Several files as one recording, joined by their clocks; ``said`` by file name, or ``*`` for all.

    Raises
    ------
    RecordingError
        On anything in any of them that cannot be trusted, or when one has no date.
    """
    return join([read_said(home, path, of_file(said, path), zone=zone) for path in paths])


def of_file(said: Mapping[str, Said], path: Path) -> Said:
    """What was said of a file, by its path or name, else of all."""
    return next((said[key] for key in (str(path), path.name, "*") if key in said), NOTHING)


def profile_at(home: Home, path: Path) -> Profile | None:
    """The profile that was saved here for the header of a table; None for what has no names of columns."""
    if not saved_profiles(home):
        return None
    try:
        look = look_at(path)
    except RecordingError:
        return None
    saved = profile_for(home, look.header) if look.is_named else None
    return None if saved is None else load_profile(saved.path)


def files_below(folder: Path) -> tuple[list[Path], int]:
    """The files in a folder and the folders below that may be recordings, by path; and how many others there are.

    Hidden files and folders are passed over, and so are links, which may lead round in a circle; and what belongs to
    another file beside it, which is read with that one or holds no movement.
    """
    found: list[Path] = []
    others = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        files = [Path(place, n) for n in names if not n.startswith(".")]
        parts = parts_of_others(names)
        fitting = [f for f in files if may_be_recording(f.name) and f.name not in parts and f.is_file()]
        found += fitting
        others += len(files) - len(fitting)
    return sorted(found), others


def is_zone_open(recording: Recording) -> bool:
    """Whether a recording's times, or the start given by hand, are a wall clock of which nobody has said the zone."""
    return any("because none was given" in a for a in recording.assumptions)


def placed(recording: Recording, placements: Sequence[str]) -> Recording:
    """Say where sensors were worn: ``lower back``, ``left ankle`` or ``STREAM=left ankle``.

    Raises
    ------
    RecordingError
        For a place or a stream that is not known.
    """
    said = {}
    for text in placements:
        stream, _, worn = text.rpartition("=")
        if stream and stream not in (s.name for s in recording.streams):
            streams = ", ".join(s.name for s in recording.streams)
            raise RecordingError(recording.source.name, f"has no stream {stream!r}", f"name one of: {streams}")
        known = ", ".join(p.value for p in Placement)
        way_on = f"use one of: {known}, with left or right before it and STREAM= where the file has several"
        if not stream and len(recording.streams) != 1:
            why = f"the recording has {len(recording.streams)} streams; name one of them"
            raise RecordingError(recording.source.name, f"the placement {text!r} cannot be applied ({why})", way_on)
        try:
            said[stream or recording.streams[0].name] = placement_named(worn)
        except ValueError as error:
            raise RecordingError(
                recording.source.name, f"the placement {text!r} cannot be applied ({error})", way_on
            ) from error
    # All at once: said one after the other, two sides that are exchanged would take each other's name.
    recording = recording.with_placements(said)
    if any(s.placement is Placement.UNKNOWN for s in recording.streams):
        return recording
    return replace(recording, assumptions=tuple(a for a in recording.assumptions if a != UNPLACED))
