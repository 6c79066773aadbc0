"""What a vector costs: multiply-adds, how near the convolutions come to this machine's matrix products, and a day.

``python -m benchmarks.encode`` writes ``docs/validation/encode.json``. A process of its own encodes one day, and one
two, for the memory that it takes. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.about import about
from clinic.analysis import Settings, analyze
from clinic.stored import embedder
from data.datasets.registry import DATASETS
from data.recording import CHANNELS, Placement, Recording, Segment, Side, Stream
from data.synthetic import Script, short_walk, simulate
from models.detectors import shipped
from models.embedding import CHUNK_CELLS, FORMATS, embed
from models.encoders.folder import load_encoder, load_shape_net
from models.encoders.imu import EXTRA, Conv, ShapeNet
from models.features import CELL

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation" / "encode.json"
SIZES = ((512, 512, 512), (4096, 320, 64), (8192, 192, 64))
"""Of matrix products: a square one, and two as the convolutions of a chunk are."""
REPEATS = 15
HOURS = 24
COMPARED = {"daphnet": 99, "oday": 99, "tdcsfog": 120, "rest-tremor": 20, "sisfall": 60}
"""Sets, and how many recordings of each, on which episodes in bf16 are compared with those in fp32."""


def multiply_adds(net: ShapeNet, vectors: int) -> float:
    """Of the convolutions, for one vector of a chunk of so many."""
    total = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], out: Tensor) -> None:
        assert isinstance(layer, Conv)
        total_of_layer = out.shape[2] * out.shape[3] * layer.weight.numel()
        nonlocal total
        total += total_of_layer

    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, Conv)]
    with torch.inference_mode():
        net(torch.zeros(1, vectors * CELL + EXTRA, 8))
    for hook in hooks:
        hook.remove()
    return total / vectors


def seconds(work: Callable[[], object]) -> float:
    """Median of some runs after two that warm up."""
    for _ in range(2):
        work()
    each = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        each.append(time.perf_counter() - begun)
    return statistics.median(each)


def peak() -> float:
    """Multiply-adds a second of the best of some matrix products, one thread."""
    best = 0.0
    for m, k, n in SIZES:
        a, b = torch.randn(m, k), torch.randn(k, n)
        best = max(best, m * k * n / seconds(lambda a=a, b=b: torch.mm(a, b)))  # type: ignore[misc]  # bound early
    return best


def convolutions(net: ShapeNet) -> tuple[float, float]:
    """Multiply-adds a second in the convolutions alone, and in the whole network, for a chunk; one thread."""
    x = torch.randn(1, CHUNK_CELLS * CELL + EXTRA, 8)
    inputs: list[tuple[Conv, Tensor]] = []
    hooks = [
        m.register_forward_hook(lambda layer, given, _: inputs.append((layer, given[0].detach().clone(
            memory_format=torch.preserve_format)))) for m in net.modules() if isinstance(m, Conv)
    ]  # fmt: skip
    with torch.inference_mode():
        net(x)
        for hook in hooks:
            hook.remove()
        spent = sum(seconds(lambda layer=layer, given=given: layer(given)) for layer, given in inputs)  # type: ignore[misc]  # bound early
        whole = seconds(lambda: net(x))
    done = multiply_adds(net, CHUNK_CELLS) * CHUNK_CELLS
    return done / spent, done / whole


@dataclass(frozen=True, slots=True)
class Again:
    """A piece of a recording again and again, so that a day takes no memory."""

    piece: NDArray[np.float32]
    rows: int

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return self.rows, self.piece.shape[1]

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        return np.take(self.piece, np.arange(*rows.indices(self.rows)), axis=0, mode="wrap")


def days_of_walking(hours: float) -> Stream:
    """Six axes at 50 Hz: a minute's walk again and again."""
    (stream,) = simulate(Script(short_walk(60.0))).streams
    (segment,) = stream.segments
    piece = np.asarray(segment.samples[0 : segment.n_samples])
    whole = Segment(segment.start_us, segment.rate_hz, Again(piece, round(hours * 3600 * segment.rate_hz)))
    return Stream("lower-back", Placement.LOWER_BACK, Side.MIDDLE, stream.rate_hz, CHANNELS, (whole,))


def peak_mib(hours: float) -> int:
    """Peak memory of a process of its own that encodes so many hours in fp32."""
    again = [sys.executable, "-m", "benchmarks.encode", "--only", str(hours)]
    done = subprocess.run(again, cwd=OUT.parents[2], check=True, capture_output=True, text=True)
    return int(done.stdout)


def changed_by_bf16(data: Path) -> dict[str, int]:
    """In how many real recordings, of how many, the shipped detectors' episodes are others in bf16 than in fp32."""

    def episodes(recording: Recording, number_format: str) -> list[tuple[object, ...]]:
        settings = Settings(number_format=number_format)
        found = analyze(recording, detectors, settings, embed=embedder(settings), version="").episodes
        return [(e.stream, e.phenomenon, e.interval, e.certainty) for e in found]

    detectors, told = shipped(), {"recordings": 0, "episodes": 0, "recordings_changed": 0}
    for name, most in COMPARED.items():
        for _, recording in islice(DATASETS[name].load(data), most):
            exact, near = (episodes(recording, f) for f in ("fp32", "bf16"))
            told["recordings"] += 1
            told["episodes"] += len(exact)
            told["recordings_changed"] += exact != near
    return told


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encode")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--only", type=float, metavar="HOURS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        embed(days_of_walking(given.only), load_encoder("imu-simclr"))
        unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
        sys.stdout.write(f"{round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)}\n")
        return
    begun = time.perf_counter()
    encoder = load_encoder("imu-simclr")
    net = load_shape_net(encoder)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    best = peak()
    in_convolutions, in_net = convolutions(net)
    torch.set_num_threads(threads)
    day = days_of_walking(HOURS)
    found = {
        "encoder": encoder.version,
        "weights": sum(p.numel() for p in net.parameters()),
        "weights_mb": round((encoder.folder / "weights.safetensors").stat().st_size / 1e6, 2),
        "multiply_adds_a_vector": round(multiply_adds(net, CHUNK_CELLS)),
        "matmul_peak_gmac_s": round(best / 1e9, 1),
        "convolutions_share_of_peak": round(in_convolutions / best, 3),
        "network_share_of_peak": round(in_net / best, 3),
        "day_hours": HOURS,
        "day_rate_hz": day.segments[0].rate_hz,
    }
    for number_format in FORMATS:
        started, used = time.perf_counter(), time.process_time()
        embed(day, encoder, number_format=number_format)
        found[f"day_s_{number_format}"] = round(time.perf_counter() - started, 1)
        # Of all threads: what remains comparable when the machine is doing something else after all.
        found[f"day_cpu_s_{number_format}"] = round(time.process_time() - used, 1)
    found["day_peak_mib_fp32"], found["two_days_peak_mib_fp32"] = peak_mib(HOURS), peak_mib(2 * HOURS)
    found["bf16"] = changed_by_bf16(given.data)
    found = about("python -m benchmarks.encode", begun) | found
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
