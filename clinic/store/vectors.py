"""Embeddings that are made once for each recording, encoder, stream and choice of channels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib import format as npy

from clinic.home import Home
from clinic.store.access import StoreError
from clinic.store.files import pending_file
from data.files import FileArray
from data.grid import half_seconds
from data.recording import Stream
from models.detectors import Detector
from models.embedding import Embeddings

if TYPE_CHECKING:  # who only reads the store need not load what analyses
    from clinic.analysis import Embed

_BLOCK = 20_000


def remembering(home: Home, recording: str, embed: Embed, number_format: str) -> Embed:
    """``embed`` with a memory on disk; a half-written file is never read, for it has another name.

    Vectors lie under the encoder's version, so those of an older encoder are never taken for the
    present one's; those of another than the detector asks for are handed on, for it to refuse.
    """

    def remembered(stream: Stream, detector: Detector) -> Embeddings:
        path = _place(home, recording, stream, detector, number_format)
        if not path.is_file():
            made = embed(stream, detector)
            if made.encoder != detector.encoder_version:
                return made
            try:
                with pending_file(path) as new:
                    _write(new.content, made)
                    new.sync()
                    new.keep()
            except OSError as error:
                raise StoreError(
                    f"The vectors of {recording[:12]} were not stored ({error.strerror or error}): free some space at "
                    f"{home.root} and analyse it again."
                ) from error
        return _read(path, stream, detector.encoder_version)

    return remembered


def remembered_only(
    home: Home, recording: str, stream: Stream, detector: Detector, number_format: str
) -> Embeddings | None:
    """The vectors that were made before; None where there are none: nothing is computed."""
    path = _place(home, recording, stream, detector, number_format)
    return _read(path, stream, detector.encoder_version) if path.is_file() else None


def _place(home: Home, recording: str, stream: Stream, detector: Detector, number_format: str) -> Path:
    gyro = any(c.startswith("gyro") for c in detector.channels if c in stream.channels)
    name = f"{stream.name}-{'six' if gyro else 'acc'}-{number_format}.npy"
    return home.embeddings(detector.encoder_version, recording) / name


def _write(path: Path, made: Embeddings) -> None:
    """Two arrays in one file: the vectors, written in blocks, and behind them what is valid."""
    with path.open("wb") as file:
        shape = (len(made.grid), int(made.vectors.shape[1]))
        npy.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": shape})
        for at in range(0, shape[0], _BLOCK):
            np.asarray(made.vectors[at : at + _BLOCK], dtype="<f2").tofile(file)
        np.save(file, made.valid)


def _read(path: Path, stream: Stream, encoder: str) -> Embeddings:
    with path.open("rb") as file:
        npy.read_magic(file)
        shape, _, dtype = npy.read_array_header_1_0(file)
        vectors = FileArray(path, file.tell(), shape, dtype)
        file.seek(vectors.row_bytes * shape[0], 1)
        valid = np.load(file)
    valid.setflags(write=False)
    return Embeddings(stream.name, encoder, half_seconds(stream), vectors, valid)
