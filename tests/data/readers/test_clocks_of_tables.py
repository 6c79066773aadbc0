"""Wall clocks that are put forward and back with their zone, and phyphox exports with pauses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Clock

BERLIN = ZoneInfo("Europe/Berlin")
RATE = 20


def through(change: datetime, path: Path, *, follows: bool = True) -> tuple[Path, datetime]:
    """A minute before and after a change of the clocks, as a device writes it that follows it, or does not."""
    start = change - timedelta(minutes=1)
    ahead = start.astimezone(BERLIN).utcoffset() or timedelta(0)
    rng = np.random.default_rng(0)
    rows = ["time,acc_x,acc_y,acc_z"]
    for k in range(120 * RATE):
        now = start + timedelta(seconds=k / RATE)
        wall = now.astimezone(BERLIN) if follows else now + ahead
        x, y, z = rng.normal((0, 0, 1), 0.05)
        rows.append(f"{wall:%Y-%m-%d %H:%M:%S.%f},{x:.4f},{y:.4f},{z:.4f}")
    path.write_text("\n".join(rows) + "\n")
    return path, start


@pytest.mark.parametrize(
    ("change", "word"),
    [(datetime(2026, 3, 29, 1, tzinfo=UTC), "forward"), (datetime(2026, 10, 25, 1, tzinfo=UTC), "back")],
)
def test_a_clock_that_follows_daylight_saving_time_runs_on_without_a_gap(
    change: datetime, word: str, tmp_path: Path
) -> None:
    path, start = through(change, tmp_path / "w.csv")
    recording = read(path, zone="Europe/Berlin")
    (segment,) = recording.streams[0].segments
    assert segment.n_samples == 120 * RATE
    assert segment.start_us == round(start.timestamp() * 1e6)
    assert any(f"put {word} by 1 h" in a for a in recording.assumptions)
    stubborn, _ = through(change, tmp_path / "stubborn.csv", follows=False)
    plain = read(stubborn, zone="Europe/Berlin")
    assert plain.streams[0].segments[0].n_samples == 120 * RATE
    assert not any("put " in a and "by 1 h" in a for a in plain.assumptions)


def test_where_no_clock_was_put_back_time_that_runs_backwards_is_refused(tmp_path: Path) -> None:
    path, _ = through(datetime(2026, 10, 25, 1, tzinfo=UTC), tmp_path / "w.csv")
    with pytest.raises(RecordingError, match="time runs backwards"):
        read(path, zone="Asia/Tokyo")


def test_a_start_in_the_hour_that_occurs_twice_is_said(tmp_path: Path) -> None:
    path, _ = through(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), tmp_path / "w.csv")
    assert any("occurs twice" in a for a in read(path, zone="Europe/Berlin").assumptions)


def phyphox(folder: Path, seconds: float, events: list[tuple[str, float, float]]) -> Path:
    (folder / "meta").mkdir(parents=True)
    lines = ['"event";"experiment time";"system time";"system time text"']
    lines += [f'"{e}";{t:.3E};{s:.12E};"x"' for e, t, s in events]
    (folder / "meta" / "time.csv").write_text("\n".join(lines) + "\n")
    rng = np.random.default_rng(0)
    rows = ['"Time (s)";"X (m/s^2)";"Y (m/s^2)";"Z (m/s^2)"']
    for k in range(round(seconds * 50)):
        x, y, z = rng.normal((0, 0, 9.81), 0.3)
        rows.append(f"{k / 50:.4f};{x:.4f};{y:.4f};{z:.4f}")
    path = folder / "Accelerometer.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_phyphox_export_is_dated_by_its_note_of_times_and_a_pause_is_a_gap(tmp_path: Path) -> None:
    began = 1.75e9
    events = [("START", 0, began), ("PAUSE", 6, began + 6), ("START", 6, began + 66), ("PAUSE", 20, began + 80)]
    recording = read(phyphox(tmp_path / "e", 20, events))
    assert recording.clock is Clock.ABSOLUTE
    first, second = recording.streams[0].segments
    assert first.start_us == round(began * 1e6)
    assert second.start_us == pytest.approx((began + 66) * 1e6, abs=20_000)
    assert any("meta/time.csv" in a for a in recording.assumptions)


def test_a_note_of_times_of_another_recording_is_left_and_said(tmp_path: Path) -> None:
    recording = read(phyphox(tmp_path / "e", 20, [("START", 0, 1.75e9), ("PAUSE", 3, 1.75e9 + 3)]))
    assert recording.clock is Clock.RELATIVE
    assert any("of another recording" in a for a in recording.assumptions)
