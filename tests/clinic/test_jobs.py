"""Jobs seen from outside: their folder tells where they stand, whoever asks and whatever became of the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clinic import jobs
from clinic.home import Home
from clinic.store import Store


def until_over(home: Home, job: str) -> jobs.Status:
    """The status of a job once it is over; a minute at most."""
    tick = threading.Event()
    for _ in range(1200):
        now = jobs.status(home, job)
        if now.is_over:
            for child in jobs._children.values():
                child.wait(60)
            return now
        tick.wait(0.05)
    raise AssertionError(f"the job did not end: {now}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").made()


def folder_of(home: Home, process: int, **said: object) -> Path:
    """A job's folder as another server may have left it."""
    folder = home.jobs / "one"
    folder.mkdir()
    (folder / "order.json").write_text(json.dumps({"kind": "import", "payload": {}}))
    (folder / "process").write_text(str(process))
    if said:
        (folder / "progress.json").write_text(json.dumps(said))
    return folder


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_import_of_what_cannot_be_read_ends_with_a_sentence(home: Home, tmp_path: Path) -> None:
    junk = tmp_path / "junk.csv"
    junk.write_bytes(bytes(range(256)) * 8)
    files = [str(junk), str(tmp_path / "gone.csv")]
    job = jobs.start(home, "import", {"files": files, "patient": "P-01", "actor": "anna"})
    over = until_over(home, job)
    assert (over.state, over.kind, over.share, over.problem) == ("done", "import", 1.0, "")
    assert [(o["file"], o["status"]) for o in over.outcomes] == [("junk.csv", "refused"), ("gone.csv", "refused")]
    assert all(o["sentence"] for o in over.outcomes)
    assert [j.job for j in jobs.all_jobs(home)] == [job]
    store = Store.open(home)
    assert (store.recordings(), store.verify()) == ([], [])


def test_cancelled_job_ends_and_the_store_is_whole(home: Home) -> None:
    job = jobs.start(home, "demo", {"actor": "anna"})
    jobs.cancel(home, job)
    over = until_over(home, job)
    assert over.state == "cancelled"
    store = Store.open(home)
    store.tidy()
    assert store.verify() == []
    assert [f.name for f in home.signals().iterdir()] == [r.id for r in store.recordings()]


def test_killed_job_is_lost_and_says_so(home: Home) -> None:
    job = jobs.start(home, "demo", {})
    os.kill(int((home.jobs / job / "process").read_text()), signal.SIGKILL)
    over = until_over(home, job)
    assert over.state == "lost"
    assert over.problem == "The work ended without a result: start it again; nothing is half-stored."
    assert Store.open(home).verify() == []


def test_job_is_told_from_another_process_with_its_number(home: Home) -> None:
    folder_of(home, os.getpid(), state="running", doing="Reading", share=0.3)
    assert jobs.status(home, "one").state == "lost"


def test_job_that_takes_up_its_program_is_not_lost(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its fork and its first step a process has no words yet: a page that asked then said that it was lost."""
    job = jobs.start(home, "demo", {})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: b"")
        assert jobs.status(home, job).state in ("waiting", "running")
    jobs.cancel(home, job)
    assert until_over(home, job).state == "cancelled"


def test_process_without_words_is_a_job_while_it_has_a_program(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """As another server sees it: no words and a program is a start; no words and none is an end nobody took in."""
    folder = folder_of(home, os.getpid(), state="running", doing="Reading", share=0.3)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: b"")
        assert jobs.status(home, "one").state == "running"
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        (folder / "process").write_text(str(ended.pid))
        assert jobs.status(home, "one").state == "lost"


def test_job_that_was_told_to_end_before_it_could_listen_is_cancelled(home: Home) -> None:
    folder = folder_of(home, ended_process())
    (folder / "cancel").touch()
    assert jobs.status(home, "one").state == "cancelled"


def test_finished_job_is_known_after_any_restart(home: Home) -> None:
    outcome = {"file": "a.csv", "status": "imported", "recording": "0" * 64, "flags": 3, "sentence": "Imported."}
    folder_of(home, ended_process(), state="done", share=1.0, outcomes=[outcome])
    status = jobs.status(home, "one")
    assert (status.state, status.outcomes, status.left_s) == ("done", (outcome,), None)


def test_time_left_follows_the_pace(home: Home) -> None:
    second = 1_000_000
    now = jobs.Status("one", "import", "running", "Storing", 0.25, 10 * second, 40 * second, (), "")
    assert now.left_s == pytest.approx(90.0)
    early = jobs.Status("one", "import", "running", "Starting", 0.0, 10 * second, 10 * second, (), "")
    assert early.left_s is None


def test_unknown_jobs_and_kinds(home: Home) -> None:
    with pytest.raises(KeyError, match="no job 'none'"):
        jobs.status(home, "none")
    with pytest.raises(ValueError, match="unknown kind of job 'other'"):
        jobs.start(home, "other", {})
    assert jobs.all_jobs(home) == []
    assert jobs.all_jobs(Home(home.root / "nowhere")) == []
