"""A user's own recordings that a sensor and a camera made at once: matched, laid over one another, or left out.

A folder holds inertial files (any format that can be read) and skeletons (``.npz``, ``.mat`` or CSV) or films. A pair
is two files with one name, but for words like ``imu`` and ``skeleton``; of what is left, two files whose clocks say
that they were made at one time. How far the camera's clock is behind the sensor's is told from the movement itself:
where the strength of both over time agrees best. Each folder below that holds files of both kinds is a person's, whose
files are matched among themselves; all else is of one person, called as the folder itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from data.clock_offset import LEAST_SHARED_S, View, align
from data.errors import MotionwardError, RecordingError
from data.readers import read
from data.recording import Clock, Recording
from data.skeletons import Skeleton, read_skeleton
from data.video import SUFFIXES, read_film

_VIEWS = (".npz", ".mat", *SUFFIXES)
_WORDS = re.compile(
    r"[-_ ]?(imu|inertial|sensor|acc|accel|skeleton|skel|joints|pose|depth|video|cam|camera)(?![a-z])", re.IGNORECASE
)
_SKELETON = re.compile(r"(skeleton|skel|joints|pose)(?![a-z])", re.IGNORECASE)

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Pair:
    """A recording and what a camera saw of the same scene.

    Parameters
    ----------
    person
        Name of the folder that both files lie in.
    by
        ``name`` or ``clock``: how the two files were found to belong together.
    offset_s
        The camera's first frame lies so many seconds after the recording's first sample.
    agreement
        Correlation of both strengths of movement there.
    """

    name: str
    person: str
    by: str
    recording: Recording
    seen: View
    offset_s: float
    agreement: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that became no pair, and why, in a sentence."""

    name: str
    reason: str


def find_pairs(folder: Path) -> tuple[list[Pair], list[LeftOut]]:
    """The pairs of a folder, and the files that are in none.

    Raises
    ------
    RecordingError
        If the folder is not there.
    """
    if not folder.is_dir():
        raise RecordingError(str(folder), "it is no folder", "name the folder that holds the recordings and skeletons")
    pairs, left_out = [], []
    for person, files in _people(folder).items():
        found, alone = _pairs_of(files)
        pairs += [replace(pair, person=person) for pair in found]
        where = "" if person == folder.resolve().name else f"{person}/"
        left_out += [replace(one, name=f"{where}{one.name}") for one in alone]
    return pairs, left_out


def _people(folder: Path) -> dict[str, list[Path]]:
    """Files by the name of the person's folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    below = {p: p.relative_to(folder).parts[0] for p in files if p.parent != folder}
    kinds: dict[str, set[bool]] = {}
    for path, name in below.items():
        kinds.setdefault(name, set()).add(_is_view(path))
    people: dict[str, list[Path]] = {}
    for path in files:
        name = below.get(path, "")
        people.setdefault(name if len(kinds.get(name, ())) == 2 else folder.resolve().name, []).append(path)
    return people


def _is_view(path: Path) -> bool:
    return path.suffix.lower() in _VIEWS or _SKELETON.search(path.stem) is not None


def _pairs_of(files: list[Path]) -> tuple[list[Pair], list[LeftOut]]:
    inertial: dict[str, list[Path]] = {}
    views: dict[str, list[Path]] = {}
    for path in files:
        (views if _is_view(path) else inertial).setdefault(key_of(path), []).append(path)
    pairs, left_out = [], []
    lonely: tuple[list[Path], list[Path]] = ([], [])
    for key in sorted(inertial.keys() | views.keys()):
        mine, theirs = inertial.get(key, []), views.get(key, [])
        if len(mine) == len(theirs) == 1:
            try:
                recording, seen = read(mine[0]), read_view(theirs[0])
                pairs.append(Pair(key, "", "name", recording, seen, *align(recording, seen)))
            except MotionwardError as error:
                left_out.append(LeftOut(f"{mine[0].name} and {theirs[0].name}", str(error)))
        elif mine and theirs:
            left_out += [LeftOut(p.name, _several(mine, theirs)) for p in (*mine, *theirs)]
        else:
            lonely[0].extend(mine)
            lonely[1].extend(theirs)
    found, alone = _by_clock(*lonely)
    return [*pairs, *found], [*left_out, *alone]


def _by_clock(mine: list[Path], theirs: list[Path]) -> tuple[list[Pair], list[LeftOut]]:
    """Pairs of files that were made at one time, and the files that were not."""
    recordings, left_out = _read_all(mine, read)
    views, broken = _read_all(theirs, read_view)
    left_out += broken
    overlapping = [
        (a, b)
        for a, r in recordings.items()
        for b, v in views.items()
        if r.clock is Clock.ABSOLUTE and v.start_us is not None and _shared_s(r, v) >= LEAST_SHARED_S
    ]
    pairs = []
    for path in (*recordings, *views):
        others = [b if a == path else a for a, b in overlapping if path in (a, b)]
        if len(others) != 1 or sum(others[0] in pair for pair in overlapping) != 1:
            left_out.append(LeftOut(path.name, _unmatched(path in recordings, others)))
        elif path in recordings:
            recording, seen = recordings[path], views[others[0]]
            assert seen.start_us is not None
            try:
                expected = (seen.start_us - recording.interval.start) / 1e6
                pairs.append(Pair(key_of(path), "", "clock", recording, seen, *align(recording, seen, expected)))
            except MotionwardError as error:
                left_out.append(LeftOut(f"{path.name} and {others[0].name}", str(error)))
    return pairs, left_out


def _read_all(paths: list[Path], how: Callable[[Path], Made]) -> tuple[dict[Path, Made], list[LeftOut]]:
    made, broken = {}, []
    for path in paths:
        try:
            made[path] = how(path)
        except MotionwardError as error:
            broken.append(LeftOut(path.name, str(error)))
    return made, broken


def _shared_s(recording: Recording, seen: View) -> float:
    """Seconds that both clocks say were recorded by both."""
    assert seen.start_us is not None
    end_us = seen.start_us + _frames(seen) / seen.rate_hz * 1e6
    return (min(recording.interval.end, end_us) - max(recording.interval.start, seen.start_us)) / 1e6


def _frames(seen: View) -> int:
    return len(seen.joints if isinstance(seen, Skeleton) else seen.frames)


def key_of(path: Path) -> str:
    """What a file's name says beside what kind of file it is: equal for both files of a pair."""
    return _WORDS.sub("", path.stem).lower().strip("-_ ")


def _unmatched(is_recording: bool, others: list[Path]) -> str:
    if len(others) > 1:
        return f"several files were made at its time ({', '.join(p.name for p in others)}): give pairs one name"
    if others:
        return f"{others[0].name} was made at its time, and at another's too: give pairs one name"
    kind = "skeleton or film" if is_recording else "recording"
    return f"no {kind} has its name, and none was made at its time: give both the same name"


def _several(mine: list[Path], theirs: list[Path]) -> str:
    names = ", ".join(p.name for p in (*mine, *theirs))
    return f"several files have one name ({names}): keep one recording and one skeleton or film"


def read_view(path: Path) -> View:
    """What a camera saw: a film, or a skeleton made of one.

    Raises
    ------
    MotionwardError
        If it cannot be read.
    """
    return read_film(path) if path.suffix.lower() in SUFFIXES else read_skeleton(path)
