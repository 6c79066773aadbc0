"""ActiGraph ``.gt3x``: idle sleep, zones, and damage."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Placement, Side
from tests.data.readers.expected import US, instant, samples_of


def _gt3x(
    path: Path,
    source: Path,
    change: Callable[[bytes], bytes],
    info: Callable[[str], str] = str,
    calibration: str | None = None,
) -> Path:
    """A copy of an archive with its log changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        new.writestr("info.txt", info(old.read("info.txt").decode()))
        new.writestr("log.bin", change(old.read("log.bin")))
        if calibration is not None:
            new.writestr("calibration.json", calibration)
    return path


def _records(log: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(log):
        end = at + 9 + int.from_bytes(log[at + 6 : at + 8], "little")
        found.append(log[at:end])
        at = end
    return found


def test_idle_sleep_stays_a_gap(device_files: Path) -> None:
    for name, gaps, missing in (("ISM_Enabled", 2, 106), ("TAS1H30182785_2019-09-17", 6, 1829)):
        (stream,) = read(device_files / f"actigraph/{name}.gt3x").streams
        assert len(stream.gaps) == gaps
        assert sum(g.duration for g in stream.gaps) / US == pytest.approx(missing, abs=0.01)


def test_the_zone_of_the_header_counts_and_the_name_in_it_is_dropped(device_files: Path) -> None:
    recording = read(device_files / "actigraph/ISM_Enabled.gt3x", zone="America/New_York")
    assert (recording.zone, recording.interval.start) == ("America/New_York", instant("2021-03-19T20:57:00"))
    assert (recording.streams[0].placement, recording.streams[0].side) == (Placement.WRIST, Side.RIGHT)
    assert "ISM_Enabled" not in " ".join([recording.device, *recording.assumptions])


def test_a_log_without_samples_is_an_error(device_files: Path, tmp_path: Path) -> None:
    path = _gt3x(tmp_path / "none.gt3x", device_files / "actigraph/ISM_Enabled.gt3x", lambda _: b"")
    with pytest.raises(RecordingError, match="promises 30 samples a second, but the log holds none"):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("Sample Rate", "X", "sampling rate"), ("TimeZone: -05:00:00", "TimeZone: EST", "time zone")],
)
def test_a_header_without_a_rate_or_with_a_zone_that_is_none_is_an_error(
    device_files: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    source = device_files / "actigraph/ISM_Enabled.gt3x"
    path = _gt3x(tmp_path / "odd.gt3x", source, bytes, lambda t: t.replace(old, new))
    with pytest.raises(RecordingError, match=said):
        read(path)


def test_an_older_header_without_a_zone_or_a_scale_gives_a_wall_clock_and_the_scale_of_the_model(
    device_files: Path, tmp_path: Path
) -> None:
    source = device_files / "actigraph/ISM_Enabled.gt3x"

    def older(told: str, serial: str = "TAS1E42150038") -> str:
        lines = [line for line in told.splitlines() if not line.startswith(("TimeZone", "Acceleration Scale"))]
        return "\r\n".join(lines).replace("TAS1E42150038", serial)

    recording = read(_gt3x(tmp_path / "a.gt3x", source, bytes, older), zone="Europe/Berlin")
    # The log's clock shows 15:57, and Berlin is an hour ahead of UTC.
    assert recording.interval.start == instant("2021-03-19T14:57:00")
    assert any("wall clock without a zone" in a for a in recording.assumptions)
    first = _gt3x(tmp_path / "b.gt3x", source, bytes, lambda t: older(t, "NEO1C04110003"))
    mine, others = (samples_of(r) for r in (read(first), recording))
    np.testing.assert_allclose(mine * 341, others * 256, rtol=1e-5)


def test_a_start_that_is_no_whole_number_is_none(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "actigraph/ISM_Enabled.gt3x"
    path = _gt3x(tmp_path / "a.gt3x", source, bytes, lambda t: re.sub(r"Start Date: \d+", "Start Date: 1,5", t))
    # The records of the log bear their own times.
    assert read(path).interval.start == instant("2021-03-19T20:57:00")


def test_a_zone_ahead_of_utc_may_bear_its_sign(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "actigraph/ISM_Enabled.gt3x"
    path = _gt3x(tmp_path / "ahead.gt3x", source, bytes, lambda t: t.replace("-05:00:00", "+05:30:00"))
    assert read(path).interval.start == instant("2021-03-19T10:27:00")


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


def test_a_few_bytes_of_zero_between_records_are_no_damage(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "actigraph/ISM_Disabled.gt3x"

    def fill(log: bytes) -> bytes:
        records = _records(log)
        return b"".join(records[:100]) + bytes(5) + b"".join(records[100:])

    whole, filled = read(source), read(_gt3x(tmp_path / "filled.gt3x", source, fill))
    assert filled.assumptions == whole.assumptions
    np.testing.assert_array_equal(samples_of(filled), samples_of(whole))


def test_a_record_that_was_wiped_with_zeros_is_damage(device_files: Path, tmp_path: Path) -> None:
    def wipe(log: bytes) -> bytes:
        records = _records(log)
        return b"".join(records[:100]) + bytes(len(records[100])) + b"".join(records[101:])

    path = _gt3x(tmp_path / "wiped.gt3x", device_files / "actigraph/ISM_Disabled.gt3x", wipe)
    with pytest.raises(RecordingError, match="a record of the log is damaged"):
        read(path)


def test_samples_before_their_calibration_are_refused(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "actigraph/ISM_Disabled.gt3x"
    raw = _gt3x(tmp_path / "raw.gt3x", source, bytes, calibration='{"calibrationMethod": 2, "isCalibrated": false}')
    with pytest.raises(RecordingError, match="before calibration"):
        read(raw)
    read(_gt3x(tmp_path / "done.gt3x", source, bytes, calibration='{"calibrationMethod": 1, "isCalibrated": true}'))


@pytest.mark.parametrize("stated", [15, 60])
def test_a_rate_that_no_record_keeps_is_refused(device_files: Path, tmp_path: Path, stated: int) -> None:
    source = device_files / "actigraph/ISM_Disabled.gt3x"
    path = _gt3x(tmp_path / "rate.gt3x", source, bytes, lambda t: t.replace("Rate: 30", f"Rate: {stated}"))
    with pytest.raises(RecordingError, match=f"states {stated} samples a second, but .* there are about 30"):
        read(path)


def test_the_older_actisleep_counts_341_a_g_as_others_of_its_time(device_files: Path, tmp_path: Path) -> None:
    def older(told: str) -> str:
        lines = [line for line in told.splitlines() if not line.startswith("Acceleration Scale")]
        return "\r\n".join(lines).replace("TAS1E47150641", "MRA1C04110003")

    source = device_files / "actigraph/ISM_Disabled.gt3x"
    mine = read(_gt3x(tmp_path / "mra.gt3x", source, bytes, older))
    np.testing.assert_allclose(samples_of(mine) * 341, samples_of(read(source)) * 256, rtol=1e-5)


def test_a_zone_that_is_none_on_earth_is_refused(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "actigraph/ISM_Disabled.gt3x"
    path = _gt3x(tmp_path / "far.gt3x", source, bytes, lambda t: t.replace("-05:00:00", "30:00:00"))
    with pytest.raises(RecordingError, match="30:00:00, is none on earth"):
        read(path)


def test_a_device_set_up_to_other_clocks_than_the_patient_s_is_told_from_its_csv(device_files: Path) -> None:
    folder = device_files / "actigraph"

    def starts(zone: str) -> tuple[int, int, str]:
        both = [read(folder / name, zone=zone) for name in ("neo.gt3x", "neo.csv")]
        return both[0].interval.start, both[1].interval.start, " ".join(both[0].assumptions)

    true, by_csv, said = starts("America/Chicago")
    assert true == by_csv
    assert "was set up at" not in said
    mine, by_csv, said = starts("Europe/Berlin")
    assert (mine, by_csv) == (true, true - 7 * 3600 * US)
    assert "set up at UTC-06:00, and clocks of Europe/Berlin were at UTC+01:00 then" in said
    assert "would lie 7 h earlier" in said
    assert any("(the device was set up at UTC-06:00)" in a for a in read(folder / "neo.gt3x").assumptions)
