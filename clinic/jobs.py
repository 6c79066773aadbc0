"""Long work in its own process: started, watched and cancelled through a folder, so it outlives page and server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.home import Home
from clinic.store.files import folder_whole, write_whole

KINDS = ("import", "demo")

_children: dict[str, subprocess.Popen[bytes]] = {}
"""By name, the jobs that this process has started; of all others only the folder tells."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a job stands.

    Parameters
    ----------
    state
        ``waiting``, ``running``, ``done``, ``failed``, ``cancelled``, or ``lost`` when its process
        ended without a word.
    share
        Of the work that is done, from 0 to 1.
    started_us, updated_us
        When it began to work and when it last said something; 0 before.
    outcomes
        One object a file that is done, the fields of :class:`clinic.intake.Outcome`.
    patient
        Whose recordings it works on.
    """

    job: str
    kind: str
    state: str
    doing: str
    share: float
    started_us: int
    updated_us: int
    outcomes: tuple[dict[str, Any], ...]  # JSON
    problem: str
    patient: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in ("waiting", "running")

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far; None before anything can be said."""
        if self.share < 0.02 or self.is_over:
            return None
        return (self.updated_us - self.started_us) / 1e6 * (1 - self.share) / self.share


def start(home: Home, kind: str, payload: dict[str, Any]) -> str:
    """Start a job in a process of its own and return its name.

    Parameters
    ----------
    kind
        ``import`` or ``demo``.
    payload
        JSON; ``patient``; for ``import`` also ``files``, and where given ``zone``, ``actor``, ``join`` (all files are
        one recording) and ``said`` (by file, the fields of :class:`clinic.reading.Said`).
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of job {kind!r}; there are {', '.join(KINDS)}")
    home.made()
    job = uuid.uuid4().hex
    with folder_whole(home.jobs / job) as folder:
        (folder / "order.json").write_text(json.dumps({"kind": kind, "payload": payload}), "utf-8")
    environment = {**os.environ, "MOTIONWARD_HOME": str(home.root)}
    if kind == "import":
        # A core stays free for the pages; two pools of threads on too few cores slow each other down many times.
        environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 2) - 1)))
    # Blocks of some megabytes are made and dropped without end: glibc may keep them, else a tenth of the time goes
    # into fetching fresh pages. Read by glibc alone.
    environment.setdefault("MALLOC_MMAP_THRESHOLD_", str(256 << 20))
    environment.setdefault("MALLOC_TRIM_THRESHOLD_", str(512 << 20))
    with (home.jobs / job / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "clinic.worker", str(home.jobs / job)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment,
        )  # fmt: skip
    _children[job] = process
    write_whole(home.jobs / job / "process", str(process.pid).encode())
    return job


def again(home: Home, job: str) -> str:
    """Start once more what a job was ordered to do, and return the new job's name; what is stored stays as it is."""
    order = json.loads((home.jobs / job / "order.json").read_text("utf-8"))
    return start(home, order["kind"], order["payload"])


def status(home: Home, job: str) -> Status:
    """Where a job stands; ``KeyError`` for one that is not there."""
    folder = home.jobs / job
    if not (folder / "order.json").is_file():
        raise KeyError(f"no job {job!r}")
    order = json.loads((folder / "order.json").read_text("utf-8"))
    said = _said(folder)
    state = said.get("state", "waiting")
    if state in ("waiting", "running") and not _is_alive(folder):
        said = _said(folder)  # it may have finished between the two looks
        state = said.get("state", "waiting")
        if state in ("waiting", "running") and (folder / "cancel").exists():
            state = "cancelled"  # it ended before it could say so
        elif state in ("waiting", "running"):
            state = "lost"
            said["problem"] = "The work ended without a result: start it again; nothing is half-stored."
    return Status(
        job, order["kind"], state, said.get("doing", ""), said.get("share", 0.0), said.get("started_us", 0),
        said.get("updated_us", 0), tuple(said.get("outcomes", ())), said.get("problem", ""),
        order["payload"].get("patient", ""),
    )  # fmt: skip


def all_jobs(home: Home) -> list[Status]:
    """Every job whose folder is there, the newest first."""
    if not home.jobs.is_dir():
        return []
    folders = [f for f in home.jobs.iterdir() if (f / "order.json").is_file()]
    return [status(home, f.name) for f in sorted(folders, key=lambda f: f.stat().st_ctime_ns, reverse=True)]


def cancel(home: Home, job: str) -> None:
    """Ask a job to end; what it had stored whole stays, the rest is as before."""
    folder = home.jobs / job
    (folder / "cancel").touch()
    if _is_alive(folder):
        os.kill(_process(folder), signal.SIGTERM)


def _said(folder: Path) -> dict[str, Any]:
    path = folder / "progress.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def _process(folder: Path) -> int:
    path = folder / "process"
    return int(path.read_text("ascii")) if path.is_file() else 0


def _is_alive(folder: Path) -> bool:
    """Whether the job's own process is still there; another that got its number is not taken for it."""
    child = _children.get(folder.name)
    if child is not None:
        if child.poll() is None:
            return True
        del _children[folder.name]  # its end was taken in, or it would look alive for ever
        return False
    number = _process(folder)
    if number == 0:
        return True  # being started
    try:
        os.kill(number, 0)
    except (ProcessLookupError, PermissionError):
        return False
    command = Path(f"/proc/{number}/cmdline")
    if not command.is_file():
        return True
    words = command.read_bytes()
    # Words are empty while a process takes up its program, and when it has ended and nobody took that in: then its
    # program is gone, too.
    return str(folder).encode() in words if words else Path(f"/proc/{number}/exe").exists()
