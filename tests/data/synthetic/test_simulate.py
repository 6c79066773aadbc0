from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from data.intervals import Interval, intersect, subtract, total
from data.recording import Clock, Placement
from data.synthetic import Act, Phase, Script, days_of, short_walk, simulate
from data.synthetic.habits import Habits
from data.synthetic.plan import ON_TABLE, SITTING, STANDING, check, walk
from tests.signals import START_US, US, freezing_walk


def later(act: Act, seconds: float) -> Act:
    phases = tuple(Phase(p.kind, p.start_s + seconds, p.end_s + seconds, p.strength) for p in act.phases)
    return Act(act.kind, act.start_s + seconds, act.end_s + seconds, act.up, phases)


MIXED = (
    Act("sit", 0.0, 31.3, SITTING, (Phase("tremor", 5.0, 25.0),)),
    Act("stand", 31.3, 33.0, STANDING),
    *(later(a, 33.0) for a in short_walk(40.0, ((12.0, 5.0),))),
    Act("chores", 73.0, 101.7, STANDING),
    Act("sleep", 101.7, 150.0, (0.1, 0.05, 0.993)),
    Act("handle", 150.0, 171.0, ON_TABLE),
    Act("table", 171.0, 200.0, ON_TABLE),
)
PLACES = (Placement.LOWER_BACK, Placement.ANKLE, Placement.WRIST)
RECORDING = simulate(Script(MIXED, 50.0, START_US, placements=PLACES), 3)
WHOLE = {s.name: s.segments[0].samples[:] for s in RECORDING.streams}


def spans(recording, label: str) -> list[Interval]:
    return [a.interval for a in recording.annotations if a.label == label]


def of_interval(recording, interval: Interval) -> np.ndarray:
    (segment,) = recording.streams[0].segments
    a, b = (round((t - segment.start_us) * segment.rate_hz / 1e6) for t in (interval.start, interval.end))
    return segment.samples[a:b]


def dominant_hz(acc: np.ndarray, rate_hz: float) -> float:
    f, p = signal.welch(acc - acc.mean(axis=0), rate_hz, nperseg=min(len(acc), round(3 * rate_hz)), axis=0)
    power = p.sum(axis=1)
    return float(f[1:][power[1:].argmax()])


@given(st.sampled_from(RECORDING.streams), st.integers(-50, 10_050), st.integers(-50, 10_050), st.integers(1, 7))
def test_a_slice_is_the_same_rows_of_the_whole(stream, a, b, step):
    whole = WHOLE[stream.name]
    np.testing.assert_array_equal(stream.segments[0].samples[a:b:step], whole[a:b:step])


@given(st.lists(st.integers(0, 9_999), min_size=1, max_size=12))
def test_the_order_of_reading_changes_nothing(starts):
    samples = simulate(Script(MIXED, 50.0), 3).streams[0].segments[0].samples
    for a in starts:
        np.testing.assert_array_equal(samples[a : a + 100], WHOLE["lower-back"][a : a + 100])


def test_one_seed_fixes_everything_and_another_changes_it():
    def again(seed):
        return simulate(Script(MIXED, 50.0, START_US, placements=PLACES), seed)

    assert again(3).source == RECORDING.source
    assert again(3).annotations == RECORDING.annotations
    np.testing.assert_array_equal(again(3).streams[1].segments[0].samples[:], WHOLE["left-ankle"])
    assert again(4).source.sha256 != RECORDING.source.sha256
    assert (again(4).streams[0].segments[0].samples[:] != WHOLE["lower-back"]).any()


def test_values_are_whole_steps_of_a_sixteen_bit_sensor():
    for x in WHOLE.values():
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x[:, :3] * 4096, np.rint(x[:, :3] * 4096))
        np.testing.assert_array_equal(x[:, 3:] * 16, np.rint(x[:, 3:] * 16))
        assert np.abs(x[:, :3]).max() < 8
        assert np.abs(x[:, 3:]).max() < 2000


