"""A slice of the faults that are put in on purpose, the whole of which `make validate` measures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.faults import FAULTS, SWAP, moves, turn_shows
from benchmarks.quality import TARGET_FALSE, TARGET_FOUND, found_in
from benchmarks.quality_recordings import LOOKED_AT, Part, half_day, part_of, real_walks, simulated_walks, two_legged
from data.quality import assess
from data.recording import Recording


@pytest.fixture(scope="module")
def walks() -> list[Recording]:
    return list(simulated_walks(3))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_a_fault_is_found_and_a_recording_without_it_is_left_alone(fault, walks):
    for seed, recording in enumerate(walks):
        assert fault.fits(recording)
        assert found_in(assess(recording), fault.kinds) == []
        assert found_in(assess(fault.put(recording, np.random.default_rng(seed))), fault.kinds)


def test_swapped_legs_are_found_however_the_sensors_were_mounted(shared_data):
    for seed, recording in enumerate(two_legged(shared_data, 4)):
        assert found_in(assess(recording), SWAP.kinds) == []
        assert found_in(assess(SWAP.put(recording, np.random.default_rng(seed))), SWAP.kinds)


def test_a_half_day_that_was_worn_is_not_taken_for_the_table():
    assert found_in(assess(half_day(1, is_worn=True)), ("not worn", "wear unsure")) == []
    assert len(found_in(assess(half_day(1, is_worn=False)), ("not worn", "wear unsure"))) == 1


def test_nobody_is_reported_on_whom_something_was_developed(shared_data):
    people = {part: {who for who, _ in real_walks(shared_data, 10_000, part)} for part in Part}
    assert not people[Part.DEVELOP] & people[Part.REPORT]
    assert people[Part.DEVELOP] >= LOOKED_AT
    assert min(map(len, people.values())) >= 40
    assert {part_of(who) for who in people[Part.REPORT]} == {Part.REPORT}


def test_a_turn_shows_where_its_wearer_walks_and_not_where_he_sits(shared_data, walks):
    rng = np.random.default_rng
    assert all(turn_shows(r, rng(0)) and moves(r, rng(0)) for r in walks)
    sitting = [r for _, r in real_walks(shared_data, 10_000) if r.source.name.startswith("motionsense/sit")]
    assert len(sitting) >= 3
    assert not any(turn_shows(r, rng(0)) or moves(r, rng(0)) for r in sitting)


def test_the_stored_figures_tell_of_every_fault(pytestconfig):
    folder = pytestconfig.rootpath / "docs" / "validation"
    results = json.loads((folder / "quality.json").read_text())["results"]
    found = {(r["task"], r["row"]): r["value"] for r in results}
    page = (folder / "quality.md").read_text()
    for name in [*(f.name for f in FAULTS), SWAP.name, "half a day not worn"]:
        assert found[name, "recordings"] >= 200
        met = found[name, "found"] >= TARGET_FOUND and found[name, "false"] <= TARGET_FALSE
        assert f"| {name} | {found[name, 'recordings']:.0f} | {found[name, 'found']:.3f} |" in page
        assert ("yes" if met else "**no**") in next(x for x in page.splitlines() if x.startswith(f"| {name} |"))
