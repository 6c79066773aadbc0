"""The work itself: real files through reader, store, detectors and back; what happened stands in the job's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clinic import __version__, worker
from clinic.analysis import Settings, analyze
from clinic.home import Home
from clinic.intake import import_files
from clinic.reading import Said, placed
from clinic.store import Store
from clinic.stored import embedder
from data.readers import read
from models.detectors import shipped
from tests.signals import freezing_walk


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").made()


def ordered(home: Home, kind: str, **payload: Any) -> Path:
    folder = home.jobs / "one"
    folder.mkdir()
    (folder / "order.json").write_text(json.dumps({"kind": kind, "payload": payload}))
    return folder


def said_by(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "progress.json").read_text()))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial of 40 s with a freeze, as a table."""
    (stream,) = freezing_walk(((15.0, 8.0),), 40.0).streams
    (segment,) = stream.segments
    samples = segment.samples[0 : segment.n_samples]
    table = pd.DataFrame(samples, columns=pd.Index(stream.channels))
    table.insert(0, "time_s", np.arange(len(samples)) / segment.rate_hz)
    path = tmp_path_factory.mktemp("files") / "lower-back.csv"
    table.to_csv(path, index=False)
    return path


def test_a_new_patient_of_undated_files_lives_where_the_computer_does(
    home: Home, walk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patient keeps the zone they begin with: with UTC, the wall clocks of later files would be of UTC for ever."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    folder = ordered(home, "import", files=[str(walk)], patient="P-01")
    worker.work(folder)
    (outcome,) = said_by(folder)["outcomes"]
    assert outcome["sentence"].endswith("The patient's own zone was taken as that of this computer, Asia/Tokyo.")
    assert [p.zone for p in Store.open(home).patients()] == ["Asia/Tokyo"]


def test_import_goes_all_the_way_and_twice_changes_nothing(home: Home, walk: Path, tmp_path: Path) -> None:
    bad = tmp_path / "empty.csv"
    bad.touch()
    order = {
        "files": [str(bad), str(walk)],
        "patient": "P-01",
        "said": {"*": {"placements": ["lower back"]}},
        "actor": "anna",
    }
    folder = ordered(home, "import", **order)
    worker.work(folder)
    said = said_by(folder)
    assert (said["state"], said["share"]) == ("done", 1.0)
    refused, imported = said["outcomes"]
    assert (refused["status"], imported["status"]) == ("refused", "imported")
    assert "empty.csv" in refused["sentence"]
    store = Store.open(home)
    (recording,) = store.recordings("P-01")
    assert recording.streams[0].placement == "lower back"
    assert len(store.runs(recording.id)) == 1
    assert imported["flags"] == sum(e.certainty == "sure" for e in store.episodes(recording=recording.id))
    assert {s.kind for s in store.spans(recording=recording.id)} >= {"worn", "clear"}
    direct = analyze(
        placed(read(walk), ["lower back"]), shipped(), Settings(), embed=embedder(Settings()), version=__version__
    )
    assert store.runs(recording.id)[0].manifest == json.loads(json.dumps(direct.manifest))
    found = store.episodes(recording=recording.id)
    assert [(e.interval, e.peak, e.mean) for e in found] == [(e.interval, e.peak, e.mean) for e in direct.episodes]
    for judgement in direct.judgements:
        kept = store.scores(store.runs()[0].id, judgement.stream, judgement.phenomenon, -(2**62), 2**62)
        np.testing.assert_array_equal(kept["probability"], judgement.scores.probability)
    head = store.head()
    again = import_files(store, [walk], "P-01", actor="anna", now=lambda: 1)
    assert [o.status for o in again] == ["already here"]
    assert store.head() == head
    assert store.verify() == []


def test_progress_only_grows(home: Home, walk: Path) -> None:
    told: list[float] = []
    store = Store.open(home)
    import_files(
        store, [walk, walk], "P-01", actor="anna", now=lambda: 1, said={"*": Said(placements=("lower back",))},
        progress=lambda _, share: told.append(share),
    )  # fmt: skip
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 4


def test_interrupted_analysis_is_made_up_for_by_the_next_import(home: Home, walk: Path) -> None:
    store = Store.open(home)

    class StoppedError(Exception):
        pass

    def stop(doing: str, share: float) -> None:
        if doing.startswith("Analysing"):
            raise StoppedError

    with pytest.raises(StoppedError):
        import_files(store, [walk], "P-01", actor="anna", now=lambda: 1, progress=stop)
    assert len(store.recordings()) == 1
    assert store.runs() == []
    (outcome,) = import_files(store, [walk], "P-01", actor="anna", now=lambda: 1)
    assert outcome.status == "imported"
    assert len(store.runs()) == 1


def test_cancel_file_ends_the_work(home: Home, walk: Path) -> None:
    folder = ordered(home, "import", files=[str(walk)], patient="P-01")
    (folder / "cancel").touch()
    worker.work(folder)
    assert said_by(folder)["state"] == "cancelled"
    assert Store.open(home).recordings() == []


def test_store_that_cannot_be_used_is_a_sentence(home: Home, walk: Path) -> None:
    home.database.write_bytes(b"not a database" * 100)
    folder = ordered(home, "import", files=[str(walk)], patient="P-01")
    worker.work(folder)
    said = said_by(folder)
    assert said["state"] == "failed"
    assert "restore the newest backup" in said["problem"]


def test_mistake_of_ours_is_a_sentence_too_and_goes_to_the_log(
    home: Home, walk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "import_files", broken)
    folder = ordered(home, "import", files=[str(walk)], patient="P-01")
    with pytest.raises(ZeroDivisionError):
        worker.work(folder)
    said = said_by(folder)
    assert said["state"] == "failed"
    assert said["problem"] == f"The work failed unexpectedly: see {folder / 'log.txt'}."
    assert "ZeroDivisionError" in caplog.text


def test_placement_that_does_not_fit_is_refused(home: Home, walk: Path) -> None:
    store = Store.open(home)
    (outcome,) = import_files(
        store, [walk], "P-01", actor="anna", now=lambda: 1, said={"*": Said(placements=("left elbow",))}
    )
    assert outcome.status == "refused"
    assert "left elbow" in outcome.sentence
    assert store.recordings() == []
