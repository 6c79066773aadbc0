"""The lock names one version of everything, within the ranges of pyproject.toml, and no machine or index."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "requirements.lock").read_text().splitlines()
LOCK = {canonicalize_name(line.split("==")[0]): Version(line.split("==")[1]) for line in LINES if "==" in line}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = [Requirement(text) for group in PROJECT["optional-dependencies"].values() for text in group]


def test_each_line_is_one_exact_version_without_an_index() -> None:
    for line in LINES:
        assert re.fullmatch(r"[a-z0-9._-]+==[0-9][a-z0-9.]*", line), line
        assert "+" not in line
        assert "://" not in line
    assert len(LOCK) == len(LINES)


def test_lock_takes_no_side_on_graphics_cards() -> None:
    assert [name for name in LOCK if re.search(r"nvidia|cuda|cudnn|nccl|triton", name)] == []


@pytest.mark.parametrize("wanted", [*RUNTIME, *EXTRAS], ids=str)
def test_lock_keeps_to_the_ranges(wanted: Requirement) -> None:
    assert LOCK[canonicalize_name(wanted.name)] in wanted.specifier


def test_torch_range_is_closed_above() -> None:
    (torch,) = (r for r in RUNTIME if r.name == "torch")
    assert not torch.specifier.contains("2.99"), "an open range takes whatever build is newest"


def test_what_is_installed_is_what_the_lock_names() -> None:
    other = {}
    for name, locked in LOCK.items():
        try:
            installed = Version(version(name))
        except PackageNotFoundError:
            continue  # another platform's
        if installed.public != locked.public:
            other[name] = str(installed)
    assert other == {}


BY_HAND = {"av"}
"""Installed by whoever wants it: PyAV's wheels bring codecs under the GPL, which may not come along with motionward."""


def test_every_foreign_import_is_declared() -> None:
    """What is imported must be asked for by name, not come along with something else."""
    owners = packages_distributions()
    asked_for = [Requirement(t) for e in ("devices", "videomae") for t in PROJECT["optional-dependencies"][e]]
    declared = {canonicalize_name(r.name) for r in (*RUNTIME, *asked_for)}
    own = {"app", "clinic", "models", "data"}
    undeclared = {}
    for path in [ROOT / "app.py", *(p for floor in own - {"app"} for p in (ROOT / floor).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for top in {name.split(".")[0] for name in names} - own - BY_HAND - sys.stdlib_module_names:
                if not declared & {canonicalize_name(d) for d in owners.get(top, [])}:
                    undeclared[top] = str(path.relative_to(ROOT))
    assert undeclared == {}
