"""Exports in the manner of known vendors, and profiles that say what nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import _profile, read
from data.recording import Clock, Placement, Side

N = 800
Row = Callable[[int, list[str], list[str]], str]
BEGIN = datetime(2023, 3, 5, 14, 0)  # noqa: DTZ001  a wall clock
BEGIN_US = 1_678_024_800_000_000
"""14:00 UTC on that day."""


def _at(k: int, form: str) -> str:
    return (BEGIN + timedelta(milliseconds=10 * k)).strftime(form)[:-3]


_VENDORS: dict[str, tuple[list[str], Row, Placement, Side, int, int]] = {
    "axivity": ([], lambda k, a, _: f"{_at(k, '%Y-%m-%d %H:%M:%S.%f')},{','.join(a)}",
                Placement.UNKNOWN, Side.UNKNOWN, 3, BEGIN_US),
    "geneactiv": (["Device Type,GENEActiv", *(f"Field {i},value" for i in range(90)), "Measurement Frequency,100 Hz",
                   "Device Location Code,left wrist", ""],
                  lambda k, a, _: f"{_at(k, '%Y-%m-%d %H:%M:%S:%f')},{','.join(a)},12,0,23.4",
                  Placement.WRIST, Side.LEFT, 3, BEGIN_US),
    "actilife": (["--- Data File Created By ActiGraph Link ActiLife date format M/d/yyyy at 100 Hz ---",
                  "Timestamp,Accelerometer X,Accelerometer Y,Accelerometer Z"],
                 lambda k, a, _: f"{_at(k, '3/5/2023 %H:%M:%S.%f')},{','.join(a)}",
                 Placement.UNKNOWN, Side.UNKNOWN, 3, BEGIN_US),
    "spreadsheet": (["Date;Time;X;Y;Z"],
                    lambda k, a, _: f"2023-03-05;{_at(k, '%H:%M:%S.%f')};{';'.join(a)}",
                    Placement.UNKNOWN, Side.UNKNOWN, 3, BEGIN_US),
    "polar": (["Phone timestamp;sensor timestamp [ns];X [g];Y [g];Z [g]"],
              lambda k, a, _: f"{_at(k, '%Y-%m-%dT%H:%M:%S.%f')};{599000000000000000 + k * 10000000};{';'.join(a)}",
              Placement.UNKNOWN, Side.UNKNOWN, 3, BEGIN_US),
    "mbient": (["epoc (ms),timestamp (-05:00),elapsed (s),x-axis (g),y-axis (g),z-axis (g)"],
               lambda k, a, _: f"{1678024800000 + 10 * k},2023,{k / 100},{','.join(a)}",
               Placement.UNKNOWN, Side.UNKNOWN, 3, BEGIN_US),
    "dot": (["sep=,", "DeviceTag:,right foot", "OutputRate:,100Hz", "",
             "PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z,Status"],
            lambda k, a, g: f"{k},{(4294000000 + k * 10000) % 2**32},{','.join(a)},{','.join(g)},0",
            Placement.FOOT, Side.RIGHT, 6, 0),
    "opal": (["Time," + ",".join(f"Lumbar/{s} {x} ({u})" for s, u in (("Accelerometer", "g"), ("Gyroscope", "deg/s"))
                                 for x in "XYZ")],
             lambda k, a, g: f"{1678024800000000 + k * 10000},{','.join(a)},{','.join(g)}",
             Placement.LOWER_BACK, Side.MIDDLE, 6, BEGIN_US),
}  # fmt: skip


@pytest.mark.parametrize("vendor", _VENDORS)
def test_exports_of_vendors(tmp_path: Path, moving, vendor: str) -> None:
    head, row, placement, side, channels, start = _VENDORS[vendor]
    cells = [[f"{v:.5f}" for v in line] for line in moving.six[:N]]
    path = tmp_path / "export.csv"
    path.write_text("\n".join([*head, *(row(k, c[:3], c[3:]) for k, c in enumerate(cells))]), encoding="utf-8")
    recording = read(path, zone="UTC")
    (stream,) = recording.streams
    assert (stream.placement, stream.side, stream.rate_hz) == (placement, side, 100.0)
    assert (recording.clock is Clock.ABSOLUTE, recording.interval.start) == (start > 0, start)
    (segment,) = stream.segments
    np.testing.assert_allclose(segment.samples[0:N], moving.six[:N, :channels], atol=1e-5)


def _table(path: Path, moving) -> Path:
    rows = [f"{k};" + ";".join(f"{v * 256:.0f}" for v in moving.acc[k]) + f";{k // 100 % 2}" for k in range(N)]
    path.write_text("\n".join(["n;p;q;r;mark", *rows]), encoding="utf-8")
    return path


_PROFILE = """
title = "own device"
rate_hz = 100
[time]
column = "n"
unit = "samples"
[[stream]]
placement = "ankle"
side = "right"
acc = ["p", "q", 4]
acc_unit = "g"
acc_scale = 0.00390625
[[label]]
column = "mark"
equals = 1
label = "freezing of gait"
"""


def test_a_profile_wins_over_guessing(tmp_path: Path, moving) -> None:
    table, profile = _table(tmp_path / "own.csv", moving), tmp_path / "own.toml"
    profile.write_text(_PROFILE, encoding="utf-8")
    with pytest.raises(RecordingError):
        read(table)
    recording = read(table, profile)
    (stream,) = recording.streams
    assert (stream.name, stream.rate_hz) == ("right-ankle", 100.0)
    np.testing.assert_allclose(stream.segments[0].samples[0:N], moving.acc[:N], atol=0.5 / 256)
    assert [a.interval.start for a in recording.annotations] == [1_000_000, 3_000_000, 5_000_000, 7_000_000]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('column = "n"', 'column = "nothing"', "wants column 'nothing'"),
        ('"samples"', '"fortnights"', "unit of time"),
        ("rate_hz = 100", "rate_hz = -1", "rate_hz is -1"),
        ('"ankle"', '"elbow"', "'elbow' is not a valid"),
        ('["p", "q", 4]', '["p", "q"]', "three columns"),
        ("acc_scale", "acc_skale", "unknown key 'acc_skale'"),
        ('acc_unit = "g"', 'acc_unit = "deg/s"', "acc_unit is 'deg/s'"),
        ("[time]", "[time", "not valid TOML"),
        ("title", "tittle", "unknown key 'tittle'"),
    ],
)
def test_a_profile_with_a_mistake_is_refused_with_the_place(
    tmp_path: Path, moving, old: str, new: str, problem: str
) -> None:
    table, profile = _table(tmp_path / "own.csv", moving), tmp_path / "own.toml"
    profile.write_text(_PROFILE.replace(old, new), encoding="utf-8")
    with pytest.raises(RecordingError) as caught:
        read(table, profile)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("form", "clock"), [("%Y-%m-%d %H:%M:%S.%f", Clock.ABSOLUTE), ("%H:%M:%S.%f", Clock.RELATIVE)])
def test_a_profile_may_name_a_column_of_times_in_words(tmp_path: Path, moving, form: str, clock: Clock) -> None:
    rows = [f"{_at(k, form)};" + ";".join(f"{v:.5f}" for v in moving.acc[k]) for k in range(N)]
    table, profile = tmp_path / "own.csv", tmp_path / "own.toml"
    table.write_text("\n".join(["when;p;q;r", *rows]), encoding="utf-8")
    profile.write_text(
        '[time]\ncolumn = "when"\nunit = "text"\n[[stream]]\nacc = ["p", "q", "r"]\nacc_unit = "g"', encoding="utf-8"
    )
    recording = read(table, profile, zone="UTC")
    assert (recording.clock, recording.streams[0].rate_hz) == (clock, 100.0)
    assert recording.interval.start == (BEGIN_US if clock is Clock.ABSOLUTE else 0)


def test_a_profile_that_is_not_there_is_named(tmp_path: Path, moving) -> None:
    with pytest.raises(RecordingError, match="no such profile: name a TOML file or one of sisfall"):
        read(_table(tmp_path / "own.csv", moving), "atlantis")


def test_every_shipped_profile_loads() -> None:
    assert set(_profile.names()) == {"sisfall", "umafall", "weda-fall"}
    for name in _profile.names():
        assert _profile.load(name).table["stream"]
