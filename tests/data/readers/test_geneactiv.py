"""GENEActiv ``.bin``: pages, gaps and damage."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Placement
from tests.data.readers.expected import US, samples_of


def test_half_a_second_between_two_pages_stays_a_gap(device_files: Path) -> None:
    (stream,) = read(device_files / "geneactiv/gnactv_sample.bin").streams
    assert [s.n_samples for s in stream.segments] == [300, 600]
    assert stream.gaps[0].duration == pytest.approx(0.5 * US, abs=1000)
    assert stream.placement is Placement.LOWER_BACK


def test_a_cut_last_page_is_read_and_said(device_files: Path, tmp_path: Path) -> None:
    recording = read(device_files / "geneactiv/GENEActiv_testfile.bin")
    assert any("last page is cut off" in a for a in recording.assumptions)
    assert any("promises 222048 pages, the file holds 17" in a for a in recording.assumptions)
    content = (device_files / "geneactiv/gnactv_sample.bin").read_bytes()
    path = tmp_path / "cut.bin"
    path.write_bytes(content[: content.rindex(b"Battery")])
    assert samples_of(read(path)).shape == (600, 3)


def test_a_damaged_page_is_refused_and_leniently_a_gap(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "geneactiv/geneactiv.bin").read_bytes()
    at = content.index(b"Sequence Number:7\r") if b"Sequence Number:7\r" in content else content.index(b"Number:7\n")
    path = tmp_path / "bad.bin"
    path.write_bytes(content[: at + 2000] + b"\x07?" + content[at + 2002 :])
    with pytest.raises(RecordingError, match="1 of its 20 pages are damaged"):
        read(path)
    (stream,) = read(path, lenient=True).streams
    assert [s.n_samples for s in stream.segments] == [2100, 3600]


def test_a_page_in_the_middle_that_lacks_samples_is_damaged(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "geneactiv/geneactiv.bin").read_bytes()
    at = content.index(b"Number:7\n") + 1000
    path = tmp_path / "short.bin"
    path.write_bytes(content[:at] + content[at + 120 :])
    with pytest.raises(RecordingError, match=r"1 of its 20 pages are damaged \(number 7\)"):
        read(path)
    (stream,) = read(path, lenient=True).streams
    assert [s.n_samples for s in stream.segments] == [2100, 3600]


def test_geneactiv_in_small_pieces_reads_the_same(device_files: Path) -> None:
    path = device_files / "geneactiv/geneactiv.bin"
    np.testing.assert_array_equal(samples_of(read(path, memory=1000)), samples_of(read(path)))


def test_no_name_or_birth_date_of_the_header_gets_into_the_recording(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "geneactiv/gnactv_sample.bin").read_bytes()
    path = tmp_path / "person.bin"
    path.write_bytes(content.replace(b"Subject Code:0001", b"Subject Code:Jane Doe").replace(b"1900-1-1", b"1950-2-3"))
    recording = read(path)
    said = " ".join([recording.device, *recording.assumptions, *(s.name for s in recording.streams)])
    assert "Jane" not in said
    assert "1950" not in said


def _changed(path: Path, source: Path, old: bytes, new: bytes) -> Path:
    content, count = re.subn(old, new, source.read_bytes())
    assert count
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("stated", ["50", "100"])
def test_a_rate_that_no_page_keeps_is_refused(device_files: Path, tmp_path: Path, stated: str) -> None:
    source = device_files / "geneactiv/geneactiv.bin"
    path = _changed(
        tmp_path / "rate.bin", source, rb"Frequency:60(\S*\s+[0-9A-F])", rb"Frequency:%b\1" % stated.encode()
    )
    with pytest.raises(RecordingError, match=f"states {stated} samples a second, but .* there are about 60"):
        read(path)


def test_a_header_of_another_rate_than_its_pages_is_said(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "geneactiv/geneactiv.bin"
    path = _changed(tmp_path / "rate.bin", source, rb"Frequency:60 Hz", rb"Frequency:25 Hz")
    recording = read(path)
    assert recording.streams[0].rate_hz == 60
    assert any("header states 25 samples a second, its pages 60" in a for a in recording.assumptions)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"(. gain:)\d+", rb"\g<1>12800"),
        (rb"(. gain:)\d+", rb"\g<1>-25600"),
        (rb"(x offset:)-?\d+", rb"\g<1>99999"),
    ],
)
def test_gains_and_offsets_of_no_such_sensor_are_refused(
    device_files: Path, tmp_path: Path, old: bytes, new: bytes
) -> None:
    path = _changed(tmp_path / "gain.bin", device_files / "geneactiv/geneactiv.bin", old, new)
    with pytest.raises(RecordingError, match="of the x axis; about 25600 and 0 are due"):
        read(path)


def test_a_header_without_a_gain_is_refused(device_files: Path, tmp_path: Path) -> None:
    path = _changed(tmp_path / "none.bin", device_files / "geneactiv/geneactiv.bin", rb"y gain:", rb"y gian:")
    with pytest.raises(RecordingError, match="does not say gain and offset of the y axis"):
        read(path)


def test_a_zone_of_one_digit_is_read_and_one_that_is_none_is_refused(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "geneactiv/geneactiv.bin"
    short = _changed(tmp_path / "short.bin", source, rb"GMT -05:00", rb"GMT -5:00")
    assert read(short).interval == read(source).interval
    other = _changed(tmp_path / "other.bin", source, rb"GMT -05:00", rb"GMT -five")
    with pytest.raises(RecordingError, match="no time zone, or none of hours and minutes"):
        read(other)
