"""Files in the devices' own formats: rate, span, samples and values as an independent reading found them."""

from __future__ import annotations

import json
import shutil
import struct
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import actfast
import fastavro
import h5py
import numpy as np
import pytest
import scipy.io

from data.errors import RecordingError
from data.readers import _mat5, read, sniff
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
    "empatica_embraceplus/test_data.avro": "empatica-embraceplus",
    "geneactiv/geneactiv.bin": "geneactiv",
    "geneactiv/GENEActiv_testfile.bin": "geneactiv",
    "geneactiv/gnactv_sample.bin": "geneactiv",
    "mobilised_mat/HA001/data.mat": "mobilise-d",
    "mobilised_mat/missing_sensor/data.mat": "mobilise-d",
    "parmay_matrix/mtx_12.5Hz_acc_gyro.BIN": "parmay-matrix",
    "parmay_matrix/mtx_25Hz_acc_HR.BIN": "parmay-matrix",
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
    # A Parmay Matrix runs 2.5 % faster than its name says, and its files do not name a rate.
    assert stream.rate_hz == pytest.approx(expected["effective_hz" if "parmay" in name else "nominal_hz"], rel=1e-5)
    longest = max(stream.segments, key=lambda s: s.n_samples)
    assert longest.rate_hz == pytest.approx(expected.get("effective_hz", expected["nominal_hz"]), rel=5e-4)
    assert recording.clock is Clock.ABSOLUTE
    kind = "utc" if "first_utc" in expected else "local"
    assert abs(recording.interval.start - _instant(expected[f"first_{kind}"])) < 0.06 * US
    last = recording.interval.end - US / longest.rate_hz
    assert abs(last - _instant(expected[f"last_{kind}"])) < 0.085 * US
    # Those of a Mobilise-D file are told trial by trial; those of a Parmay file are wrong, as shown below.
    if "mobilised" not in name and "parmay" not in name:
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
    np.testing.assert_array_equal(_all(read(path, memory=1000)), _all(read(path)))


def test_no_name_or_birth_date_of_the_header_gets_into_the_recording(device_files: Path, tmp_path: Path) -> None:
    content = (device_files / "geneactiv/gnactv_sample.bin").read_bytes()
    path = tmp_path / "person.bin"
    path.write_bytes(content.replace(b"Subject Code:0001", b"Subject Code:Jane Doe").replace(b"1900-1-1", b"1950-2-3"))
    recording = read(path)
    said = " ".join([recording.device, *recording.assumptions, *(s.name for s in recording.streams)])
    assert "Jane" not in said
    assert "1950" not in said


# --- Empatica EmbracePlus -------------------------------------------------------------------------------------


