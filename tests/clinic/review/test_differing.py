"""Two annotators side by side: what they are compared over, and what a third decided about what still differs."""

from __future__ import annotations

from dataclasses import replace

from clinic.review.agreement_words import agreement_csv, agreement_html, consensus_csv, difference, why_not
from clinic.review.consensus import decided
from clinic.review.differing import ALL, BETWEEN, EDGES, decided_so_far, edges, pair_of, picture, raters
from clinic.store.rows import DecisionRow, LabelRow, LabelSource
from clinic.timeline.clock import WallClock
from clinic.timeline.window import thin
from data.intervals import Interval
from tests.clinic.review.made import span, two_sites

WALK = two_sites()
BACK = WALK.stream("lower-back")
UTC = WallClock("UTC")


def row(start_s: float, end_s: float, rater: str, label: str = "fall") -> LabelRow:
    x = span(WALK, start_s, end_s, label, rater)
    return LabelRow(x.stream, x.interval, x.label, x.rater, id=f"{rater}{start_s}", recording="rec")


LABELS = [row(1, 3, "anna"), row(1.1, 3, "ben"), row(5, 6, "anna"), row(14, 16, "ben"), row(15.8, 18, "anna")]


def test_who_labelled_does_not_count_what_a_consensus_made() -> None:
    made = replace(LABELS[0], rater="carl", source=LabelSource.CONSENSUS)
    assert raters([*LABELS, made], "lower-back") == ["anna", "ben"]
    assert raters(LABELS, "left-ankle") == []


def test_two_are_compared_over_all_of_the_recording_or_between_their_marks() -> None:
    whole, between = (pair_of(BACK, LABELS, "anna", "ben", extent) for extent in (ALL, BETWEEN))
    assert whole.agreement[0].both == between.agreement[0].both > 0
    assert whole.agreement[0].neither > between.agreement[0].neither
    assert [len(p.consensus.open) for p in (whole, between)] == [2, 2]
    assert len(whole.consensus.agreed) == 1


def test_a_third_decides_what_is_open_and_what_has_changed_is_open_again() -> None:
    pair = pair_of(BACK, LABELS, "anna", "ben", ALL)
    lone, apart = pair.consensus.open
    rows = [
        DecisionRow("rec", "lower-back", "fall", ("anna", "ben"), lone.one, None, lone.one, "carl"),
        DecisionRow("rec", "lower-back", "fall", ("anna", "ben"), lone.one, None, None, "carl"),
        DecisionRow("rec", "lower-back", "fall", ("anna", "ben"), apart.one, apart.two, apart.two, "carl"),
        DecisionRow("rec", "lower-back", "fall", ("anna", "ben"), apart.one, apart.two, apart.one, "dora"),
        DecisionRow("rec", "lower-back", "fall", ("anna", "ben"), Interval(1, 2), None, None, "carl"),
    ]
    said = decided_so_far(pair, rows, "carl")
    assert said == {lone: None, apart: apart.two}
    final = decided(pair.consensus, said, rater="carl")
    assert [x.source for x in final] == [LabelSource.CONSENSUS] * 2
    lines = consensus_csv(final, pair.consensus, "rec", BACK.interval.start).splitlines()
    assert [line.split(",")[5:7] for line in lines[1:]] == [["both agree", "carl"], ["the third decided", "carl"]]


def test_a_third_may_set_edges_of_their_own_in_what_is_shown_and_recorded() -> None:
    _, apart = pair_of(BACK, LABELS, "anna", "ben", ALL).consensus.open
    whole = Interval(apart.interval.start - 5_000_000, apart.interval.end + 5_000_000)
    segment = Interval(apart.interval.start - 50_000, apart.interval.end + 1_000_000)
    found = edges(apart, whole, (Interval(0, 1), segment))
    assert (found[0], found[-1]) == (segment.start, segment.end)
    assert {apart.interval.start, apart.interval.end} <= set(found)
    assert found[2] - found[0] == 100_000
    long = edges(apart, Interval(whole.start, whole.start + 3600_000_000), (Interval(0, 2 * whole.end + 3600_000_000),))
    assert EDGES < len(long) <= EDGES + 5


def test_the_tables_say_kappa_agreement_and_overlap_for_each_class() -> None:
    found = pair_of(BACK, [*LABELS, row(1, 2, "anna", "tic <b>")], "anna", "ben", ALL).agreement
    html = agreement_html(found, "anna", "ben")
    assert html.count("<tr>") == 3
    assert "tic &lt;b&gt;" in html
    assert why_not(found) == ""
    assert "only one rater used it" not in html
    alone = pair_of(BACK, [*LABELS, row(1, 2, "anna", "not fall")], "anna", "ben", ALL).agreement
    assert agreement_html(alone, "anna", "ben").count("only one rater used it") == 1
    assert why_not(alone) == ""
    lines = agreement_csv(found, "rec", "lower-back", "anna", "ben").splitlines()
    cells = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (cells["class"], cells["matched_spans"]) == ("fall", "2")
    assert (
        float(cells["both_s"]) + float(cells["only_1_s"]) + float(cells["only_2_s"]) + float(cells["neither_s"]) == 18
    )
    assert 0 < float(cells["kappa"]) < 1


def test_a_difference_is_said_and_drawn() -> None:
    lone, apart = pair_of(BACK, LABELS, "anna", "ben", ALL).consensus.open
    assert difference(lone, "anna", "ben", UTC).endswith("ben marked nothing here")
    assert "overlap too little" in difference(apart, "anna", "ben", UTC)
    start, rate, x = BACK.pieces(BACK.interval.start, BACK.interval.end)[0]
    drawn = picture(
        [("x", [thin(start, rate, x[:, 0], 100)])], Interval(start, start + 8_000_000), lone, ("anna", "ben"), UTC
    )
    assert drawn.count("<rect") == 1
    assert drawn.count("<polyline") == 1
