from dataclasses import replace

import numpy as np

from clinic.review.version_words import NONE, further_words, gone_words, started_words, version_title
from clinic.store.rows import ChosenRow
from clinic.timeline.clock import clock_for
from models.detectors import Detector
from models.detectors.correction import Adapted, Correction, Taught
from tests.models.detectors import made

CLOCK = clock_for("absolute", "Europe/Berlin", 0)
AT_US = 1_772_431_200_000_000


def test_a_version_is_called_by_when_and_by_whom_and_with_what_it_was_taught() -> None:
    taught = tuple(
        Taught("walk.csv", "lower-back", n, n + 1, n < 2, by) for n, by in enumerate(("R-02", "R-01", "R-01"))
    )
    nothing = Correction(np.zeros(7), np.zeros((7, 7)))
    adapted = Adapted("linear", "a test", nothing, taught, np.zeros((3, 6), dtype=np.float32))
    detector = replace(made.detector(), version="0123456789ab", adapted=adapted)
    said = version_title(detector, AT_US, CLOCK)
    assert said == "taught Mon 2 Mar 07:00 by R-01, R-02, 2 marked episodes (0123456)"


def test_a_taught_version_says_from_which_it_started_and_by_which_adapter() -> None:
    nothing = Correction(np.zeros(7), np.zeros((7, 7)))
    taught = (Taught("walk.csv", "lower-back", 0, 1, True, "R-01"),)
    adapted = Adapted("linear", "a test", nothing, taught, np.zeros((1, 6), dtype=np.float32))
    ours = replace(made.detector(), version="0123456789ab")
    own = replace(ours, version="fedcba987654", parent=ours.version, adapted=adapted)
    assert started_words(own, ours, None, CLOCK) == (
        "It started from the detector as shipped (0123456), by the linear adapter."
    )
    of_it = replace(own, version="aaaaaaaaaaaa", parent=own.version)
    assert started_words(of_it, own, AT_US, CLOCK) == (
        "It started from the detector taught Mon 2 Mar 07:00 by R-01, 1 marked episode (fedcba9), by the linear "
        "adapter."
    )
    assert "a detector that is not here any more (0123456)" in started_words(own, None, None, CLOCK)
    assert started_words(replace(own, parent=None), None, None, CLOCK) == (
        "It started from nothing: its marks alone taught it."
    )
    assert started_words(ours, None, None, CLOCK) == ""


def test_a_version_says_how_many_of_its_recordings_can_teach_it_no_more() -> None:
    nothing = Correction(np.zeros(7), np.zeros((7, 7)))

    def of(*recordings: str) -> Detector:
        taught = tuple(Taught(r, "lower-back", n, n + 1, True, "R-01") for n, r in enumerate(recordings))
        adapted = Adapted("linear", "a test", nothing, taught, np.zeros((len(taught), 6), dtype=np.float32))
        return replace(made.detector(), adapted=adapted)

    own, everybodys = of("a", "b", "b", "c", "theirs"), of("theirs", "x")
    assert gone_words(own, everybodys, {"z"}, {"theirs", "x"}) == ""
    assert gone_words(own, everybodys, {"b"}, {"theirs"}) == (
        "It learned from 1 recording that was withdrawn since: what it learned there stays in it until it is taught "
        "anew."
    )
    assert gone_words(own, None, {"a", "b"}, {"c", "theirs"}).startswith(
        "It learned from 2 recordings that were withdrawn since and from 2 recordings that are another patient's now: "
    )
    assert gone_words(made.detector(), None, {"a"}, {"b"}) == ""
    assert own.adapted is not None
    assert everybodys.adapted is not None
    beside = replace(own, adapted=replace(own.adapted, unmarked=everybodys.adapted.taught))
    assert gone_words(own, None, {"x"}, set()) == ""
    assert gone_words(beside, None, {"x"}, set()).startswith("It learned from 1 recording that was withdrawn since: ")


def test_the_shipped_one_and_none_are_called_so() -> None:
    detector = replace(made.detector(), version="0123456789ab")
    assert version_title(detector, None, CLOCK) == "as shipped (0123456)"
    assert version_title(None, None, CLOCK) == NONE


def test_what_was_decided_for_a_patient_is_told_with_who_decided_it_and_what_ends_it() -> None:
    until = "R-02 decided that (Mon 2 Mar 07:00), and it holds until another is chosen here or accepted on a recording"
    pinned = ChosenRow("x", "aaa", "R-02", AT_US)
    assert further_words(pinned, "P-1", "as shipped (aaa)", CLOCK, is_own=False) == (
        f"Further recordings of P-1 are judged by: as shipped (aaa). {until} of this patient, whatever is taught for "
        "every patient."
    )
    following = ChosenRow("x", None, "R-02", AT_US)
    assert further_words(following, "P-1", NONE, CLOCK, is_own=False) == (
        f"Further recordings of P-1 follow every patient: {NONE}. {until} of this patient."
    )


def test_where_nobody_decided_it_is_told_whether_it_is_their_own_or_everybodys() -> None:
    assert further_words(None, "P-1", "taught", CLOCK, is_own=True) == (
        "Further recordings of P-1 are judged by their own detector: taught."
    )
    assert further_words(None, "P-1", "taught", CLOCK, is_own=False) == (
        "Further recordings of P-1 follow every patient: taught."
    )
