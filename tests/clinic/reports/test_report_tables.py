from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clinic.analysis import Analysis
from clinic.reports import tables
from clinic.reports.tables import (
    EPISODE_COLUMNS,
    FILES,
    episodes_csv,
    manifest_json,
    quality_json,
    score_batches,
    write_results,
)
from data.csv_tables import table_csv
from data.errors import MotionwardError
from data.recording import Clock, Recording
from tests.clinic.reports.made import analysis_of
from tests.signals import moving, recording_of


@pytest.fixture
def gapped() -> Recording:
    """20 s, a gap of 10.1 s, 20 s more: the second segment's grid is shifted by 0.1 s."""
    return recording_of([(0.0, moving(20, channels=3)), (30.1, moving(20, seed=1, channels=3))])


def scores_frame(recording: Recording, analysis: Analysis) -> pd.DataFrame:
    return pa.Table.from_batches(score_batches(recording, analysis), tables.SCORES).to_pandas()


def test_one_row_for_each_half_second_from_a_quarter_on_gaps_included(gapped: Recording) -> None:
    frame = scores_frame(gapped, analysis_of(gapped))
    assert list(frame.columns) == ["stream", "phenomenon", "time_s", "probability", "valid"]
    assert frame["time_s"].tolist() == [0.25 + 0.5 * k for k in range(100)]
    in_gap = frame["time_s"].between(20.0, 29.99)
    assert not frame.loc[in_gap, "valid"].any()
    assert frame.loc[~in_gap & (frame["time_s"] > 30.3), "valid"].all()
    assert frame.loc[frame["time_s"] < 20, "valid"].all()


def test_a_row_takes_the_nearest_half_second_of_its_segment(gapped: Recording) -> None:
    analysis = analysis_of(gapped, flags=[(32.1, 3.0)])  # in the second segment, on its own grid
    frame = scores_frame(gapped, analysis)
    flagged = frame.loc[frame["probability"] > 0.5, "time_s"]
    assert flagged.tolist() == [32.25, 32.75, 33.25, 33.75, 34.25, 34.75]


def test_what_was_not_judged_has_no_probability(gapped: Recording) -> None:
    frame = scores_frame(gapped, analysis_of(gapped, flags=[], not_judged=[(5.0, 2.0, "spike")]))
    assert frame.loc[~frame["valid"], "probability"].eq(0).all()
    assert frame.loc[frame["time_s"].between(5, 7), "valid"].eq(False).all()


def test_a_table_written_in_pieces_is_the_one_written_at_once(
    gapped: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = analysis_of(gapped, flags=[(32.1, 3.0)], not_judged=[(5.0, 2.0, "spike")])
    whole = scores_frame(gapped, analysis)
    monkeypatch.setattr(tables, "HOURS", 7)
    assert len(list(score_batches(gapped, analysis))) == 15
    pd.testing.assert_frame_equal(scores_frame(gapped, analysis), whole)


def test_episodes_have_the_agreed_columns_and_utc_only_with_a_date(gapped: Recording) -> None:
    header, row, *rest = episodes_csv(gapped, analysis_of(gapped)).splitlines()
    assert header == ",".join(EPISODE_COLUMNS)
    assert not rest
    cells = dict(zip(EPISODE_COLUMNS, row.split(","), strict=True))
    assert cells["start_s"] == "10.000000"
    assert cells["end_s"] == "16.000000"
    assert cells["duration_s"] == "6.000000"
    assert cells["start_utc"] == "2026-03-02T06:00:10.000000Z"
    assert cells["certainty"] == "sure"
    relative = replace(gapped, clock=Clock.RELATIVE, zone=None)
    assert ",16.000000,6.000000,,0.9000," in episodes_csv(relative, analysis_of(relative))


def test_without_episodes_the_header_stands_alone(gapped: Recording) -> None:
    assert episodes_csv(gapped, analysis_of(gapped, flags=[])) == ",".join(EPISODE_COLUMNS) + "\n"


def test_a_cell_never_runs_as_a_formula_but_numbers_stay_numbers() -> None:
    text = table_csv(("a", "b"), [["=HYPERLINK(1)", -1.5], ["@x", "-2"]])
    assert text == "a,b\n'=HYPERLINK(1),-1.5\n'@x,-2\n"


def test_quality_and_manifest_are_canonical_json(gapped: Recording) -> None:
    analysis = analysis_of(gapped, not_judged=[(5.0, 2.0, "spike")], why_not="The clock is wrong.")
    quality = json.loads(quality_json(gapped, analysis))
    assert quality["why_not"] == "The clock is wrong."
    assert quality["streams"][0]["unusable_s"] == [[5.0, 7.0, "spike"]]
    assert quality["streams"][0]["gaps_s"] == [[20.0, 30.1]]
    shuffled = replace(analysis, manifest=dict(reversed(analysis.manifest.items())))
    assert manifest_json(shuffled) == manifest_json(analysis)


def test_results_are_written_whole_and_replaced_whole(gapped: Recording, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "walk"
    write_results(gapped, analysis_of(gapped), folder)
    first = {name: (folder / name).read_bytes() for name in FILES}
    write_results(gapped, analysis_of(gapped), folder)
    assert {name: (folder / name).read_bytes() for name in FILES} == first
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["walk"]
    stored = pd.read_parquet(folder / "scores.parquet")
    assert stored["probability"].dtype == np.float32
    assert len(stored) == 100


def test_a_failure_leaves_the_old_result_and_nothing_beside_it(
    gapped: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "walk"
    write_results(gapped, analysis_of(gapped), folder)
    before = (folder / "episodes.csv").read_bytes()

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "to_html", full)
    with pytest.raises(OSError, match="No space left"):
        write_results(gapped, analysis_of(gapped, flags=[]), folder)
    assert (folder / "episodes.csv").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["walk"]


def test_a_folder_with_other_things_is_never_overwritten(gapped: Recording, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(MotionwardError, match=r"holds other things, such as thesis\.docx"):
        write_results(gapped, analysis_of(gapped), tmp_path)
    assert (tmp_path / "thesis.docx").read_text() == "years of work"
