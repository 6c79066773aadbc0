"""What goes into the store comes out of it, once, whole, and only the present."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clinic.home import Home
from clinic.store import Store, StoreError, access, audit
from clinic.store.migrate import migrate
from data.intervals import Interval
from tests.clinic.kept import NOW, PATIENT, PHENOMENON, US, analysis_of, filled, recording_number
from tests.signals import START_US


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.open(Home(tmp_path))
    made.add_patient(PATIENT, "Europe/Berlin", actor="anna", now_us=NOW)
    return made


def test_recording_comes_back_equal_with_the_same_bits(store: Store) -> None:
    recording = recording_number(1)
    identity, is_new = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    assert (identity, is_new) == (recording.source.sha256, True)
    back = store.recording(identity)
    assert replace(back, streams=()) == replace(recording, streams=())
    for mine, theirs in zip(recording.streams, back.streams, strict=True):
        assert replace(mine, segments=()) == replace(theirs, segments=())
        for a, b in zip(mine.segments, theirs.segments, strict=True):
            assert (a.start_us, a.rate_hz) == (b.start_us, b.rate_hz)
            np.testing.assert_array_equal(a.samples[0 : a.n_samples], b.samples[0 : b.n_samples])


def test_same_content_twice_changes_nothing(store: Store) -> None:
    first = store.import_(recording_number(1), PATIENT, actor="anna", now_us=NOW)
    before = store.head()
    again = replace(recording_number(1), device="told otherwise")
    assert store.import_(again, PATIENT, actor="ben", now_us=NOW + 1) == (first[0], False)
    assert store.head() == before
    assert [r.device for r in store.recordings()] == ["test"]


def test_recording_of_nobody_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="no patient 'P-99'"):
        store.import_(recording_number(1), "P-99", actor="anna", now_us=NOW)
    assert store.recordings() == []
    assert list(store.home.signals().iterdir()) == []


def test_a_recording_without_a_hash_is_refused_and_takes_no_others_place(store: Store) -> None:
    first = store.import_(recording_number(1), PATIENT, actor="anna", now_us=NOW)[0]
    bare = recording_number(2)
    with pytest.raises(StoreError, match="no hash of its content is known"):
        store.import_(replace(bare, source=replace(bare.source, sha256="")), PATIENT, actor="anna", now_us=NOW)
    assert [p.name for p in store.home.signals().iterdir()] == [first]
    assert [r.id for r in store.recordings()] == [first]


def test_reader_that_fails_half_way_leaves_nothing(store: Store) -> None:
    class Broken:
        shape = (50 * 3600, 6)

        def __getitem__(self, rows: slice) -> np.ndarray:
            if rows.start > 50 * 1800:
                raise OSError(5, "Input/output error")
            return np.zeros((rows.stop - rows.start, 6), dtype=np.float32)

    recording = recording_number(1)
    object.__setattr__(recording.streams[0].segments[1], "samples", Broken())
    with pytest.raises(StoreError, match=r"trial-1.csv was not stored \(Input/output error\)"):
        store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    assert store.recordings() == []
    assert list(store.home.signals().iterdir()) == []


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_interrupted_beside_the_commit_rows_and_files_stay_together(
    store: Store, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Ctrl-C or a cancelled job can strike anywhere, also just after rows have named the files."""
    recording = recording_number(3)
    close, append = access._close, audit.append

    def close_and_stop(connection: Any) -> None:
        close(connection)
        raise KeyboardInterrupt

    def append_and_stop(*arguments: Any, **named: Any) -> None:
        append(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "after the commit":
            patch.setattr(access, "_close", close_and_stop)
        else:
            patch.setattr(audit, "append", append_and_stop)
        with pytest.raises(KeyboardInterrupt):
            store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    again = Store.open(store.home)
    assert again.verify() == []
    assert again.has(recording.source.sha256) == (moment == "after the commit")
    assert store.home.signals(recording.source.sha256).is_dir() == (moment == "after the commit")


def test_import_without_room_is_refused_in_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**7, 10**7))
    with pytest.raises(StoreError, match="10 MB free and about 200 MB are needed; free some space"):
        store.import_(recording_number(1), PATIENT, actor="anna", now_us=NOW)
    assert store.recordings() == []


