"""What changes from old to new flags."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clinic.review.compare import MOST, Comparison, changes_html, compare, present_words, sentence, unsure_words
from clinic.store.rows import EpisodeRow
from clinic.timeline.clock import clock_for
from data.intervals import Interval

S = 1_000_000


def spans(*pairs: tuple[float, float]) -> list[Interval]:
    return [Interval(round(a * S), round(b * S)) for a, b in pairs]


@st.composite
def disjoint(draw: st.DrawFn) -> list[Interval]:
    edges = sorted(draw(st.lists(st.integers(0, 60), unique=True, max_size=12)))
    return [Interval(a * S, b * S) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def test_flags_appear_vanish_move_and_stay() -> None:
    found = compare(spans((0, 2), (5, 8), (20, 22)), spans((5, 9), (0, 2), (30, 33)))
    assert found.stayed == tuple(spans((0, 2)))
    assert found.moved == (tuple(spans((5, 8), (5, 9))),)
    assert found.vanished == tuple(spans((20, 22)))
    assert found.appeared == tuple(spans((30, 33)))


def test_flags_that_only_touch_are_not_the_same() -> None:
    found = compare(spans((0, 2)), spans((2, 4)))
    assert (len(found.vanished), len(found.appeared), len(found.moved)) == (1, 1, 0)


def test_a_flag_that_falls_in_two_moves_and_another_appears() -> None:
    found = compare(spans((0, 10)), spans((0, 6), (7, 10)))
    assert found.moved == (tuple(spans((0, 10), (0, 6))),)
    assert found.appeared == tuple(spans((7, 10)))


@given(disjoint(), disjoint())
def test_every_flag_is_told_once_and_the_other_way_round_it_is_mirrored(
    old: list[Interval], new: list[Interval]
) -> None:
    found, back = compare(old, new), compare(new, old)
    assert sorted([*found.vanished, *(b for b, _ in found.moved), *found.stayed]) == old
    assert sorted([*found.appeared, *(a for _, a in found.moved), *found.stayed]) == new
    assert all(b.overlaps(a) and a != b for b, a in found.moved)
    assert back.stayed == found.stayed


@given(disjoint())
def test_the_same_flags_all_stay(flags: list[Interval]) -> None:
    assert compare(flags, flags) == Comparison((), (), (), tuple(flags))


def test_the_sentence_counts_what_changes() -> None:
    a, b = spans((0, 1), (2, 3))
    assert sentence(Comparison((a, b), (a,), ((a, b),), (a, b, a))) == (
        "The new detector adds 2 flags, drops 1 flag and moves 1 flag; 3 flags stay as before."
    )
    assert sentence(Comparison((a,), (), (), ())) == "The new detector adds 1 flag; there was none before."
    assert sentence(Comparison((a,), (b,), (), ())) == (
        "The new detector adds 1 flag and drops 1 flag; no flag stays as before."
    )
    assert sentence(Comparison((), (), (), ())) == (
        "The new detector changes nothing here: neither it nor the present one flags anything."
    )
    assert sentence(Comparison((), (), (), (a,))) == "The new detector changes nothing here; 1 flag stays as before."


def test_episodes_that_are_unsure_are_counted_beside_the_flags() -> None:
    assert unsure_words(0, 0) == ""
    assert unsure_words(1, 4).startswith("Unsure, no flags and not judged: 1 before, 4 with the new one.")
    assert unsure_words(1, 4).endswith("may be unsure now, and one that appears may have been so before.")


def test_the_lists_link_to_their_windows_and_say_where_a_flag_was() -> None:
    html = changes_html(compare(spans((5, 8)), spans((5, 9), (61, 62))), clock_for("relative", None, 0))
    assert 'href="label?start=61000000&amp;end=62000000"' in html
    assert "0:01:01.0" in html
    assert "was 0:00:05.0, 3.0 s" in html
    assert html.index("Appeared") < html.index("Moved")
    assert "Vanished" not in html


def test_what_a_sensor_has_now_is_told_apart_from_all_of_the_recording() -> None:
    def episode(stream: str, phenomenon: str, certainty: str) -> EpisodeRow:
        span = Interval(0, S)
        return EpisodeRow("", "", "r", "P-1", stream, phenomenon, "ankle", span, 0.9, 0.8, certainty, "d", "", "")

    here = [episode("left-ankle", "fall", c) for c in ("sure", "unsure", "sure")]
    assert present_words(here, "left-ankle", "fall") == "left-ankle now has 2 flags of fall, 1 unsure"
    others = [episode("right-ankle", "fall", "sure"), episode("left-ankle", "tic", "unsure")]
    assert present_words([*here, *others], "left-ankle", "fall") == (
        "left-ankle now has 2 flags of fall, 1 unsure; "
        "all sensors and phenomena of this recording together: 3 flags, 2 unsure"
    )
    assert present_words([], "left-ankle", "fall") == "left-ankle now has 0 flags of fall"


def test_of_thousands_that_differ_the_first_are_listed_and_how_many_more_there_are() -> None:
    many = Comparison(tuple(spans(*((10 * k, 10 * k + 2) for k in range(MOST + 3)))), (), (), ())
    text = changes_html(many, clock_for("relative", None, 0))
    assert text.count("data-row=") == MOST
    assert f"<b>Appeared</b> {MOST + 3}" in text
    assert "and 3 more, which the lanes show" in text
    assert "more, which" not in changes_html(
        Comparison(many.appeared[:MOST], (), (), ()), clock_for("relative", None, 0)
    )
