"""Which recordings share a clock, and what is said of those that do not."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from clinic.store.rows import RecordingRow
from clinic.timeline.together import groups, not_shown, on_one_clock, sensors_at
from data.intervals import Interval
from tests.clinic.timeline.rows_made import recording


def test_all_with_a_date_are_one_and_each_without_one_is_alone_the_newest_first() -> None:
    a, b = (replace(recording(1), id=i, file=f"{i}.csv") for i in "ab")
    c, d = (
        replace(recording(1, clock=k), id=i, imported_us=n) for i, k, n in (("c", "relative", 1), ("d", "unset", 2))
    )
    assert groups([a, c, b, d]) == ((a, b), (d,), (c,))
    assert on_one_clock([a, c, b, d]) == (a, b)
    assert on_one_clock([c, d]) == (d,)
    assert on_one_clock([]) == ()
    assert groups([]) == ()


def test_what_is_left_out_is_counted_and_named() -> None:
    every = [replace(recording(1, clock="relative"), id=str(n), file=f"{n}.csv") for n in range(6)]
    assert not_shown(every[:1], every[:1]) == ""
    one = not_shown(every[:2], every[:1])
    assert one.startswith("1 other recording of this patient is not on this page")
    assert one.endswith("no clock: 1.csv.")
    assert not_shown(every, every[:1]).endswith("no clock: 1.csv, 2.csv, 3.csv and 2 more.")


def worn(name: str, *streams: tuple[str, int, int], clock: str = "absolute") -> RecordingRow:
    """A recording with sensors that hold an interval each."""
    (one,) = recording(1).streams
    return replace(
        recording(1), id=name, file=f"{name}.csv", clock=clock,
        streams=tuple(replace(one, name=s, interval=Interval(a, b)) for s, a, b in streams),
    )  # fmt: skip


def test_sensors_of_one_instant_stand_as_their_recordings_begin_and_as_they_do_there() -> None:
    back = worn("back", ("trunk", 0, 100), ("thigh", 0, 100))
    wrist, later = worn("wrist", ("wrist", 50, 150)), worn("later", ("trunk", 100, 200))
    every = [later, wrist, back]
    three = (("back", "trunk"), ("back", "thigh"), ("wrist", "wrist"))
    for here in three:
        assert sensors_at(every, here, 60) == three
    assert sensors_at(every, ("back", "thigh"), 40) == three[:2]
    assert sensors_at(every, ("back", "trunk"), 99) == three
    assert sensors_at(every, ("wrist", "wrist"), 100) == (("wrist", "wrist"), ("later", "trunk")), "half-open"
    assert sensors_at(every, ("later", "trunk"), 180) == (("later", "trunk"),)


def test_a_sensor_of_the_same_recording_that_does_not_hold_the_instant_is_passed_over_unless_it_is_open() -> None:
    both = worn("both", ("trunk", 0, 100), ("thigh", 30, 100))
    assert sensors_at([both], ("both", "trunk"), 20) == (("both", "trunk"),)
    assert sensors_at([both], ("both", "thigh"), 20) == (("both", "trunk"), ("both", "thigh"))


def test_without_a_date_nothing_is_at_the_same_time() -> None:
    dated = worn("dated", ("trunk", 0, 100))
    undated = [worn(n, ("a", 0, 100), ("b", 0, 100), clock=c) for n, c in (("r", "relative"), ("u", "unset"))]
    every = [dated, *undated]
    assert sensors_at(every, ("dated", "trunk"), 50) == (("dated", "trunk"),)
    assert sensors_at(every, ("r", "b"), 50) == (("r", "a"), ("r", "b"))
    assert sensors_at(every, ("u", "a"), 50) == (("u", "a"), ("u", "b"))


EXTENT = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda x: (x[0], x[0] + x[1]))


@given(st.lists(st.lists(EXTENT, min_size=1, max_size=3), min_size=1, max_size=4), st.randoms(), st.integers(0, 40))
def test_going_on_and_on_visits_every_sensor_that_holds_the_instant_once_and_comes_round(
    extents: list[list[tuple[int, int]]], chance: Random, at: int
) -> None:
    every = [worn(f"r{i}", *((f"s{k}", a, b) for k, (a, b) in enumerate(of))) for i, of in enumerate(extents)]
    holding = {(r.id, s.name) for r in every for s in r.streams if s.interval.start <= at < s.interval.end}
    for here in holding:
        chance.shuffle(every)  # the order in which rows come says nothing
        seen, now = [], here
        for _ in holding:
            seen.append(now)
            round_ = sensors_at(every, now, at)
            now = round_[(round_.index(now) + 1) % len(round_)]
        assert now == here
        assert set(seen) == holding
