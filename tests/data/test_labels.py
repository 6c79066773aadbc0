"""Tables of labelled spans: read exactly, or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.csv_tables import table_csv, untamed
from data.errors import LabelsError
from data.intervals import Interval
from data.labels import COLUMNS, name_problem, opposite, parse_labels, read_labels, seconds_text
from data.recording import Clock

US = 1_000_000
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r,;\"'=@-+"), min_size=1)
CLASSES = NAMES.map(str.strip).filter(lambda n: name_problem(n) is None)


def test_a_table_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        "file,stream,start_s,end_s,label\nwalk.csv,,12.5,14,freezing of gait\nwalk.csv,,20,31.25,not fall\n"
    )
    one, two = read_labels(path)
    assert (one.file, one.stream, one.interval, one.label) == (
        "walk.csv", "", Interval(12_500_000, 14 * US), "freezing of gait"
    )  # fmt: skip
    assert (one.phenomenon, one.is_present, two.phenomenon, two.is_present) == ("freezing of gait", True, "fall", False)
    assert (one.line, two.line) == (2, 3)
    assert one.since(100) == Interval(12_500_100, 14_000_100)


@given(
    rows=st.lists(st.tuples(NAMES, CLASSES, st.integers(0, 10**13), st.integers(1, 10**12)), max_size=5),
)
def test_what_is_written_is_read_the_same(rows: list[tuple[str, str, int, int]]) -> None:
    cells = [[f, "left-ankle", seconds_text(s), seconds_text(s + n), label] for f, label, s, n in rows]
    back = parse_labels(table_csv(COLUMNS, cells).encode(), "t.csv")
    assert [(b.file, b.label, b.interval) for b in back] == [(f.strip(), c, Interval(s, s + n)) for f, c, s, n in rows]


@given(st.text())
def test_taming_a_cell_is_undone_exactly(text: str) -> None:
    import csv
    import io

    written = table_csv(("a", "b"), [[text, "end"]])
    assert untamed(list(csv.reader(io.StringIO(written, newline="")))[1][0]) == text


def test_columns_in_any_order_and_further_ones_are_kept() -> None:
    (span,) = parse_labels(b"label,rater,end_s,start_s,stream,file\nfall,R-02,2,1,waist,a.csv\n", "t.csv")
    assert (span.stream, span.interval, span.more) == ("waist", Interval(US, 2 * US), {"rater": "R-02"})


def test_a_german_spreadsheet_is_understood() -> None:
    text = "\ufefffile;stream;start_s;end_s;label\r\na.csv;;1,5;2,25;Stürze\r\n;;;;\r\n"
    (span,) = parse_labels(text.encode(), "t.csv")
    assert (span.interval, span.label) == (Interval(1_500_000, 2_250_000), "Stürze")


def test_dated_times_stay_dated() -> None:
    text = "file,stream,start_utc,end_utc,label\na.csv,,2026-03-02T07:00:00.000001+01:00,2026-03-02T06:00:01Z,fall\n"
    (span,) = parse_labels(text.encode(), "t.csv")
    assert span.clock is Clock.ABSOLUTE
    assert span.interval == span.since(5) == Interval(1_772_431_200_000_001, 1_772_431_201_000_000)


def test_a_header_alone_is_an_empty_list() -> None:
    assert parse_labels(b"file,stream,start_s,end_s,label\n", "t.csv") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.csv, line 1: the column 'file' is missing"),
        ("file,stream,start_s,label\n", "line 1: the column 'end_s' is missing"),
        ("file,stream,start_s,end_s,label,file\n", "line 1: it has two columns 'file'"),
        ("file,stream,start_s,end_s,label\na,,1,2,x\na,,1,two,x\n", "line 3: end_s is 'two'"),
        ("file,stream,start_s,end_s,label\na,,1,nan,x\n", "line 2: end_s is 'nan'"),
        ("file,stream,start_s,end_s,label\na,,2,2,x\n", "line 2: the span ends where or before it starts"),
        ("file,stream,start_s,end_s,label\na,,-1,2,x\n", "line 2: it starts at -1 s"),
        ("file,stream,start_s,end_s,label\na,,1,2\n", "line 2: it has 4 cells and the header 5"),
        ("file,stream,start_s,end_s,label\na,,1,2, \n", "line 2: it has no class"),
        ("file,stream,start_s,end_s,label\na,,1,2,not \n", "line 2: it has no class"),
        ("file,stream,start_s,end_s,label\na,,1,2,not not x\n", "line 2: it says 'not' twice"),
        ("file,stream,start_s,end_s,label\na,,1,2,x\x07\n", "character without a sign"),
        ('file,stream,start_s,end_s,label\na,,1,2,"x\ny"\na,,1,2,"z\n', "line 4: it is no CSV"),
        ("file,stream,start_utc,end_utc,label\na,,2026-03-02T06:00:00,2026-03-02T06:00:01Z,x\n", "start_utc is '2026"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(LabelsError) as refused:
        parse_labels(text.encode(), "t.csv")
    assert said in str(refused.value)


def test_text_that_is_not_utf_8_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"t.csv, line 2: it is not text in UTF-8: save it"):
        parse_labels("file,stream,start_s,end_s,label\na,,1,2,ü\n".encode("latin-1"), "t.csv")
    with pytest.raises(LabelsError, match=r"gone.csv: it cannot be read"):
        read_labels(tmp_path / "gone.csv")


@given(CLASSES)
def test_the_opposite_of_the_opposite_is_the_class(label: str) -> None:
    assert opposite(opposite(label)) == label != opposite(label)


def test_a_stretch_in_which_everything_is_marked_is_about_its_phenomenon_and_no_mark_of_it() -> None:
    (span,) = parse_labels(b"file,stream,start_s,end_s,label\na.csv,,0,60,all fall\n", "t.csv")
    assert (span.phenomenon, span.is_present, span.is_whole) == ("fall", False, True)
    (mark,) = parse_labels(b"file,stream,start_s,end_s,label\na.csv,,0,60,not fall\n", "t.csv")
    assert (mark.phenomenon, mark.is_present, mark.is_whole) == ("fall", False, False)


@pytest.mark.parametrize("label", ["all", "all not fall", "all all fall"])
def test_all_of_nothing_cannot_be_marked(label: str) -> None:
    assert "of what all is marked" in str(name_problem(label))
