"""Axivity ``.cwa``: blocks, clock and damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Clock, Placement, Side
from tests.data.readers.cut_cwa import cut_cwa
from tests.data.readers.expected import CORRUPT_CWA, US, instant, samples_of
from tests.data.readers.independent import by_actfast


def test_axivity_runs_at_its_real_rate_through_the_borders_of_blocks(device_files: Path) -> None:
    (stream,) = read(device_files / "axivity/ax3_testfile.cwa").streams
    (segment,) = stream.segments
    assert (stream.placement, stream.side) == (Placement.WRIST, Side.RIGHT)
    assert (stream.rate_hz, segment.rate_hz) == (100.0, pytest.approx(98.86, abs=0.01))


def test_one_bad_block_is_refused_and_leniently_a_gap(device_files: Path) -> None:
    with pytest.raises(RecordingError, match=r"6 of its 145 blocks are damaged \(number 0, 13, 14, 142") as caught:
        read(device_files / CORRUPT_CWA)
    assert "leniently" in caught.value.hint
    recording = read(device_files / CORRUPT_CWA, lenient=True)
    whole = read(device_files / "axivity/ax3_testfile.cwa")
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [12 * 120, 127 * 120]
    assert stream.gaps[0].duration / US == pytest.approx(240 / 98.86, abs=0.05)
    every = samples_of(whole)
    np.testing.assert_array_equal(samples_of(recording), np.delete(every, np.r_[0:120, 1560:1800, 17040:17400], axis=0))
    assert any("Read leniently: 6 of its 145 blocks" in a for a in recording.assumptions)


def test_a_single_changed_bit_of_a_cwa_is_noticed(device_files: Path, tmp_path: Path) -> None:
    content = bytearray((device_files / "axivity/ax6_sample.cwa").read_bytes())
    content[1024 + 512 * 7 + 100] ^= 1
    path = tmp_path / "bit.cwa"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"1 of its 259 blocks are damaged \(number 7\)"):
        read(path)


def test_a_lenient_reading_of_a_whole_file_says_nothing_and_is_the_same(device_files: Path) -> None:
    for name in ("axivity/ax6_sample.cwa", "geneactiv/gnactv_sample.bin"):
        strict, lenient = read(device_files / name), read(device_files / name, lenient=True)
        assert strict.assumptions == lenient.assumptions
        np.testing.assert_array_equal(samples_of(strict), samples_of(lenient))


def test_a_cwa_that_ends_within_a_block_is_refused_and_leniently_read_up_to_it(
    device_files: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.cwa"
    path.write_bytes((device_files / "axivity/ax6_sample.cwa").read_bytes()[: 1024 + 512 * 100 + 77])
    with pytest.raises(RecordingError, match="cut off within its last block"):
        read(path)
    assert samples_of(read(path, lenient=True)).shape == (4000, 6)


@pytest.mark.parametrize("byte", [b"\xff", b"\0"])
@pytest.mark.parametrize("blanks", [1, 3000])
def test_blocks_that_were_never_written_end_the_recording_and_are_said(
    device_files: Path, tmp_path: Path, byte: bytes, blanks: int
) -> None:
    whole = device_files / "axivity/ax6_sample.cwa"
    path = tmp_path / "early.cwa"
    path.write_bytes(whole.read_bytes() + byte * 512 * blanks)
    recording = read(path)
    np.testing.assert_array_equal(samples_of(recording), samples_of(read(whole)))
    (said,) = [a for a in recording.assumptions if "hold nothing" in a]
    assert f"The last {blanks} of its {259 + blanks} blocks hold nothing" in said
    assert recording.dropped == ()


def test_blank_blocks_between_written_ones_are_damage_and_a_file_of_them_alone_is_refused(
    device_files: Path, tmp_path: Path
) -> None:
    content = (device_files / "axivity/ax6_sample.cwa").read_bytes()
    path = tmp_path / "hole.cwa"
    path.write_bytes(content[: 1024 + 512 * 7] + b"\xff" * 1024 + content[1024 + 512 * 9 :] + b"\xff" * 512)
    with pytest.raises(RecordingError, match=r"2 of its 259 blocks are damaged \(number 7, 8\)"):
        read(path)
    path.write_bytes(content[:1024] + b"\xff" * 512 * 9)
    with pytest.raises(RecordingError, match="none of its blocks was ever written"):
        read(path)


def test_a_cut_right_after_a_piece_of_blocks_is_seen(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "axivity/ax3_testfile.cwa").read_bytes()
    path = tmp_path / "cut.cwa"
    path.write_bytes(content[:1024] + (content[1024:] * 8)[: 512 * 1024] + b"A" * 77)
    with pytest.raises(RecordingError, match="cut off within its last block"):
        read(path)


@pytest.mark.parametrize(
    ("zone", "start", "said"),
    [
        ("Europe/Amsterdam", "2026-10-25 02:59", "put back at 2026-10-25 03:00"),
        ("Europe/Amsterdam", "2026-03-29 01:59", "put forward at 2026-03-29 02:00"),
        ("America/New_York", "2026-11-01 01:59", "put back at 2026-11-01 02:00"),
    ],
)
def test_a_change_of_clocks_while_it_recorded_moves_no_sample_and_is_said(
    device_files: Path, tmp_path: Path, zone: str, start: str, said: str
) -> None:
    whole = device_files / "axivity/ax3_testfile.cwa"
    recording = read(cut_cwa(whole, tmp_path / "night.cwa", start=start), zone=zone)
    assert recording.streams[0].interval.duration == read(whole).streams[0].interval.duration
    assert any(said in a and "taken to have run on" in a for a in recording.assumptions)
    other_day = read(cut_cwa(whole, tmp_path / "other.cwa", start=f"{start[:8]}15{start[10:]}"), zone=zone)
    assert not [a for a in other_day.assumptions if "were put" in a]


def test_the_clock_of_a_device_that_was_set_up_before_clocks_changed_is_still_on_the_old_time(
    device_files: Path, tmp_path: Path
) -> None:
    whole, target = device_files / "axivity/ax3_testfile.cwa", tmp_path / "later.cwa"
    start = "2026-10-26 08:00"
    before = read(cut_cwa(whole, target, start=start, set_up="2026-10-23 16:05"), zone="Europe/Amsterdam")
    assert before.interval.start == pytest.approx(instant("2026-10-26T06:00:00"), abs=2 * US)
    assert any("taken as 06:59:59: the device was set up at 2026-10-23 16:05" in a for a in before.assumptions)
    after = read(cut_cwa(whole, target, start=start, set_up="2026-10-26 07:00"), zone="Europe/Amsterdam")
    assert after.interval.start == pytest.approx(instant("2026-10-26T07:00:00"), abs=2 * US)
    twice = read(
        cut_cwa(whole, target, start="2026-10-25 02:30", set_up="2026-10-24 09:00"),
        zone="Europe/Amsterdam",
    )
    assert twice.interval.start == pytest.approx(instant("2026-10-25T00:30:00"), abs=2 * US)
    assert not [a for a in (*after.assumptions, *twice.assumptions) if "The start, " in a]


@pytest.mark.parametrize("first", ["2000-01-01 00:00:30", "2010-01-01 03:00"])
def test_a_clock_that_was_never_set_gives_no_date(device_files: Path, tmp_path: Path, first: str) -> None:
    recording = read(cut_cwa(device_files / "axivity/ax3_testfile.cwa", tmp_path / "unset.cwa", start=first))
    assert recording.clock is Clock.UNSET
    assert any(f"it says {first[:10]}" in a for a in recording.assumptions)


def test_axivity_in_small_pieces_reads_the_same(device_files: Path) -> None:
    path = device_files / "axivity/ax6_sample.cwa"
    small = read(path, memory=100_000)
    assert not isinstance(small.streams[0].segments[0].samples, np.ndarray)
    np.testing.assert_array_equal(samples_of(small), samples_of(read(path)))


def _with_blocks(content: bytes, change) -> bytes:
    """The file with each block changed and its checksum put right."""
    blocks = np.frombuffer(content[1024:], np.uint8).reshape(-1, 512).copy()
    change(blocks)
    blocks[:, 510:] = 0
    sums = -blocks.view("<u2").sum(axis=1, dtype=np.uint16)
    blocks[:, 510:] = sums.astype("<u2").view(np.uint8).reshape(-1, 2)
    return content[:1024] + blocks.tobytes()


def test_a_block_of_a_day_that_no_month_has_is_damaged(device_files: Path, tmp_path: Path) -> None:
    def thirtieth_of_february(blocks: np.ndarray) -> None:
        stamp = blocks[7, 14:18].copy().view("<u4")
        stamp[0] = (stamp[0] & ~np.uint32(0x3FF << 17)) | (2 << 22) | (30 << 17)
        blocks[7, 14:18] = stamp.view(np.uint8)

    path = tmp_path / "february.cwa"
    path.write_bytes(_with_blocks((device_files / "axivity/ax6_sample.cwa").read_bytes(), thirtieth_of_february))
    with pytest.raises(RecordingError, match=r"1 of its 259 blocks are damaged \(number 7\)"):
        read(path)


def test_three_axes_of_two_bytes_are_read_by_the_scale_that_their_block_names(
    device_files: Path, tmp_path: Path
) -> None:
    content = (device_files / "axivity/ax3_sample.cwa").read_bytes()
    packed = samples_of(read(device_files / "axivity/ax3_sample.cwa"))

    def unpacked(blocks: np.ndarray) -> None:
        steps = np.rint(packed[: len(blocks) * 120].reshape(-1, 120, 3)[:, :80] * 512).astype("<i2")
        blocks[:, 30:510] = np.ascontiguousarray(steps).view(np.uint8).reshape(-1, 480)
        blocks[:, 18:20] = np.array([1 << 13], "<u2").view(np.uint8)
        blocks[:, 25], blocks[:, 28:30] = 0x32, np.array([80], "<u2").view(np.uint8)

    path = tmp_path / "wide.cwa"
    path.write_bytes(_with_blocks(content, unpacked))
    expected = packed.reshape(-1, 120, 3)[:, :80].reshape(-1, 3)
    np.testing.assert_array_equal(samples_of(read(path)), expected)


def test_a_block_that_is_not_full_gives_what_it_holds(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "axivity/ax6_sample.cwa").read_bytes()
    whole = samples_of(read(device_files / "axivity/ax6_sample.cwa"))

    def shorter(blocks: np.ndarray) -> None:
        blocks[-1, 28] = 17

    path = tmp_path / "short.cwa"
    path.write_bytes(_with_blocks(content, shorter))
    np.testing.assert_array_equal(samples_of(read(path)), whole[:-23])


def test_samples_laid_out_in_an_unknown_way_are_refused(device_files: Path, tmp_path: Path) -> None:
    def odd(blocks: np.ndarray) -> None:
        blocks[:, 25], blocks[:, 28] = 0x44, 20

    path = tmp_path / "odd.cwa"
    path.write_bytes(_with_blocks((device_files / "axivity/ax6_sample.cwa").read_bytes(), odd))
    with pytest.raises(RecordingError, match=r"not known \(0x44\)"):
        read(path)


@pytest.mark.parametrize("name", ["ax3_sample", "ax3_testfile", "ax6_sample", "ax6_testfile"])
def test_samples_are_those_of_another_library_bit_for_bit(device_files: Path, name: str) -> None:
    path = device_files / "axivity" / f"{name}.cwa"
    np.testing.assert_array_equal(samples_of(read(path)), by_actfast(path).astype(np.float32))


def test_a_rate_code_that_no_block_keeps_is_refused(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "axivity/ax6_testfile.cwa").read_bytes()
    for code, stated in ((9, 50), (11, 200)):

        def other(blocks: np.ndarray, code: int = code) -> None:
            blocks[:, 24] = (blocks[:, 24] & 0xF0) | code

        path = tmp_path / "rate.cwa"
        path.write_bytes(_with_blocks(content, other))
        with pytest.raises(RecordingError, match=rf"states {stated} samples a second, but .* about 9[89]"):
            read(path)


def test_ranges_that_an_ax6_says_twice_and_not_alike_are_said(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "axivity/ax6_testfile.cwa").read_bytes()

    def other(blocks: np.ndarray) -> None:
        scales = np.array([(4 << 13) | (2 << 10)], "<u2")
        blocks[:, 18:20] = scales.view(np.uint8)

    path = tmp_path / "ranges.cwa"
    path.write_bytes(_with_blocks(content, other))
    said = " ".join(read(path).assumptions)
    assert "count acceleration to ±8 g, but state a range of ±16 g" in said
    assert "count rotation to ±2000 °/s, its header says ±250" in said
    for real in ("ax6_testfile.cwa", "ax6_sample.cwa"):
        assert "Its blocks count" not in " ".join(read(device_files / "axivity" / real).assumptions)
