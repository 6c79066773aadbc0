"""What the library actfast decodes, piece by piece: at once it would hold a whole recording in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.files import FileArray, Spool, TemporaryFile
from data.readers._damage import AGAIN
from data.readers._extra import needed_for


def decoded(
    path: Path, what: str, *, header: bytes, pieces: Iterable[tuple[bytes, int]], columns: int, memory: int | None
) -> NDArray[np.float32] | FileArray:
    """Acceleration in g, and with six columns rotation in °/s, ``(n, columns)`` float32.

    Parameters
    ----------
    what
        What the file is, for messages.
    header
        What has to stand before each piece to make a file of it.
    pieces
        Whole blocks of the file, and the samples they hold.

    Raises
    ------
    RecordingError
        When the library is not installed, or cannot decode a piece.
    """
    with needed_for(path, what):
        import actfast  # noqa: PLC0415  an extra
    spool = Spool(columns, np.float32, memory)
    try:
        for blocks, samples in pieces:
            file = TemporaryFile()
            file.path.write_bytes(header + blocks)
            try:
                found: Mapping[str, Any] = actfast.read(str(file.path))["timeseries"]["high_frequency"]
            except ValueError as error:
                problem = str(error).replace("\n", " ")
                raise RecordingError(path.name, f"a part of it cannot be decoded ({problem})", AGAIN) from error
            kinds = ("acceleration", "gyroscope")[: columns // 3]
            values = np.hstack([found[kind] for kind in kinds]) if all(k in found for k in kinds) else np.zeros((0, 0))
            if values.shape != (samples, columns):
                raise RecordingError(
                    path.name,
                    f"a part of it was decoded as {values.shape[0]} samples where it says {samples}",
                    AGAIN,
                )
            spool.append(values)
        return spool.finish()
    finally:
        spool.close()
