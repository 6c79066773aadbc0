"""What the tests share: where the real recordings lie."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says how busy the machine is, not whether the program is right.
hypothesis.settings.register_profile("motionward", deadline=None)
hypothesis.settings.load_profile("motionward")

_PORTS = 100
"""How many ports each of the processes that share the tests has for its servers."""


def pytest_configure() -> None:
    """Side by side, test processes leave each other processors and ports."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    # One thread each, before numpy or torch is loaded: as many processes run as there are cores.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from clinic import serve

    # A port that is free now may be another process's a moment later: each looks from a number of its own.
    serve.FIRST_PORT += _PORTS * (1 + int(worker.removeprefix("gw")))


IN_CI = os.environ.get("CI", "") not in ("", "0", "false")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; absent, the test is skipped visibly, in CI it fails."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MOTIONWARD_SHARED_DATA", default))
    if not folder.is_dir():
        message = f"real recordings not found at {folder}: set MOTIONWARD_SHARED_DATA"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return folder
