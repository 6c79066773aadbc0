"""What git carries speaks of the product alone: no machine's paths, no registry's address, no recordings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SELF = "tests/house/test_tracked_files.py"
LARGEST = 10 * 2**20  # weights may have 10 MB

FORBIDDEN = {
    "a machine's path": r"(?<![\w.~])/(work|root|opt|home|Users|mnt)/\w",
    "a registry's address": r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|download\.pytorch|proxy\.golang",
    "a page outside the repository": r"\b(stack|screens|methods|prototypes|anchors)\.md\b|shared/design",
    "who or what wrote it": r"(?i)\bclaude\b|\banthropic\b|\bcopilot\b|\bchatgpt\b|co-authored-by",
    "a secret": r"-----BEGIN [A-Z ]*PRIVATE KEY|(?i:password|api_key|secret)\s*=\s*[\"'][^\"']+[\"']",
    "unfinished work": r"\b(TODO|FIXME|XXX|HACK)\b",
}


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(name: str) -> str:
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in tracked()
        if name != SELF
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    samples = {
        "a machine's path": "see /home/ann/x",
        "a registry's address": "https://pypi.org/simple",
        "a page outside the repository": "as stack.md says",
        "who or what wrote it": "Co-Authored-By: someone",
        "a secret": "password = 'x'",
        "unfinished work": "# TODO later",
    }
    assert {what for what, text in samples.items() if re.search(FORBIDDEN[what], text)} == set(FORBIDDEN)


def test_no_recording_is_tracked() -> None:
    kinds = {".parquet", ".npz", ".npy", ".cwa", ".gt3x", ".avro", ".edf", ".bdf", ".h5", ".mat", ".pkl", ".pt"}
    assert [name for name in tracked() if Path(name).suffix.lower() in kinds] == []


def test_no_tracked_file_is_huge() -> None:
    assert [name for name in tracked() if (ROOT / name).stat().st_size > LARGEST] == []


def test_links_between_pages_lead_somewhere() -> None:
    links = [
        (name, target)
        for name in tracked()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", text_of(name))
        if "://" not in target
    ]
    assert [f"{name}: {target}" for name, target in links if not ((ROOT / name).parent / target).exists()] == []
    assert links
