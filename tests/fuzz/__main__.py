"""Damage every reader's files in more than ten thousand ways, and see that nothing but a clear answer comes of it.

Each case must end in one `RecordingError` of one line or in a reading that keeps its promises: within 5 s of the
processor's time and 1 GiB, and stored whole or not at all. Run from the project's root as ``python -m tests.fuzz``;
writes ``docs/validation/fuzz.json``. The cases are the same each time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.about import about, commit
from tests.fuzz.cases import notes_in, run
from tests.fuzz.judge import GOOD
from tests.fuzz.seeds import seeds

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("MOTIONWARD_SHARED_DATA", ROOT.parent / "shared" / "data"))
DRAWN = 150
"""Damages drawn by hypothesis for each seed, besides a cut at each hundredth."""


def main() -> None:
    """Judge all cases, print a table, write the JSON file; exit code 1 where a case failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=DRAWN, help="damages drawn for each seed")
    arguments.add_argument("--only", nargs="*", help="seeds by the beginning of their names, or bombs")
    arguments.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--failed", type=Path, help="a folder for the files of the cases that failed")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "fuzz.json")
    arguments.add_argument("--child", nargs=2, metavar=("WORK", "UNITS"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.child:
        work = Path(given.child[0])
        run(given.child[1].split("|"), seeds(SHARED, work), given.cases, work)
        return
    begun, head = time.perf_counter(), commit()  # at the beginning: a run takes minutes
    with tempfile.TemporaryDirectory() as folder:
        units = {u: s.reader for u, s in seeds(SHARED, Path(folder)).items()} | {"bombs": "hostile by design"}
        chosen = [u for u in units if not given.only or u.startswith(tuple(given.only))]
        # The bombs take longest: they come first.
        shares = [chosen[::-1][i :: given.workers] for i in range(given.workers)]
        with ThreadPoolExecutor(given.workers) as pool:
            places = [Path(folder) / str(i) for i in range(given.workers)]
            judged = list(pool.map(_judged, shares, [given.cases] * given.workers, places))
        if given.failed:
            for failed in Path(folder).glob("*/failed"):
                shutil.copytree(failed, given.failed, dirs_exist_ok=True)
    found = [note for notes in judged for note in notes]
    bad = [n for n in found if n["outcome"] not in GOOD]
    results = [row for reader in dict.fromkeys(units[u] for u in chosen) for row in _rows(reader, found, units)]
    for note in bad:
        sys.stdout.write(f"{note['unit']}: {note['done']}: {note['outcome']}: {note['said']}\n")
    for metric in ("seconds", "peak_mib"):
        most = max(found, key=lambda n: n[metric])
        sys.stdout.write(f"most {metric}: {most[metric]} ({most['unit']}: {most['done']})\n")
    sys.stdout.write(f"{len(found)} cases in {time.perf_counter() - begun:.0f} s, {len(bad)} failed\n")
    document = about("python -m tests.fuzz", begun) | {"commit": head, "results": results}
    given.out.write_text(json.dumps(document, indent=1) + "\n")
    raise SystemExit(bool(bad))


def _judged(units: list[str], cases: int, work: Path) -> list[dict[str, Any]]:
    """The notes on the cases of some units, judged in processes of their own: one more after each crash."""
    work.mkdir()
    crashes: list[dict[str, Any]] = []
    while True:
        before = len(_begun(work))
        child = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", "--cases", str(cases), "--child", str(work), "|".join(units)],
            cwd=ROOT, check=False, capture_output=True, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        if child.returncode == 0:
            return [n for n in notes_in(work) if "outcome" in n] + crashes
        if len(_begun(work)) == before:
            raise SystemExit(f"the cases of {units} could not be begun:\n{child.stderr[-2000:]}")
        kind = "hang" if "Timeout" in child.stderr else "crash"
        said = f"exit code {child.returncode}: {child.stderr[-600:]}"
        crashes.append(
            {**_begun(work)[-1], "outcome": kind, "said": said, "seconds": 0, "peak_mib": 0, "stored": False}
        )


def _begun(work: Path) -> list[dict[str, Any]]:
    return [n for n in notes_in(work) if "begun" in n]


def _rows(reader: str, found: list[dict[str, Any]], units: dict[str, str]) -> list[dict[str, object]]:
    mine = [n for n in found if units[n["unit"]] == reader]
    return [
        {"task": reader, "row": "damaged files", "metric": metric, "value": value}
        for metric, value in {
            "cases": len(mine),
            "refused": sum(n["outcome"] == "refused" for n in mine),
            "read": sum(n["outcome"] == "read" for n in mine),
            "stored": sum(n["stored"] for n in mine),
            "failed": sum(n["outcome"] not in GOOD for n in mine),
            "slowest_s": max(n["seconds"] for n in mine),
            "peak_mib": max(n["peak_mib"] for n in mine),
        }.items()
    ]


if __name__ == "__main__":
    main()
