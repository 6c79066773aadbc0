"""Files in the devices' own formats: rate, span, samples and values as an independent reading found them."""

from __future__ import annotations

import json
import struct
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import actfast
import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read, sniff
from data.recording import Clock, Placement, Recording, Side
from data.units import DEGREES, STANDARD_GRAVITY

US = 1_000_000
_CORRUPT = "axivity/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"
_READ = {
    "actigraph/actigraph.gt3x": "actigraph",
    "actigraph/ISM_Disabled.gt3x": "actigraph",
    "actigraph/ISM_Enabled.gt3x": "actigraph",
    "actigraph/TAS1H30182785_2019-09-17.gt3x": "actigraph",
    "actigraph/neo.gt3x": "actigraph",
    "axivity/ax3_sample.cwa": "axivity",
    "axivity/ax3_testfile.cwa": "axivity",
    _CORRUPT: "axivity",
    "axivity/ax6_sample.cwa": "axivity",
    "axivity/ax6_testfile.cwa": "axivity",
    "geneactiv/geneactiv.bin": "geneactiv",
    "geneactiv/GENEActiv_testfile.bin": "geneactiv",
    "geneactiv/gnactv_sample.bin": "geneactiv",
}
_FACTORS = {"mps2": 1 / STANDARD_GRAVITY, "radps": DEGREES}


@pytest.fixture
def device_files(shared_data: Path) -> Path:
    return shared_data / "device_files"


def _expected(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / "EXPECTED.json").read_text(encoding="utf-8"))["files"][name]


def _all(recording: Recording, stream: int = 0) -> np.ndarray:
    return np.concatenate([s.samples[0 : s.n_samples] for s in recording.streams[stream].segments])


def _instant(text: str) -> int:
    return round(datetime.fromisoformat(text + "+00:00").timestamp() * US)


def _check_values(values: np.ndarray, expected: dict[str, list[float]], lead: str = "") -> None:
    wanted = [(k, v) for k, v in expected.items() if k.startswith((f"{lead}acc_", f"{lead}gyr_"))]
    assert len(wanted) == values.shape[1]
    for column, (title, (mean, std)) in zip(values.astype(np.float64).T, wanted, strict=True):
        factor = _FACTORS.get(title.rsplit("_", 1)[1], 1.0)
        assert column.mean() == pytest.approx(mean * factor, abs=2e-5 * factor), title
        assert column.std() == pytest.approx(std * factor, abs=2e-5 * factor), title


@pytest.mark.parametrize("name", _READ)
def test_rate_span_count_and_values_are_as_expected(device_files: Path, name: str) -> None:
    path, expected = device_files / name, _expected(device_files, name)
    assert sniff(path) == _READ[name]
    recording = read(path, lenient=name == _CORRUPT)
    (stream,) = recording.streams
    assert sum(s.n_samples for s in stream.segments) == expected["samples"]
    assert stream.rate_hz == expected["nominal_hz"]
    longest = max(stream.segments, key=lambda s: s.n_samples)
    assert longest.rate_hz == pytest.approx(expected.get("effective_hz", expected["nominal_hz"]), rel=5e-4)
    assert recording.clock is Clock.ABSOLUTE
    kind = "utc" if "first_utc" in expected else "local"
    assert abs(recording.interval.start - _instant(expected[f"first_{kind}"])) < 0.06 * US
    last = recording.interval.end - US / longest.rate_hz
    assert abs(last - _instant(expected[f"last_{kind}"])) < 0.06 * US
    _check_values(_all(recording), expected["channels_mean_std"])


# --- Axivity --------------------------------------------------------------------------------------------------


def _cwa_blocks(path: Path) -> list[bytes]:
    content = path.read_bytes()
    return [content[at : at + 512] for at in range(1024, len(content), 512)]


def _cwa_values(block: bytes) -> np.ndarray:
    """Slow and obvious: the samples of one block as the format's description has them."""
    light, rate, packing = int.from_bytes(block[18:20], "little"), block[24], block[25]
    count = int.from_bytes(block[28:30], "little")
    assert rate
    rows = []
    for k in range(count):
        if packing & 15 == 0:
            word = int.from_bytes(block[30 + 4 * k : 34 + 4 * k], "little")
            tens = [(word >> shift) & 1023 for shift in (0, 10, 20)]
            rows.append([(v - 1024 if v > 511 else v) * 2 ** (word >> 30) / 256 for v in tens])
        else:
            words = np.frombuffer(block, "<i2", 6, 30 + 12 * k).astype(float)
            gyro = words[:3] * (8000 / 2 ** ((light >> 10) & 7)) / 32768
            rows.append([*(words[3:] / 2 ** (8 + (light >> 13))), *gyro])
    return np.array(rows)


@pytest.mark.parametrize("name", ["axivity/ax3_testfile.cwa", "axivity/ax6_sample.cwa", "axivity/ax6_testfile.cwa"])
def test_axivity_samples_are_those_of_the_blocks(device_files: Path, name: str) -> None:
    wanted = np.concatenate([_cwa_values(b) for b in _cwa_blocks(device_files / name)])
    np.testing.assert_allclose(_all(read(device_files / name)), wanted, rtol=1e-6, atol=1e-6)


