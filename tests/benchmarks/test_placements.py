"""Figures by placement: of people who are held out, and the card says what is on record."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.placements import LEAST, table, told
from models.encoders.folder import CARD, load_encoder

STORED = Path(__file__).parents[2] / "docs" / "validation" / "placements.json"


def test_the_card_holds_the_table_that_is_on_record_of_the_encoder_that_ships() -> None:
    found, encoder = json.loads(STORED.read_text("utf-8")), load_encoder("imu-simclr")
    assert found["encoder"] == encoder.version
    assert table(found) in (encoder.folder / CARD).read_text("utf-8")


def made(people: list[str], *, features_tell: bool) -> list[tuple[str, str, np.ndarray]]:
    """Vectors of two shape values and two features; either the one or the other tells the activity."""
    rng = np.random.default_rng(0)
    out = []
    for person in people:
        for number, activity in enumerate(("sitting", "walking", "stairs")):
            signal, noise = np.full((20, 2), 5.0 * number), rng.normal(size=(20, 2))
            parts = (noise, signal) if features_tell else (signal, noise)
            out.append((person, activity, np.hstack(parts).astype(np.float32)))
    return out


def test_shape_and_features_are_told_apart() -> None:
    people = [f"set/{i}" for i in range(8)]
    row = told(made(people, features_tell=True), people[:3], 2)
    assert row is not None
    assert (row["people"], row["activities"], row["features"]) == (3, 3, 1.0)
    assert row["shape"] < 0.6
    other = told(made(people, features_tell=False), people[:3], 2)
    assert other is not None
    assert (other["shape"], other["features"] < 0.6) == (1.0, True)


def test_of_too_few_people_nothing_is_said() -> None:
    people = [f"set/{i}" for i in range(8)]
    assert told(made(people, features_tell=True), people[: LEAST - 1], 2) is None
