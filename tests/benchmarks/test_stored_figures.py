"""The figures on record are those of what ships: versions agree, and a small slice is measured again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.probing import SEED, Probe, fitted, tracks
from models.encoders.folder import load_encoder
from models.evaluation.metrics import summary
from models.training.corpus import trials

STORED = Path(__file__).parents[2] / "docs" / "validation"
SHIPPED = "SimCLR and activities"


def stored(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STORED / name).read_text("utf-8"))
    return found


def record(name: str) -> dict[str, Any]:
    """What was measured of the first seed of an encoder."""
    return next(r for r in stored("encoder.json")["measured"] if r["name"] == name)


def test_figures_are_of_the_encoder_that_ships() -> None:
    version = load_encoder("imu-simclr").version
    assert record(SHIPPED)["version"] == version
    assert stored("falls.json")["encoder"] == stored("few_labels.json")["encoder"] == version


def test_a_probe_of_one_hospital_does_in_two_others_what_is_on_record(shared_data: Path) -> None:
    encoder = load_encoder("imu-simclr")
    home = trials(shared_data, "tdcsfog", encoder)
    shape = Probe(slice(0, encoder.widths[2]))
    probe = fitted(home, shape, SEED)
    figures = record(SHIPPED)["figures"][SHIPPED]
    for site, column in (("daphnet-trunk", "Daphnet"), ("oday-lumbar", "O'Day")):
        found = summary(tracks(probe, trials(shared_data, site, encoder), shape)).auroc
        assert found == pytest.approx(figures[column], abs=0.005)
