"""A folder of recordings with tables of labels: whose each file is, and where its table may lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.labelled import Labelled, labelled_files
from data.errors import LabelsError
from data.phenomena import FREEZING
from tests.clinic.tables_made import HEAD, table


def test_people_are_told_by_the_column_then_the_folder_then_the_file(tmp_path: Path) -> None:
    files = ("a/1.csv", "a/2.csv", "b/1.csv", "3.csv", "4.csv")
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    rows: list[tuple[object, ...]] = [
        (n, "", 1, 2, FREEZING, "P-9" if n in ("4.csv", "b/1.csv") else "") for n in files
    ]
    table(tmp_path / "labels.csv", rows, (*HEAD, "patient"))
    found = {of.path.relative_to(tmp_path.resolve()).as_posix(): of.person for of in labelled_files(tmp_path)}
    assert found == {"a/1.csv": "a", "a/2.csv": "a", "b/1.csv": "P-9", "3.csv": "3", "4.csv": "P-9"}
    table(tmp_path / "labels.csv", [*rows, ("4.csv", "", 3, 4, FREEZING, "P-8")], (*HEAD, "patient"))
    with pytest.raises(LabelsError, match=r"4\.csv is of P-8 and of P-9: name one patient a file"):
        labelled_files(tmp_path)


def test_a_table_beside_its_recording_in_a_folder_inside_is_found(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "walk.csv").touch()
    table(tmp_path / "x" / "walk.labels.csv", [("walk.csv", "", 1, 2, FREEZING)])
    (of,) = labelled_files(tmp_path)
    assert isinstance(of, Labelled)
    assert (of.person, of.table) == ("x", "walk.labels.csv")
