"""A small detector with random weights and made-up vectors, for the tests of this folder."""

import numpy as np
import torch

from data.grid import half_seconds
from data.recording import Placement, Segment, Side, Stream
from models.calibration import Calibration, Known
from models.detectors import Detector, Network, OperatingPoint, Rules
from models.detectors.context import ContextNet
from models.embedding import Embeddings

ACC = ("acc_x", "acc_y", "acc_z")
DIM = 10
RATE = 50.0


def network(members: int = 2, dilations: tuple[int, ...] = (1, 2, 4)) -> Network:
    weights = []
    for seed in range(members):
        torch.manual_seed(seed)
        net = ContextNet(6, 8, dilations)
        weights.append(
            {k: v.detach().numpy() * (8.0 if k.startswith("leave") else 1.0) for k, v in net.state_dict().items()}
        )
    return Network(
        np.array([0, 1, 3, 4, 7, 9]), np.zeros(6, np.float32), np.ones(6, np.float32), 5.0, 8, dilations, tuple(weights)
    )


def detector(threshold: float = 0.5, **rules: int) -> Detector:
    return Detector(
        "freezing-of-gait-nowhere",
        "0123456789ab",
        "freezing of gait",
        (Placement.LOWER_BACK, Placement.TRUNK),
        "nothing",
        "enc",
        ACC,
        20.0,
        Rules(
            threshold,
            0.5,
            rules.get("merge_gap_us", 1_000_000),
            rules.get("min_duration_us", 1_000_000),
            rules.get("bridge_us", 0),
        ),
        Calibration(1.0, 0.0, (0.01, 0.0, 0.01)),
        (OperatingPoint(0.2, 20.0, 4.0, 0.9), OperatingPoint(0.5, 8.0, 1.0, 0.7), OperatingPoint(0.8, 2.0, 0.1, 0.3)),
        network(),
        Known(np.zeros(6, np.float32), np.eye(6, dtype=np.float32), 3.5, 4.0),
    )


def stream(*pieces: tuple[float, float], rate: float = RATE, channels: tuple[str, ...] = ACC) -> Stream:
    """A stream with a segment for each ``(start_s, length_s)``; the samples do not matter."""
    segments = tuple(
        Segment(round(a * 1e6), rate, np.zeros((round(n * rate), len(channels)), np.float32)) for a, n in pieces
    )
    return Stream("lower-back", Placement.LOWER_BACK, Side.MIDDLE, rate, channels, segments)


def vectors_of(worn: Stream, seed: int = 0) -> Embeddings:
    """Made-up vectors that wander slowly, different for each segment start, so that parts equal the whole."""
    grid = half_seconds(worn)
    pieces = []
    for segment, run in zip(worn.segments, grid.runs, strict=True):
        rng = np.random.default_rng([seed, segment.start_us])
        steps = rng.normal(size=(run.stop - run.start, DIM))
        pieces.append(np.cumsum(steps, axis=0) / np.sqrt(1 + np.arange(len(steps)))[:, None] if len(steps) else steps)
    vectors = np.concatenate(pieces).astype(np.float16)
    return Embeddings(worn.name, "enc", grid, vectors, np.ones(len(grid), bool))
