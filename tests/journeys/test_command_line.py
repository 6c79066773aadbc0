"""Real recordings from file to results on the command line, and the same through the store."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clinic.home import Home
from clinic.store import Store
from clinic.stored import flags_in_words
from data.readers import read
from data.readers.edf_writer import write_edf
from models.detectors import shipped
from tests.clinic.commanded import motionward

PHENOMENON = "freezing of gait"
FILES = ["episodes.csv", "manifest.json", "quality.json", "report.html", "scores.parquet"]
EPISODES = "stream,phenomenon,start_s,end_s,duration_s,start_utc,peak,mean,certainty,detector"


def bytes_of(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def analysed(file: Path, out: Path, *options: str) -> Path:
    said = motionward("analyze", file, "--out", out, *options)
    assert said.code == 0, said
    return out / file.stem


@pytest.fixture(scope="module")
def trial(shared_data: Path) -> Path:
    return shared_data / "daphnet" / "original" / "S02R01.txt"


@pytest.fixture(scope="module")
def results(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return analysed(trial, tmp_path_factory.mktemp("out"))


def test_shipped_detectors_bear_their_agreed_names() -> None:
    assert {d.name for d in shipped()} >= {"freezing-of-gait-lower-back", "freezing-of-gait-ankle"}
    assert PHENOMENON in {d.phenomenon for d in shipped()}


def test_freezing_is_flagged_where_the_annotation_says(results: Path, trial: Path) -> None:
    assert sorted(f.name for f in results.iterdir()) == FILES
    assert (results / "episodes.csv").read_text().splitlines()[0] == EPISODES
    episodes = pd.read_csv(results / "episodes.csv")
    assert set(episodes["phenomenon"]) == {PHENOMENON}
    assert set(episodes["detector"]) <= {d.version for d in shipped()}
    assert set(episodes["certainty"]) <= {"sure", "unsure"}
    np.testing.assert_allclose(episodes["end_s"] - episodes["start_s"], episodes["duration_s"], atol=2e-6)
    recording = read(trial)
    freezes = [a.interval for a in recording.annotations if a.label == PHENOMENON]
    assert freezes
    origin = recording.interval.start
    sure = episodes[episodes["certainty"] == "sure"]
    hits = [
        any(row.start_s < (f.end - origin) / 1e6 and row.end_s > (f.start - origin) / 1e6 for f in freezes)
        for row in sure.itertuples()
    ]
    assert sum(hits) >= 3


def test_scores_have_a_row_for_each_half_second_from_a_quarter_on(results: Path, trial: Path) -> None:
    scores = pd.read_parquet(results / "scores.parquet")
    assert list(scores.columns) == ["stream", "phenomenon", "time_s", "probability", "valid"]
    for stream in read(trial).streams:
        times = scores.loc[scores["stream"] == stream.name, "time_s"].to_numpy()
        np.testing.assert_array_equal(times, 0.25 + 0.5 * np.arange(stream.interval.duration // 500_000))
    judged = scores[scores["valid"]]
    assert len(judged) > 1000
    assert judged["probability"].between(0, 1).all()


def test_manifest_is_enough_to_make_the_same_bytes_again(results: Path, trial: Path, tmp_path: Path) -> None:
    manifest = json.loads((results / "manifest.json").read_text())
    assert manifest["source"]["sha256"] == hashlib.sha256(trial.read_bytes()).hexdigest()
    worn = {s.placement for s in read(trial).streams}
    fitting = {(d.name, d.version) for d in shipped() if worn & set(d.placements)}
    assert {(d["name"], d["version"]) for d in manifest["detectors"]} == fitting
    assert bytes_of(analysed(trial, tmp_path)) == bytes_of(results)


def test_stored_analysis_is_the_one_from_the_file_and_survives_the_archive(
    results: Path, trial: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    said = motionward("import", trial, "--patient", "P-0042", "--home", home.root, "--zone", "Europe/Berlin")
    assert said.code == 0, said
    store = Store.open(home)
    from_file = pd.read_csv(results / "episodes.csv")
    origin = store.recordings()[0].streams[0].interval.start
    rows = [
        (e.stream, e.interval.start - origin, e.interval.end - origin, f"{e.peak:.4f}", e.certainty, e.detector)
        for e in store.episodes()
    ]
    expected = [
        (e.stream, round(e.start_s * 1e6), round(e.end_s * 1e6), f"{e.peak:.4f}", e.certainty, e.detector)
        for e in from_file.itertuples()
    ]
    assert sorted(rows) == sorted(expected)
    assert said.out == f"S02R01.txt: Imported; {by_sensor(from_file)}.\n"
    head = store.head()
    assert motionward("import", trial, "--patient", "P-0042", "--home", home.root).code == 0
    assert store.head() == head
    assert store.verify() == []


def test_what_is_unsure_is_told_and_counted_as_no_flag(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "daphnet" / "original" / "S07R02.txt"
    said = motionward("analyze", file, "--out", tmp_path)
    found = pd.read_csv(tmp_path / file.stem / "episodes.csv")
    assert set(found["certainty"]) == {"sure", "unsure"}
    assert said.out == f"{file}: {by_sensor(found)} -> {tmp_path / file.stem / 'report.html'}\n"


def by_sensor(episodes: pd.DataFrame) -> str:
    """The flags of a table, and those of each sensor where several have some, since a page shows those of one."""

    def counted(rows: pd.DataFrame) -> str:
        certainty = rows["certainty"].tolist()
        return flags_in_words(certainty.count("sure"), certainty.count("unsure"))

    parts = [f"{stream}: {counted(rows)}" for stream, rows in episodes.groupby("stream")]
    return counted(episodes) + (f" ({'; '.join(parts)})" if len(parts) > 1 else "")


def test_what_a_promise_asks_for_is_unsure_and_no_flag_is_lost(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "daphnet" / "original" / "S02R01.txt"
    before, after = tmp_path / "before", tmp_path / "after"
    assert motionward("analyze", file, "--out", before).err == ""
    said = motionward("analyze", file, "--out", after, "--promised", "0.95")
    assert said.err == (
        "freezing-of-gait-ankle: Too few people were measured to promise that: flags are called sure by its band.\n"
    )
    told = json.loads((after / "S02R01" / "manifest.json").read_text())
    needed = {d["version"]: d["sure_from"] for d in told["detectors"] if d["sure_from"] is not None}
    plain, asked = (pd.read_csv(of / "S02R01" / "episodes.csv") for of in (before, after))
    columns = ["stream", "start_s", "end_s", "peak"]
    pd.testing.assert_frame_equal(plain[columns], asked[columns])
    promised = asked[asked.detector.isin(needed)]
    assert (promised.certainty == "sure").tolist() == (promised.peak >= promised.detector.map(needed)).tolist()
    assert set(promised.certainty) == {"sure", "unsure"}
    others = ~asked.detector.isin(needed)
    assert asked[others].certainty.tolist() == plain[others].certainty.tolist()


def test_the_report_says_what_was_promised(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "tdcsfog" / "original" / "3cd4c680cb.csv"
    for asked, says in ((("--promised", "0.9"), True), ((), False)):
        report = (analysed(file, tmp_path / str(says), *asked) / "report.html").read_text(encoding="utf-8")
        assert ("flags or more are not both called sure and false" in report) == says


@pytest.mark.parametrize("trial_name", ["3cd4c680cb", "c784d2f5d6"])
def test_a_csv_and_the_edf_written_from_it_have_the_same_episodes(
    shared_data: Path, tmp_path: Path, trial_name: str
) -> None:
    source = shared_data / "tdcsfog" / "original" / f"{trial_name}.csv"
    copy = tmp_path / "copy.edf"
    write_edf(read(source), copy)
    columns = ["phenomenon", "start_s", "end_s", "certainty", "detector"]
    first, second = (
        pd.read_csv(analysed(file, tmp_path / file.suffix[1:], "--false-alarms", "10") / "episodes.csv")
        for file in (source, copy)
    )
    assert len(first) >= 3
    pd.testing.assert_frame_equal(first[columns], second[columns])
    np.testing.assert_allclose(first["peak"], second["peak"], atol=5e-3)


def test_a_damaged_device_file_is_refused_unless_asked_to_be_lenient(shared_data: Path) -> None:
    path = shared_data / "device_files/axivity/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"
    refused = motionward("inspect", path)
    assert refused.code == 1
    assert "6 of its 145 blocks are damaged" in refused.err
    assert "--lenient" in refused.err
    read_on = motionward("inspect", path, "--lenient")
    assert read_on.code == 0
    assert "Read leniently: 6 of its 145 blocks" in read_on.out
