"""Films are read where PyAV is there, and asked for by name where it is not."""

from __future__ import annotations

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from data.errors import MotionwardError, RecordingError
from data.pairs import find_pairs
from data.video import SIDE, Film, change, read_film
from tests.data.test_pairs import scene, write_imu

needs_av = pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="PyAV is an extra of its own")


def film_of(t: np.ndarray, hand: np.ndarray, start_s: float, rate_hz: float) -> Film:
    """A light patch that follows the hand over a dark room."""
    at = start_s + np.arange(int(30 * rate_hz)) / rate_hz
    x = np.interp(at, t, hand[:, 0]) * 60 + SIDE / 2
    grid = np.arange(SIDE)
    near = np.abs(grid[None, None, :] - x[:, None, None]) < 6
    inside = np.abs(grid[None, :, None] - SIDE / 2) < 6
    return Film(np.where(near & inside, 220, 20).astype(np.uint8), rate_hz)


def test_without_the_library_the_line_that_installs_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MotionwardError, match=r"walk\.mp4 needs PyAV, which is not installed: pip install 'av"):
        read_film(tmp_path / "walk.mp4")


def test_change_is_where_something_moves() -> None:
    still = np.full((20, SIDE, SIDE), 30, dtype=np.uint8)
    moving = still.copy()
    moving[10:, 20:30, 20:30] = 200
    strength = change(Film(moving, 25.0))
    assert strength.argmax() == 10
    assert np.count_nonzero(strength) == 1


@needs_av
def test_frames_stand_where_an_even_clock_has_them_and_the_file_tells_when_it_was_made(tmp_path: Path) -> None:
    import av

    # A phone that films 20 frames a second and stops for a second after 4 s; each frame is brighter than the last.
    times = [k / 20 for k in range(80)] + [5 + k / 20 for k in range(80)]
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        file.metadata["creation_time"] = "2026-03-02T09:00:08.000000Z"
        stream = file.add_stream("mpeg4", rate=20)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for k, at in enumerate(times):
            grey = np.full((SIDE, SIDE), 20 + k, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, "gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = round(at * 1000), Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    film = read_film(tmp_path / "a.mp4")
    assert film.rate_hz == pytest.approx(20, rel=0.01)
    assert len(film.frames) == pytest.approx(180, abs=1)
    light = film.frames.mean(axis=(1, 2))
    assert np.ptp(light[81:98]) < 1  # while it stood still
    assert light[140] == pytest.approx(20 + 120, abs=3)
    assert film.start_us == np.datetime64("2026-03-02T09:00:08", "us").astype(np.int64)


@needs_av
def test_a_film_and_a_sensor_are_laid_over_one_another(tmp_path: Path) -> None:
    import av

    t, hand = scene(3)
    write_imu(tmp_path / "walk_imu.csv", t, hand)
    with av.open(str(tmp_path / "walk.mp4"), "w") as file:
        stream = file.add_stream("mpeg4", rate=25)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for frame in film_of(t, hand, 4.0, 25.0).frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "gray").reformat(format="yuv420p")))
        file.mux(stream.encode(None))
    (pair,), left_out = find_pairs(tmp_path)
    assert not left_out
    assert isinstance(pair.seen, Film)
    assert pair.seen.rate_hz == pytest.approx(25.0)
    assert pair.offset_s == pytest.approx(4.0, abs=0.2)


@needs_av
def test_what_is_no_film_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").write_bytes(b"no film")
    with pytest.raises(RecordingError, match="no film that can be decoded"):
        read_film(tmp_path / "walk.mp4")
