"""What the library actfast decodes, piece by piece: at once it would hold a whole recording in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.ahead import ahead
from data.errors import RecordingError
from data.files import FileArray, Spool, TemporaryFile
from data.readers._damage import AGAIN
from data.readers._extra import needed_for


def decoded(
    path: Path, what: str, *, header: bytes, pieces: Iterable[tuple[bytes, int]], memory: int | None
) -> NDArray[np.float32] | FileArray:
    """Acceleration in g, ``(n, 3)`` float32.

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

    def values() -> Iterator[NDArray[np.float32]]:
        for blocks, samples in pieces:
            file = TemporaryFile()
            file.path.write_bytes(header + blocks)
            try:
                found: Mapping[str, Any] = actfast.read(str(file.path))["timeseries"]["high_frequency"]
            except ValueError as error:
                problem = str(error).replace("\n", " ")
                raise RecordingError(path.name, f"a part of it cannot be decoded ({problem})", AGAIN) from error
            decoded = found.get("acceleration", np.zeros((0, 3), dtype=np.float32))
            if decoded.shape != (samples, 3):
                raise RecordingError(
                    path.name,
                    f"a part of it was decoded as {len(decoded)} samples where it says {samples}",
                    AGAIN,
                )
            yield decoded

    spool = Spool(3, np.float32, memory)
    try:
        for piece in ahead(values(), 1):
            spool.append(piece)
        return spool.finish()
    finally:
        spool.close()
