"""Every set by name, and who is who over all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.datasets.registry import DATASETS, fingerprint, identity, in_words, look, must_be_apart
from data.errors import MotionwardError


def test_every_set_says_terms_source_and_counts() -> None:
    assert len(DATASETS) == 12
    for name, dataset in DATASETS.items():
        assert dataset.name == name
        assert dataset.terms.citation
        assert dataset.terms.licence
        assert dataset.published.where.startswith("http")
        assert dataset.published.people > 0


def test_a_small_set_is_counted_and_hashed(shared_data: Path) -> None:
    found = look(DATASETS["oday"], shared_data)
    assert (found.people, found.recordings, found.problem) == (2, 8, "")
    assert found.hours == pytest.approx(6.7 / 60, abs=0.01)
    assert len(found.sha256) == 64


def test_files_other_than_those_of_the_published_figures_are_told_apart(shared_data: Path, tmp_path: Path) -> None:
    oday = DATASETS["oday"]
    (tmp_path / "oday-fog").mkdir()
    for path in (shared_data / "oday-fog").iterdir():
        (tmp_path / "oday-fog" / path.name).symlink_to(path)
    whole = look(oday, tmp_path)
    assert whole.as_measured
    assert in_words(oday, whole, tmp_path)[-1].endswith(", the files that docs/validation was measured on")
    (tmp_path / "oday-fog" / "pt3.parquet").unlink()
    less = look(oday, tmp_path)
    assert (less.people, less.as_measured) == (1, False)
    assert in_words(oday, less, tmp_path)[-1].endswith(", not the files that docs/validation was measured on")


def test_an_absent_set_is_said_to_be_absent_with_where_to_get_it(tmp_path: Path) -> None:
    for dataset in DATASETS.values():
        found = look(dataset, tmp_path)
        assert found.recordings == 0
        assert dataset.published.where in found.problem
        assert in_words(dataset, found, tmp_path)[0].startswith("not there")


def test_the_fingerprint_changes_with_a_byte_and_with_a_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    first = fingerprint(tmp_path)
    (tmp_path / "a").write_bytes(b"y")
    second = fingerprint(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, fingerprint(tmp_path)}) == 3


def test_people_of_the_laboratory_are_the_same_people_at_home(shared_data: Path) -> None:
    assert identity("defog", "72716b") == identity("tdcsfog", "72716b") != identity("daphnet", "72716b")


def test_a_person_on_both_sides_of_a_split_is_named() -> None:
    must_be_apart(["sisfall/SA01"], ["umafall/1"])
    with pytest.raises(MotionwardError, match=r"1 person is in training and in testing \(tdcsfog/72716b\)"):
        must_be_apart([identity("defog", "72716b"), "sisfall/SA01"], [identity("tdcsfog", "72716b")])
