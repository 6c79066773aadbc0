"""ActiGraph ``.gt3x``: idle sleep, zones, and damage."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Placement, Side
from tests.data.readers.expected import US, instant


def _gt3x(path: Path, source: Path, change: Callable[[bytes], bytes], info: Callable[[str], str] = str) -> Path:
    """A copy of an archive with its log changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        new.writestr("info.txt", info(old.read("info.txt").decode()))
        new.writestr("log.bin", change(old.read("log.bin")))
    return path


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
