"""Examples of a made-up detector, for the tests of this folder."""

import numpy as np

from data.intervals import Interval
from models.adapters.example import Example
from models.detectors import Personal
from models.detectors.personal import Prototypes

PRIOR = Personal(-1.0, (0.0, 2.0), (1.0, 0.5), (0.8, -0.5), 0.5, gain=0.03, gain_sd=0.07, episode_sd=(0.15, 0.2))
PROTOTYPES = Prototypes(
    ((-0.5, 0.0, 0.0, 0.0), (0.5, 0.2, 0.0, 0.0)),
    tuple(tuple(1.0 if i == j else 0.1 for j in range(4)) for i in range(4)),
    strength=0.5, gain=0.02, gain_sd=0.07, episode_sd=(0.15, 0.2),
)  # fmt: skip


def example(seed: int, n: int = 8, *, is_positive: bool = True, away: float = 0.0, k: int = 4) -> Example:
    """Half seconds around ``away`` in the first direction, with log-odds around 0 or -3; a minute from the next."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(n, k))
    directions[:, 0] += away
    odds = rng.normal(0.0 if is_positive else -3.0, 0.5, n)
    at = seed * 60_000_000
    return Example("walk.csv", "lower-back", Interval(at, at + n * 500_000), is_positive, 1.0, directions, odds)


def support(episodes: int, others: int = 0, away: float = 0.0) -> list[Example]:
    return [example(i, away=away) for i in range(episodes)] + [
        example(100 + i, is_positive=False, away=-away) for i in range(others)
    ]
