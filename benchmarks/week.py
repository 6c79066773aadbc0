"""How long a week takes until it is in the store: six axes at 100 Hz, read, stored, checked and flagged.

`motionward import` runs as a person runs it, in a process of its own on two cores, once from Parquet and once from
CSV; half the length beside it shows whether memory grows with length. The rows are added to
``docs/validation/speed.json``, which ``benchmarks/day.py`` writes. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from benchmarks.about import commit
from benchmarks.day import IMPORT, ROOT, ZONE, _row, write_recording
from clinic.home import Home
from clinic.store import Store

CORES = 2


def main() -> None:
    """Measure, print a table, add it to the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=float, default=7.0)
    arguments.add_argument(
        "--note", default="the machine was doing nothing else", help="what else the machine was doing"
    )
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "speed.json")
    given = arguments.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for days in (given.days / 2, given.days):
            parquet = write_recording(Path(folder) / f"{days:g}d.parquet", 24 * days)
            results += measure(parquet, days, Path(folder))
        results += measure(as_csv(parquet), given.days, Path(folder))
    for row in results:
        sys.stdout.write(f"{row['task']:>16}  {row['row']:<22} {row['metric']:<10} {row['value']:>10}\n")
    document = json.loads(given.out.read_text()) if given.out.exists() else {"results": []}
    kept = [r for r in document["results"] if r["row"] != IMPORT]
    told = {"commit": commit(), "while": given.note}
    given.out.write_text(json.dumps({**document, "week": told, "results": kept + results}, indent=1) + "\n")


def as_csv(file: Path) -> Path:
    """The same recording as text, and the Parquet file gone."""
    target = file.with_suffix(".csv")
    source = pq.ParquetFile(file)
    with pacsv.CSVWriter(target, source.schema_arrow, write_options=pacsv.WriteOptions(quoting_style="none")) as writer:
        for batch in source.iter_batches():
            writer.write_table(pa.Table.from_batches([batch]))
    file.unlink()
    return target


def measure(file: Path, days: float, folder: Path) -> list[dict[str, object]]:
    """Time and memory of one `motionward import` into an empty store, and what came of it."""
    home = Home(folder / f"home-{file.name}")
    Store.open(home).add_patient("P-01", ZONE, is_simulated=True, actor="benchmark", now_us=1)
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", "from clinic.cli import main; main()", "import", str(file), "--patient", "P-01"],
        cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "MOTIONWARD_HOME": str(home.root)},
    )  # fmt: skip
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"motionward import ended with exit code {child.returncode}")
    store = Store.open(home)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    task = f"{days:g} days, {file.suffix[1:]}"
    found = {
        "wall_s": round(seconds, 1), "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mib": round(usage.ru_maxrss * unit / 2**20), "file_mib": round(file.stat().st_size / 2**20),
        "flags": len(store.episodes()), "findings": len(store.findings()),
    }  # fmt: skip
    return [_row(task, IMPORT, metric, value) for metric, value in found.items()]


if __name__ == "__main__":
    main()
