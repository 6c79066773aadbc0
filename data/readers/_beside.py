"""Recordings in several files that lie beside one another: named by any of them, the same recording."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.errors import RecordingError
from data.files import sha256_of
from data.readers._format import Request

LONGEST = 1 << 20
"""Bytes that a description may have."""
MOST = 200
"""Descriptions of a folder that are looked at for one file."""
_OF_BIDS = ("_scans.tsv", "_scans.json", "_events.tsv", "_events.json", "_coordsystem.json")
"""What BIDS says of recordings, and holds none."""


def neighbour(path: Path, name: str) -> Path:
    """The file of that name in the folder of another.

    Raises
    ------
    RecordingError
        When the name leads out of the folder, or there is no such file.
    """
    if not _is_inside(name):
        raise RecordingError(path.name, f"it names a file {name[:60]!r} outside its folder", "do not trust this file")
    found = path.with_name(name)
    if not found.is_file():
        raise RecordingError(
            path.name, f"the file {name} that belongs to it is not beside it", "bring both, best in one ZIP archive"
        )
    return found


def is_here(path: Path, name: object) -> bool:
    """Whether the file of that name is in the folder of another; true of a name that :func:`neighbour` refuses."""
    return not isinstance(name, str) or not _is_inside(name) or path.with_name(name).is_file()


def _is_inside(name: str) -> bool:
    return bool(name) and Path(name).name == name and "\\" not in name


def parts_of_others(names: Iterable[str]) -> set[str]:
    """Which files of a folder belong to another one there, told by their names: its samples, or other sensors."""
    here, found = set(names), set()
    for name in here:
        if name.endswith("_meta.json"):
            stem = name.removesuffix("meta.json")
            found |= {n for n in here if n.startswith(stem) and n.endswith(".bin")}
        elif name.endswith(".hea"):
            found.add(name.removesuffix(".hea") + ".dat")
        elif name.startswith("sub-") and name.endswith("_motion.tsv"):
            stem = name.removesuffix("motion.tsv")
            found |= {f"{stem}channels.tsv", f"{stem}motion.json"}
        elif name.startswith("sub-") and name.endswith(_OF_BIDS):
            found.add(name)
    if "dataset_description.json" in here:
        found |= {"dataset_description.json", "participants.tsv", "participants.json"}  # BIDS
    if "ACC.csv" in here and {"BVP.csv", "EDA.csv", "TEMP.csv"} & here:
        found |= {"BVP.csv", "EDA.csv", "HR.csv", "IBI.csv", "TEMP.csv", "tags.csv", "info.txt"}  # Empatica E4
    if {"device.csv", "time.csv"} <= here:
        found |= {"device.csv", "time.csv"}  # what phyphox says of an export, in a folder of its own
    return found & here


def description_of(path: Path, pattern: str, names_it: Callable[[str], bool]) -> Path | None:
    """The file beside another whose text names it; None where there is none.

    Parameters
    ----------
    pattern
        Of the names of files that may describe it; the first :data:`MOST` are looked at.
    """
    for other in sorted(path.parent.glob(pattern))[:MOST]:
        if other.stat().st_size < LONGEST and names_it(other.read_text(encoding="utf-8", errors="replace")):
            return other
    return None


def of_all(request: Request, path: Path, others: Sequence[Path]) -> Request:
    """The request for the file that describes the others, its source the content of all of them."""
    paths = [path, *sorted(set(others) - {path})]
    digest = hashlib.sha256("".join(sha256_of(p) for p in paths).encode()).hexdigest()
    size = sum(p.stat().st_size for p in paths)
    return replace(request, path=path, source=replace(request.source, size=size, sha256=digest))


# Any: what JSON holds
def json_of(path: Path) -> dict[str, Any]:
    """A description in JSON.

    Raises
    ------
    RecordingError
        When it is none.
    """
    try:
        with path.open("rb") as stream:
            content = json.loads(stream.read(LONGEST).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RecordingError(path.name, "it is not valid JSON", "copy it again from where it was made") from error
    if not isinstance(content, dict):
        raise RecordingError(path.name, "it is JSON, but describes no recording", "bring the recording itself")
    return content