def test_analysis_comes_back_and_twice_changes_nothing(store: Store) -> None:
    recording = recording_number(1)
    identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    analysis = analysis_of(recording)
    run = store.record(identity, analysis, actor="anna", now_us=NOW)
    head = store.head()
    assert store.record(identity, analysis, actor="ben", now_us=NOW + 5) == run
    assert store.head() == head
    (judgement,) = analysis.judgements
    spans = store.spans(recording=identity)
    for kind in ("flagged", "clear"):
        assert tuple(s.interval for s in spans if s.kind == kind) == getattr(judgement, kind)
    assert [(s.interval, s.reason) for s in spans if s.kind == "not judged"] == list(judgement.not_judged)
    assert tuple(s.interval for s in spans if s.kind == "worn") == analysis.quality.streams[0].worn
    assert tuple(s.interval for s in spans if s.kind == "gap") == analysis.quality.streams[0].gaps
    assert store.spans(patient=PATIENT, kinds=("worn",)) == [s for s in spans if s.kind == "worn"]
    episodes = store.episodes(patient=PATIENT, phenomenon=PHENOMENON)
    assert [(e.interval, e.certainty, e.peak) for e in episodes] == [
        (e.interval, e.certainty.value, e.peak) for e in analysis.episodes
    ]
    assert [f.sentence for f in store.findings(patient=PATIENT)] == ["3 s are missing."]
    assert [r.manifest for r in store.runs(identity)] == [analysis.manifest]


def test_scores_come_back_for_the_span_asked_for(store: Store) -> None:
    recording = recording_number(1)
    identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    analysis = analysis_of(recording)
    run = store.record(identity, analysis, actor="anna", now_us=NOW)
    scores = analysis.judgements[0].scores
    low, high = int(scores.grid.start_us[3]), int(scores.grid.start_us[9])
    found = store.scores(run, "lower-back", PHENOMENON, low, high)
    np.testing.assert_array_equal(found["start_us"], scores.grid.start_us[3:9])
    for name in ("probability", "lower", "upper", "valid"):
        np.testing.assert_array_equal(found[name], getattr(scores, name)[3:9])


def test_what_a_run_found_unusable_comes_back_and_a_run_from_before_it_was_kept_says_nothing(store: Store) -> None:
    recording = recording_number(1)
    identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    made = analysis_of(recording)
    (q,) = made.quality.streams
    start = recording.interval.start
    lost = ((Interval(start, start + 5_000_000), "no signal"), (Interval(start + 9, start + 10), "a jump"))
    quality = replace(made.quality, streams=(replace(q, unusable=lost),))
    run = store.record(identity, replace(made, quality=quality), actor="anna", now_us=NOW)
    assert store.unusable(run) == [(q.stream, *each) for each in lost]
    assert store.verify() == []
    (store.home.scores(run) / "unusable.parquet").unlink()
    assert store.unusable(run) is None


def test_only_the_newest_analysis_is_the_present_and_an_older_one_can_return(store: Store) -> None:
    recording = recording_number(1)
    identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    one, two = analysis_of(recording), analysis_of(recording, made_by="other")
    first = store.record(identity, one, actor="anna", now_us=NOW)
    second = store.record(identity, two, actor="anna", now_us=NOW + 1)
    assert first != second
    assert {e.run for e in store.episodes()} == {second}
    assert store.record(identity, one, actor="anna", now_us=NOW + 2) == first
    assert {e.run for e in store.episodes()} == {first}
    assert len(store.episodes()) == len(one.episodes)
    assert store.runs(identity)[0].id == first
    assert store.verify() == []


