"""The page of the reviewed rate says where intervals hold and where not, and what is on record is what ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.reviewed_rate import EACH, ONE_SIDED, OTHERS, SCENARIOS, Tally, measure, overall, page
from benchmarks.simulated_audits import Found, Patient, Scenario, answers, belonging, patient
from clinic.review.audit_sample import Kind, audit_plan
from clinic.timeline.clock import SECOND_US
from data.grid import HOP_US
from data.intervals import Interval
from models.scores import Certainty

STORED = Path(__file__).parents[2] / "docs" / "validation"


def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STORED / "reviewed_rate.json").read_text("utf-8"))
    return found


def seconds(a: float, b: float) -> Interval:
    return Interval(round(a * SECOND_US), round(b * SECOND_US))


def test_an_episode_belongs_to_the_first_flag_it_touches_else_to_where_it_starts() -> None:
    flags = [Found(seconds(10, 14), 0.9, Certainty.SURE), Found(seconds(16, 20), 0.9, Certainty.SURE)]
    unsure = [Found(seconds(30, 34), 0.4, Certainty.UNSURE)]
    truth = (seconds(9, 17), seconds(29, 31), seconds(59, 62), seconds(90, 120))
    half = HOP_US * np.arange(160, dtype=np.int64)
    made = Patient(truth, (*flags, *unsure), (seconds(0, 80),), half, np.zeros(160))
    told = belonging(made)
    assert told.owned == {flags[0].interval: 1, unsure[0].interval: 1}
    assert told.touched == {f.interval for f in flags}
    assert (told.in_flags, told.elsewhere, told.total) == (1, 2, 3)  # the last starts where nothing was judged
    plan = audit_plan(made.episodes, made.judged, half, made.probability, window_us=30 * SECOND_US)
    said = {a.item.interval: (a.found, a.count) for a in answers(plan, told, 1.0)}
    assert said[flags[1].interval] == (True, 0)  # right, its episode counted with the flag before
    assert sum(count for _, count in said.values()) == told.total
    held = [a.item.interval for a in answers(plan, told, 1.0) if a.found and a.item.stratum.kind is Kind.CLEAR]
    assert [w.start <= 59 * SECOND_US < w.end for w in held] == [True]


def test_the_reviewer_of_everything_finds_the_truth() -> None:
    for k, s in enumerate((Scenario("fair", hours=2, skill=3, claimed=3), Scenario("bouts", hours=2, in_bouts=True))):
        p = patient(s, np.random.default_rng(k))
        plan = audit_plan(p.episodes, p.judged, p.half_second_us, p.probability, looks=10_000)
        truth = belonging(p)
        assert truth.total > 0
        assert sum(a.count for a in answers(plan, truth, 1.0)) == truth.total


def test_a_perfect_detector_flags_every_episode_and_nothing_else() -> None:
    p = patient(Scenario("perfect", hours=2, skill=None), np.random.default_rng(3))
    truth = belonging(p)
    assert truth.elsewhere == 0
    assert len(truth.touched) == len(p.episodes) > 0


def test_the_interval_holds_on_a_few_patients_of_hard_kinds() -> None:
    """90 of them: 0.88 lies three standard errors below 0.95."""
    chosen = ("fair detector", "few episodes, 0.3 an hour, 24 h", "windows of 30 s, poor detector")
    results = [measure(s, k, 30) for k, s in enumerate(SCENARIOS) if s.name in chosen]
    assert overall(results, "ours") >= 0.88
    assert overall(results, "Wald") < overall(results, "ours")
    assert overall(results, "precision") >= 0.88
    assert overall(results, "sensitivity") >= 0.88


def test_what_is_on_record_is_of_these_scenarios_and_keeps_what_it_promises() -> None:
    told = stored()
    assert [r["scenario"] for r in told["results"]] == [s.name for s in SCENARIOS]
    assert told["each"] == EACH
    assert told["patients"] >= 2000
    assert (STORED / "reviewed_rate.md").read_text("utf-8") == page(told)
    two_sided = [r for r in told["results"] if r["scenario"] not in ONE_SIDED]
    assert 0.93 <= overall(two_sided, "ours") <= 0.97


def test_a_small_slice_of_the_record_is_measured_again() -> None:
    number = next(k for k, s in enumerate(SCENARIOS) if s.name == "short, 2 h")
    record = stored()["results"][number]
    again = measure(SCENARIOS[number], number, 40)
    assert again["rate"] == pytest.approx(record["rate"], rel=0.3)
    for name in ("ours", *OTHERS):
        assert again[name]["width"] == pytest.approx(record[name]["width"], rel=0.3)


def test_a_miss_is_said_with_its_side_and_its_size() -> None:
    tally = Tally()
    for truth in (0.5, 1.5, 1.5, 2.5):
        tally.add(truth, 1.0, 2.0)
    assert tally.told() == {"said": 4, "covered": 0.5, "truth_below": 0.25, "truth_above": 0.25, "width": 1.0}
    told = stored()
    for r in told["results"]:
        r["ours"] = tally.told()
    text = page(told)
    assert "where both sides can miss: rate 0.500, missed by 0.430; precision " in text
    assert "below the wanted: good detector; " in text
    assert "Above: none." in text


def test_what_could_not_be_said_has_a_dash() -> None:
    told = stored()
    told["results"][0]["sensitivity"] = Tally().told()
    row = next(line for line in page(told).splitlines() if line.startswith(f"| {SCENARIOS[0].name} "))
    assert row.endswith("| – |")
