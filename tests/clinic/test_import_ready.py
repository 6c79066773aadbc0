"""Which files can be imported, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.intake_preview.preview import Preview, Site
from clinic.intake_preview.ready import ready_rows, what_stops, with_places
from clinic.reading import Said

FINE = Preview(Path("/in/a.csv"), 1, "good", sites=(Site("waist", "waist", ""),))
ASKS = Preview(Path("/in/b.csv"), 1, "answer", sites=(Site("unknown", "unknown", ""),), quality="good", asks_zone=True)
REFUSED = Preview(Path("/in/c.csv"), 1, "refused")
ROWS = [FINE, ASKS, REFUSED]


def test_a_file_that_waits_for_an_answer_is_ready_once_it_is_given() -> None:
    answers: dict[str, dict[str, str]] = {str(r.path): {} for r in ROWS}
    assert ready_rows(ROWS, answers) == [FINE]
    answers["/in/b.csv"] = {"unknown": "left ankle"}
    assert ready_rows(ROWS, answers) == [FINE, ASKS]
    said = with_places([FINE, ASKS], answers, {"/in/b.csv": Said(lenient=True)})
    assert said == {"/in/a.csv": Said(), "/in/b.csv": Said(lenient=True, placements=("unknown=left ankle",))}


@pytest.mark.parametrize(
    ("code", "zone", "answer", "why", "is_stopped"),
    [
        ("P-1", "Europe/Berlin", {"unknown": "waist"}, "", False),
        (None, "Europe/Berlin", {"unknown": "waist"}, "Give the patient's code first. ", True),
        ("P-1", None, {"unknown": "waist"}, "Choose the zone: some files have a wall clock and name none. ", True),
        ("P-1", None, {}, "1 waits for your answer. ", False),
    ],
)
def test_what_stops_an_import_is_said(
    code: str | None, zone: str | None, answer: dict[str, str], why: str, is_stopped: bool
) -> None:
    answers = {"/in/a.csv": {}, "/in/b.csv": answer, "/in/c.csv": {}}
    assert what_stops(ROWS, ready_rows(ROWS, answers), answers, code, zone) == (why, is_stopped)


def test_nothing_is_imported_where_no_file_is_ready() -> None:
    assert what_stops([REFUSED], [], {"/in/c.csv": {}}, "P-1", "UTC") == ("", True)
