"""What ships with motionward may be used by anybody: permissive licences, or copyleft for single files."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def licences() -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).with_name("licences.py")))


def test_run_time_packages_are_permissive(licences: dict[str, Any]) -> None:
    packages = licences["runtime_packages"]()
    assert {p.name: p.licence for p in packages if not licences["families"](p.licence)} == {}
    assert len(packages) > 30


def test_copyleft_for_single_files_is_known_by_name(licences: dict[str, Any]) -> None:
    only_files = {p.name for p in licences["runtime_packages"]() if licences["families"](p.licence) == {"MPL"}}
    assert only_files == {"certifi", "pyphen"}


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "LGPL-2.1-or-later", "MIT AND GPL-2.0-only", "not declared"])
def test_other_licences_are_seen(licences: dict[str, Any], licence: str) -> None:
    assert licences["families"](licence) == set()


def test_page_tells_what_is_locked(licences: dict[str, Any]) -> None:
    # Names and versions: the declared licence of torch differs from build to build.
    page = (ROOT / "docs" / "third-party.md").read_text()
    told = dict(re.findall(r"^\| (\S+) \| (\d\S*) \|", page.split("## Licences that")[0], re.MULTILINE))
    assert told == {p.name: p.version for p in licences["runtime_packages"]()}, "run `make third-party`"
