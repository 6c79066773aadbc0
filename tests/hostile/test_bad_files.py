"""Files that cannot be trusted: each is refused in one sentence, or reads with its flaw said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import readers
from data.errors import RecordingError
from data.readers import read
from data.readers.edf_writer import write_edf
from data.recording import Recording


def _rows(n: int = 1000, step_s: float = 0.01, start_s: float = 0.0) -> list[str]:
    rng = np.random.default_rng(0)
    acc = np.array([0.0, 0.1, 1.0]) + rng.normal(0, 0.02, (n, 3))
    return [f"{start_s + i * step_s:.4f}," + ",".join(f"{v:.5f}" for v in acc[i]) for i in range(n)]


def _csv(path: Path, rows: list[str], header: str = "time,acc_x,acc_y,acc_z") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def _edf(folder: Path) -> Path:
    path = folder / "good.edf"
    write_edf(read(_csv(folder / "good.csv", _rows())), path)
    return path


def _refused(path: Path) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        read(path)
    error = caught.value
    sentence = str(error)
    assert sentence == f"{error.source}: {error.problem}: {error.hint}"
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert all((error.source, error.problem, error.hint))
    assert path.name in error.source
    return error


def _whole(recording: Recording) -> np.ndarray:
    (stream,) = recording.streams
    return np.concatenate([s.samples[0 : s.n_samples] for s in stream.segments])


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    assert "empty" in _refused(path).problem
    path.write_text(" \n\n \n", encoding="utf-8")
    assert "empty" in _refused(path).problem


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=3000))
def test_binary_junk_named_csv(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "junk.csv"
    path.write_bytes(content)
    _refused(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    magic=st.sampled_from(
        [b"PAR1", b"0       ", b"\xffBIOSEMI", b"PK\x03\x04", b"time,acc_x,acc_y,acc_z\n", b"\xff\xfe"]
    ),
    content=st.binary(max_size=1500),
)  # fmt: skip
def test_junk_behind_the_first_bytes_of_a_known_format(tmp_path: Path, magic: bytes, content: bytes) -> None:
    path = tmp_path / "junk.edf"
    path.write_bytes(magic + content)
    _refused(path)


def test_text_without_numbers(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague,\n\nplease find no data here.\nKind regards\n" * 20, encoding="utf-8")
    assert "without a table of numbers" in _refused(path).problem


def test_missing_columns(tmp_path: Path) -> None:
    rows = [",".join(r.split(",")[:3]) for r in _rows()]
    assert "all three axes" in _refused(_csv(tmp_path / "two.csv", rows, "time,acc_x,acc_y")).problem
    other = _csv(tmp_path / "other.csv", _rows(), "time,heart_rate,skin_temp,spo2")
    assert "no column is known" in _refused(other).problem


@pytest.mark.parametrize("at", [0, 500_000])
def test_bytes_that_are_no_utf_8_are_a_cell_like_another(tmp_path: Path, at: int) -> None:
    # Within the head by which the encoding is told, and far behind it.
    rows = [r + ",22 C" for r in _rows(20_000)]
    content = bytearray("\n".join(["time,acc_x,acc_y,acc_z,note", *rows]).encode())
    content[content.index(b" C", at)] = 0xB0
    path = tmp_path / "latin.csv"
    path.write_bytes(content)
    assert _whole(read(path)).shape == (20_000, 3)


def test_numbers_with_bytes_that_are_no_utf_8_are_missing(tmp_path: Path) -> None:
    rows = [r.encode() for r in _rows(20_000)]
    rows[15_000] = rows[15_000][:-3] + b"\xff\xfe1"
    path = tmp_path / "odd.csv"
    path.write_bytes(b"\n".join([b"time,acc_x,acc_y,acc_z", *rows]))
    recording = read(path)
    assert [s.n_samples for s in recording.streams[0].segments] == [15_000, 4999]
    assert any("1 cells that are not numbers" in a for a in recording.assumptions)


def test_utf_16_that_ends_within_a_character_loses_its_last_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes("\n".join(["time,acc_x,acc_y,acc_z", *_rows()]).encode("utf-16")[:-1])
    recording = read(path)
    assert [s.n_samples for s in recording.streams[0].segments] == [999]
    assert any("1 cells that are not numbers" in a for a in recording.assumptions)


def test_a_table_in_the_first_lines_alone_is_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path / "short.csv", [*_rows(510), *["some words, and more of them"] * 2000])
    assert "without a table of numbers" in _refused(path).problem


@pytest.mark.parametrize("row", ["0.1," * 100_000, "1" * 200_000, '"' + "x," * 100_000])
def test_lines_longer_than_any_table_of_samples_has_are_refused(tmp_path: Path, row: str) -> None:
    assert "lines of" in _refused(_csv(tmp_path / "wide.csv", [row] * 3)).problem


def test_a_sentence_stays_one_line_whatever_a_file_brings_into_it() -> None:
    assert (
        str(RecordingError("a\nb.csv", "a column \x00\x1b[31m", "name it"))
        == "a\ufffdb.csv: a column \ufffd\ufffd[31m: name it"
    )


def test_header_only(tmp_path: Path) -> None:
    assert "no rows of numbers" in _refused(_csv(tmp_path / "header.csv", [])).problem


def test_single_sample(tmp_path: Path) -> None:
    _refused(_csv(tmp_path / "one.csv", _rows(1)))


def test_blocks_of_nan_are_gaps(tmp_path: Path) -> None:
    rows = _rows()
    for i in range(400, 450):
        rows[i] = rows[i].split(",")[0] + ",NaN,NaN,NaN"
    for i in range(700, 720):
        rows[i] = rows[i].split(",")[0] + ",,,"
    recording = read(_csv(tmp_path / "nan.csv", rows))
    assert [s.n_samples for s in recording.streams[0].segments] == [400, 250, 280]
    assert np.isfinite(_whole(recording)).all()
    assert any("70 rows with missing values" in a for a in recording.assumptions)
    nothing = [r.split(",")[0] + ",NaN,NaN,NaN" for r in rows]
    assert "none of its sensor columns" in _refused(_csv(tmp_path / "all.csv", nothing)).problem


def test_constant_channels_are_left_as_they_are(tmp_path: Path) -> None:
    rows = [r.split(",")[0] + ",0.0,0.0,1.0" for r in _rows()]
    values = _whole(read(_csv(tmp_path / "still.csv", rows)))
    assert (values == np.array([0, 0, 1], dtype=np.float32)).all()
    zeros = [r.split(",")[0] + ",0,0,0" for r in _rows()]
    assert "zero throughout" in _refused(_csv(tmp_path / "zero.csv", zeros)).problem


def test_time_running_backwards(tmp_path: Path) -> None:
    rows = [*_rows(600), *_rows(400, start_s=2.0)]
    error = _refused(_csv(tmp_path / "back.csv", rows))
    assert "row 601" in error.source
    assert "backwards from 5.99 s to 2 s" in error.problem


def test_repeated_rows_are_dropped_and_shared_stamps_are_spread(tmp_path: Path) -> None:
    rows = _rows()
    doubled = read(_csv(tmp_path / "doubled.csv", [*rows[:500], rows[499], rows[499], *rows[500:]]))
    assert doubled.streams[0].segments[0].n_samples == 1000
    assert any("2 rows that repeat" in a for a in doubled.assumptions)
    coarse = [f"{int(float(r.split(',')[0]))}," + r.split(",", 1)[1] for r in rows]
    spread = read(_csv(tmp_path / "coarse.csv", coarse))
    assert spread.streams[0].segments[0].n_samples == 1000
    assert spread.streams[0].segments[0].rate_hz == pytest.approx(100, rel=0.02)
    assert any("placed evenly" in a for a in spread.assumptions)


@pytest.mark.parametrize("step_s", [0.0, 1.0, 0.0001, 60.0])
def test_zero_or_absurd_rate(tmp_path: Path, step_s: float) -> None:
    _refused(_csv(tmp_path / "rate.csv", _rows(step_s=step_s), "time_s,acc_x,acc_y,acc_z"))


def test_a_gap_of_ten_hours_reads_as_two_segments(tmp_path: Path) -> None:
    recording = read(_csv(tmp_path / "gap.csv", [*_rows(500), *_rows(500, start_s=36_005.0)]))
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [500, 500]
    assert stream.gaps[0].duration == 36_000 * 1_000_000
    assert stream.recorded_us == 10_000_000


def test_truncated_and_empty_edf(tmp_path: Path) -> None:
    whole = _edf(tmp_path).read_bytes()
    for keep in (100, 300, 900, len(whole) // 2, len(whole) - 1):
        cut = tmp_path / "cut.edf"
        cut.write_bytes(whole[:keep])
        assert "cut off" in (error := _refused(cut)).problem or "header" in error.problem
    none = tmp_path / "none.edf"
    none.write_bytes(whole[:236] + b"0       " + whole[244:])
    assert "no records" in _refused(none).problem


def test_damaged_header_of_an_edf(tmp_path: Path) -> None:
    whole = _edf(tmp_path).read_bytes()
    for at, junk in ((184, b"abc     "), (236, b"x       "), (244, b"zero    "), (252, b"-4  "), (168, b"99.99.99")):
        bad = tmp_path / "bad.edf"
        bad.write_bytes(whole[:at] + junk + whole[at + len(junk) :])
        if at != 184:
            _refused(bad)


def test_truncated_parquet(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    path.write_bytes(b"PAR1" + os.urandom(200))
    assert "cut off or damaged" in _refused(path).problem


def test_the_content_wins_over_a_wrong_ending(tmp_path: Path) -> None:
    edf = _edf(tmp_path)
    disguised = edf.rename(tmp_path / "signal.csv")
    recording = read(disguised)
    assert _whole(recording).shape == (1000, 3)
    assert any("ends in .csv, but the content is an EDF" in a for a in recording.assumptions)
    table = _csv(tmp_path / "signal.edf", _rows())
    assert any("ends in .edf" in a for a in read(table).assumptions)


def test_folder_and_missing_file(tmp_path: Path) -> None:
    assert "folder" in _refused(tmp_path).problem
    assert "no such file" in _refused(tmp_path / "not-there.csv").problem


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = _csv(tmp_path / "locked.csv", _rows())
    path.chmod(0)
    assert "may not be read" in _refused(path).problem


def test_file_that_may_not_be_read_by_any_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _csv(tmp_path / "locked.csv", _rows())

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", deny)
    assert "may not be read" in _refused(path).problem


def test_a_file_beyond_any_recording_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _csv(tmp_path / "long.csv", _rows())
    monkeypatch.setattr(readers, "LARGEST", 1000)
    assert "more than a recording can have" in _refused(path).problem


def test_a_broken_archive_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    assert "archive that is cut off" in _refused(path).problem


def test_rows_of_other_lengths_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = _rows()
    rows[300] = rows[300] + ",9,9"
    rows[-1] = rows[-1].rsplit(",", 1)[0]
    recording = read(_csv(tmp_path / "ragged.csv", rows))
    assert [s.n_samples for s in recording.streams[0].segments] == [300, 698]
    assert any("2 rows without the 4 columns" in a for a in recording.assumptions)
