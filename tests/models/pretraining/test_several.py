"""Several processes that share a batch learn what one does; bf16 learns nearly that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.encoders.imu import shape_net
from models.pretraining import corpus, train
from models.pretraining.several import Shared
from tests.models.pretraining.tiny import small, tiny

ROOT = Path(__file__).parents[3]


def losses(name: str, out: Path, processes: int, **training: object) -> np.ndarray:
    """The metrics of a training by so many processes."""
    many = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] if processes > 1 else []
    script = ROOT / "tests" / "models" / "pretraining" / "apart.py"
    subprocess.run(
        [sys.executable, *many, str(script), name, str(out), json.dumps(training)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
    )
    return np.loadtxt(out / "metrics.csv", delimiter=",", skiprows=1)


@pytest.mark.parametrize(("name", "training"), [("simclr", {}), ("relcon", {}), ("masked", {"batch": 21})])
def test_two_processes_give_the_losses_of_one(name: str, training: dict[str, int], tmp_path: Path) -> None:
    one, two = (losses(name, tmp_path / str(n), n, **training) for n in (1, 2))
    assert two.shape == (8, 3)
    np.testing.assert_allclose(two, one, rtol=2e-3, atol=2e-4)
    assert not (tmp_path / "2" / train.KEPT).exists()


def test_half_precision_trains_to_nearly_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    seen = corpus.load_corpus(tmp_path, {"tiny": ["5"]})
    settings = small("simclr", steps=20)
    _, exact = train.fit(seen, settings)
    settings["training"] |= {"format": "bf16"}
    _, rough = train.fit(seen, settings)
    assert rough != exact
    assert rough["objective"] == pytest.approx(exact["objective"], rel=0.03)


def test_an_unknown_number_format_is_refused() -> None:
    with pytest.raises(ValueError, match="fp64"):
        Shared(shape_net((16, 16, 32)), "fp64")
