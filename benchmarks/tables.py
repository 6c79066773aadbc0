"""How fast a CSV becomes a recording, and in how much memory: a simulated recording of six axes at 100 Hz as text.

Each length is read in a process of its own, whose time and peak memory the operating system tells; the time of an
interpreter that only imports the reader is taken off. Beside it, in the same run, pyarrow alone parsing the same bytes:
what no reader on top of it can beat. Writes ``docs/validation/tables.json``. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.about import about

ROOT = Path(__file__).resolve().parents[1]
RATE_HZ = 100
TARGET = 80.0
"""Megabytes a second."""
HEAD = "time_ms,acc_x_g,acc_y_g,acc_z_g,gyro_x_dps,gyro_y_dps,gyro_z_dps\n"
START_MS = 1_772_431_200_000
_READ = "from data.readers import read\nfrom pathlib import Path\nr = read(Path({file!r}))\n"
_READ += "print(sum(s.n_samples for s in r.streams[0].segments))"
_PYARROW = "import pyarrow.csv as c\nn = 0\n"
_PYARROW += "for b in c.open_csv({file!r}):\n    n += b.num_rows\nprint(n)"


def main() -> None:
    """Measure two lengths, print a table, write the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hours", type=float, nargs="+", default=[6.0, 24.0])
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "tables.json")
    given = arguments.parse_args()
    begun, results = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for hours in given.hours:
            file = write_table(Path(folder) / f"{hours:g}h.csv", hours)
            size = file.stat().st_size / 1e6
            empty = _run("from data.readers import read")
            for name, code in (("motionward", _READ), ("pyarrow alone", _PYARROW)):
                took = _run(code.format(file=str(file)))
                assert took.rows == round(hours * 3600 * RATE_HZ), took
                speed = size / max(1e-9, took.seconds - empty.seconds)
                spent = size / max(1e-9, took.processor_s - empty.processor_s)
                row = f"{hours:g} h, {size:.0f} MB"
                results += [
                    _figure(row, f"{name}, MB/s", speed), _figure(row, f"{name}, MB a second of processor time", spent),
                    _figure(row, f"{name}, peak MiB", took.peak_mib),
                ]  # fmt: skip
                print(f"{row:>16}  {name:<14} {speed:7.1f} MB/s  {spent:7.1f} MB/cpu s  {took.peak_mib:6.0f} MiB")
            file.unlink()
    speeds = [r["value"] for r in results if r["metric"] == "motionward, MB/s"]
    print(f"slowest {min(speeds):.1f} MB/s: target {TARGET:g} {'met' if min(speeds) >= TARGET else 'missed'}")
    said = about("benchmarks/tables.py", begun) | {"results": results}
    given.out.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def write_table(path: Path, hours: float) -> Path:
    """A table of that length: movement that repeats each minute, times that go on."""
    n = 60 * RATE_HZ
    rng = np.random.default_rng(0)
    acc = rng.normal((0, 0, 1), 0.1, (n, 3))
    gyro = rng.normal(0, 20, (n, 3))
    tails = [",".join(f"{v:.5f}" for v in (*a, *g)) for a, g in zip(acc, gyro, strict=True)]
    with path.open("w", encoding="ascii") as out:
        out.write(HEAD)
        for minute in range(round(hours * 60)):
            first = START_MS + minute * 60_000
            out.write("".join(f"{first + k * 10},{tail}\n" for k, tail in enumerate(tails)))
    return path


@dataclass(frozen=True, slots=True)
class Took:
    """What a process of its own took, and the number of rows that it printed."""

    seconds: float
    processor_s: float
    peak_mib: float
    rows: int


def _run(code: str) -> Took:
    """Run a few lines of Python in a process of its own."""
    before = time.perf_counter()
    # The two processor times are the process's own, its threads included.
    measured = (
        f"import os, resource\n{code}\nt = os.times()\n"
        "print(t.user + t.system, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", measured], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    words = done.stdout.split()
    rows = int(words[0]) if len(words) > 2 else 0
    return Took(time.perf_counter() - before, float(words[-2]), float(words[-1]), rows)


def _figure(row: str, metric: str, value: float) -> dict[str, object]:
    return {"task": "reading a CSV", "row": row, "metric": metric, "value": round(value, 2), "low": None, "high": None,
            "people": None}  # fmt: skip


if __name__ == "__main__":
    main()
