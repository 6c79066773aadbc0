"""Writing weights: what goes wrong on the disk is told as the disk's fault."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Around safetensors' own writing of ``path``, which tells of a full disk in an error that nobody expects.

    Raises
    ------
    OSError
        What the system said, with the file's name.
    """
    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