def test_axivity_runs_at_its_real_rate_through_the_borders_of_blocks(device_files: Path) -> None:
    (stream,) = read(device_files / "axivity/ax3_testfile.cwa").streams
    (segment,) = stream.segments
    assert (stream.placement, stream.side) == (Placement.WRIST, Side.RIGHT)
    assert (stream.rate_hz, segment.rate_hz) == (100.0, pytest.approx(98.86, abs=0.01))


def test_one_bad_block_is_refused_and_leniently_a_gap(device_files: Path) -> None:
    with pytest.raises(RecordingError, match=r"6 of its 145 blocks are damaged \(number 0, 13, 14, 142") as caught:
        read(device_files / _CORRUPT)
    assert "leniently" in caught.value.hint
    recording = read(device_files / _CORRUPT, lenient=True)
    whole = read(device_files / "axivity/ax3_testfile.cwa")
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [12 * 120, 127 * 120]
    assert stream.gaps[0].duration / US == pytest.approx(240 / 98.86, abs=0.05)
    every = _all(whole)
    np.testing.assert_array_equal(_all(recording), np.delete(every, np.r_[0:120, 1560:1800, 17040:17400], axis=0))
    assert any("Read leniently: 6 of its 145 blocks" in a for a in recording.assumptions)


def test_a_lenient_reading_of_a_whole_file_says_nothing_and_is_the_same(device_files: Path) -> None:
    for name in ("axivity/ax6_sample.cwa", "geneactiv/gnactv_sample.bin"):
        strict, lenient = read(device_files / name), read(device_files / name, lenient=True)
        assert strict.assumptions == lenient.assumptions
        np.testing.assert_array_equal(_all(strict), _all(lenient))


