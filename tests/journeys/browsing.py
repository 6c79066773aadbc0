"""The real application in a real browser: a server on a data folder, and a page that listens for errors."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

from clinic.home import Home
from clinic.serve import ADDRESS, command, end, environment, free_port, wait_until_up
from tests.conftest import IN_CI

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 60_000


@dataclass
class Heard:
    """What a page said and asked for while it was used."""

    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def chromium() -> str:
    """The system's Chromium; without one the test is skipped visibly, in CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        message = "no Chromium on this machine: install the package 'chromium'"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return str(found)


@contextmanager
def served(home: Home) -> Iterator[str]:
    """The application on a data folder; gives its address."""
    child, url = started(home)
    try:
        yield url
    finally:
        end(child)


def started(home: Home, port: int | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """The application's process on a data folder, answering, and its address; whoever starts it ends it."""
    port = port or free_port()
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with (home.made().root / "server.log").open("wb") as out:
        child = subprocess.Popen(
            command(port), env={**environment(home), "PYTHONPATH": paths}, cwd=home.root, stdout=out, stderr=out
        )
    try:
        wait_until_up(child, port)
    except BaseException:
        end(child)
        raise
    return child, f"http://{ADDRESS}:{port}"


@contextmanager
def browsed() -> Iterator[tuple[Page, Heard]]:
    """A page at 1280 by 800, and what it says; other machines are not to be asked for anything."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        page.set_default_timeout(PATIENCE_MS)
        heard = Heard()
        page.on("console", lambda m: heard.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: heard.errors.append(str(e)))
        page.on("request", lambda r: _note(heard, r.url))
        yield page, heard
        browser.close()


def _note(heard: Heard, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("data", "blob", "about") and parts.hostname != ADDRESS:
        heard.strangers.append(url)


def serious(heard: Heard) -> list[str]:
    """The errors, less the two files that Streamlit asks for and does without."""
    return [e for e in heard.errors if "404 (Not Found)" not in e]
