"""How long a day takes: a simulated recording of six axes at 100 Hz, from a Parquet file to its episodes.

`motionward analyze` runs as a person runs it, in a process of its own whose time and peak memory are taken from the
operating system; once more under a profiler, for the share of each stage. Twice and seven times the length show
whether time grows with length and memory doesn't. Writes ``docs/validation/speed.json``. The machine should be doing
nothing else.
"""

from __future__ import annotations

import argparse
import cProfile
import csv
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.about import about
from data.synthetic import Habits, Script, days_of, simulate
from data.synthetic.simulate import START_US

ROOT = Path(__file__).resolve().parents[1]
RATE_HZ = 100
BLOCK_S = 600
ZONE = "Europe/Berlin"
IMPORT = "motionward import"
"""Row of what ``benchmarks/week.py`` measures; it stays as it is."""
COLUMNS = ("acc_x_g", "acc_y_g", "acc_z_g", "gyro_x_dps", "gyro_y_dps", "gyro_z_dps")

STAGES = {
    "read": ("data/readers/__init__.py", "read"),
    "quality": ("data/quality/assess.py", "assess"),
    "embed": ("models/embedding.py", "embed"),
    "score": ("models/detectors/detector.py", "score"),
    "episodes": ("models/detectors/detector.py", "episodes"),
    "write results": ("clinic/reports/tables.py", "write_results"),
}


def main() -> None:
    """Measure one, two and seven days, print a table, write the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hours", type=float, default=24.0, help="length of the shorter recording")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "speed.json")
    arguments.add_argument("--profile", nargs=3, metavar=("FILE", "DIR", "STATS"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.profile:
        _profiled(*given.profile)
        return
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = []
        for hours in (given.hours, 2 * given.hours, 7 * given.hours):
            file = write_recording(Path(folder) / f"{hours:g}h.parquet", hours)
            results += measure(file, hours, Path(folder), with_stages=hours == given.hours)
    for row in results:
        sys.stdout.write(f"{row['task']:>6}  {row['row']:<22} {row['metric']:<10} {row['value']:>10}\n")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(given.out.read_text()) if given.out.exists() else {"results": []}
    document = {
        **before,
        **about("benchmarks/day.py", begun),
        "results": results + [r for r in before["results"] if r["row"] == IMPORT],
    }
    given.out.write_text(json.dumps(document, indent=1) + "\n")


def write_recording(file: Path, hours: float) -> Path:
    """A simulated person at the lower back, ``hours`` long, as Parquet with a column of time stamps."""
    days = int(hours // 24) + 2
    life = days_of(days, START_US, ZONE, Habits(worn_nights=frozenset(range(days))), seed=1)
    (stream,) = simulate(Script(life.plan, float(RATE_HZ), START_US, ZONE), seed=1).streams
    (segment,) = stream.segments
    rows = round(hours * 3600 * RATE_HZ)
    names = ["time_us", *(f"lower_back_{c}" for c in COLUMNS)]
    schema = pa.schema([(names[0], pa.int64()), *((n, pa.float32()) for n in names[1:])])
    step = BLOCK_S * RATE_HZ
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for first in range(0, rows, step):
            block = segment.samples[first : min(first + step, rows)]
            stamps = pa.array([segment.time_us(first + i) for i in range(len(block))], pa.int64())
            columns = [stamps, *(pa.array(block[:, i]) for i in range(len(COLUMNS)))]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return file


def measure(file: Path, hours: float, folder: Path, *, with_stages: bool) -> list[dict[str, object]]:
    """Time, memory and episodes of one `motionward analyze`, and the stages' shares of a second one."""
    task = f"{hours:g} h"
    out = folder / f"out-{hours:g}"
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", "from clinic.cli import main; main()", "analyze", str(file), "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"motionward analyze ended with exit code {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    with (out / file.stem / "episodes.csv").open() as table:
        episodes = sum(1 for _ in csv.DictReader(table))
    rows = [
        _row(task, "motionward analyze", "wall_s", round(seconds, 1)),
        _row(task, "motionward analyze", "cpu_s", round(usage.ru_utime + usage.ru_stime, 1)),
        _row(task, "motionward analyze", "peak_mib", round(usage.ru_maxrss * unit / 2**20)),
        _row(task, "motionward analyze", "episodes", episodes),
        _row(task, "file", "mib", round(file.stat().st_size / 2**20)),
    ]
    if with_stages:
        rows += [_row(task, f"stage: {name}", "share", share) for name, share in _stages(file, folder).items()]
    return rows


def _stages(file: Path, folder: Path) -> dict[str, float]:
    """What share of the time is spent in each stage, by a run under the profiler."""
    stats = folder / "stats"
    again = [sys.executable, str(Path(__file__)), "--profile", str(file), str(folder / "profiled"), str(stats)]
    subprocess.run(again, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    profile = pstats.Stats(str(stats))
    timings: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = profile.stats  # type: ignore[attr-defined]  # not in its stub
    whole: float = profile.total_tt  # type: ignore[attr-defined]  # as above
    shares = {}
    for stage, (path, name) in STAGES.items():
        spent = [t[3] for (where, _, what), t in timings.items() if where.endswith(path) and what == name]
        if not spent:
            raise SystemExit(f"no call of {name} in {path} was seen: mend STAGES in {Path(__file__).name}")
        shares[stage] = round(sum(spent) / whole, 3)
    shares["start and the rest"] = round(1 - sum(shares.values()), 3)
    return shares


def _profiled(file: str, out: str, stats: str) -> None:
    profiler = cProfile.Profile()
    sys.argv = ["motionward", "analyze", file, "--out", out]
    profiler.enable()
    try:
        from clinic.cli import main as command  # noqa: PLC0415  its import is part of what is measured

        command()
    except SystemExit as end:
        if end.code:
            raise
    finally:
        profiler.disable()
        profiler.dump_stats(stats)


def _row(task: str, row: str, metric: str, value: float) -> dict[str, object]:
    return {"task": task, "row": row, "metric": metric, "value": value}


if __name__ == "__main__":
    main()
