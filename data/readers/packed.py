"""What lies in a ZIP archive, a gzip file or a folder: the one recording among its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from data.errors import RecordingError
from data.files import TemporaryFolder
from data.joining.six_axes import six_axes
from data.readers import _packed
from data.readers._format import Request
from data.readers._views import Kept
from data.recording import Clock, Recording, Source, Stream

ReadOne = Callable[[Path], Recording]
_ONE_BY_ONE = "unpack it and bring the recordings one by one, or together with --join where they are parts of one"
_INSIDE = "name the recording inside it, or take all of them with 'motionward import'"
FOLDER_FILES = 50
"""A folder with more files is no export of one recording."""


def read(request: Request, read_one: ReadOne) -> Recording:
    """The recording in an archive; with an accelerometer, a gyroscope of the same time is laid onto its times.

    Parameters
    ----------
    read_one
        Reads an unpacked file that is no archive itself.
    """
    path, owner = request.path, TemporaryFolder()
    with path.open("rb") as stream:
        is_gzip = _packed.is_gzip(stream.read(2))
    files = [_packed.unpack_gzip(path, owner.path)] if is_gzip else _packed.unpack_zip(path, owner.path)
    main = _one_of(files, owner.path, path.name, read_one, "archive", _ONE_BY_ONE)
    return replace(main, streams=tuple(_kept(s, owner) for s in main.streams), source=request.source)


def read_folder(folder: Path, read_one: ReadOne) -> Recording:
    """The recording in a folder and the folders below it, as an app or a device exports it.

    Its source is that of the file that holds it, so that it is the same recording by either name.

    Raises
    ------
    RecordingError
        When there is none, or more than one.
    """
    name = folder.name or str(folder)
    shown = (p for p in folder.rglob("*") if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    files = list(islice((p for p in shown if p.is_file() and not p.is_symlink()), FOLDER_FILES + 1))
    if len(files) > FOLDER_FILES:
        raise RecordingError(name, f"it is a folder of more than {FOLDER_FILES} files", _INSIDE)
    if not files:
        raise RecordingError(name, "it is a folder without files", "check that the export was finished")
    return _one_of(files, folder, name, read_one, "folder", _INSIDE)


def _one_of(files: list[Path], folder: Path, title: str, read_one: ReadOne, what: str, hint: str) -> Recording:
    """The one recording among files, with what is of the same time beside it."""
    found, refused = _found(files, read_one, folder)
    if not found:
        raise _refusal(title, refused)
    moving = _preferred({name: r for name, r in found.items() if any("acc_x" in s.channels for s in r.streams)})
    if len(moving) > 1:
        shown = ", ".join(list(moving)[:4]) + (", …" if len(moving) > 4 else "")
        raise RecordingError(title, f"it holds {len(moving)} recordings ({shown})", hint)
    name, main = next(iter((moving or found).items()))
    streams, said = list(main.streams), [f"Read from {name} in the {what}."]
    if not moving and (useless := next((n for n, e in refused.items() if "gravity" in e.problem), None)):
        said.append(f"{useless} in the {what} was not read: {refused[useless].problem}.")
    sources = [main.source]
    for other, recording in found.items():
        if recording is not main and moving and other not in moving and _is_beside(recording, main):
            streams += [_renamed(s, {x.name for x in streams}) for s in recording.streams]
            sources.append(recording.source)
            said.append(f"{other} in the {what} is of the same time.")
    streams = six_axes(streams, said)
    told = tuple(dict.fromkeys([*said, *main.assumptions]))
    return replace(main, streams=tuple(streams), source=_together(sources), assumptions=told)


def _together(sources: list[Source]) -> Source:
    if len(sources) == 1:
        return sources[0]
    digest = hashlib.sha256("".join(s.sha256 for s in sources).encode()).hexdigest()
    return Source(sources[0].name, sum(s.size for s in sources), digest)


def _found(
    files: list[Path], read_one: ReadOne, folder: Path
) -> tuple[dict[str, Recording], dict[str, RecordingError]]:
    """What can be read, once each, by name within the archive; and why the rest cannot."""
    found: dict[str, Recording] = {}
    refused: dict[str, RecordingError] = {}
    for file in sorted(files):
        name = file.relative_to(folder).as_posix()
        try:
            recording = read_one(file)
        except RecordingError as error:
            refused[name] = error
            continue
        if all(recording.source.sha256 != r.source.sha256 for r in found.values()):
            found[name] = recording
    return found, refused


def _preferred(moving: dict[str, Recording]) -> dict[str, Recording]:
    """Without what an app exports once more, uncalibrated."""
    kept = {n: r for n, r in moving.items() if not Path(n).stem.lower().endswith("uncalibrated")}
    return kept or moving


def _is_beside(other: Recording, main: Recording) -> bool:
    """Whether a recording without acceleration is of the same time, by an absolute clock."""
    if any("acc_x" in s.channels for s in other.streams) or {other.clock, main.clock} != {Clock.ABSOLUTE}:
        return False
    a, b = other.interval, main.interval
    return min(a.end, b.end) - max(a.start, b.start) > 0.5 * min(a.duration, b.duration)


def _renamed(stream: Stream, taken: set[str]) -> Stream:
    name, number = stream.name, 2
    while name in taken:
        name, number = f"{stream.name}-{number}", number + 1
    return replace(stream, name=name)


def _kept(stream: Stream, owner: TemporaryFolder) -> Stream:
    """The stream, its unpacked files kept as long as its samples are."""
    segments = tuple(
        s if isinstance(s.samples, np.ndarray) else replace(s, samples=Kept(s.samples, owner)) for s in stream.segments
    )
    return replace(stream, segments=segments)


def _refusal(title: str, refused: dict[str, RecordingError]) -> RecordingError:
    if not refused:
        return RecordingError(title, "it is an archive without files", "check that the export was finished")
    # Where nothing can be read, the largest complaint is not the most telling: that of movement is.
    telling = [n for n, e in refused.items() if "gravity" in e.problem or "acceleration" in e.problem]
    name = (telling or list(refused))[0]
    error = refused[name]
    if len(refused) == 1:
        return RecordingError(f"{title}, {name}", error.problem, error.hint)
    return RecordingError(
        title, f"none of its {len(refused)} files is a recording of movement ({name}: {error.problem})", error.hint
    )
