"""Tables whose plain reading would be wrong: each is read right or refused, and never taken for something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Clock
from data.units import rest_magnitude
from tests.data.readers.conftest import Moving, make_moving


def _of(rate: float, seconds: float = 20.0) -> tuple[np.ndarray, Moving]:
    moving = make_moving(seconds, rate)
    return np.arange(len(moving.acc)) / rate, moving


def _write(path: Path, header: str, *columns: object) -> Path:
    """A CSV of columns that are arrays of numbers or lists of words."""
    cells = [[f"{v:.9g}" if isinstance(v, float) else str(v) for v in c] for c in columns]  # type: ignore[attr-defined]
    path.write_text("\n".join([header, *(",".join(row) for row in zip(*cells, strict=True))]) + "\n")
    return path


def _clock_face(seconds: float) -> str:
    at = datetime(2026, 3, 2, 9, 59, 55) + timedelta(seconds=seconds)  # noqa: DTZ001  a wall clock
    return f"{at:%H%M%S}.{at.microsecond // 1000:03d}"


@pytest.mark.parametrize(
    ("rate", "name", "written"),
    [
        (25.0, "Time (min)", lambda s: f"{s / 60:.9f}"),
        (12.5, "time_minutes", lambda s: f"{s / 60:.9f}"),
        (51.2, "Timestamp", lambda s: str(round(s * 32_768))),
        (31.25, "Timestamp", lambda s: str(round(s * 32_768))),
        (12.5, "timestamp", lambda s: str(638_452_368_000_000_000 + round(s * 1e7))),
        (50.0, "time", _clock_face),
    ],
)
def test_times_that_count_something_else_are_not_taken_for_seconds(
    rate: float, name: str, written: Callable[[float], str], tmp_path: Path
) -> None:
    t, moving = _of(rate)
    path = _write(tmp_path / "t.csv", f"{name},acc_x,acc_y,acc_z", [written(s) for s in t], *moving.acc.T)
    with pytest.raises(RecordingError, match=r"is not said to be in s, ms, us or ns"):
        read(path)


def test_seconds_that_count_from_another_year_are_no_date(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    stamps = [f"{726_841_234.5 + s:.3f}" for s in t]  # since 2001, as Apple counts: 1993 were they since 1970
    recording = read(_write(tmp_path / "t.csv", "timestamp,acc_x,acc_y,acc_z", stamps, *moving.acc.T))
    assert recording.clock is Clock.RELATIVE
    assert recording.streams[0].rate_hz == 50


@pytest.mark.parametrize(
    "cell", ["{:%I:%M:%S.%f %p}", "{:%d/%m/%y %H:%M:%S.%f}", "{:%Y%m%dT%H%M%S.%fZ}", "{:%M:%S.%f}"]
)
def test_times_in_an_unknown_form_are_named(cell: str, tmp_path: Path) -> None:
    t, moving = _of(50.0)
    start = datetime(2026, 3, 2, 10)  # noqa: DTZ001  a wall clock
    stamps = [cell.format(start + timedelta(seconds=s)) for s in t]
    path = _write(tmp_path / "t.csv", "time,acc_x,acc_y,acc_z", stamps, *moving.acc.T)
    with pytest.raises(RecordingError, match=r"the times in column 'time' .* are in no known form"):
        read(path)


def test_a_column_without_a_name_is_told_by_its_number(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    path = tmp_path / "t.csv"
    rows = zip(*(moving.acc * 1000).T, range(len(t)), strict=True)
    path.write_text("\n".join(",".join(f"{v:.0f}" for v in row) for row in rows))
    with pytest.raises(RecordingError, match="column 4 counts samples"):
        read(path)


@pytest.mark.parametrize("names", [("left ankle", "right ankle"), (1, 2)])
@pytest.mark.parametrize("burst", [1, 10])
def test_rows_of_two_sensors_in_turn_are_not_one_sensor(
    names: tuple[object, object], burst: int, tmp_path: Path
) -> None:
    t, moving = _of(50.0)
    turned = moving.acc[:, [2, 0, 1]]
    both = np.stack([moving.acc.reshape(-1, burst, 3), turned.reshape(-1, burst, 3)], axis=1).reshape(-1, 3)
    which = [names[k // burst % 2] for k in range(len(both))]
    times = np.arange(len(both)) / 100
    path = _write(tmp_path / "t.csv", "time,sensor,acc_x,acc_y,acc_z", times, which, *both.T)
    with pytest.raises(RecordingError, match="its rows are of several sensors, told apart by column 'sensor'"):
        read(path)
    # The same column where it says what one sensor's wearer did, or counts packets, tells nothing apart.
    activity = [("walking", "turning")[int(s) // 3 % 2] for s in t]
    assert read(_write(path, "time,activity,acc_x,acc_y,acc_z", t, activity, *moving.acc.T)).streams[0].rate_hz == 50
    packet = [k % 16 for k in range(len(t))]
    assert read(_write(path, "time,packet_id,acc_x,acc_y,acc_z", t, packet, *moving.acc.T)).streams[0].rate_hz == 50


def test_rows_of_names_one_over_the_other_are_read_together(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    turned = moving.acc[:, [2, 0, 1]]
    sensors = ",Left ankle,,,Right ankle,,\ntime,Acc X,Acc Y,Acc Z,Acc X,Acc Y,Acc Z\ns,g,g,g,g,g,g"
    left, right = read(_write(tmp_path / "t.csv", sensors, t, *moving.acc.T, *turned.T)).streams
    assert (left.name, right.name) == ("left-ankle", "right-ankle")
    np.testing.assert_allclose(left.segments[0].samples[:], moving.acc, atol=1e-6)
    np.testing.assert_allclose(right.segments[0].samples[:], turned, atol=1e-6)
    kinds = ",Gyroscope,,,Accelerometer,,\ntime,x,y,z,x,y,z"
    (stream,) = read(_write(tmp_path / "t.csv", kinds, t, *moving.gyro.T, *moving.acc.T)).streams
    np.testing.assert_allclose(stream.segments[0].samples[:], moving.six, atol=1e-4)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    path = _write(tmp_path / "t.csv", "time,acc_x,acc_y,acc_z,acc_x,acc_y,acc_z", t, *moving.acc.T, *moving.acc.T)
    with pytest.raises(RecordingError, match="two of its columns are called 'acc_x'"):
        read(path)


@pytest.mark.parametrize("length", [1.0, 9.8, 1000.0])
def test_rotation_in_columns_x_y_z_is_not_taken_for_acceleration(length: float, tmp_path: Path) -> None:
    t, moving = _of(50.0)
    # Where it turns most evenly it may be as long as gravity.
    gyro = moving.gyro * (1 + t[:, None])
    gyro *= length / (rest_magnitude(gyro.astype(np.float32), 50.0) or 1)
    path = _write(tmp_path / "t.csv", "time,x,y,z", t, *gyro.T)
    with pytest.raises(RecordingError, match="no column is known as acceleration"):
        read(path)
    path.write_text("\n".join(path.read_text().splitlines()[1:]))
    with pytest.raises(RecordingError, match="its first three columns do not look like acceleration"):
        read(path)


def test_acceleration_without_gravity_is_not_given_a_unit(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    bursts = np.random.default_rng(1).normal(0, 4, (20, 3)).repeat(50, axis=0)
    bursts[:100] = (0.6, 0.6, 0.6)
    path = _write(tmp_path / "t.csv", "time,acc_x,acc_y,acc_z", t, *(bursts + 1e-3 * moving.gyro).T)
    with pytest.raises(RecordingError, match="does not keep one length"):
        read(path)


@pytest.mark.parametrize("counts", [16.4, 131.0])
def test_counts_of_a_gyroscope_are_not_taken_for_degrees(counts: float, tmp_path: Path) -> None:
    t, moving = _of(50.0)
    names = "time,ax,ay,az,gx,gy,gz"
    path = _write(tmp_path / "t.csv", names, t, *moving.acc.T, *np.round(moving.gyro * counts).T)
    with pytest.raises(RecordingError, match="neither °/s nor rad/s"):
        read(path)
    (stream,) = read(_write(path, names, t, *moving.acc.T, *moving.gyro.T)).streams
    np.testing.assert_allclose(stream.segments[0].samples[:][:, 3:], moving.gyro, atol=1e-4)


NAMED = "time_s,acc_x_g,acc_y_g,acc_z_g,gyr_x_deg_s,gyr_y_deg_s,gyr_z_deg_s"


@pytest.mark.parametrize("every", [2, 3])
def test_rotation_at_a_lower_rate_costs_no_acceleration(every: int, tmp_path: Path) -> None:
    t, moving = _of(60.0)
    gyro = [[f"{v:.5f}" if k % every == 0 else "" for k, v in enumerate(c)] for c in moving.gyro.T]
    streams = read(_write(tmp_path / "t.csv", NAMED, t, *moving.acc.T, *gyro)).streams
    samples = streams[0].segments[0].samples[:]
    assert streams[0].rate_hz == 60
    np.testing.assert_allclose(samples[:, :3], moving.acc[: len(samples)], atol=1e-6)
    assert len(samples) >= len(t) - 1
    if every == 2:  # dense enough to be laid onto the acceleration
        assert np.percentile(np.abs(samples[:, 3:] - moving.gyro[: len(samples)]), 99) < 0.5
    else:
        assert [s.channels[0] for s in streams] == ["acc_x", "gyro_x"]


def test_acceleration_and_rotation_in_rows_of_their_own_are_one_sensor(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    times = np.column_stack([t, t + 0.001]).ravel()
    blank = [[""] * 3] * len(t)
    acc = np.stack([np.round(moving.acc, 6).astype(str), blank], axis=1).reshape(-1, 3)
    gyro = np.stack([blank, np.round(moving.gyro, 6).astype(str)], axis=1).reshape(-1, 3)
    (stream,) = read(_write(tmp_path / "t.csv", NAMED, times, *acc.T, *gyro.T)).streams
    assert stream.rate_hz == 50
    samples = stream.segments[0].samples[:]
    np.testing.assert_allclose(samples[:, :3], moving.acc[: len(samples)], atol=1e-5)
    assert np.percentile(np.abs(samples[:, 3:] - moving.gyro[: len(samples)]), 99) < 0.5


def test_rows_that_are_all_written_twice_are_taken_once(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    twice = np.repeat(np.arange(len(t)), np.where(t < 10, 2, 1))
    (stream,) = read(_write(tmp_path / "t.csv", NAMED, t[twice], *moving.six[twice].T)).streams
    assert (stream.rate_hz, len(stream.segments)) == (50, 1)
    np.testing.assert_allclose(stream.segments[0].samples[:], moving.six, atol=1e-4)
    # A sensor at rest whose values repeat anyhow, with stamps of whole seconds, keeps all its rows.
    still = [[round(v, 1) for v in c] for c in (0.0 * t, 0.0 * t, 0.0 * t + 1)]
    (stream,) = read(_write(tmp_path / "t.csv", "time_s,acc_x_g,acc_y_g,acc_z_g", np.floor(t), *still)).streams
    assert sum(s.n_samples for s in stream.segments) == len(t)


@pytest.mark.parametrize(("delimiter", "written"), [(",", '"{:,.1f}"'), (";", "{:,.1f}"), ("\t", "{:,.1f}")])
def test_marks_between_thousands_are_refused_and_do_not_cost_the_large_numbers(
    delimiter: str, written: str, tmp_path: Path
) -> None:
    t, moving = _of(50.0)
    swap = str.maketrans(",.", ".,") if delimiter == ";" else {}
    rows = [
        delimiter.join(written.format(v).translate(swap) for v in (s, *998 * a))
        for s, a in zip(t, moving.acc, strict=True)
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([delimiter.join(["time_s", "acc_x_mg", "acc_y_mg", "acc_z_mg"]), *rows]) + "\n")
    with pytest.raises(RecordingError, match="marks between thousands"):
        read(path)


@pytest.mark.parametrize("names", [("EMG Time (s)", "ACC Time (s)"), ("X [s]", "X [s]")])
def test_a_sensor_has_the_times_that_stand_before_it(names: tuple[str, str], tmp_path: Path) -> None:
    t, moving = _of(50.0)
    fast = np.arange(10 * len(t)) / 1000
    blank = [""] * (len(fast) - len(t))
    sensor = [[*(f"{v:.6f}" for v in c), *blank] for c in (t, *moving.acc.T)]
    header = f"{names[0]},EMG (mV),{names[1]},ACC X (g),ACC Y (g),ACC Z (g)"
    (stream,) = read(_write(tmp_path / "t.csv", header, fast, np.sin(fast), *sensor)).streams
    assert stream.rate_hz == 50
    np.testing.assert_allclose(stream.segments[0].samples[:], moving.acc, atol=1e-5)


def test_two_sensors_at_rates_of_their_own_are_refused(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    header = "left_time_s,left_acc_x_g,left_acc_y_g,left_acc_z_g,right_time_s,right_acc_x_g,right_acc_y_g,right_acc_z_g"
    path = _write(tmp_path / "t.csv", header, t, *moving.acc.T, t / 2, *moving.acc.T)
    with pytest.raises(RecordingError, match="'left_time_s' and 'right_time_s' do not run alike"):
        read(path)
    late = read(_write(path, header, t, *moving.acc.T, t + 0.37, *moving.acc.T)).assumptions
    assert "All sensors have the times in 'left_time_s'; those in 'right_time_s' lie 0.37 s off." in late


def test_counts_of_an_epoch_are_not_acceleration(tmp_path: Path) -> None:
    counts = np.random.default_rng(0).poisson(600, (500, 3))
    lines = [
        "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 date format M/d/yyyy at 30 Hz -----------",
        "Start Time 10:00:00",
        "Start Date 3/5/2024",
        "Epoch Period (hh:mm:ss) 00:00:10",
        *(",".join(map(str, row)) for row in counts),
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(RecordingError, match="counts of movement for each 00:00:10"):
        read(path)


def test_a_counter_of_microseconds_starts_anew_where_it_ends_alone(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    path = tmp_path / "t.csv"
    wrapped = [str(round(s * 1e6 + (1 << 32) - 5_000_000) % (1 << 32)) for s in t]
    (stream,) = read(_write(path, "time_us,acc_x_g,acc_y_g,acc_z_g", wrapped, *moving.acc.T)).streams
    assert [s.n_samples for s in stream.segments] == [len(t)]
    elapsed = [str(round(s * 1e6) + 4_400_000_000 * (s < 10)) for s in t]
    with pytest.raises(RecordingError, match=r"time runs backwards from 4409\.98 s to 10 s"):
        read(_write(path, "time_us,acc_x_g,acc_y_g,acc_z_g", elapsed, *moving.acc.T))


def test_acceleration_that_is_called_linear_but_shows_gravity_is_read(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    names = [f"field.{kind}.{axis}" for kind in ("linear_acceleration", "angular_velocity") for axis in "xyz"]
    stamps = [str(1_772_434_800_000_000_000 + round(s * 1e9)) for s in t]
    six = [*(moving.acc * 9.80665).T, *np.radians(moving.gyro).T]
    recording = read(_write(tmp_path / "t.csv", ",".join(["%time", *names]), stamps, *six))
    np.testing.assert_allclose(recording.streams[0].segments[0].samples[:], moving.six, atol=1e-4)
    assert any("called linear shows 1 g at rest" in a for a in recording.assumptions)


def test_thousandths_beside_whole_seconds_are_no_time_of_their_own(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    whole, rest = [str(1_772_434_800 + int(s)) for s in t], [str(round(s % 1 * 1000)) for s in t]
    path = _write(tmp_path / "t.csv", "time_s,time_ms,acc_x_g,acc_y_g,acc_z_g", whole, rest, *moving.acc.T)
    assert read(path).streams[0].rate_hz == pytest.approx(50, rel=0.01)


def test_rarer_units_that_names_say_are_read_as_they_say(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    names = [f"acc_{a} (cm/s^2)" for a in "xyz"] + [f"gyr_{a} (rpm)" for a in "xyz"]
    path = _write(tmp_path / "t.csv", ",".join(["time_s", *names]), t, *(moving.acc * 980.665).T, *(moving.gyro / 6).T)
    (stream,) = read(path).streams
    np.testing.assert_allclose(stream.segments[0].samples[:], moving.six, atol=1e-3)


@pytest.mark.parametrize(("unit", "size"), [("g", 1.0), ("m/s^2", 9.80665), ("", 1.0)])
@pytest.mark.parametrize("code", [-999.0, 32_767.0])
def test_numbers_that_stand_for_none_are_a_gap_and_no_blow(unit: str, size: float, code: float, tmp_path: Path) -> None:
    t, moving = _of(50.0, 60.0)
    acc = moving.acc * size
    acc[300:400, 0] = code
    names = ",".join(f"acc_{a} [{unit}]" if unit else f"acc_{a}" for a in "xyz")
    recording = read(_write(tmp_path / "t.csv", f"time_s,{names}", t, *acc.T))
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [300, len(t) - 400]
    assert max(float(np.abs(s.samples[:]).max()) for s in stream.segments) < 2
    assert any("beyond 100 g" in a and "counts as missing" in a for a in recording.assumptions)


def test_a_wrong_scale_is_no_reason_to_leave_most_of_a_recording_out(tmp_path: Path) -> None:
    t, moving = _of(50.0)
    path = _write(tmp_path / "t.csv", "time_s,acc_x_g,acc_y_g,acc_z_g", t, *(moving.acc * 4096).T)
    assert [s.n_samples for s in read(path).streams[0].segments] == [len(t)]
