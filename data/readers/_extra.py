"""Libraries that come with the extra ``devices``: absent, a file is refused with the line that installs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import RecordingError

INSTALL = 'pip install "motionward[devices]"'


@contextmanager
def needed_for(path: Path, what: str) -> Iterator[None]:
    """Around the import of such a library.

    Raises
    ------
    RecordingError
        When it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise RecordingError(
            path.name, f"it is {what}, which needs the library {error.name or error}", f"install it with {INSTALL}"
        ) from error
