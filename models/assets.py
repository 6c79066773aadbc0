"""Where weights, detectors and templates lie, in a clone and in an installed wheel alike."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from data.errors import MotionwardError


def assets_dir() -> Path:
    """The folder ``assets``: beside ``app.py`` in a clone, under the environment's ``share`` in a wheel.

    Raises
    ------
    MotionwardError
        If it is in neither place.
    """
    # find_spec does not import app, which would run the page.
    spec = find_spec("app")
    beside = Path(spec.origin).parent / "assets" if spec is not None and spec.origin else None
    shared = Path(sys.prefix) / "share" / "motionward" / "assets"
    for folder in (beside, shared):
        if folder is not None and (folder / "README.md").is_file():
            return folder
    raise MotionwardError(f"The folder 'assets' is missing beside app.py and at {shared}: install motionward again.")
