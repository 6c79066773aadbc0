"""A file as a site reads it: its zone, its saved profiles, a start given by hand, several files as one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from clinic.home import Home
from clinic.reading import NOTHING, Said, files_below, is_zone_open, of_file, read_said, read_together
from clinic.site import remember_zone, save_profile
from data.errors import RecordingError
from data.readers import UNPLACED
from data.readers.columns import look_at
from data.readers.guessing import guess
from data.readers.mapping import toml_of
from data.recording import Clock, Placement, Side
from data.wall_clock import zones_taken
from tests.signals import moving


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def walk(path: Path, *, start: str = "", seconds: float = 20, names: str = "acc_x,acc_y,acc_z", seed: int = 0) -> Path:
    """A table of a walk, its rows with a wall clock from ``start``, or with seconds."""
    samples = moving(seconds, 50.0, channels=3, seed=seed)
    begun = datetime.fromisoformat(start) if start else None
    rows = [
        f"{begun + timedelta(seconds=k / 50) if begun else f'{k / 50:.2f}'},{x:.4f},{y:.4f},{z:.4f}"
        for k, (x, y, z) in enumerate(np.asarray(samples).tolist())
    ]
    path.write_text("\n".join([f"time,{names}", *rows]) + "\n")
    return path


def test_a_wall_clock_is_of_the_sites_zone_once_somebody_has_said_it(home: Home, tmp_path: Path) -> None:
    file = walk(tmp_path / "w.csv", start="2026-03-02 08:00:00.000")
    before = read_said(home, file)
    assert is_zone_open(before)
    assert before.zone == "UTC"
    remember_zone(home, "Europe/Berlin")
    after = read_said(home, file)
    assert not is_zone_open(after)
    assert before.interval.start - after.interval.start == 3_600_000_000
    assert read_said(home, file, zone="Asia/Tokyo").zone == "Asia/Tokyo"


def test_a_saved_profile_is_used_again_for_its_header_and_said(home: Home, tmp_path: Path) -> None:
    file = walk(tmp_path / "w.csv", names="p,q,r")
    with pytest.raises(RecordingError):
        read_said(home, file)
    look = look_at(file)
    saved = save_profile(home, "ward7", toml_of(guess(look).mapping, look))
    again = read_said(home, walk(tmp_path / "next.csv", names="p,q,r", seed=1))
    assert "The profile was saved here for tables with this header." in again.assumptions
    with pytest.raises(RecordingError):
        read_said(home, walk(tmp_path / "other.csv", names="p,q,s"))
    for name in ("ward7", str(saved.path)):
        assert read_said(home, file, Said(name)).streams[0].rate_hz == 50


def test_a_start_is_given_by_hand_as_the_patients_wall_clock(home: Home, tmp_path: Path) -> None:
    file = walk(tmp_path / "w.csv")
    assert read_said(home, file).clock is Clock.RELATIVE
    dated = read_said(home, file, Said(start="2026-07-01 08:00"), zone="Europe/Berlin")
    assert dated.clock is Clock.ABSOLUTE
    assert dated.interval.start == round(datetime.fromisoformat("2026-07-01T06:00+00:00").timestamp() * 1e6)
    with pytest.raises(RecordingError, match="no date and time"):
        read_said(home, file, Said(start="soon"))


def test_the_zone_of_a_start_given_by_hand_is_open_until_somebody_says_it(home: Home, tmp_path: Path) -> None:
    undated, dated = walk(tmp_path / "w.csv"), walk(tmp_path / "v.csv", start="2026-03-02 08:00:00.000")
    for file in (undated, dated):
        for text, is_open in (("2026-07-01 08:00", True), ("2026-07-01T08:00+02:00", False)):
            assert is_zone_open(read_said(home, file, Said(start=text))) is is_open
        given = read_said(home, file, Said(start="2026-07-01 08:00"), zone="Asia/Tokyo")
        assert (is_zone_open(given), given.zone) == (False, "Asia/Tokyo")


def test_where_everything_was_worn_is_no_open_question_once_it_was_said(home: Home, tmp_path: Path) -> None:
    file = walk(tmp_path / "w.csv")
    assert UNPLACED in read_said(home, file).assumptions
    assert UNPLACED not in read_said(home, file, Said(placements=("left wrist",))).assumptions


def test_files_are_joined_after_what_was_said_of_each(home: Home, tmp_path: Path) -> None:
    left = walk(tmp_path / "a.csv", start="2026-03-02 08:00:00.000")
    right = walk(tmp_path / "b.csv", seed=1)
    said = {
        "a.csv": Said(placements=("left wrist",)),
        str(right): Said(start="2026-03-02 08:00:05", placements=("right wrist",)),
    }
    joined = read_together(home, [left, right], said, zone="Europe/Berlin")
    assert [(s.placement, s.side) for s in joined.streams] == [(Placement.WRIST, Side.LEFT),
                                                               (Placement.WRIST, Side.RIGHT)]  # fmt: skip
    assert joined.streams[1].interval.start - joined.streams[0].interval.start == 5_000_000
    with pytest.raises(RecordingError, match=r"b\.csv: it has no date"):
        read_together(home, [left, right], {})


def test_what_is_said_of_a_file_wins_over_what_is_said_of_all() -> None:
    all_of_them, one = Said(lenient=True), Said(profile="x")
    assert of_file({"*": all_of_them, "a.csv": one}, Path("/in/a.csv")) == one
    assert of_file({"*": all_of_them}, Path("/in/b.csv")) == all_of_them
    assert of_file({}, Path("/in/b.csv")) == NOTHING


def test_a_folder_is_looked_through_with_those_below_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.csv", "one/a.cwa", "one/note.docx", ".hidden/c.csv", "one/.d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "one" / "circle").symlink_to(tmp_path, target_is_directory=True)
    found, others = files_below(tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in found] == ["b.csv", "one/a.cwa"]
    assert others == 1


def test_a_shimmers_card_is_looked_through_for_its_numbered_logs(tmp_path: Path) -> None:
    for name in ("default_exp/p1-000/000", "default_exp/p1-000/001", "sdlog.cfg", "1234", "log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found, others = files_below(tmp_path)
    assert [p.name for p in found] == ["000", "001"]
    assert others == 3


@pytest.mark.parametrize(
    ("main", "parts"),
    [
        ("ACC.csv", ["BVP.csv", "EDA.csv", "HR.csv", "IBI.csv", "TEMP.csv", "tags.csv", "info.txt"]),
        ("imu_meta.json", ["imu_time.bin", "imu_values.bin"]),
        ("a.hea", ["a.dat"]),
        ("sub-1_task-walk_motion.tsv", ["sub-1_task-walk_channels.tsv", "sub-1_task-walk_motion.json"]),
    ],
)
def test_what_belongs_to_another_file_is_no_recording_of_its_own(tmp_path: Path, main: str, parts: list[str]) -> None:
    for name in (main, *parts, "other.bin", "HRV.csv"):
        (tmp_path / name).touch()
    assert {f.name for f in files_below(tmp_path)[0]} == {main, "other.bin", "HRV.csv"}
    (tmp_path / main).unlink()
    assert {f.name for f in files_below(tmp_path)[0]} == {*parts, "other.bin", "HRV.csv"}


def test_what_is_said_of_a_wall_clock_tells_the_zone_that_a_recordings_times_rest_on(
    home: Home, tmp_path: Path
) -> None:
    a = walk(tmp_path / "a.csv", start="2026-03-02 08:00:00.000")
    b = walk(tmp_path / "b.csv", start="2026-03-02 08:00:20.000", seed=1)
    assert zones_taken(read_said(home, a, zone="America/Port-au-Prince").assumptions) == {"America/Port-au-Prince"}
    assert zones_taken(read_said(home, a).assumptions) == {"UTC"}
    by_hand = {"a.csv": Said(start="2026-03-02 09:00"), "b.csv": Said(start="2026-03-02 09:00:20")}
    assert zones_taken(read_together(home, [a, b], by_hand, zone="Europe/Berlin").assumptions) == {"Europe/Berlin"}
    sure = walk(tmp_path / "c.csv", start="2026-03-02 08:00:00.000+00:00")
    assert zones_taken(read_said(home, sure, zone="Europe/Berlin").assumptions) == set()
