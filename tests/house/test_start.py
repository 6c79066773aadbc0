"""What the command and the first page load before they show anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sklearn", "lightgbm", "scipy.signal", "scipy.stats")
HELP = """
import sys
from clinic.cli import main
sys.argv = ["motionward", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
"""


def loaded_by(statement: str, heavy: tuple[str, ...] = HEAVY) -> list[str]:
    """The heavy modules in memory after ``statement`` in a fresh interpreter."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps([m for m in {heavy!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "module",
    [
        "clinic.cli",
        "clinic.serve",
        "clinic.pages.server",
        "clinic.pages.patients",
        "clinic.pages.timeline",
        "clinic.pages.label",
        "models.detectors",
        "models.embedding",
    ],
)
def test_import_leaves_the_heavy_libraries_alone(module: str) -> None:
    assert loaded_by(f"import {module}") == []


def test_the_server_starts_without_what_only_a_chart_needs() -> None:
    assert loaded_by("import clinic.pages.server", ("plotly", "pandas", "numpy")) == []


def test_the_first_page_starts_without_what_only_an_analysis_needs() -> None:
    assert loaded_by("import clinic.pages.patients", ("clinic.analysis", "data.quality", "scipy.ndimage")) == []


def test_the_probe_sees_a_heavy_import() -> None:
    assert "sklearn" in loaded_by("import sklearn")


def test_help_leaves_the_heavy_libraries_alone() -> None:
    assert loaded_by(HELP) == []
