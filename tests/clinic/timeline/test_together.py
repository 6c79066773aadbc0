"""Which recordings share a clock, and what is said of those that do not."""

from __future__ import annotations

from dataclasses import replace

from clinic.timeline.together import groups, not_shown, on_one_clock
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
