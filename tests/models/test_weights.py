"""What goes wrong on the disk while weights are written is told in the system's words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import save_file

from models.weights import written

resource = pytest.importorskip("resource")


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may grow beyond 1000 bytes, which the system refuses as it refuses a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("little_room")
def test_what_the_system_refuses_while_weights_are_written_is_told_as_its_word(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(OSError, match="File too large") as told, written(path):
        save_file({"x": np.zeros(1000, dtype=np.float32)}, path)
    assert (told.value.errno, told.value.filename) == (errno.EFBIG, str(path))


def test_an_error_of_the_weights_themselves_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(SafetensorError, match="header"), written(tmp_path):
        raise SafetensorError("invalid header")
