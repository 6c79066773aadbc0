"""How fast devices' files are read, and in how much memory, beside scikit-digital-health where that is installed.

A day of each device, made of a real file's blocks, an hour of those of Axivity, and a table of two hours. Each reading
runs in a process of its own, which reads every sample; the time is that of reading alone, less the start. The two take
turns, and of several turns the middle time counts. scikit-digital-health comes with what the tests need, save on macOS.
Writes ``docs/validation/readers.json``. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.about import about
from benchmarks.day import ROOT, _row, write_recording
from benchmarks.long_files import long_cwa, long_geneactiv, long_gt3x

SHARED = Path(os.environ.get("MOTIONWARD_SHARED_DATA", ROOT.parent / "shared" / "data"))
THEIRS = {".cwa": "ReadCwa", ".bin": "ReadBin"}
"""The classes of skdh.io by the endings that they read; it reads no ``.gt3x``."""


def main() -> None:
    """Measure each format, print a table, write the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hours", type=float, default=24.0)
    arguments.add_argument("--turns", type=int, default=5, help="readings of each file by each reader")
    arguments.add_argument("--note", default="", help="what else the machine was doing")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "readers.json")
    arguments.add_argument("--read", nargs=2, metavar=("WHO", "FILE"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.read:
        _read(*given.read)
        return
    begun, device = time.perf_counter(), SHARED / "device_files"
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        files = [
            long_cwa(device / "axivity/ax3_testfile.cwa", Path(folder) / "AX3.cwa", given.hours),
            long_cwa(device / "axivity/ax6_sample.cwa", Path(folder) / "AX6.cwa", given.hours),
            long_cwa(device / "axivity/ax3_testfile.cwa", Path(folder) / "AX3-hour.cwa", given.hours / 24),
            long_cwa(device / "axivity/ax6_sample.cwa", Path(folder) / "AX6-hour.cwa", given.hours / 24),
            long_geneactiv(device / "geneactiv/geneactiv.bin", Path(folder) / "GENEActiv.bin", given.hours),
            long_gt3x(device / "actigraph/ISM_Disabled.gt3x", Path(folder) / "ActiGraph.gt3x", given.hours),
            _csv(Path(folder) / "table.csv", given.hours / 12),
        ]
        for file in files:
            results += _measured(file, given.turns)
            file.unlink()
    for row in results:
        sys.stdout.write(f"{row['task']:>12}  {row['row']:<22} {row['metric']:<20} {row['value']:>14}\n")
    document = about("benchmarks/readers.py", begun, given.note) | {"results": results}
    given.out.write_text(json.dumps(document, indent=1) + "\n")


def _csv(file: Path, hours: float) -> Path:
    """A simulated recording as a table of text."""
    import pyarrow.csv as pacsv  # noqa: PLC0415  where it is used
    import pyarrow.parquet as pq  # noqa: PLC0415

    source = write_recording(file.with_suffix(".parquet"), hours)
    pacsv.write_csv(pq.read_table(source), file)
    source.unlink()
    return file


def _measured(file: Path, turns: int) -> list[dict[str, object]]:
    who = ["motionward"] + (["skdh"] if file.suffix in THEIRS and find_spec("skdh") else [])
    found: dict[str, list[dict[str, float]]] = {name: [] for name in who}
    for _ in range(turns):
        for name in who:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "benchmarks.readers", "--read", name, str(file)],
                cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    megabytes = file.stat().st_size / 1e6
    rows = [_row(file.name, "file", "mb", round(megabytes, 1))]
    for name, times in found.items():
        middle = {metric: float(np.median([t[metric] for t in times])) for metric in times[0]}
        rows += [_row(file.name, name, metric, round(value, 3)) for metric, value in middle.items()]
        rows.append(_row(file.name, name, "mb_per_cpu_s", round(megabytes / max(middle["cpu_s"], 1e-3), 1)))
    return rows


def _read(who: str, file: str) -> None:
    """Read a file, every sample of it, and print what that took."""
    if who == "skdh":
        import skdh.io  # noqa: PLC0415

        reader = getattr(skdh.io, THEIRS[Path(file).suffix])()
        before, begun, cpu = peak_mib(), time.perf_counter(), time.process_time()
        samples = len(reader.predict(file=file)["accel"])
    else:
        import numpy.ma  # noqa: F401, PLC0415  which numpy loads with its first median: the other has by now

        from data.readers import read  # noqa: PLC0415

        before, begun, cpu = peak_mib(), time.perf_counter(), time.process_time()
        recording, samples = read(Path(file)), 0
        for segment in (s for stream in recording.streams for s in stream.segments):
            for first in range(0, segment.n_samples, 1 << 18):
                block = segment.samples[first : min(first + (1 << 18), segment.n_samples)]
                samples += int(np.isfinite(block[:, 0]).sum())
    took = {"samples": samples, "wall_s": round(time.perf_counter() - begun, 3)}
    took |= {"cpu_s": round(time.process_time() - cpu, 3), "peak_mib": peak_mib(), "start_mib": before}
    sys.stdout.write(json.dumps(took) + "\n")


def peak_mib() -> int:
    """The most memory that this process ever used; `getrusage` would count what it was forked from as well."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)


if __name__ == "__main__":
    main()
