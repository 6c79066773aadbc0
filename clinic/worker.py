"""The process of one job: ``python -P -m clinic.worker JOB_FOLDER``."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from clinic.home import Home
from clinic.intake import Outcome, import_files, make_demo
from clinic.reading import Said
from clinic.site import computer_zone
from clinic.store import Store
from clinic.store.files import write_whole
from data.errors import MotionwardError

_log = logging.getLogger(__name__)


class _CancelledError(Exception):
    """The job was asked to end."""


def _cancel(_signal: int, _frame: FrameType | None) -> None:
    raise _CancelledError


def now_us() -> int:
    """The clock."""
    return time.time_ns() // 1000


def work(folder: Path) -> None:
    """Do what a job's folder orders, and say in ``progress.json`` how it goes."""
    order = json.loads((folder / "order.json").read_text("utf-8"))
    payload: dict[str, Any] = order["payload"]
    home = Home(folder.parent.parent)
    said: dict[str, Any] = {"state": "running", "doing": "Starting", "share": 0.0, "started_us": now_us()}

    def tell(**news: Any) -> None:  # Any: JSON
        said.update(news, updated_us=now_us())
        write_whole(folder / "progress.json", json.dumps(said).encode())

    def progress(doing: str, share: float) -> None:
        if (folder / "cancel").exists():
            raise _CancelledError
        if share >= said["share"] + 0.005 or doing != said["doing"]:
            tell(doing=doing, share=max(share, said["share"]))

    tell()
    actor = str(payload.get("actor", "job"))
    try:
        store = Store.open(home)
        if order["kind"] == "demo":
            outcomes = [make_demo(store, actor=actor, now=now_us, progress=progress)]
        else:
            so_far: list[dict[str, Any]] = []  # Any: JSON

            def done(outcome: Outcome) -> None:
                so_far.append(asdict(outcome))
                tell(outcomes=so_far)  # what happened is known, too, of work that is killed

            outcomes = import_files(
                store, [Path(f) for f in payload["files"]], payload["patient"], actor=actor, now=now_us,
                zone=payload.get("zone"), otherwise=computer_zone(), said=_said(payload),
                is_joined=bool(payload.get("join")), progress=progress, done=done,
            )  # fmt: skip
        tell(state="done", share=1.0, doing="Done", outcomes=[asdict(o) for o in outcomes])
    except _CancelledError:
        tell(state="cancelled", doing="Cancelled")
    except MotionwardError as error:
        tell(state="failed", problem=str(error))
    except Exception:
        # The person sees a sentence; the log beside the job has the rest.
        _log.exception("job %s failed", folder.name)
        tell(state="failed", problem=f"The work failed unexpectedly: see {folder / 'log.txt'}.")
        raise


def _said(payload: dict[str, Any]) -> dict[str, Said]:  # Any: JSON
    """What a person said of each file."""
    return {
        file: Said(**{**words, "placements": tuple(words.get("placements", ()))})
        for file, words in payload.get("said", {}).items()
    }


def main() -> None:
    """Run the job named on the command line, politely beside a busy server."""
    signal.signal(signal.SIGTERM, _cancel)
    folder = Path(sys.argv[1])
    if json.loads((folder / "order.json").read_text("utf-8"))["kind"] != "demo":
        os.nice(5)
    work(folder)


if __name__ == "__main__":
    main()
