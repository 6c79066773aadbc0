from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.intervals import Interval, intersect, subtract, total
from data.quality import assess
from data.recording import Clock, Placement, Recording
from data.synthetic import demo_patient, wearing_off

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def demo() -> tuple[Recording, list[tuple[int, str]]]:
    return demo_patient()


def spans(recording: Recording, label: str) -> list[Interval]:
    return [a.interval for a in recording.annotations if a.label == label]


def test_it_is_two_weeks_from_a_monday_at_the_lower_back(demo):
    recording, _ = demo
    (stream,) = recording.streams
    start = datetime.fromtimestamp(recording.interval.start / 1e6, ZoneInfo("Europe/Berlin"))
    assert (start.isoweekday(), start.hour) == (1, 7)
    assert recording.zone == "Europe/Berlin"
    assert recording.clock is Clock.ABSOLUTE
    assert recording.is_simulated
    assert stream.placement is Placement.LOWER_BACK
    assert stream.rate_hz == 50
    assert len(stream.channels) == 6
    assert 13 * 24 * HOUR < recording.interval.duration < 14 * 24 * HOUR
    assert recording.source.name == "demo-patient"
    assert recording.source.size == sum(s.n_samples for s in stream.segments) * 24


def worn_hours(recording: Recording, first: int = 8, last: int = 22) -> list[float]:
    """Hours worn between two of each of the fourteen days."""
    worn = subtract(recording.streams[0].recorded, spans(recording, "not worn"))
    midnight = recording.interval.start - 7 * HOUR
    days = [Interval(midnight + (24 * k + first) * HOUR, midnight + (24 * k + last) * HOUR) for k in range(14)]
    return [total(intersect(worn, [day])) / HOUR for day in days]


def test_three_days_of_the_first_week_and_five_of_the_second_are_worn_long_enough_for_a_rate(demo):
    worn = worn_hours(demo[0])
    assert [k for k, h in enumerate(worn) if h >= 10.25] == [0, 1, 3, 7, 8, 10, 12, 13]
    assert [k for k, h in enumerate(worn) if 0 < h < 10.25] == [9]
    assert worn[9] < 6


def test_two_weeks_are_no_more_hours_than_can_be_made_while_somebody_waits(demo):
    assert total(demo[0].streams[0].recorded) < 108 * HOUR


def test_it_is_charged_once_by_day_and_worn_in_the_night_after(demo):
    (by_day,) = [g for g in demo[0].streams[0].gaps if g.duration < 10 * HOUR]
    midnight = demo[0].interval.start - 7 * HOUR
    assert 12 < (by_day.start - midnight) / HOUR - 9 * 24 < 13
    (night,) = {(s.start - midnight) // (24 * HOUR) for s in spans(demo[0], "sleep")} - {9}
    assert night == 10


def test_all_other_nights_are_spent_on_the_charger_and_some_days_too(demo):
    nights = [g for g in demo[0].streams[0].gaps if g.duration > 10 * HOUR]
    assert len(nights) == 7
    assert sum(g.duration > 24 * HOUR for g in nights) == 3


def test_about_four_doses_a_day_some_late(demo):
    recording, doses = demo
    times = [t for t, _ in doses]
    assert times == sorted(times)
    assert 54 <= len(times) <= 56
    assert all(recording.interval.start < t < recording.interval.end for t in times)
    local = [datetime.fromtimestamp(t / 1e6, ZoneInfo("Europe/Berlin")) for t in times]
    late = [min(abs(x.hour + x.minute / 60 - h) for h in (7.5, 11.5, 15.5, 19.5)) > 0.45 for x in local]
    assert 4 <= sum(late) <= 16


def test_ten_to_twenty_five_freezes_a_day_of_wear_more_in_the_second_week(demo):
    recording, _ = demo
    day = np.array([(f.start - recording.interval.start) // (24 * HOUR) for f in spans(recording, "freezing of gait")])
    count, worn = np.bincount(day, minlength=14), np.array(worn_hours(recording, 0, 24))
    used = worn > 0
    assert 10 <= count[used].mean() <= 25
    assert count[used].min() >= 3
    assert 1.05 < (count[7:].sum() / worn[7:].sum()) / (count[:7].sum() / worn[:7].sum()) < 2


def test_freezing_gathers_where_medication_has_worn_off(demo):
    recording, doses = demo
    begin = recording.interval.start
    taken = [(t - begin) / 1e6 for t, _ in doses]
    walks = spans(recording, "walking")
    freezes = spans(recording, "freezing of gait")
    off = [wearing_off((w.start - begin) / 1e6, taken) > 0.5 for w in walks]
    walked = {state: sum(w.duration for w, o in zip(walks, off, strict=True) if o == state) for state in (True, False)}
    frozen = [wearing_off((f.start - begin) / 1e6, taken) > 0.5 for f in freezes]
    per_hour = {state: frozen.count(state) / (walked[state] / HOUR) for state in (True, False)}
    assert per_hour[True] > 4 * per_hour[False]
    before = [any(0 < t - f.start < HOUR for t, _ in doses) for f in freezes]
    after = [any(HOUR / 2 < f.start - t < 1.5 * HOUR for t, _ in doses) for f in freezes]
    assert sum(before) > 1.5 * sum(after)


def test_medication_works_and_wears_off():
    assert wearing_off(100.0, []) == 1
    assert wearing_off(3600.0, [0.0]) == 0
    assert wearing_off(4 * 3600.0, [0.0]) == 1
    assert 0 < wearing_off(3.2 * 3600, [0.0]) < 1


def test_annotations_lie_inside_segments_and_outside_one_another(demo):
    recording, _ = demo
    recorded = recording.streams[0].recorded
    assert total(subtract([a.interval for a in recording.annotations], recorded)) == 0
    for a, b in (("freezing of gait", "walking"), ("not worn", "sleep"), ("walking", "sitting")):
        assert intersect(spans(recording, a), spans(recording, b)) == ()


def test_one_seed_fixes_it(demo):
    again, doses = demo_patient()
    assert again.source == demo[0].source
    assert doses == demo[1]
    assert demo_patient(8)[0].source.sha256 != again.source.sha256


def test_any_minute_can_be_read_alone(demo):
    first, *_, last = demo[0].streams[0].segments
    a = last.samples[1_000_000:1_003_000]
    np.testing.assert_array_equal(a[1000:2000], last.samples[1_001_000:1_002_000])
    assert first.samples[-1000:].shape == (1000, 6)


def test_time_on_the_table_is_found_and_nights_asleep_are_worn(demo):
    recording, _ = demo
    (stream,) = recording.streams
    table = [n for n in spans(recording, "not worn") if n.duration > HOUR / 2][:1]
    asleep = [s for s in spans(recording, "sleep") if s.duration > 2 * HOUR][:1]
    for truth, expected in ((table, True), (asleep, False)):
        (span,) = truth
        (segment,) = [s for s in stream.segments if s.start_us <= span.start < s.end_us]
        a = round((span.start - segment.start_us) * 50 / 1e6)
        piece = type(segment)(span.start, 50.0, segment.samples[a : a + span.duration * 50 // 1_000_000])
        part = Recording(
            (type(stream)(stream.name, stream.placement, stream.side, 50.0, stream.channels, (piece,)),),
            (), recording.device, recording.clock, recording.zone, recording.source,
        )  # fmt: skip
        off = total(assess(part).streams[0].not_worn)
        assert (off == piece.interval.duration) is expected
        assert expected or off == 0
