"""Any CSV: the same movement written in many ways reads as the same recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import RecordingError
from data.readers import read, sniff
from data.recording import Clock, Placement, Recording, Side

START_S = 1_700_000_000.25
_ACC = {"g": 1.0, "mg": 1000.0, "m/s²": 9.80665}
_ROT = {"deg/s": 1.0, "rad/s": np.pi / 180}


def _stamps(kind: str, n: int, rate: float) -> list[str]:
    k = np.arange(n) / rate
    if kind == "iso":
        at = np.round(START_S * 1e6 + k * 1e6).astype("int64").astype("datetime64[us]")
        return [f"{t}Z" for t in at]
    if kind.startswith("unix "):
        factor = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}[kind.split()[1]]
        if factor < 1e6:
            return [f"{(START_S + x) * factor:.6f}" for x in k]
        return [str(round((START_S + x) * 1e6) * (factor // 1_000_000)) for x in k]
    factor = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind]
    return [f"{x * factor:.6f}" for x in k]


def _write(path: Path, columns: list[str], rows: list[list[str]], delimiter: str, decimal: str) -> None:
    lines = [delimiter.join(columns)] if columns else []
    lines += [delimiter.join(c.replace(".", decimal) if decimal == "," else c for c in row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _samples(recording: Recording) -> np.ndarray:
    (stream,) = recording.streams
    return np.concatenate([s.samples[0 : s.n_samples] for s in stream.segments])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    comma=st.booleans(),
    time=st.sampled_from(["s", "ms", "us", "ns", "unix s", "unix ms", "unix us", "unix ns", "iso"]),
    names_time=st.booleans(),
    acc=st.sampled_from(list(_ACC)),
    rot=st.sampled_from(list(_ROT)),
    names_units=st.booleans(),
    style=st.sampled_from(
        ["acc_{}|gyro_{}", "Acc {}|Gyr {}", "accelerometer{}|gyroscope{}", "a{}|g{}", "lumbar_acc_{}|lumbar_gyr_{}"]
    ),
)  # fmt: skip
def test_the_same_movement_written_in_any_way_is_the_same_recording(
    tmp_path: Path, moving, delimiter: str, comma: bool, time: str, names_time: bool, acc: str, rot: str,
    names_units: bool, style: str,
) -> None:  # fmt: skip
    decimal = "," if comma and delimiter != "," else "."
    n = 1200
    values = np.column_stack([moving.acc[:n] * _ACC[acc], moving.gyro[:n] * _ROT[rot]])
    acc_style, gyro_style = style.split("|")
    heads = [one.format(a) for one in (acc_style, gyro_style) for a in "xyz"]
    if names_units:
        open_, close = (" (", ")") if delimiter != " " else ("[", "]")
        heads = [f"{h}{open_}{acc if i < 3 else rot}{close}" for i, h in enumerate(heads)]
    elif delimiter == " ":
        heads = [h.replace(" ", "_") for h in heads]
    title = f"time_{time.rsplit(maxsplit=1)[-1]}" if names_time and time != "iso" else "timestamp"
    rows = [[t, *(f"{v:.7f}" for v in row)] for t, row in zip(_stamps(time, n, moving.rate), values, strict=True)]
    if delimiter == " " and names_units:
        heads = [h.replace(" ", "") for h in heads]
    path = tmp_path / "signal.csv"
    _write(path, [title, *heads], rows, delimiter, decimal)
    recording = read(path)
    (stream,) = recording.streams
    assert stream.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert stream.rate_hz == 100.0
    (segment,) = stream.segments
    assert segment.rate_hz == pytest.approx(100.0, rel=1e-6)
    assert stream.placement is (Placement.LOWER_BACK if "lumbar" in style else Placement.UNKNOWN)
    absolute = time == "iso" or time.startswith("unix")
    assert recording.clock is (Clock.ABSOLUTE if absolute else Clock.RELATIVE)
    assert segment.start_us == (round(START_S * 1e6) if absolute else 0)
    np.testing.assert_allclose(_samples(recording)[:, :3], moving.acc[:n], atol=2e-6)
    np.testing.assert_allclose(_samples(recording)[:, 3:], moving.gyro[:n], atol=2e-4)
    if not names_units:
        assert any("by its length at rest" in a for a in recording.assumptions)
        assert any("gravity turns" in a for a in recording.assumptions)


def _plain(path: Path, moving, header: str, *, n: int = 1000, extra=lambda i: "", **replaced: str) -> Path:
    rows = [f"{i / 100:.2f}," + ",".join(f"{v:.6f}" for v in moving.acc[i]) + extra(i) for i in range(n)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_sites_come_from_column_prefixes(tmp_path: Path, moving) -> None:
    sites = ["lumbar", "left_ankle", "r_wrist"]
    header = ["time_s"] + [f"{s}_{k}{a}_{u}" for s in sites for k, u in (("a", "g"), ("g", "deg_s")) for a in "xyz"]
    rows = [",".join([f"{i / 100}"] + [f"{v:.5f}" for _ in sites for v in moving.six[i]]) for i in range(500)]
    path = tmp_path / "walk.csv"
    path.write_text("\n".join([",".join(header), *rows]), encoding="utf-8")
    recording = read(path)
    assert [(s.name, s.placement, s.side) for s in recording.streams] == [
        ("lower-back", Placement.LOWER_BACK, Side.MIDDLE),
        ("left-ankle", Placement.ANKLE, Side.LEFT),
        ("right-wrist", Placement.WRIST, Side.RIGHT),
    ]
    assert all(len(s.channels) == 6 for s in recording.streams)


def test_placement_comes_from_the_file_name_or_is_said_to_be_missing(tmp_path: Path, moving) -> None:
    named = read(_plain(tmp_path / "P03_left_ankle_visit2.csv", moving, "time,x,y,z"))
    assert (named.streams[0].placement, named.streams[0].side) == (Placement.ANKLE, Side.LEFT)
    blank = read(_plain(tmp_path / "P03.csv", moving, "time,x,y,z"))
    assert blank.streams[0].placement is Placement.UNKNOWN
    assert any("no detector judges it" in a for a in blank.assumptions)


def test_a_table_without_a_header_is_read_when_it_can_only_mean_one_thing(tmp_path: Path, moving) -> None:
    path = tmp_path / "raw.txt"
    path.write_text(
        "\n".join("\t".join([f"{i * 10}", *(f"{v:.5f}" for v in moving.acc[i])]) for i in range(800)), encoding="utf-8"
    )
    recording = read(path)
    np.testing.assert_allclose(_samples(recording), moving.acc[:800], atol=1e-5)
    assert any("No column names" in a for a in recording.assumptions)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_of_spreadsheets_are_understood(tmp_path: Path, moving, encoding: str) -> None:
    lines = ["Gerät: Fühler", "Abtastung\u00b2"] if encoding != "utf-16" else []
    lines += ["Zeit time (s);Acc X (m/s²);Acc Y (m/s²);Acc Z (m/s²)"]
    lines += [";".join(f"{v:.5f}".replace(".", ",") for v in (i / 100, *moving.acc[i] * 9.80665)) for i in range(400)]
    path = tmp_path / "tabelle.csv"
    path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
    np.testing.assert_allclose(_samples(read(path)), moving.acc[:400], atol=1e-5)


def test_a_counter_takes_its_rate_from_the_preamble_and_a_lost_packet_is_a_gap(tmp_path: Path, moving) -> None:
    rows = [f"{i + (i >= 300) * 5}," + ",".join(f"{v:.6f}" for v in moving.acc[i]) for i in range(600)]
    path = tmp_path / "mt.csv"
    path.write_text("\n".join(["// Update Rate: 100.0Hz", "PacketCounter,Acc_X,Acc_Y,Acc_Z", *rows]), encoding="utf-8")
    (stream,) = read(path).streams
    assert [s.n_samples for s in stream.segments] == [300, 300]
    assert stream.gaps[0].duration == 50_000


def test_a_counter_without_a_rate_is_refused(tmp_path: Path, moving) -> None:
    rows = [f"{i}," + ",".join(f"{v:.6f}" for v in moving.acc[i]) for i in range(600)]
    path = tmp_path / "c.csv"
    path.write_text("\n".join(["time,x,y,z", *rows]), encoding="utf-8")
    with pytest.raises(RecordingError, match="nothing says the sampling rate"):
        read(path)


def test_a_unit_that_cannot_be_told_is_refused(tmp_path: Path, moving) -> None:
    rows = [f"{i / 100}," + ",".join(f"{v * 64:.3f}" for v in moving.acc[i]) for i in range(600)]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(["time,acc_x,acc_y,acc_z", *rows]), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"neither 1 g, 9.81 m/s² nor 1000 mg"):
        read(path)


def test_free_acceleration_is_refused(tmp_path: Path, moving) -> None:
    path = _plain(tmp_path / "dot.csv", moving, "time,FreeAcc_X,FreeAcc_Y,FreeAcc_Z")
    with pytest.raises(RecordingError, match="gravity taken out"):
        read(path)


def test_local_stamps_are_taken_in_the_zone_that_is_given(tmp_path: Path, moving) -> None:
    at = np.datetime64("2023-07-01T10:00:00.000") + (np.arange(300) * 10).astype("timedelta64[ms]")
    rows = [f"{str(t).replace('T', ' ')}," + ",".join(f"{v:.6f}" for v in moving.acc[i]) for i, t in enumerate(at)]
    path = tmp_path / "local.csv"
    path.write_text("\n".join(["timestamp,acc_x,acc_y,acc_z", *rows]), encoding="utf-8")
    berlin, nowhere = read(path, zone="Europe/Berlin"), read(path)
    assert berlin.interval.start - nowhere.interval.start == -2 * 3600 * 1_000_000
    assert berlin.zone == "Europe/Berlin"
    assert any("because none was given" in a for a in nowhere.assumptions)
    with pytest.raises(RecordingError, match="no time zone named"):
        read(path, zone="Mars/Olympus")


def test_a_clock_that_was_never_set_is_said(tmp_path: Path, moving) -> None:
    at = np.datetime64("1970-01-01T00:03:00.000") + (np.arange(300) * 10).astype("timedelta64[ms]")
    rows = [f"{t}," + ",".join(f"{v:.6f}" for v in moving.acc[i]) for i, t in enumerate(at)]
    path = tmp_path / "unset.csv"
    path.write_text("\n".join(["timestamp,acc_x,acc_y,acc_z", *rows]), encoding="utf-8")
    recording = read(path)
    assert (recording.clock, recording.zone, recording.interval.start) == (Clock.UNSET, None, 0)


def test_words_between_numbers_become_a_gap_and_are_counted(tmp_path: Path, moving) -> None:
    lines = [f"{i / 100:.2f}," + ",".join(f"{v:.6f}" for v in moving.acc[i]) for i in range(60_000 // 60)]
    lines[500] = "5.00,error,error,error"
    path = tmp_path / "words.csv"
    path.write_text("\n".join(["time,x,y,z", *lines]), encoding="utf-8")
    recording = read(path)
    assert [s.n_samples for s in recording.streams[0].segments] == [500, 499]
    assert any("3 cells that are not numbers" in a for a in recording.assumptions)


def test_freezing_columns_and_words_become_annotations(tmp_path: Path, moving) -> None:
    def extra(i: int) -> str:
        return f",{int(200 <= i < 350)},{'walk' if i < 500 else 'sit'}"

    recording = read(_plain(tmp_path / "l.csv", moving, "time,x,y,z,fog,activity", extra=extra))
    found = {(a.label, a.interval.start, a.interval.end) for a in recording.annotations}
    assert found == {
        ("freezing of gait", 2_000_000, 3_500_000), ("walk", 0, 5_000_000), ("sit", 5_000_000, 10_000_000),
    }  # fmt: skip


def test_columns_that_are_not_read_are_named_and_no_more_than_a_few(tmp_path: Path, moving) -> None:
    def left_out(path: Path, profile: Path | None = None) -> list[str]:
        return [a for a in read(path, profile).assumptions if a.startswith("Not read: ")]

    def extra(_: int) -> str:
        return ",1,2,,"

    path = _plain(tmp_path / "a.csv", moving, "time,x,y,z,fog,temp,remark,", extra=extra)
    assert left_out(path) == ["Not read: 'temp', 'remark'."]
    profile = tmp_path / "a.toml"
    profile.write_text('time = {column = "time", unit = "s"}\n[[stream]]\nacc = ["x", "y", "z"]\n')
    assert left_out(path, profile) == ["Not read: 'fog', 'temp', 'remark'."]
    many = _plain(tmp_path / "b.csv", moving, "time,x,y,z,b1,b2,b3,b4,b5,b6", extra=lambda _: ",1,2,3,4,5,6")
    assert left_out(many) == ["Not read: 'b1', 'b2', 'b3', 'b4' and 2 more columns."]
    assert left_out(_plain(tmp_path / "c.csv", moving, "time,x,y,z")) == []


def test_core_motion_is_turned_to_specific_force(tmp_path: Path, moving) -> None:
    kinds = ("rotationRate", "gravity", "acceleration")
    header = ",".join(["time", *(kind + axis for kind in kinds for axis in "XYZ")])
    rows = []
    for i in range(600):
        user = np.array([0.01, -0.02, 0.03])
        cells = [*np.radians(moving.gyro[i]), *(-moving.acc[i] - user), *user]
        rows.append(f"{i / 100}," + ",".join(f"{v:.7f}" for v in cells))
    path = tmp_path / "WristMotion.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    recording = read(path)
    np.testing.assert_allclose(_samples(recording), moving.six[:600], atol=2e-5)
    assert recording.streams[0].placement is Placement.WRIST


def test_sniff_names_the_format(tmp_path: Path, moving) -> None:
    assert sniff(_plain(tmp_path / "a.csv", moving, "time,x,y,z")) == "table"
