"""Embeddings that are made once for each recording, encoder, stream and choice of channels."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.lib import format as npy

from clinic.home import Home
from clinic.store.access import StoreError
from clinic.store.files import TEMPORARY
from data.files import FileArray
from data.grid import half_seconds
from data.recording import Stream
from models.detectors import Detector
from models.embedding import Embeddings

_BLOCK = 20_000


def remembering(
    home: Home, recording: str, embed: Callable[[Stream, Detector], Embeddings]
) -> Callable[[Stream, Detector], Embeddings]:
    """``embed`` with a memory on disk; a half-written file is never read, for it has another name."""

    def remembered(stream: Stream, detector: Detector) -> Embeddings:
        used = "six" if any(c.startswith("gyro") for c in detector.channels if c in stream.channels) else "acc"
        path = home.embeddings(detector.encoder, recording) / f"{stream.name}-{used}.npy"
        if not path.is_file():
            made = embed(stream, detector)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                beside = path.parent / f"{TEMPORARY}{path.name}-{os.getpid()}"
                with beside.open("wb") as file:
                    shape = (len(made.grid), int(made.vectors.shape[1]))
                    header = {"descr": "<f2", "fortran_order": False, "shape": shape}
                    npy.write_array_header_1_0(file, header)
                    for at in range(0, len(made.grid), _BLOCK):
                        rows = np.array(made.vectors[at : at + _BLOCK], dtype="<f2")
                        # A half second that cannot be judged is kept as not-a-number throughout.
                        rows[~made.valid[at : at + _BLOCK]] = np.nan
                        rows.tofile(file)
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(path)
            except OSError as error:
                raise StoreError(
                    f"The vectors of {recording[:12]} were not stored ({error.strerror or error}): free some space."
                ) from error
        return _read(path, stream, detector.encoder)

    return remembered


def _read(path: os.PathLike[str], stream: Stream, encoder: str) -> Embeddings:
    with open(path, "rb") as file:  # noqa: PTH123  numpy's header reader wants a plain file
        npy.read_magic(file)
        shape, _, dtype = npy.read_array_header_1_0(file)
        offset = file.tell()
    vectors = FileArray(path, offset, shape, dtype)  # type: ignore[arg-type]  # a Path
    valid = np.concatenate(
        [~np.isnan(vectors[at : at + _BLOCK][:, 0]) for at in range(0, shape[0], _BLOCK)] or [np.zeros(0, dtype=bool)]
    )
    return Embeddings(stream.name, encoder, half_seconds(stream), vectors, valid)
