"""Reading our own Parquet files: what is damaged or gone is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from data.errors import RecordingError


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Around reading a file that we wrote.

    Raises
    ------
    RecordingError
        If it is missing, cannot be read, or does not hold what we wrote.
    """
    try:
        yield
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RecordingError(
            str(path), f"it cannot be read ({reason})", "restore the newest backup with `motionward restore`"
        ) from error
