"""Six people who swing slowly or fast, and a recipe small enough for a test.

Import as ``from tests.models.pretraining.tiny import ...``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from data.datasets.common import Site, packed, whole
from data.recording import Placement, Recording, Side
from models.pretraining import corpus, train

RECIPES = Path(corpus.__file__).parent / "recipes"


def tiny(root: Path) -> Iterator[tuple[str, Recording]]:
    """Six people who either swing slowly or fast."""
    draw = np.random.default_rng(len(root.name))
    for person in range(6):
        for trial in range(4):
            t = np.arange(50 * 14) / 50
            x = draw.normal(scale=0.05, size=(len(t), 6)).astype(np.float32)
            x[:, 2] += 1 + 0.4 * np.sin(2 * np.pi * (1.1 + 2.5 * (trial % 2)) * t + draw.uniform(0, 6))
            label = ("slow", "fast", "slow", "fall")[trial]
            site = Site(Placement.WAIST, Side.MIDDLE, x)
            yield str(person), packed(f"{person}/{trial}", 50.0, [site], whole(len(t), 50.0, label), device="tiny")


def small(name: str, steps: int = 25) -> dict[str, Any]:
    """A recipe that ships, made small."""
    settings = train.read_recipe(RECIPES / f"{name}.toml")
    settings |= {"widths": [16, 16, 32], "held_out": {"tiny": ["5"]}}
    settings["training"] |= {"steps": steps, "batch": 20}
    if "mining" in settings:
        settings["distance"] |= {"steps": 3, "batch": 8}
        settings["mining"] |= {"blocks": 2, "people": 4, "each": 4, "candidates": 9}
    return settings