def test_a_cwa_that_ends_within_a_block_is_refused_and_leniently_read_up_to_it(
    device_files: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.cwa"
    path.write_bytes((device_files / "axivity/ax6_sample.cwa").read_bytes()[: 1024 + 512 * 100 + 77])
    with pytest.raises(RecordingError, match="cut off within its last block"):
        read(path)
    assert _all(read(path, lenient=True)).shape == (4000, 6)


def test_axivity_in_small_pieces_reads_the_same(device_files: Path) -> None:
    path = device_files / "axivity/ax6_sample.cwa"
    small = read(path, memory=100_000)
    assert not isinstance(small.streams[0].segments[0].samples, np.ndarray)
    np.testing.assert_array_equal(_all(small), _all(read(path)))


# --- GENEActiv ------------------------------------------------------------------------------------------------


def _geneactiv_values(content: bytes) -> np.ndarray:
    """Slow and obvious: 48 bits a sample, twelve for each axis, with the calibration of the header."""
    told = {}
    for line in content.split(b"Recorded Data")[0].decode(errors="replace").splitlines():
        key, _, value = line.partition(":")
        told[key] = value
    rows = []
    for page in content.split(b"Recorded Data")[1:]:
        cells = page.split(b"\n")[9].strip()
        for at in range(0, len(cells) - 11, 12):
            raw = [int(cells[at + 3 * i : at + 3 * i + 3], 16) for i in range(3)]
            signed = [v - 4096 if v > 2047 else v for v in raw]
            rows.append(
                [
                    (v * 100 - int(told[f"{a} offset"])) / int(told[f"{a} gain"])
                    for a, v in zip("xyz", signed, strict=True)
                ]
            )
    return np.array(rows)


@pytest.mark.parametrize("name", [n for n in _READ if n.startswith("geneactiv")])
def test_geneactiv_samples_are_those_of_the_pages(device_files: Path, name: str) -> None:
    wanted = _geneactiv_values((device_files / name).read_bytes())
    np.testing.assert_allclose(_all(read(device_files / name)), wanted, atol=1e-6)


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
    assert _all(read(path)).shape == (600, 3)


def test_a_damaged_page_is_refused_and_leniently_a_gap(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "geneactiv/geneactiv.bin").read_bytes()
    at = content.index(b"Sequence Number:7\r") if b"Sequence Number:7\r" in content else content.index(b"Number:7\n")
    path = tmp_path / "bad.bin"
    path.write_bytes(content[: at + 2000] + b"\x07?" + content[at + 2002 :])
    with pytest.raises(RecordingError, match="1 of its 20 pages are damaged"):
        read(path)
    (stream,) = read(path, lenient=True).streams
    assert [s.n_samples for s in stream.segments] == [2100, 3600]


def test_geneactiv_in_small_pieces_reads_the_same(device_files: Path) -> None:
    path = device_files / "geneactiv/geneactiv.bin"
    np.testing.assert_array_equal(_all(read(path, memory=1000)), _all(read(path)))


def test_no_name_or_birth_date_of_the_header_gets_into_the_recording(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "geneactiv/gnactv_sample.bin").read_bytes()
    path = tmp_path / "person.bin"
    path.write_bytes(content.replace(b"Subject Code:0001", b"Subject Code:Jane Doe").replace(b"1900-1-1", b"1950-2-3"))
    recording = read(path)
    said = " ".join([recording.device, *recording.assumptions, *(s.name for s in recording.streams)])
    assert "Jane" not in said
    assert "1950" not in said


# --- ActiGraph ------------------------------------------------------------------------------------------------


def _gt3x(path: Path, source: Path, change: Callable[[bytes], bytes], info: Callable[[str], str] = str) -> Path:
    """A copy of an archive with its log changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        new.writestr("info.txt", info(old.read("info.txt").decode()))
        new.writestr("log.bin", change(old.read("log.bin")))
    return path


def test_gt3x_of_an_old_device_equals_the_vendors_own_export(device_files: Path) -> None:
    own, export = (_all(read(device_files / f"actigraph/neo.{e}")) for e in ("gt3x", "csv"))
    np.testing.assert_allclose(own, export, atol=5.1e-4)


def test_gt3x_samples_are_those_of_the_library_that_reads_this_kind(device_files: Path) -> None:
    path = device_files / "actigraph/actigraph.gt3x"
    wanted = actfast.read(str(path))["timeseries"]["acceleration"]["acceleration"]
    np.testing.assert_allclose(_all(read(path)), wanted, atol=1e-6)


def test_gt3x_samples_are_the_numbers_of_the_log(device_files: Path) -> None:
    with zipfile.ZipFile(device_files / "actigraph/ISM_Enabled.gt3x") as archive:
        log = archive.read("log.bin")
    wanted, at = [], 0
    while at < len(log):
        _, kind, _, size = struct.unpack_from("<BBIH", log, at)
        if kind == 26 and size > 1:
            wanted.extend(struct.iter_unpack("<3h", log[at + 8 : at + 8 + size]))
        at += 9 + size
    recording = read(device_files / "actigraph/ISM_Enabled.gt3x")
    np.testing.assert_allclose(_all(recording), np.array(wanted) / 256, atol=1e-7)


def test_idle_sleep_stays_a_gap(device_files: Path) -> None:
    for name, gaps, missing in (("ISM_Enabled", 2, 106), ("TAS1H30182785_2019-09-17", 6, 1829)):
        (stream,) = read(device_files / f"actigraph/{name}.gt3x").streams
        assert len(stream.gaps) == gaps
        assert sum(g.duration for g in stream.gaps) / US == pytest.approx(missing, abs=0.01)


def test_the_zone_of_the_header_counts_and_the_name_in_it_is_dropped(device_files: Path) -> None:
    recording = read(device_files / "actigraph/ISM_Enabled.gt3x", zone="America/New_York")
    assert (recording.zone, recording.interval.start) == ("America/New_York", _instant("2021-03-19T20:57:00"))
    assert (recording.streams[0].placement, recording.streams[0].side) == (Placement.WRIST, Side.RIGHT)
    assert "ISM_Enabled" not in " ".join([recording.device, *recording.assumptions])


def test_a_log_without_samples_is_an_error(device_files: Path, tmp_path: Path) -> None:
    path = _gt3x(tmp_path / "none.gt3x", device_files / "actigraph/ISM_Enabled.gt3x", lambda _: b"")
    with pytest.raises(RecordingError, match="promises 30 samples a second, but the log holds none"):
        read(path)


@pytest.mark.parametrize(("key", "said"), [("Sample Rate", "sampling rate"), ("TimeZone", "time zone")])
def test_a_header_without_a_rate_or_a_zone_is_an_error(device_files: Path, tmp_path: Path, key: str, said: str) -> None:
    source = device_files / "actigraph/ISM_Enabled.gt3x"
    path = _gt3x(tmp_path / "odd.gt3x", source, bytes, lambda t: t.replace(key, "X"))
    with pytest.raises(RecordingError, match=said):
        read(path)


def test_a_damaged_record_is_refused_and_leniently_a_gap(device_files: Path, tmp_path: Path) -> None:
    def spoil(log: bytes) -> bytes:
        return log[:20_000] + b"\x1e\x55" + log[20_002:]

    path = _gt3x(tmp_path / "bad.gt3x", device_files / "actigraph/ISM_Disabled.gt3x", spoil)
    with pytest.raises(RecordingError, match=r"log\.bin, byte \d+: a record of the log is damaged"):
        read(path)
    recording = read(path, lenient=True)
    (stream,) = recording.streams
    assert sum(s.n_samples for s in stream.segments) == 9000 - 30
    assert stream.gaps[0].duration == pytest.approx(US, abs=1000)
    assert any("damaged bytes at 1 places" in a for a in recording.assumptions)


# --- libraries that may be absent -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "library"), [("axivity/ax6_sample.cwa", "actfast")])
def test_an_absent_library_is_told_with_the_line_that_installs_it(
    device_files: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RecordingError, match=rf'needs the library {library}: .*pip install "motionward\[devices\]"'):
        read(device_files / name)
