"""A process that imports and analyses is killed at random moments: the store is as before or as after."""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np

from clinic.home import Home
from clinic.store import Store
from tests.clinic.kept import NOW, PATIENT, analysis_of, recording_number
from tests.hostile.victims import import_and_analyse_for_ever, start

KILLS = 52
KILLS_A_STORE = 13
"""Then a fresh one: proving a store takes longer the more it holds."""
STAGES = ("", "begun", "recording", "run")
"""What a victim has said when its last moment is drawn; nothing yet, for the first."""


def test_killed_at_any_moment_nothing_is_half_there_or_lost(tmp_path: Path) -> None:
    moments = random.Random(7)
    reached: Counter[str] = Counter()
    round_s = time_of_a_round(Home(tmp_path / "timed"), tmp_path / "told")
    for number in range(KILLS // KILLS_A_STORE):
        home = Home(tmp_path / f"home-{number}")
        Store.open(home).add_patient(PATIENT, "Europe/Berlin", actor="test", now_us=NOW)
        proven: set[str] = set()
        for kill in range(KILLS_A_STORE):
            told = tmp_path / f"told-{number}-{kill}"
            victim = start(import_and_analyse_for_ever, home.root, kill * 1000, told)
            # A random moment after each stage in turn: a busy machine must not push them all into the first one.
            while victim.is_alive() and STAGES[kill % len(STAGES)] not in ("", *words_of(told)):
                victim.join(0.002)
            victim.join(moments.uniform(0, round_s))
            assert victim.is_alive()
            victim.kill()
            victim.join()
            reached += check(home, words_of(told), proven)
    assert reached["before"] + reached["imported"] + reached["analysed"] == KILLS
    assert min(reached["before"], reached["imported"], reached["analysed"], reached["rubbish"]) > 0, reached


def words_of(told: Path) -> list[str]:
    """What a victim has acknowledged."""
    return told.read_text().split() if told.exists() else []


def time_of_a_round(home: Home, told: Path) -> float:
    """Seconds that a victim takes to import and analyse one recording on this machine as it is now."""
    Store.open(home).add_patient(PATIENT, "Europe/Berlin", actor="test", now_us=NOW)
    victim = start(import_and_analyse_for_ever, home.root, 0, told)
    begun = None
    while words_of(told).count("run") < 3:
        victim.join(0.002)
        assert victim.is_alive()
        if begun is None and "begun" in words_of(told):
            begun = time.monotonic()
    victim.kill()
    victim.join()
    assert begun is not None
    return (time.monotonic() - begun) / 3


def check(home: Home, said: list[str], proven: set[str]) -> Counter[str]:
    """Prove a store after a kill; ``proven`` holds the recordings that need no second look, and grows."""
    pairs = list(pairwise(said))
    acknowledged = {kind: {what for word, what in pairs if word == kind} for kind in ("recording", "run")}
    store = Store.open(home)
    assert store.verify() == []
    here, runs = {r.id for r in store.recordings()}, {r.id: r.recording for r in store.runs()}
    assert acknowledged["recording"] <= here
    assert acknowledged["run"] <= set(runs)
    for identity in sorted(here - proven)[-2:]:  # those of this victim that were the last before its end
        assert_whole(store, identity)
    proven |= here
    rubbish = store.tidy()
    assert sorted(f.name for f in home.signals().iterdir()) == sorted(here)
    assert sorted(f.name for f in home.scores().iterdir()) == sorted(runs)
    reached = "analysed" if acknowledged["run"] else "imported" if acknowledged["recording"] else "before"
    return Counter({reached: 1, "rubbish": int(bool(rubbish))})


def assert_whole(store: Store, identity: str) -> None:
    """All of a recording is here, bit by bit, and all or nothing of its analysis."""
    expected = recording_number(int(identity, 16), 10.0)
    back = store.recording(identity)
    assert back.annotations == expected.annotations
    for mine, theirs in zip(expected.streams[0].segments, back.streams[0].segments, strict=True):
        np.testing.assert_array_equal(theirs.samples[0 : theirs.n_samples], mine.samples[0 : mine.n_samples])
    analysis = analysis_of(expected)
    spans, runs = store.spans(recording=identity), store.runs(identity)
    if runs:
        (judgement,) = analysis.judgements
        assert len(store.episodes(recording=identity)) == len(analysis.episodes)
        assert [s.interval for s in spans if s.kind == "clear"] == list(judgement.clear)
        assert [s.interval for s in spans if s.kind == "not judged"] == [i for i, _ in judgement.not_judged]
        found = store.scores(runs[0].id, "lower-back", judgement.phenomenon, 0, 2**62)
        np.testing.assert_array_equal(found["probability"], judgement.scores.probability)
    else:
        assert spans == []
        assert store.episodes(recording=identity) == []
        assert store.findings(recording=identity) == []
