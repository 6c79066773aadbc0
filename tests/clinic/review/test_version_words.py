from dataclasses import replace

import numpy as np

from clinic.review.version_words import NONE, chosen_words, version_title
from clinic.store.rows import ChosenRow
from clinic.timeline.clock import clock_for
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
    assert said == "taught Mon 2 Mar 07:00 by R-01, R-02, 2 marked episodes, linear (0123456)"


def test_the_shipped_one_and_none_are_called_so() -> None:
    detector = replace(made.detector(), version="0123456789ab")
    assert version_title(detector, None, CLOCK) == "as shipped (0123456)"
    assert version_title(None, None, CLOCK) == NONE


def test_what_was_decided_for_a_patient_is_told_with_who_decided_it_and_what_ends_it() -> None:
    titles = {"aaa": "as shipped (aaa)", "": NONE}
    assert chosen_words(ChosenRow("x", "aaa", "R-02", AT_US), "P-1", titles, CLOCK) == (
        "Further recordings of P-1 are judged by: as shipped (aaa). R-02 decided that (Mon 2 Mar 07:00), and it holds "
        "until another is chosen here or accepted on a recording of this patient, whatever is taught for every patient."
    )
    assert "judged by: as shipped. R-02" in chosen_words(
        ChosenRow("x", "of last year", "R-02", 0), "P-1", titles, CLOCK
    )
    assert f"judged by: {NONE}. R-02" in chosen_words(ChosenRow("x", "", "R-02", 0), "P-1", titles, CLOCK)
