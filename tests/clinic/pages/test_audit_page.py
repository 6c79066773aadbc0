"""The audit from proposal to headline, in Streamlit's own test harness; the canvas itself is driven in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.home import Home
from clinic.pages.opened import rows_of
from clinic.review.audits import plan_from
from clinic.store import Store
from tests.clinic.pages.driven import opened_at, shown
from tests.clinic.pages.made_store import ACTOR, store_with
from tests.clinic.reports.made import NOW_US, analysis_of, worn_days

FLAGS = [(600.0 + 900 * k, 5.0) for k in range(12)]


@pytest.fixture
def store(home: Path) -> Store:
    made = Store.open(Home(home))
    made.add_patient("P-0001", "Europe/Berlin", actor=ACTOR, now_us=NOW_US)
    recording = worn_days(1)
    identity, _ = made.import_(recording, "P-0001", actor=ACTOR, now_us=NOW_US)
    made.record(identity, analysis_of(recording, FLAGS), actor=ACTOR, now_us=NOW_US)
    return made


def begin(store: Store) -> str:
    at = opened_at("audit", patient="P-0001")
    assert not at.exception
    assert "12 flags in 6 h judged" in shown(at)
    next(b for b in at.button if b.label == "Begin the audit").click().run()
    assert not at.exception
    (sample,) = store.samples("P-0001")
    return sample.id


def answer_all(store: Store, sample: str, *, wrong: int = 1) -> int:
    """Every flag but ``wrong`` is right, every clear stretch empty; gives how many flags were drawn."""
    plan = plan_from(next(s for s in store.samples("P-0001") if s.id == sample).plan)
    flags = [k for k, i in enumerate(plan.items) if i.stratum.kind == "flag"]
    for k in range(len(plan.items)):
        verdict = "there" if k in flags[wrong:] else "not there"
        store.answer(sample, k, verdict, None, actor="anna", now_us=NOW_US)
    return len(flags)


def test_without_a_patient_there_is_a_way_on(home: Path) -> None:
    at = opened_at("audit")
    assert not at.exception
    assert "No patient yet." in shown(at)


def test_flags_become_episodes_once_all_is_answered_and_not_before(store: Store) -> None:
    sample = begin(store)
    before = opened_at("timeline", patient="P-0001")
    assert "flags per judged hour" in shown(before)
    assert "0 of 40</b> audited" in shown(before)
    n = answer_all(store, sample)
    done = opened_at("audit", patient="P-0001")
    assert not done.exception
    assert "episodes per worn hour" in shown(done)
    assert f"1 of {n} flags was wrong" in shown(done)
    assert "Looked at by anna" in shown(done)
    after = opened_at("timeline", patient="P-0001")
    assert "episodes per worn hour" in shown(after).split("</h1>")[0]
    assert "40 of 40</b> audited" in shown(after)


def test_days_that_may_have_no_rate_of_flags_have_none_of_episodes(home: Path) -> None:
    store = store_with(home, days=3)  # six hours a day
    next(b for b in opened_at("audit", patient="P-0001").button if b.label == "Begin the audit").click().run()
    (sample,) = store.samples("P-0001")
    answer_all(store, sample.id, wrong=0)
    for page in ("timeline", "audit"):
        text = shown(opened_at(page, patient="P-0001"))
        assert "no rate may be given. Only 0 of 3 days" in text
        assert "per worn hour" not in text
    (home / "validity.toml").write_text("least_hours = 5")
    for page in ("timeline", "audit"):
        assert "episodes per worn hour" in shown(opened_at(page, patient="P-0001"))


def test_the_same_stretches_wait_after_the_app_was_closed(store: Store, home: Path) -> None:
    sample = begin(store)
    store.answer(sample, 0, "there", None, actor="anna", now_us=NOW_US)
    (kept,) = Store.open(Home(home)).samples("P-0001")
    again = opened_at("audit", patient="P-0001")
    assert not again.exception
    assert "is it there, or not?" in shown(again)
    assert [b.label for b in again.button] == ["Timeline"]
    assert rows_of("P-0001").samples == (kept,)
    assert kept.id == sample


def test_another_analysis_needs_an_audit_of_its_own_and_the_page_says_so(store: Store) -> None:
    answer_all(store, begin(store))
    (recording,) = store.recordings()
    # The manifest made by hand is always the same, and so were the run: another is told by its settings.
    found = analysis_of(store.recording(recording.id), FLAGS[:9])
    found.manifest["settings"]["seed"] = 1
    store.record(recording.id, found, actor=ACTOR, now_us=NOW_US + 2)
    for page in ("timeline", "audit"):
        at = opened_at(page, patient="P-0001")
        assert not at.exception
        assert "they need an audit of their own" in shown(at)
        assert "episodes per worn hour" not in shown(at)
