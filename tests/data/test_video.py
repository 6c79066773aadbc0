"""Films are read where PyAV is there, and asked for by name where it is not."""

from __future__ import annotations

import importlib.util
import sys
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
