"""Classes, edits and keys of the labelling canvas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.review.marking import (
    NOT_COLOUR,
    Edit,
    besides,
    classes,
    colour,
    counted,
    edits_from,
    header,
    keys,
    looks,
    other_said,
    table_html,
    voices,
)
from clinic.store.rows import EpisodeRow, LabelRow, LabelSource
from clinic.timeline.clock import clock_for
from data.intervals import Interval

SECOND = 1_000_000


def row(identity: str, start_s: float, end_s: float, label: str = "freezing of gait", **more: object) -> LabelRow:
    span = Interval(round(start_s * SECOND), round(end_s * SECOND))
    made = LabelRow("ankle", span, label, "R-01", LabelSource.DRAWN, None, "", "", identity, "rec")
    return replace(made, **more)  # type: ignore[arg-type]  # the tests name fields of a row


def test_each_phenomenon_is_followed_by_its_opposite_and_other_classes_keep_their_order() -> None:
    found = classes(["fall", "freezing of gait"], ["turning", "fall", "not standing", "akinesia", "turning"])
    assert found == (
        "fall", "not fall", "freezing of gait", "not freezing of gait", "turning", "not standing", "akinesia",
    )  # fmt: skip


def test_a_class_that_says_not_is_grey_and_an_unknown_one_has_the_spare_colour() -> None:
    assert colour("not fall") == NOT_COLOUR
    assert colour("fall") != colour("freezing of gait") != NOT_COLOUR
    assert colour("turning") != colour("a new class")


def test_no_two_classes_that_people_named_look_alike_and_each_keeps_its_colour_where_it_can() -> None:
    own = [f"my class {n}" for n in range(9)]
    found = looks(["fall", "not fall", *own])
    assert len({(x.fill, x.mark) for name, x in found.items() if name in own}) == len(own)
    assert {x.mark for name, x in found.items() if name not in own} == {""}
    assert (found["fall"].fill, found["not fall"].fill) == (colour("fall")[0], NOT_COLOUR[0])
    assert (found[own[0]].fill, found[own[0]].mark) == (colour(own[0])[0], "")
    assert [looks([*own[:3], "later"])[name] for name in own[:3]] == [found[name] for name in own[:3]]
    assert len(looks([*own, "a tenth"])) == 10
    fills = {looks([name])[name].fill for name in own}
    assert len(fills) > 1, "all of one colour would be told by their marks alone"


def test_classes_of_one_colour_are_told_apart_in_the_table_as_on_the_canvas() -> None:
    clock = clock_for("relative", None, 0)
    one = next(f"class {n}" for n in range(20) if colour(f"class {n}") == colour("a tic"))
    html = table_html([row("1", 0, 1, one), row("2", 5, 6, "a tic")], clock, clock, ["a tic", one])
    mine, other = html.split(f"</svg> {one}")[0], html.split("</svg> a tic")[0].rpartition("<svg")[2]
    assert "<path" in mine.rpartition("<svg")[2]
    assert "<path" not in other


def test_that_all_is_marked_is_counted_as_a_stretch_and_drawn_as_a_frame() -> None:
    whole = [row("w", 0, 9, "all fall"), row("v", 20, 29, "all fall")]
    assert counted([*whole, row("a", 1, 2, "fall")]) == "2 stretches with all fall, 1 × fall"
    assert colour("all fall") not in (colour("fall"), colour("a new class"))


def test_edits_are_read_in_their_order() -> None:
    said = [
        {"id": "a", "kind": "add", "from": 1.4, "to": 2e6, "label": "fall"},
        {"id": "b", "kind": "move", "target": "a", "from": 0, "to": 5},
        {"id": "c", "kind": "class", "target": "a", "label": "turning"},
        {"id": "d", "kind": "remove", "target": "a"},
        {"id": "e", "kind": "undo"},
        {"id": "f", "kind": "sure", "target": "a", "confidence": 0.5},
        {"id": "g", "kind": "sure", "target": "a", "confidence": None},
    ]
    assert edits_from(said) == (
        Edit("a", "add", "", Interval(1, 2_000_000), "fall"),
        Edit("b", "move", "a", Interval(0, 5)),
        Edit("c", "class", "a", None, "turning"),
        Edit("d", "remove", "a"),
        Edit("e", "undo"),
        Edit("f", "sure", "a", confidence=0.5),
        Edit("g", "sure", "a"),
    )


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        "undo",
        [None],
        [{"id": "a"}],
        [{"id": "a", "kind": "shout"}],
        [{"id": "a", "kind": "remove"}],
        [{"id": "a", "kind": "add", "from": 2, "to": 1, "label": "fall"}],
        [{"id": "a", "kind": "add", "from": float("nan"), "to": 1, "label": "fall"}],
        [{"id": "a", "kind": "add", "from": 0, "to": float("inf"), "label": "fall"}],
        [{"id": "a", "kind": "add", "from": 0, "to": 1, "label": 7}],
        [{"id": "a", "kind": "sure", "target": "b"}],
        [{"id": "a", "kind": "sure", "target": "b", "confidence": "very"}],
    ],
)
def test_what_is_no_edit_is_left_out(nonsense: object) -> None:
    assert edits_from(nonsense) == ()


def test_a_label_keeps_its_key_through_changes_removal_and_undo() -> None:
    history = [
        row("1", 0, 1),
        row("2", 5, 6),
        row("3", 0, 2, replaces="1"),
        row("4", 0, 2, replaces="3", is_removed=True),
        row("5", 0, 2, replaces="4", undoes="4"),
    ]
    assert keys(history) == {"1": "1", "2": "2", "3": "1", "4": "1", "5": "1"}


def test_the_header_names_marks_by_their_keys_and_classes_with_their_colours() -> None:
    clock = clock_for("relative", None, 0)
    limits, window = Interval(0, 60 * SECOND), Interval(0, 30 * SECOND)
    head = header("k", window, limits, clock, ["fall"], [row("3", 0, 2, confidence=0.5)], {"3": "1"})
    assert head["marks"] == [["1", 0, 2 * SECOND, "freezing of gait", 0.5]]
    assert head["view"] == {"from": 0, "to": 30 * SECOND}
    assert head["limits"] == [0, 60 * SECOND]
    assert head["relative"] is True
    assert [k["name"] for k in head["classes"]] == ["fall"]
    assert head["classes"][0]["fill"] == colour("fall")[0]


def test_other_annotators_and_the_detector_are_told_in_order_of_time() -> None:
    flag = EpisodeRow(
        "e", "run", "rec", "P", "ankle", "fall", "ankle", Interval(1, 9), 0.9, 0.8, "unsure", "v1", "", ""
    )  # fmt: skip
    assert other_said([row("1", 1, 2, rater="R-02")], [flag]) == [
        [1, 9, "fall", "detector", False],
        [SECOND, 2 * SECOND, "freezing of gait", "R-02", True],
    ]


def test_each_other_annotator_has_a_lane_after_the_detectors() -> None:
    assert voices([]) == ["detector"]
    said = [row(str(n), n, n + 1, rater=who) for n, who in enumerate(("R-03", "R-02", "R-03"))]
    assert voices(said) == ["detector", "R-02", "R-03"]


def test_rotation_and_the_other_sensors_can_be_shown_beside() -> None:
    acc, six = ("acc_x", "acc_y", "acc_z"), ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert besides(acc, "ankle", ["ankle"]) == ()
    assert besides(six, "ankle", ["thigh", "ankle", "trunk"]) == ("rotation", "thigh", "trunk")


def test_labels_are_counted_the_most_first() -> None:
    assert counted([row("1", 0, 1, "fall"), row("2", 1, 2), row("3", 3, 4)]) == "2 × freezing of gait, 1 × fall"
    assert counted([]) == "no label yet"


def test_the_list_tells_the_newest_first_and_escapes_names() -> None:
    clock = clock_for("relative", None, 0)
    html = table_html([row("1", 61, 62.5, made_us=1, confidence=0.75), row("2", 0, 1, "<b>", made_us=2)], clock, clock)
    assert html.index("&lt;b&gt;") < html.index("freezing of gait")
    assert "<b>" not in html
    assert 'href="label?label=1"' in html
    assert "0:01:01.0" in html
    assert "1.5 s" in html
    assert "freezing of gait, 75 % sure" in html
