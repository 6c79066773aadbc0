"""What every record of a measurement begins with: by what, of which code, where, and how long it took."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def about(made_by: str, begun: float, note: str = "") -> dict[str, object]:
    """The head of a record.

    Parameters
    ----------
    begun
        ``time.perf_counter()`` when the measurement began.
    note
        What should be known of the machine, in words.
    """
    machine = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {
        "made_by": made_by,
        "commit": commit(),
        "machine": f"{machine}, {note}" if note else machine,
        "seconds": round(time.perf_counter() - begun),
    }


def commit() -> str:
    """Of the code that measures."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() or "not a git checkout"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