def _avro(path: Path, source: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a session with something in it changed."""
    with source.open("rb") as stream:
        reader = fastavro.reader(stream)
        schema, session = reader.writer_schema, next(reader)
    change(session)
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, [session])
    return path


def test_embraceplus_is_scaled_by_its_ranges_and_its_zone_is_not_added(device_files: Path) -> None:
    recording = read(device_files / "empatica_embraceplus/test_data.avro")
    (stream,) = recording.streams
    assert (stream.placement, stream.channels) == (Placement.WRIST, ("acc_x", "acc_y", "acc_z"))
    assert recording.interval.start == 1_764_153_714_256_034
    np.testing.assert_allclose(_all(recording)[:2, 0], [(r + 32768) / 65536 * 32 - 16 for r in (-2048, -2056)])


def test_a_gyroscope_that_ran_along_is_in_the_same_stream_and_a_press_is_an_annotation(
    device_files: Path, tmp_path: Path
) -> None:
    def add(session: dict[str, Any]) -> None:
        raw = session["rawData"]
        raw["gyroscope"] |= {k: raw["accelerometer"][k] for k in ("timestampStart", "samplingFrequency", "x", "y", "z")}
        raw["gyroscope"]["imuParams"] |= {"digitalMin": -32768, "digitalMax": 32768}
        raw["gyroscope"]["imuParams"] |= {"physicalMin": -2000, "physicalMax": 2000}
        raw["tags"]["tagsTimeMicros"] = [raw["accelerometer"]["timestampStart"] + 5 * US]

    source = device_files / "empatica_embraceplus/test_data.avro"
    recording = read(_avro(tmp_path / "six.avro", source, add))
    (stream,) = recording.streams
    values = _all(recording)
    assert stream.channels[3:] == ("gyro_x", "gyro_y", "gyro_z")
    np.testing.assert_allclose(values[:, 3:], values[:, :3] * 125, rtol=1e-5)
    (press,) = recording.annotations
    assert (press.label, press.interval.start - recording.interval.start) == ("event marker", 5 * US)


def test_an_embraceplus_without_acceleration_or_another_avro_file_is_refused(
    device_files: Path, tmp_path: Path
) -> None:
    def empty(session: dict[str, Any]) -> None:
        session["rawData"]["accelerometer"] |= {"x": [], "y": [], "z": []}

    with pytest.raises(RecordingError, match="no acceleration"):
        read(_avro(tmp_path / "none.avro", device_files / "empatica_embraceplus/test_data.avro", empty))
    other = tmp_path / "other.avro"
    with other.open("wb") as stream:
        fastavro.writer(stream, {"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}, [{"a": 1}])
    with pytest.raises(RecordingError, match="not one of an EmbracePlus"):
        read(other)


# --- APDM Opal ------------------------------------------------------------------------------------------------


def test_opal_sensors_are_streams_of_their_own_placed_by_their_labels(device_files: Path) -> None:
    name = "apdm_opal/apdm_sample_lumbar_rightfoot.h5"
    path, expected = device_files / name, _expected(device_files, name)
    recording = read(path)
    assert (sniff(path), recording.zone) == ("apdm", "America/New_York")
    assert [(s.name, s.placement, s.side) for s in recording.streams] == [
        ("lower-back", Placement.LOWER_BACK, Side.MIDDLE),
        ("right-foot", Placement.FOOT, Side.RIGHT),
    ]
    for i, lead in enumerate(("Lumbar_", "Right_Foot_")):
        stream = recording.streams[i]
        assert (stream.rate_hz, len(stream.segments), stream.segments[0].n_samples) == (128.0, 1, expected["samples"])
        _check_values(_all(recording, i), expected["channels_mean_std"], lead)
    assert abs(recording.interval.start - _instant(expected["first_utc"])) < 8000
    assert read(path, zone="Europe/Berlin").zone == "Europe/Berlin"


def test_a_stretch_that_an_opal_lost_is_a_gap(device_files: Path, tmp_path: Path) -> None:
    path = tmp_path / "lost.h5"
    shutil.copy(device_files / "apdm_opal/apdm_sample_lumbar_rightfoot.h5", path)
    path.chmod(0o644)
    with h5py.File(path, "r+") as file:
        time = file["Sensors/XI-010284/Time"]
        time[20_000:] = time[20_000:] + 3 * US
    streams = read(path).streams
    assert [len(s.segments) for s in streams] == [2, 1]
    assert streams[0].gaps[0].duration == pytest.approx(3 * US, rel=0.01)


def test_another_hdf5_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(5)
    with pytest.raises(RecordingError, match="not one of APDM's format 5"):
        read(path)


# --- Mobilise-D -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["HA001", "missing_sensor"])
def test_each_trial_is_a_segment_and_marked(device_files: Path, folder: str) -> None:
    name = f"mobilised_mat/{folder}/data.mat"
    recording = read(device_files / name)
    trials = {k: v for k, v in _expected(device_files, name)["trials"].items() if isinstance(v, dict)}
    (stream,) = recording.streams
    assert (stream.placement, recording.zone) == (Placement.LOWER_BACK, "Europe/Berlin")
    assert [s.n_samples for s in stream.segments] == [t["samples"] for t in trials.values()]
    for segment, trial in zip(stream.segments, trials.values(), strict=True):
        assert abs(segment.start_us - _instant(trial["first_utc"])) < 1000
        _check_values(segment.samples[0 : segment.n_samples], trial["channels_mean_std"])
    assert [a.label for a in recording.annotations] == [k.replace("/", " ") for k in trials]
    is_told = any("Test11 Trial1 holds no sensor" in a for a in recording.assumptions)
    assert is_told == (folder == "missing_sensor")


def _as_scipy_has_it(value: Any) -> Any:
    """A structure as SciPy returns it, in dictionaries and lists."""
    if hasattr(value, "_fieldnames"):
        return {n: _as_scipy_has_it(getattr(value, n)) for n in value._fieldnames}
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [_as_scipy_has_it(v) for v in value.ravel(order="F")]
    return value


def _check_same(own: Any, other: Any) -> None:
    if isinstance(own, list) and not own:
        # A structure without one element: SciPy gives its names, with nothing in them.
        assert not any(np.size(v) for v in (other.values() if isinstance(other, dict) else other))
    elif isinstance(other, dict):
        assert isinstance(own, dict)
        assert own.keys() == other.keys()
        for key, value in other.items():
            _check_same(own[key], value)
    elif isinstance(other, list):
        # SciPy gives a string in a list of one; here it is the string.
        for a, b in zip(own if isinstance(own, list) else [own], other, strict=True):
            _check_same(a, b)
    elif isinstance(other, str):
        assert own == other
    else:
        np.testing.assert_array_equal(np.ravel(own), np.ravel(other))


@pytest.mark.parametrize("name", ["missing_sensor/data.mat", "HA001/infoForAlgo.mat"])
def test_matlab_values_are_those_that_scipy_reads(device_files: Path, name: str) -> None:
    path = device_files / "mobilised_mat" / name
    other = scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)
    own = _mat5.loaded(path.read_bytes())
    for key in own:
        _check_same(own[key], _as_scipy_has_it(other[key]))
    assert set(own) == {k for k in other if not k.startswith("__")}


def test_matlab_files_without_recordings_are_refused(device_files: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="without Mobilise-D's structure"):
        read(device_files / "mobilised_mat/HA001/infoForAlgo.mat")
    path = tmp_path / "new.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600))
    with pytest.raises(RecordingError, match="-v7"):
        read(path)


# --- Parmay Matrix --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in _READ if n.startswith("parmay")])
def test_parmay_values_are_scaled_by_the_declared_ranges(device_files: Path, name: str) -> None:
    content = (device_files / name).read_bytes()
    acc, gyro = [], []
    for packet in content.split(b"MDTCPACK")[1:]:
        n_acc, n_gyro = struct.unpack_from("<2I", packet, 12)
        numbers = np.frombuffer(packet, "<i2", 3 * (n_acc + n_gyro), 28).reshape(-1, 3)
        acc.append(numbers[:n_acc])
        gyro.append(numbers[n_acc:])
    raw = np.hstack([k for k in (np.concatenate(acc), np.concatenate(gyro)) if len(k)])
    ranges = np.array([8, 8, 8, 2000, 2000, 2000])[: raw.shape[1]]
    values = _all(read(device_files / name))
    np.testing.assert_allclose(values, raw * (ranges / 32768), rtol=1e-6, atol=1e-6)
    assert np.median(np.linalg.norm(values[:, :3], axis=1)) == pytest.approx(1.0, abs=0.05)
    # The figures that came with the files are those of a product that wrapped round in 16 bits.
    wrapped = (raw * ranges.astype(np.int16)).astype(np.float64) / 32768
    _check_values(wrapped, _expected(device_files, name)["channels_mean_std"])


def test_rotation_of_a_parmay_turns_gravity_as_fast_as_it_says(device_files: Path) -> None:
    values = _all(read(device_files / "parmay_matrix/mtx_12.5Hz_acc_gyro.BIN")).astype(np.float64)
    smooth = np.apply_along_axis(lambda c: np.convolve(c, np.ones(3) / 3, "same"), 0, values)
    turned = np.gradient(smooth[:, :3], axis=0) * 12.807 * DEGREES
    said = -np.cross(smooth[:, 3:], smooth[:, :3])
    # Shaking blurs the slope, but rad/s would be 57 times off it.
    assert 0.2 < (said * turned).sum() / (said * said).sum() < 5


def test_a_damaged_packet_is_refused_and_leniently_a_gap(device_files: Path, tmp_path: Path) -> None:
    content = bytearray((device_files / "parmay_matrix/mtx_25Hz_acc_HR.BIN").read_bytes())
    content[20_000] ^= 1
    path = tmp_path / "bad.bin"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"1 of its 4 packets are damaged \(number 1\)"):
        read(path)
    (stream,) = read(path, lenient=True).streams
    assert [s.n_samples for s in stream.segments] == [1536, 11_583]
    assert stream.gaps[0].duration == pytest.approx(469 * US, rel=2e-3)


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


# --- all of them ----------------------------------------------------------------------------------------------

_REFUSED = {
    _CORRUPT: "6 of its 145 blocks are damaged",
    "edf_annotations/test_edfann.edf": "annotations but no signals",
    "empatica_e4/": "single column|3 or 6 columns",
    "garmin_fit/MonitoringFile.fit": "a Garmin FIT file",
    "motion_bids/": r"no acceleration or rotation \(channels of type POS\)",
    "movella_dot/": "gravity taken out",
    "phyphox_ios/Linear Accelerometer.csv": "gravity taken out",
    "shimmer/triaxcal_sample.bin": "binary and of no known format",
    "wfdb/mixedsignals.hea": "no acceleration or rotation",
}
"""Files, or folders of files other than ``ACC.csv``, that hold nothing to be read, and why."""


def test_every_file_that_was_looked_into_reads_or_is_refused_with_its_reason(device_files: Path) -> None:
    for name in json.loads((device_files / "EXPECTED.json").read_text(encoding="utf-8"))["files"]:
        reason = next((r for start, r in _REFUSED.items() if name.startswith(start)), None)
        if reason is None or name.endswith("/ACC.csv"):
            assert read(device_files / name).streams, name
        else:
            with pytest.raises(RecordingError, match=reason):
                read(device_files / name)


# --- libraries that may be absent -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("axivity/ax6_sample.cwa", "actfast"),
        ("geneactiv/geneactiv.bin", "actfast"),
        ("empatica_embraceplus/test_data.avro", "fastavro"),
        ("apdm_opal/apdm_sample_lumbar_rightfoot.h5", "h5py"),
    ],
)
def test_an_absent_library_is_told_with_the_line_that_installs_it(
    device_files: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RecordingError, match=rf'needs the library {library}: .*pip install "motionward\[devices\]"'):
        read(device_files / name)