def test_analysis_of_a_recording_that_is_not_here_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="There is no recording 000000000000 here, it may have been withdrawn"):
        store.record("0" * 64, analysis_of(recording_number(1)), actor="anna", now_us=NOW)


def test_signal_is_cut_at_gaps_and_at_the_span(store: Store) -> None:
    recording = recording_number(1)
    identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
    first, second = recording.streams[0].segments
    pieces = store.signal(identity, "lower-back", first.start_us + 9 * US, second.start_us + 1 * US)
    assert [(start, rate) for start, rate, _ in pieces] == [(first.time_us(450), 50.0), (second.start_us, 50.0)]
    np.testing.assert_array_equal(pieces[0][2], first.samples[450:500])
    np.testing.assert_array_equal(pieces[1][2], second.samples[0:50])
    assert store.signal(identity, "lower-back", first.end_us, second.start_us) == []


def test_summary_of_seconds(store: Store) -> None:
    identity, _ = store.import_(recording_number(0), PATIENT, actor="anna", now_us=NOW)
    found = store.summary(identity, "lower-back", "second", START_US + 2 * US, START_US + 4 * US)
    assert found["start_us"].tolist() == [START_US + 2 * US, START_US + 3 * US]
    assert set(found) >= {"movement", "acc_x_min", "acc_x_max", "acc_x_mean", "gyro_z_mean"}


