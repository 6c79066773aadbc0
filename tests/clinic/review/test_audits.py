"""An audit is about exactly the flags it was drawn from, is kept as drawn, and hard stretches widen its intervals."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from clinic.review.audit_sample import Kind
from clinic.review.auditing import answers_csv, entry, header, replies_from, window_of
from clinic.review.audits import Audit, audit_for, elsewhere, outdated, plan_from, plan_of, plan_text, scope_of
from clinic.review.reviewed_rate import reviewed
from clinic.review.reviewed_words import detector_words, headline
from clinic.store.rows import AnswerRow, RunRow, Said, SampleRow
from clinic.timeline.clock import HOUR_US, SECOND_US, WallClock
from clinic.timeline.lane import Lane, lane
from data.errors import MotionwardError
from data.intervals import Interval
from tests.clinic.review.audits_made import answered
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, flag, hours, recording, span, week

HALF = np.arange(MONDAY_US, MONDAY_US + 24 * HOUR_US, 500_000, dtype=np.int64)
CHANCE = np.random.default_rng(0).random(len(HALF))
DAY = hours(0, 0, 24)


def one_day() -> Lane:
    spans, flags = week([12])
    return lane(spans, [*flags, flag(MONDAY_US + 15 * HOUR_US, certainty="unsure")], "lower-back", FOG)


def drawn(found: Lane, runs: tuple[str, ...] = ("run",)) -> SampleRow:
    plan = plan_of(found, DAY, HALF, CHANCE, looks=30, seed=5)
    return SampleRow("P-01", "lower-back", FOG, runs, ("v1",), DAY, 5, len(plan.items), plan_text(plan), id="s1")


def says(stretch: int, verdict: str = Said.NOT_THERE, episodes: int | None = None) -> AnswerRow:
    return AnswerRow(f"a{stretch}", "s1", stretch, verdict, episodes, "anna", MONDAY_US, stretch)


RUNS = [RunRow("run", "rec", 1, {"detectors": [{"name": "freezing-of-gait-lower-back", "version": "v1"}]})]


def test_a_plan_is_read_back_as_it_was_drawn() -> None:
    plan = plan_of(one_day(), DAY, HALF, CHANCE, looks=30, seed=5)
    assert plan_from(plan_text(plan)) == plan
    assert plan_of(one_day(), DAY, HALF, CHANCE, looks=30, seed=5) == plan
    assert {i.stratum.kind for i in plan.items} == set(Kind)


def test_the_end_of_an_earlier_episode_is_none_of_these_days_clear_time() -> None:
    worn = hours(0, 8, 18)
    across = flag(worn.start - 60 * SECOND_US, 120)
    found = lane([span("worn", worn), span("clear", worn)], [across], "lower-back", FOG)
    plan = plan_of(found, worn, HALF, CHANCE, looks=400, seed=1)
    assert plan.covered_us == worn.duration - 60 * SECOND_US
    assert not any(i.interval.overlaps(across.interval) for i in plan.items)


def test_where_nothing_was_judged_there_is_nothing_to_draw() -> None:
    empty = lane([span("worn", hours(0, 8, 9))], [], "lower-back", FOG)
    with pytest.raises(MotionwardError, match="nothing to look at"):
        plan_of(empty, DAY, HALF, CHANCE, seed=1)
    twice = replace(one_day(), episodes=(flag(MONDAY_US, 9, name="a"), flag(MONDAY_US + 1, 9, name="b")))
    with pytest.raises(MotionwardError, match="overlap"):
        plan_of(twice, DAY, HALF, CHANCE, seed=1)


def test_an_audit_is_about_its_own_analyses_and_days_alone() -> None:
    found = one_day()
    sample = drawn(found)
    scope = scope_of("P-01", [recording(1)], RUNS, found, DAY)
    audit = audit_for(scope, [sample], [says(0), says(1), replace(says(2), sample="other")])
    assert audit is not None
    assert len(audit.answers) == 2
    assert audit.open == tuple(range(2, sample.stretches))
    assert not audit.is_done
    assert audit_for(replace(scope, interval=hours(0, 0, 48)), [sample], []) is None
    again = replace(scope, runs=("run 2",))
    assert audit_for(again, [sample], [says(0)]) is None
    words = outdated(again, [sample], [says(0)], ["v2"])
    assert words.startswith("An audit was made of an earlier analysis, by detector v1; these flags are by v2.")
    assert outdated(scope, [sample], [says(0)], ["v1"]) == ""
    assert outdated(again, [sample], [], ["v2"]) == ""  # nobody looked at anything


def test_once_all_is_answered_the_headline_speaks_of_episodes_and_of_who_looked() -> None:
    found = one_day()
    sample = drawn(found)
    plan = plan_from(sample.plan)
    flags = [k for k, i in enumerate(plan.items) if i.stratum.kind is Kind.FLAG]
    said = [says(k, Said.THERE if k in flags[1:] else Said.NOT_THERE) for k in range(len(plan.items))]
    audit = Audit(sample, plan, tuple(said))
    assert audit.is_done
    assert audit.reviewers == "anna"
    words = headline(FOG, audit.reviewed())
    assert words is not None
    assert words.first.startswith("Freezing of gait: ")
    assert "episodes per worn hour (" in words.first
    assert f"1 of {len(flags)} flags was wrong" in words.second
    assert "of 12 flags" in words.second


def test_a_stretch_that_nobody_could_tell_widens_every_interval_and_moves_no_value() -> None:
    plan, answers = answered((Kind.FLAG, 30, [1] * 7 + [0, 0]), (Kind.CLEAR, 200, [0] * 19 + [1]))
    told = [a for k, a in enumerate(answers) if k not in (0, 12)]
    without = reviewed(plan, told)
    found = reviewed(plan, told, untold=[answers[0].item, answers[12].item])
    assert found.flags.untold == found.clear.untold == 1
    assert found.flags.seen == without.flags.seen
    for a, b in zip(
        (found.rate, found.precision, found.sensitivity),
        (without.rate, without.precision, without.sensitivity),
        strict=True,
    ):
        assert a is not None
        assert b is not None
        assert a.value == b.value
        assert a.low <= b.low <= b.high <= a.high
        assert a.high - a.low > b.high - b.low
    assert "of 2 more nobody could tell" in headline(FOG, found).second  # type: ignore[union-attr]  # checked above
    assert "of the flags are right" in detector_words(found)
    with pytest.raises(ValueError, match="another stretch"):
        reviewed(plan, told, untold=[told[0].item])


def test_what_reaches_into_a_flag_is_counted_there() -> None:
    found = one_day()
    plan = plan_of(found, DAY, HALF, CHANCE, looks=400, seed=2)
    first = min((i for i in plan.items if i.stratum.kind is Kind.FLAG), key=lambda i: i.interval)
    before = next(i for i in plan.items if i.interval.end == first.interval.start)
    view = Interval(first.interval.start - 60 * SECOND_US, first.interval.end + 90 * SECOND_US)
    assert elsewhere(plan, plan.items.index(before), found, view)[0] == first.interval
    assert elsewhere(plan, plan.items.index(first), found, view) == ()
    second = next(i for i in plan.items if i.interval.start == first.interval.start + 60 * SECOND_US)
    assert elsewhere(plan, plan.items.index(second), found, view) == (first.interval,)


def test_the_canvas_is_told_nothing_that_the_detector_said() -> None:
    found = one_day()
    sample = drawn(found)
    audit = Audit(sample, plan_from(sample.plan), ())
    head = header(audit, DAY, WallClock("UTC"), "lower back", (), (), mine=0)
    item = audit.plan.items[0]
    one = entry(0, item, window_of(item, DAY), (), {})
    words = repr((head, one)).lower()
    assert not any(w in words for w in ("probab", "peak", "flag", "stratum", "sure", str(item.probability)))
    assert one["view"][1] - one["view"][0] >= 30 * SECOND_US


def test_the_canvas_of_several_days_is_told_them() -> None:
    sample = drawn(one_day())
    audit, clock = Audit(sample, plan_from(sample.plan), ()), WallClock("UTC")
    week = Interval(DAY.start, DAY.start + 3 * DAY.duration)
    told = header(audit, week, clock, "lower back", (), (), mine=0)["days"]
    assert told == [[d.interval.start, d.short] for d in clock.days(week)]
    assert len(told) == 3
    assert header(audit, DAY, clock, "lower back", (), (), mine=0)["days"] == []


def test_answers_of_the_canvas_are_read_and_nonsense_is_left_out() -> None:
    good = {"id": "1", "kind": "answer", "stretch": 4, "verdict": "there", "episodes": 3}
    kept = replies_from(
        [good, {"id": "2", "kind": "undo"}, {**good, "verdict": "perhaps"}, {**good, "stretch": None}, "?",
         {**good, "id": "3", "verdict": "not there"}]
    )  # fmt: skip
    assert [(r.id, r.stretch, r.verdict, r.episodes) for r in kept] == [
        ("1", 4, Said.THERE, 3), ("2", -1, None, None), ("3", 4, Said.NOT_THERE, None),
    ]  # fmt: skip
    assert replies_from(None) == ()


def test_the_table_holds_every_stretch_with_what_was_said() -> None:
    sample = drawn(one_day())
    plan = plan_from(sample.plan)
    audit = Audit(sample, plan, (says(0, Said.THERE, 2), says(1, Said.CANNOT_TELL)))
    rows = list(csv.DictReader(io.StringIO(answers_csv(audit, MONDAY_US, WallClock("UTC")))))
    assert len(rows) == len(plan.items)
    assert [(r["verdict"], r["episodes"]) for r in rows[:3]] == [("there", "2"), ("cannot tell", ""), ("", "")]
    assert float(rows[0]["start_s"]) * 1e6 == plan.items[0].interval.start - MONDAY_US