def test_a_recording_says_that_it_is_simulated():
    assert RECORDING.is_simulated
    assert "simulated" in RECORDING.device
    assert RECORDING.zone == "Europe/Berlin"
    assert [s.name for s in RECORDING.streams] == ["lower-back", "left-ankle", "left-wrist"]


@pytest.mark.parametrize("seed", range(4))
def test_gravity_is_1_g_at_rest_and_nothing_turns(seed):
    recording = simulate(Script((Act("stand", 0, 30, STANDING), Act("table", 30, 90, ON_TABLE))), seed)
    x = of_interval(recording, Interval(START_US + 40 * US, START_US + 90 * US))
    assert abs(np.linalg.norm(x[:, :3].mean(axis=0)) - 1) < 0.02
    assert x[:, :3].std(axis=0).max() < 0.004
    assert np.abs(x[:, 3:].mean(axis=0)).max() < 1.5


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("placement", [Placement.LOWER_BACK, Placement.ANKLE])
def test_freezing_trembles_at_3_to_8_hz_and_walking_does_not(seed, placement):
    recording = freezing_walk(((25.0, 10.0),), seed=seed, placement=placement)
    (freeze,) = spans(recording, "freezing of gait")
    assert freeze == Interval(START_US + 25 * US, START_US + 35 * US)
    trembling = of_interval(recording, freeze)[:, :3]
    assert 3 <= dominant_hz(trembling, 100.0) <= 8
    assert 0.03 < trembling.std(axis=0).max() < 0.5
    walking = of_interval(recording, Interval(START_US + 5 * US, START_US + 16 * US))

    def low_share(x):
        f, p = signal.welch(x - x.mean(axis=0), 100.0, nperseg=300, axis=0)
        return p[(f > 0.5) & (f < 3)].sum() / p[(f >= 3) & (f < 8)].sum()

    assert low_share(walking[:, :3]) > 2 * low_share(trembling)


@pytest.mark.parametrize("seed", range(4))
def test_an_akinetic_freeze_hardly_trembles(seed):
    recording = simulate(Script(short_walk(50.0, ((20.0, 10.0),), akinetic=(0,)), 100.0), seed)
    (freeze,) = spans(recording, "freezing of gait")
    inside = of_interval(recording, Interval(freeze.start + US, freeze.end - US))
    b, a = signal.butter(4, [3, 8], "bandpass", fs=100)
    assert signal.filtfilt(b, a, inside[:, :3], axis=0).std() < 0.012


def test_steps_come_at_the_same_instants_at_every_rate():
    slow, fast = (freezing_walk((), 40.0, rate_hz=r, seed=5) for r in (50.0, 200.0))
    a = slow.streams[0].segments[0].samples[:][:, 0]
    b = signal.resample_poly(fast.streams[0].segments[0].samples[:][:, 0].astype(float), 1, 4)
    assert np.corrcoef(a[200:1800], b[200:1800])[0, 1] > 0.9


def test_a_turn_is_the_area_under_the_yaw_rate():
    plan = (
        Act("stand", 0.0, 5.0, STANDING),
        walk(5.0, (("steps", 6.0, 1.0), ("turn", 2.5, 180.0), ("steps", 6.5, 1.0))),
        Act("stand", 20.0, 25.0, STANDING),
    )
    recording = simulate(Script(plan, 100.0), 2)
    (segment,) = recording.streams[0].segments
    x = segment.samples[:]
    up = x[:400, :3].mean(axis=0)
    yaw = (x[:, 3:] - x[:400, 3:].mean(axis=0)) @ (up / np.linalg.norm(up))
    assert abs(yaw[1080:1370].sum() / 100 - 180) < 45
    assert spans(recording, "turning") == [Interval(START_US + 11 * US, START_US + 13_500_000)]