def test_the_newest_verdict_counts_and_the_same_twice_changes_nothing(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    episode = store.episodes()[0]
    assert (episode.verdict, episode.reviewer) == ("right", "ben")
    store.review(episode.id, "wrong", actor="anna", now_us=NOW + 1)
    head = store.head()
    store.review(episode.id, "wrong", actor="anna", now_us=NOW + 2)
    assert store.head() == head
    assert (store.episodes()[0].verdict, store.episodes()[0].reviewer) == ("wrong", "anna")
    assert store.episodes()[1].verdict == ""
    with pytest.raises(ValueError, match="unknown verdict"):
        store.review(episode.id, "maybe", actor="anna", now_us=NOW)
    with pytest.raises(KeyError, match="no episode"):
        store.review("nothing", "right", actor="anna", now_us=NOW)


def test_doses_and_looks(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    assert [d.taken_us for d in store.doses(PATIENT)] == [START_US, START_US + US]
    row = store.add_dose(PATIENT, START_US - US, "levodopa", "said", actor="ben", now_us=NOW)
    head = store.head()
    store.add_dose(PATIENT, START_US - US, "levodopa", "said", actor="ben", now_us=NOW + 9)
    assert store.head() == head
    assert store.doses(PATIENT)[0] == row
    store.looked_at(PATIENT, actor="ben", now_us=NOW + 77)
    assert store.last_look(PATIENT) == NOW + 77
    assert store.last_look("P-99") is None


def test_a_dose_that_was_entered_wrongly_is_taken_back_and_can_be_entered_again(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    before = store.doses(PATIENT)
    wrong = store.add_dose(PATIENT, START_US - US, "levodopa", "entered", actor="ben", now_us=NOW)
    store.withdraw_dose(wrong.id, actor="ben", now_us=NOW + 1)
    assert store.doses(PATIENT) == before
    head = store.head()
    store.withdraw_dose(wrong.id, actor="ben", now_us=NOW + 2)
    assert store.head() == head
    for _ in range(2):
        store.add_dose(PATIENT, START_US - US, "levodopa", "entered", actor="ben", now_us=NOW + 3)
    (again,) = [d for d in store.doses(PATIENT) if d not in before]
    assert replace(again, id=wrong.id) == wrong
    store.withdraw_dose(again.id, actor="ben", now_us=NOW + 4)
    assert store.doses(PATIENT) == before
    assert store.verify() == []
    with pytest.raises(KeyError):
        store.withdraw_dose("none", actor="ben", now_us=NOW)


def test_a_verdict_is_taken_back_and_the_flag_waits_again(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    flag = next(e for e in store.episodes() if not e.verdict)
    head = store.head()
    store.review(flag.id, "", actor="ben", now_us=NOW)
    assert store.head() == head
    store.review(flag.id, "wrong", actor="ben", now_us=NOW)
    store.review(flag.id, "", actor="ben", now_us=NOW + 1)
    assert next(e for e in store.episodes() if e.id == flag.id).verdict == ""
    assert store.verify() == []


def test_patient_stays_as_first_entered(store: Store) -> None:
    again = store.add_patient(PATIENT, "America/New_York", actor="ben", now_us=NOW + 1)
    assert (again.zone, again.created_us) == ("Europe/Berlin", NOW)
    with pytest.raises(KeyError):
        store.patient("P-99")


@pytest.mark.parametrize(
    ("code", "zone", "said"),
    [
        ("", "UTC", "no code for a patient"),
        (" P-02", "UTC", "no code for a patient"),
        ("P\n02", "UTC", "no code for a patient"),
        ("P-02", "Mars/Olympus", "no time zone named 'Mars/Olympus'"),
        ("P-02", "../etc/passwd", "no time zone"),
        ("P-02", "Europe", "no time zone"),
        ("P-02", "", "no time zone"),
    ],
)
def test_patient_without_a_usable_code_or_zone_is_refused(store: Store, code: str, zone: str, said: str) -> None:
    head = store.head()
    with pytest.raises(StoreError, match=said):
        store.add_patient(code, zone, actor="ben", now_us=NOW)
    assert store.head() == head


def test_audit_tells_who_did_what_newest_first(tmp_path: Path) -> None:
    store = filled(Home(tmp_path), count=1)
    told = [(row.seq, row.actor, row.act) for row in store.audit()]
    assert told == [(5, "ben", "review"), (4, "anna", "add doses"), (3, "anna", "analyse"), (2, "anna", "import"),
                    (1, "anna", "add patient")]  # fmt: skip
    assert len(store.audit(limit=2)) == 2
    assert store.audit(1)[0].hash == store.head().hash


def test_tidy_takes_rubbish_and_nothing_else(tmp_path: Path) -> None:
    store = filled(Home(tmp_path))
    home = store.home
    orphan, half = home.signals("f" * 64), home.signals() / ".partial-999999999-12345678-x"
    for folder in (orphan, half, home.scores("nothing"), home.embeddings("enc", "nothing")):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    lost = home.embeddings("enc", "0" * 64) / ".partial-999999999-12345678-x.npy"
    lost.parent.mkdir()
    lost.touch()
    assert len(store.tidy()) == 5
    assert store.tidy() == []
    assert store.verify() == []
    assert not any(f.exists() for f in (orphan, half, lost))


def test_tidy_leaves_what_a_living_process_writes(store: Store) -> None:
    import os

    (store.home.signals() / f".partial-{os.getpid()}-12345678-x").mkdir()
    assert store.tidy() == []


def test_store_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    home = Home(tmp_path)
    Store.open(home)
    with access.transaction(home) as connection:
        connection.execute("INSERT INTO migration VALUES (9999, 'from the future')")
    with pytest.raises(StoreError, match="shape 9999"):
        Store.open(home)


def test_failed_migration_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    Store.open(home)
    from clinic.store import migrate as module

    broken = (module.newest() + 1, "broken.sql", "CREATE TABLE kept_out (id VARCHAR); SELECT * FROM nowhere")
    monkeypatch.setattr(module, "_available", lambda: [broken])
    with pytest.raises(StoreError, match="was not changed"), access.transaction(home) as connection:
        migrate(connection)
    with access.reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'kept_out'").fetchall() == [
            (0,)
        ]


def test_damaged_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    home = Home(tmp_path)
    filled(home, count=1)
    home.database.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StoreError, match=r"cannot be opened .* restore the newest backup"):
        Store.open(home)
