"""The encoder's network on labels alone: it learns them, beside the surroundings that the probe reads too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import from_scratch
from benchmarks.from_scratch import COLUMNS, _beside, page, tuned
from data.conditioning import condition, shape_input
from data.recording import CHANNELS, Segment
from models.encoders.imu import shape_net
from models.training.baselines import with_context
from models.training.corpus import Trial


def swinging(person: str, hz: float, marked: bool, seed: int) -> tuple[Trial, np.ndarray]:
    """A trial of 20 s of swinging up and down, all of it marked or none."""
    draw = np.random.default_rng(seed)
    t = np.arange(1000) / 50
    acc = draw.normal(scale=0.02, size=(1000, 3)).astype(np.float32)
    acc[:, 2] += 1 + 0.3 * np.sin(2 * np.pi * hz * t + draw.uniform(0, 6)).astype(np.float32)
    whole = np.ones(40, dtype=np.float32)
    vectors = np.zeros((40, 1), dtype=np.float16)
    return Trial(person, "tdcsfog", f"{person}{seed}", "", vectors, whole * marked, whole > 0, ()), acc


def test_the_network_learns_what_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("STEPS", 40), ("ROWS", 8), ("VECTORS", 8)):
        monkeypatch.setattr(from_scratch, name, value)
    made = [swinging("a", hz, hz > 3, seed) for seed, hz in enumerate([1.2, 6.0] * 4)]
    acc = {trial.name: rows for trial, rows in made}
    net = shape_net((8, 8, 16), 3)
    before = [p.detach().clone() for p in net.parameters()]
    head = tuned(net, 5e-3, [trial for trial, _ in made], acc, 1)
    assert any(not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    means, said = [], []
    for _, rows in (swinging("b", hz, False, 90 + i) for i, hz in enumerate([1.2, 1.2, 6.0, 6.0])):
        source = condition(Segment(0, 50.0, rows), CHANNELS[:3])
        with torch.inference_mode():
            vectors = net(torch.from_numpy(shape_input(source, -100, 1101))[None])[0]
        means.append(vectors.mean(dim=0))
        said.append(float((with_context(vectors.numpy()) @ head).mean()))
    slow, fast = torch.stack(means[:2]), torch.stack(means[2:])
    assert (slow.mean(0) - fast.mean(0)).norm() > 5 * max((slow[0] - slow[1]).norm(), (fast[0] - fast[1]).norm())
    assert max(said[:2]) < min(said[2:])


def test_the_head_reads_the_surroundings_that_the_probe_reads() -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    np.testing.assert_array_equal(_beside(torch.from_numpy(vectors)[None])[0].numpy(), with_context(vectors))


def test_the_page_has_a_table_for_each_number_of_givers_and_the_range_of_what_was_drawn() -> None:
    rows = [
        {"givers": "4 people", "row": "from scratch, shape alone", "draw": i, "figures": dict.fromkeys(COLUMNS, v)}
        for i, v in enumerate((0.7, 0.8))
    ]
    text = page({"rows": rows})
    assert "| from scratch, shape alone | .750 (.700 to .800)" in text
    assert text.count("## Labels of") == 2