def test_rest_tremor_is_4_to_6_hz_at_the_wrist_and_named_there_alone():
    (tremor,) = [a for a in RECORDING.annotations if a.label == "rest tremor"]
    assert tremor.stream == "left-wrist"
    assert 4 <= dominant_hz(WHOLE["left-wrist"][300:1200, :3], 50.0) <= 6
    assert WHOLE["lower-back"][300:1200, :3].std(axis=0).max() < 0.02


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(1, 55), st.floats(0.1, 20)), min_size=1, max_size=4))
def test_gaps_are_gaps_and_annotations_lie_inside_segments(gaps):
    pieces = [(a, min(59.0, a + d)) for a, d in gaps]
    recording = freezing_walk(((25.0, 10.0),), gaps=pieces)
    (stream,) = recording.streams
    whole = freezing_walk(((25.0, 10.0),)).streams[0].segments[0]
    for segment in stream.segments:
        first = round((segment.start_us - START_US) / 1e4)
        np.testing.assert_array_equal(segment.samples[:], whole.samples[first : first + segment.n_samples])
    for annotation in recording.annotations:
        assert intersect([annotation.interval], stream.recorded) == (annotation.interval,)
    missing = [Interval(START_US + round(a * 1e6), START_US + round(b * 1e6)) for a, b in pieces]
    assert total(subtract(stream.gaps, missing)) <= 4 * 10_000


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 28), 47),
        ("Europe/Berlin", (2026, 10, 24), 49),
        ("Australia/Sydney", (2026, 10, 3), 47),
        ("Australia/Sydney", (2026, 4, 4), 49),
    ],
)
def test_habits_follow_the_wall_clock_over_a_change_of_clocks(zone, date, hours):
    start = datetime(*date, 7, tzinfo=ZoneInfo(zone))
    life = days_of(3, int(start.timestamp()) * US, zone, Habits(worn_nights=frozenset({0, 1})), seed=1)
    # The first dose of the third day, on the wall clock and as time gone by.
    third = next(d for d in life.doses_s if d > (hours - 5) * 3600)
    local = datetime.fromtimestamp(start.timestamp() + third, ZoneInfo(zone))
    assert local.date() == start.date() + timedelta(days=2)
    assert 7 <= local.hour + local.minute / 60 < 9
    assert hours <= third / 3600 < hours + 2


def test_on_an_idle_day_nothing_is_worn_and_doses_are_taken_all_the_same():
    habits = Habits(charged_nights=frozenset(range(3)), idle=frozenset({1, 2}))
    life = days_of(4, START_US, "Europe/Berlin", habits, seed=1)
    ((begin, end),) = life.gaps
    assert (end - begin) / 3600 == pytest.approx(
        3 * 24 - (habits.off - habits.on) - 0.75, abs=1
    )  # three nights, two days
    assert {a.kind for a in life.plan if a.start_s >= begin and a.end_s <= end} == {"table"}
    assert sum(begin < d < end for d in life.doses_s) >= 8


@pytest.mark.parametrize("idle", [{0}, {3}, {2}], ids=["first", "last", "after a worn night"])
def test_an_idle_day_that_cannot_be_is_refused(idle):
    with pytest.raises(ValueError, match="idle day"):
        days_of(4, START_US, "Europe/Berlin", Habits(idle=frozenset(idle), worn_nights=frozenset({1})), seed=1)


def test_a_relative_recording_has_no_zone():
    recording = simulate(Script(short_walk(30.0), 64.0, 0, None, Clock.RELATIVE), 0)
    assert recording.zone is None
    assert recording.interval == Interval(0, 30 * US)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ((), "at least one"),
        ((Act("sit", 1.0, 2.0, SITTING),), "does not follow"),
        ((Act("fly", 0.0, 2.0, SITTING),), "fly"),
        ((Act("walk", 0.0, 2.0, STANDING, (Phase("steps", 0.0, 3.0),)),), "fit"),
    ],
)
def test_an_impossible_plan_is_refused(plan, message):
    with pytest.raises(ValueError, match=message):
        check(plan)


def test_what_cannot_be_simulated_is_refused():
    with pytest.raises(ValueError, match="thigh"):
        simulate(Script(MIXED, placements=(Placement.THIGH,)))
    with pytest.raises(ValueError, match="nothing is recorded"):
        simulate(Script(MIXED, gaps=((0.0, 500.0),)))
    with pytest.raises(ValueError, match="no room"):
        short_walk(60.0, ((3.0, 5.0),))
