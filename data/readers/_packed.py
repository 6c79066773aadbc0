"""ZIP archives and gzip files: unpacked with care for what a hostile one may hold."""

from __future__ import annotations

import gzip
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from data.errors import RecordingError

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, lzma.LZMAError)
"""What reading a broken archive may raise."""
LARGEST = 4_000_000_000
"""A packed file of more bytes is refused."""
DENSE, DENSEST = 100_000_000, 400
"""So is one of more bytes than the first that was packed to less than one in the second: no recording is so even."""
MOST = 2000
"""An archive with more files is refused."""
SMALL = 1 << 20
"""Bytes that a header may have."""


def is_gzip(head: bytes) -> bool:
    """Whether a file begins like a gzip file."""
    return head.startswith(GZIP)


def damaged(path: Path) -> RecordingError:
    """What a broken archive is refused with."""
    return RecordingError(
        path.name, "it is an archive that is cut off or damaged", "copy it again from where it was made"
    )


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP archive.

    Raises
    ------
    RecordingError
        When it is cut off or damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError) as error:
        raise damaged(path) from error
    with archive:
        yield archive


def check_size(member: zipfile.ZipInfo, path: Path) -> None:
    """See that unpacking a file will not fill the disk.

    Raises
    ------
    RecordingError
        When it says that it is too large, or is packed too densely.
    """
    if member.file_size > LARGEST or _is_dense(member.file_size, member.compress_size):
        raise _too_large(path)


def unpack_zip(path: Path, folder: Path) -> list[Path]:
    """The files of an archive, written into a folder; what systems add on their own is left.

    Raises
    ------
    RecordingError
        When it is damaged, would fill the disk, or a name in it leads out of the folder.
    """
    with opened(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not _is_clutter(m.filename)]
        if len(members) > MOST:
            raise RecordingError(
                path.name, f"it holds {len(members)} files", "unpack it and bring the recordings one by one"
            )
        if sum(m.file_size for m in members) > LARGEST:
            raise _too_large(path)
        places: dict[str, Path] = {}
        for member in members:
            check_size(member, path)
            place = folder / _safe(member, path)
            if str(place).casefold() in places:
                raise RecordingError(path.name, "two files in it have the same name", "pack it anew")
            places[str(place).casefold()] = place
            place.parent.mkdir(parents=True, exist_ok=True)
            if member.flag_bits & 1:
                raise RecordingError(path.name, "it is locked with a password", "unpack it and bring the files inside")
            try:
                with archive.open(member) as source, place.open("wb") as target:
                    _copy(source, target, member.file_size, path)
            except BROKEN as error:
                raise damaged(path) from error
    return list(places.values())


def unpack_gzip(path: Path, folder: Path) -> Path:
    """The one file of a gzip file, under its name without the ending.

    Raises
    ------
    RecordingError
        When it is damaged or would fill the disk.
    """
    place = folder / (path.stem if path.suffix.lower() in (".gz", ".gzip") else path.name)
    most = min(LARGEST, max(DENSE, DENSEST * path.stat().st_size))
    try:
        with gzip.open(path) as source, place.open("wb") as target:
            _copy(source, target, most, path)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise damaged(path) from error
    return place


def _copy(source: IO[bytes] | gzip.GzipFile, target: IO[bytes], most: int, path: Path) -> None:
    done = 0
    while piece := source.read(1 << 20):
        done += len(piece)
        if done > most:
            raise _too_large(path)
        target.write(piece)


def _safe(member: zipfile.ZipInfo, path: Path) -> PurePosixPath:
    """Where a file goes within the folder."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    leads_out = name.is_absolute() or ".." in name.parts or ":" in member.filename or not name.parts
    if leads_out or stat.S_ISLNK(member.external_attr >> 16):
        raise RecordingError(
            path.name, f"a name in it, {member.filename[:60]!r}, leads out of its folder", "do not trust this archive"
        )
    return name


def _is_clutter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or (parts[-1].startswith(".") and ".." not in parts) or parts[-1] == "Thumbs.db"


def _is_dense(size: int, packed: int) -> bool:
    return size > DENSE and size > DENSEST * max(1, packed)


def _too_large(path: Path) -> RecordingError:
    return RecordingError(
        path.name,
        f"it would unpack to more than {LARGEST / 1e9:g} GB, or is packed more densely than any recording",
        "unpack it yourself if you trust it, and bring the files inside",
    )


def small(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """A text file of an archive, its first megabyte.

    Raises
    ------
    RecordingError
        When it cannot be unpacked.
    """
    try:
        with archive.open(name) as stream:
            return stream.read(SMALL).decode("utf-8-sig", errors="replace")
    except BROKEN as error:
        raise damaged(path) from error
