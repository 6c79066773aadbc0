"""Long files go through temporary files, give the same recording, and leave nothing behind."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import numpy as np
import pytest

from data.files import FileArray, Spool, part
from data.readers import read
from data.readers._views import Scaled


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _write(path: Path, n: int = 30_000) -> Path:
    rng = np.random.default_rng(0)
    acc = (np.array([0, 0, 9.81]) + rng.normal(0, 0.4, (n, 3))).round(4)
    at = np.arange(n) / 100.0
    at[n // 2 :] += 60
    bad = set(range(5000, 5050))
    cells = ["nan,nan,nan" if i in bad else ",".join(map(str, a)) for i, a in enumerate(acc)]
    rows = [f"{t:.2f},{c}" for t, c in zip(at, cells, strict=True)]
    path.write_text("\n".join(["time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2", *rows]), encoding="utf-8")
    return path


def test_a_spooled_reading_equals_one_in_memory_and_cleans_up(tmp_path: Path, spools: Path) -> None:
    path = _write(tmp_path / "long.csv")
    quick, spooled = read(path), read(path, memory=50_000)
    assert list(spools.iterdir())
    assert not isinstance(spooled.streams[0].segments[0].samples, np.ndarray)
    assert [s.n_samples for s in spooled.streams[0].segments] == [5000, 9950, 15_000]
    for a, b in zip(quick.streams[0].segments, spooled.streams[0].segments, strict=True):
        assert (a.start_us, a.rate_hz) == (b.start_us, b.rate_hz)
        np.testing.assert_array_equal(a.samples[0 : a.n_samples], b.samples[0 : b.n_samples])
        np.testing.assert_array_equal(a.samples[77:1234], b.samples[77:1234])
    assert quick.assumptions == spooled.assumptions
    del b, spooled
    gc.collect()
    assert not list(spools.iterdir())


def test_a_refusal_leaves_no_temporary_file(tmp_path: Path, spools: Path) -> None:
    path = _write(tmp_path / "back.csv", 8000)
    path.write_text(path.read_text(encoding="utf-8") + "\n0.0,0,0,9.81\n", encoding="utf-8")
    with pytest.raises(Exception, match="backwards") as caught:
        read(path, memory=10_000)
    del caught
    gc.collect()
    assert not list(spools.iterdir())


def test_a_spool_in_a_file_reads_like_the_array(tmp_path: Path, spools: Path) -> None:
    rows = np.arange(3000, dtype=np.float32).reshape(1000, 3)
    spool = Spool(3, np.float32, limit=1000)
    for a in range(0, 1000, 130):
        spool.append(rows[a : a + 130])
    kept = spool.finish()
    assert isinstance(kept, FileArray)
    for a, b in ((0, 1000), (5, 6), (990, 5000), (7, 7), (-10, 1000)):
        np.testing.assert_array_equal(kept[a:b], rows[a:b])
    np.testing.assert_array_equal(kept.part(100, 300)[50:90], rows[150:190])
    doubled = part(Scaled(kept, np.array([2.0, 2.0, 2.0], dtype=np.float32)), 100, 300)
    np.testing.assert_array_equal(doubled[0:10], rows[100:110] * 2)
    with pytest.raises(ValueError, match="step 1"):
        kept[0:10:2]
