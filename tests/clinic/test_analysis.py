"""Which detectors judge a recording, and what is said where none can."""

from __future__ import annotations

import pytest

from clinic.analysis import Analysis, Settings, analyze
from clinic.stored import embedder
from data.recording import Placement, Recording
from models.detectors import shipped
from tests.signals import moving, recording_of

SETTINGS = Settings()


def worn_at(placement: Placement) -> Recording:
    return recording_of([(0.0, moving(60, channels=3))], placement=placement)


def analysed(placement: Placement) -> Analysis:
    return analyze(worn_at(placement), shipped(), SETTINGS, embed=embedder(SETTINGS), version="test")


@pytest.mark.parametrize(
    ("placement", "phenomena"),
    [
        (Placement.LOWER_BACK, {"freezing of gait"}),
        (Placement.WAIST, {"freezing of gait", "fall"}),
        (Placement.HAND, {"rest tremor"}),
    ],
)
def test_a_stream_is_judged_for_what_its_place_has_detectors_of(placement: Placement, phenomena: set[str]) -> None:
    found = analysed(placement)
    assert {j.phenomenon for j in found.judgements} == phenomena
    assert all(j.detector for j in found.judgements)
    used = {d["name"] for d in found.manifest["detectors"]}
    assert used == {d.name for d in shipped() if placement in d.placements}


def test_where_there_is_no_detector_one_reason_is_given_not_one_for_each_phenomenon() -> None:
    (only,) = analysed(Placement.WRIST).judgements
    assert {reason for _, reason in only.not_judged} == {"no detector of freezing of gait for a sensor at: wrist"}
    assert only.episodes == ()


def test_a_fall_is_flagged_and_hours_of_sitting_are_not() -> None:
    sitting = moving(120, channels=3, size_g=0.01)
    fallen = sitting.copy()
    at = 60 * 50
    fallen[at - 20 : at, :3] *= 0.2  # falling
    fallen[at : at + 4, :3] = (1.5, 2.0, 3.5)  # the impact
    fallen[at + 4 :, :3] = fallen[at + 4 :, [2, 0, 1]]  # lying
    flags = {}
    for name, samples in (("fallen", fallen), ("sitting", sitting)):
        recording = recording_of([(0.0, samples)], placement=Placement.WAIST)
        found = analyze(recording, shipped(), SETTINGS, embed=embedder(SETTINGS), version="test")
        origin = recording.interval.start
        flags[name] = [(e.interval.start - origin) / 1e6 for e in found.episodes if e.phenomenon == "fall"]
    assert flags["sitting"] == []
    assert len(flags["fallen"]) >= 1
    assert all(57 <= start <= 63 for start in flags["fallen"])
