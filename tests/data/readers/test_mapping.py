"""Any table: what its columns mean is guessed with reasons, corrected, kept as a profile, and read by it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import RecordingError
from data.readers import _profile, read
from data.readers.columns import head_of, look_at
from data.readers.guessing import guess
from data.readers.mapping import Mapping, SensorColumns, Triad, problems, profile_of, saved_header, text_of, toml_of
from data.recording import Placement, Recording, Side
from tests.data.readers.conftest import Moving

COUNTS = 256


@pytest.fixture(scope="module")
def table(moving: Moving, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw counts under names that tell nothing, with a battery and a clock in ms beside them."""
    path = tmp_path_factory.mktemp("tables") / "ward 7.csv"
    return written(path, moving, "clk;battery;chA;chB;chC;w1;w2;w3")


def written(path: Path, moving: Moving, names: str) -> Path:
    rows = [
        f"{k * 10};3.7;" + ";".join(f"{v * COUNTS:.0f}" for v in a) + ";" + ";".join(f"{v:.2f}" for v in g)
        for k, (a, g) in enumerate(zip(moving.acc, moving.gyro, strict=True))
    ]
    path.write_text("\n".join([names, *rows]) + "\n", encoding="utf-8")
    return path


def samples(recording: Recording) -> np.ndarray:
    (stream,) = recording.streams
    return np.concatenate([s.samples[0 : s.n_samples] for s in stream.segments])


def test_columns_without_telling_names_are_guessed_from_their_numbers_with_a_reason_for_each(table: Path) -> None:
    with pytest.raises(RecordingError):
        read(table)
    look = look_at(table)
    found = guess(look)
    (sensor,), (whys,) = found.mapping.sensors, found.sensor_whys
    assert (found.mapping.time, found.mapping.time_unit) == (1, "ms")
    assert "by 10 from row to row: as ms that is 100 Hz" in found.time_why
    assert sensor.acc is not None
    assert sensor.gyro is not None
    assert (sensor.acc.columns, sensor.gyro.columns) == ((3, 4, 5), (6, 7, 8))
    assert sensor.acc.scale == pytest.approx(1 / COUNTS, rel=0.02)
    assert "keep one length" in whys["acc"]
    assert "so many to 1 g" in whys["acc_unit"]
    assert "say it" in whys["placement"]
    assert set(whys) == {"acc", "acc_unit", "gyro", "gyro_unit", "placement"}


@pytest.mark.parametrize(
    ("unit", "per_degree", "told", "in_profile"),
    [
        ("cdeg_s", 100.0, "c°/s", ("deg/s", 0.01)),
        ("mrad_s", np.deg2rad(1000.0), "mrad/s", ("rad/s", 0.001)),
        ("dps", 1.0, "°/s", ("deg/s", 1.0)),
    ],
)
def test_a_unit_in_a_name_is_known_and_no_part_of_the_place(
    moving: Moving, tmp_path: Path, unit: str, per_degree: float, told: str, in_profile: tuple[str, float]
) -> None:
    path = tmp_path / "turning.csv"
    columns = ["time_s", *(f"ankle_l_box_gyr{a}_{unit}" for a in "XYZ")]
    rows = [f"{k / 100:.2f}," + ",".join(f"{v * per_degree:.3f}" for v in g) for k, g in enumerate(moving.gyro)]
    path.write_text("\n".join([",".join(columns), *rows]))
    look = look_at(path)
    found = guess(look)
    (sensor,), (whys,) = found.mapping.sensors, found.sensor_whys
    assert sensor.gyro is not None
    assert (sensor.gyro.unit, sensor.gyro.scale) == in_profile
    assert whys["gyro_unit"] == f"The file names the unit {told}."
    assert (sensor.placement, sensor.side) == (Placement.ANKLE, Side.LEFT)
    assert whys["placement"] == "The columns' names say ankle l."
    for recording in (read(path), read(path, profile_of(found.mapping, look))):
        np.testing.assert_allclose(samples(recording), moving.gyro, atol=0.02)


def test_what_the_guess_says_is_read_as_the_movement_it_is(table: Path, moving: Moving) -> None:
    look = look_at(table)
    recording = read(table, profile_of(guess(look).mapping, look))
    (stream,) = recording.streams
    assert stream.rate_hz == 100
    np.testing.assert_allclose(samples(recording)[:, :3], moving.acc, atol=0.03)
    assert "Columns are read by the profile 'ward 7'." in recording.assumptions


@pytest.mark.parametrize("order", list(itertools.permutations((3, 4, 5)))[1::2])
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, -1)])
def test_axes_are_put_in_order_and_turned_round(
    table: Path, moving: Moving, order: tuple[int, int, int], signs: tuple[int, int, int]
) -> None:
    look = look_at(table)
    sensor = SensorColumns(Triad(order, "g", signs, 1 / COUNTS), None, Placement.ANKLE, Side.LEFT)
    recording = read(table, profile_of(Mapping("t", (sensor,), 1, "ms"), look))
    expected = moving.acc[:, [n - 3 for n in order]] * signs
    np.testing.assert_allclose(samples(recording), expected, atol=0.5 / COUNTS + 1e-6)
    assert recording.streams[0].name == "left-ankle"


