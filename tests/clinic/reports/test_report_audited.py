"""The report of a stored patient: evidence of each flag on a page of its own, and episodes once they were audited."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from clinic.reports.files import export_patient
from clinic.reports.words import evidence_note
from clinic.review.audits import plan_of, plan_text
from clinic.store import Store
from clinic.store.rows import SampleRow
from clinic.timeline.clock import clock_for
from clinic.timeline.lane import day_rows, lanes
from data.intervals import Interval
from tests.clinic.pages.made_store import store_with
from tests.clinic.reports.made import NOW_US


def text_of(store: Store, folder: Path) -> str:
    (path,) = export_patient(store, "P-0001", ["html"], folder)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", path.read_text("utf-8")))


def audit(store: Store) -> None:
    """Draw an audit of all days and find every flag right and nothing else."""
    (lane,) = lanes(store.spans(), store.episodes())
    (run,) = store.runs()
    days = day_rows(lane, clock_for("absolute", "Europe/Berlin", 0))
    span = Interval(days[0].day.interval.start, days[-1].day.interval.end)
    half = np.arange(span.start, span.end, 500_000, dtype=np.int64)
    plan = plan_of(lane, span, half, np.zeros(len(half)), seed=1)
    sample = SampleRow(
        "P-0001", lane.stream, lane.phenomenon, (run.id,), ("abc",), span, 1, len(plan.items), plan_text(plan)
    )
    kept = store.keep_sample(sample, actor="anna", now_us=NOW_US)
    for k, item in enumerate(plan.items):
        verdict = "there" if item.stratum.kind == "flag" else "not there"
        store.answer(kept.id, k, verdict, None, actor="anna", now_us=NOW_US)


def test_each_flag_has_its_raw_signal_and_what_it_rests_on(tmp_path: Path) -> None:
    store = store_with(tmp_path / "home", days=2)
    (path,) = export_patient(store, "P-0001", ["html"], tmp_path / "out")
    page = path.read_text("utf-8")
    behind = page[page.index('id="evidence"') :]
    assert "Each flag with the raw signal about it" in behind
    assert behind.count("<polyline") == 3  # one flag, three axes
    assert "peak 0.90 (0.90–0.90), mean 0.80" in behind
    assert "lower back, worn; nothing found against its signal" in behind
    assert "no example of this patient" in behind


def test_the_report_counts_flags_until_they_were_audited_and_then_speaks_of_episodes(tmp_path: Path) -> None:
    store = store_with(tmp_path / "home", days=2)
    before = text_of(store, tmp_path / "out")
    assert "flags per judged hour" in before
    assert "A flag is not an episode until somebody has looked" in before
    audit(store)
    after = text_of(store, tmp_path / "out")
    assert "episodes per worn hour" in after
    assert "1 of 1 flag and 39 of " in after
    assert "the flag was right, no clear stretch held an episode" in after
    assert "Audited by anna" in after
    assert "How much was missed here is not known" not in after


def test_an_audit_without_a_rate_is_not_contradicted_by_what_the_page_cannot_say(tmp_path: Path) -> None:
    store = store_with(tmp_path / "home", days=3)  # none of them valid, so there is no rate
    audit(store)
    text = text_of(store, tmp_path / "out")
    assert "episodes per worn hour" not in text
    assert "Audited by anna" in text
    assert "How much was missed here is not known" not in text
    assert "what was missed is told by the audit alone" in text


def test_the_flags_with_evidence_are_of_as_many_as_the_headline_counts() -> None:
    assert "10 longest of 129 and 3 unsure flags" in evidence_note(10, 129, 3)
    assert "10 longest of 129 flags" in evidence_note(10, 129, 0)
    assert evidence_note(10, 129, 0).endswith("the others open on the page Timeline, each with the same.")
    assert evidence_note(10, 129, 0, is_stored=False).endswith("the others stand in episodes.csv.")
    assert evidence_note(4, 3, 1) == evidence_note(4, 4, 0)
    assert "Each flag" in evidence_note(4, 4, 0)
