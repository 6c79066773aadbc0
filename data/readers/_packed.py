"""Archives: opened with care for what a hostile one may hold."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import RecordingError

ZIP = b"PK\x03\x04"
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, lzma.LZMAError)
"""What reading a broken archive may raise."""
LARGEST = 4_000_000_000
"""A packed file of more bytes is refused."""
DENSEST = 400
"""So is one that is packed more than this many times, once it is large: no recording is so even."""
SMALL = 1 << 20
"""Bytes that a header may have."""


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
    dense = member.file_size > 100_000_000 and member.file_size > DENSEST * max(1, member.compress_size)
    if member.file_size > LARGEST or dense:
        raise RecordingError(
            path.name,
            f"it would unpack to {member.file_size / 1e9:.1f} GB, more than a recording can have",
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