def test_a_header_is_known_again_whatever_the_rows(table: Path, moving: Moving, tmp_path: Path) -> None:
    short = Moving(moving.rate, moving.acc[:50], moving.gyro[:50])
    same = written(tmp_path / "other.csv", short, "clk;battery;chA;chB;chC;w1;w2;w3")
    other = written(tmp_path / "third.csv", short, "clk;battery;chB;chA;chC;w1;w2;w3")
    assert look_at(same).header == look_at(table).header != look_at(other).header
    assert saved_header(profile_of(guess(look_at(table)).mapping, look_at(table))) == look_at(same).header


def test_several_sensors_in_the_rows_of_one_table_are_told_apart_by_a_column(tmp_path: Path, moving: Moving) -> None:
    rows = [f"{k * 10},{who},{x:.4f},{y:.4f},{z:.4f}" for k, (x, y, z) in enumerate(moving.acc) for who in (1, 2)]
    path = tmp_path / "two.csv"
    path.write_text("\n".join(["ms,unit,x,y,z", *rows]) + "\n")
    look = look_at(path)
    triad = Triad((3, 4, 5), "g")
    places = ((Placement.WRIST, Side.LEFT, 1.0), (Placement.WRIST, Side.RIGHT, 2.0))
    sensors = tuple(SensorColumns(triad, None, p, s, (2, v)) for p, s, v in places)
    recording = read(path, profile_of(Mapping("two", sensors, 1, "ms"), look))
    assert [s.name for s in recording.streams] == ["left-wrist", "right-wrist"]
    assert all(sum(g.n_samples for g in s.segments) == len(moving.acc) for s in recording.streams)


def test_a_parquet_table_is_mapped_like_any_other(tmp_path: Path, moving: Moving) -> None:
    path = tmp_path / "odd.parquet"
    columns = {f"c{k}": moving.acc[:, k] * COUNTS for k in range(3)}
    pq.write_table(pa.table({"tick": np.arange(len(moving.acc)) * 10.0, **columns}), path)
    look = look_at(path)
    mapping = guess(look).mapping
    recording = read(path, profile_of(mapping, look))
    np.testing.assert_allclose(samples(recording), moving.acc, atol=0.03)
    assert len(look.rows) == 200


@given(st.text(min_size=1, max_size=30).filter(lambda t: t.strip() and t.isprintable()))
def test_any_name_of_a_column_or_profile_survives_the_toml(name: str) -> None:
    table = _profile.parsed(f"title = {text_of(name)}\n".encode(), "t").table
    assert table["title"] == name


def test_what_is_missing_is_said_before_anything_is_read(table: Path) -> None:
    look = look_at(table)
    double = SensorColumns(Triad((3, 3, 5), "g", scale=0.0), None)
    assert problems(Mapping("t", (double,), None, "s"), look) == [
        "Say which column holds the time, or the rate.",
        "The sensor, acceleration: x, y and z need three different columns.",
        "The sensor, acceleration: the scale must be more than 0; turn an axis round by its sign.",
    ]
    assert problems(Mapping("t", (SensorColumns(None, None),), 1, "samples"), look) == [
        "A column that counts samples needs the rate.",
        "The sensor has no columns yet.",
    ]
    assert problems(guess(look).mapping, look) == []


def test_acceleration_without_gravity_is_never_proposed(shared_data: Path) -> None:
    look = look_at(next((shared_data / "device_files" / "movella_dot").glob("LF3*.csv")))
    found = guess(look)
    assert all(s.acc is None for s in found.mapping.sensors)
    assert "gravity taken out" in found.sensor_whys[0]["acc"]


def test_a_file_that_a_shipped_profile_fits_is_refused_with_its_name(shared_data: Path) -> None:
    path = next((shared_data / "umafall" / "original").glob("*lateralFall*.csv"))
    with pytest.raises(RecordingError, match="--profile umafall"):
        read(path)
    assert len(read(path, "umafall").streams) == 5


def test_a_mapping_is_tried_on_whole_rows_of_the_first_part(tmp_path: Path) -> None:
    long = tmp_path / "long.csv"
    long.write_text("t,x,y,z\n" + "".join(f"{k},0,0,1\n" for k in range(900_000)))
    (tmp_path / "head").mkdir()
    head = head_of(long, tmp_path / "head")
    text = head.read_text()
    assert head.stat().st_size < long.stat().st_size
    assert long.read_text().startswith(text)
    assert text.endswith("\n")


def test_a_profile_with_a_key_that_means_nothing_is_refused(table: Path) -> None:
    look = look_at(table)
    good = toml_of(guess(look).mapping, look)
    for bad in (good.replace("unit =", "unti ="), good + "acc_sign = [1, 2, 1]\n"):
        with pytest.raises(RecordingError):
            read(table, _profile.parsed(bad.encode(), "bad.toml"))
