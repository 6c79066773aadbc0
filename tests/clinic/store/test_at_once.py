"""Many reads through one connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.home import Home
from tests.clinic.kept import NOW, PATIENT, filled


def test_reads_at_once_are_the_same_reads(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    apart = (store.patients(), store.recordings(PATIENT), store.spans(PATIENT), store.episodes(PATIENT))
    with store.at_once():
        assert (store.patients(), store.recordings(PATIENT), store.spans(PATIENT), store.episodes(PATIENT)) == apart


def test_the_store_is_free_again_after_a_failure_inside(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    with pytest.raises(KeyError), store.at_once():
        store.patient("nobody")
    store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert store.last_look(PATIENT) == NOW
