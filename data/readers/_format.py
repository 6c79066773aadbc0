"""What a reader is to the registry, and what every reader gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.readers._dialect import Dialect
from data.readers._profile import Profile
from data.recording import Recording, Source


@dataclass(frozen=True, slots=True)
class Request:
    """A file to read.

    Parameters
    ----------
    dialect
        How its table is written, for text files.
    zone
        IANA zone for files that name none.
    memory
        Bytes an intermediate may take before it goes on in a temporary file.
    lenient
        Whether damaged parts are left out, and told, where otherwise the file is refused.
    """

    path: Path
    source: Source
    dialect: Dialect | None = None
    profile: Profile | None = None
    zone: str | None = None
    memory: int | None = None
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Parameters
    ----------
    title
        What people call it.
    endings
        File name endings it usually has, lower case.
    beside
        Endings of further files that belong to it.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    read: Callable[[Request], Recording]
    beside: tuple[str, ...] = ()
