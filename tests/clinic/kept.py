"""What the tests of the store put into it: recordings, and analyses made without a network.

Import as ``from tests.clinic.kept import ...``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clinic.analysis import Analysis, Judgement, outcomes
from clinic.home import Home
from clinic.store import Store
from data.grid import half_seconds
from data.intervals import Interval
from data.quality import Finding, Quality, Severity, StreamQuality
from data.recording import Annotation, Recording
from models.scores import Certainty, Episode, Scores
from tests.signals import START_US, moving, recording_of

US = 1_000_000
NOW = START_US + 86_400 * US
PATIENT = "P-01"
PHENOMENON = "freezing of gait"


def recording_number(number: int, seconds: float = 20.0) -> Recording:
    """A recording with a gap in the middle; its samples and its hash tell its number."""
    first, second = moving(seconds / 2, seed=number), moving(seconds / 2, seed=number + 1)
    marks = (Annotation(Interval(START_US, START_US + 2 * US), "walk"), Annotation(Interval(0, 5), "tap", "lower-back"))
    made = recording_of(
        [(0, first), (seconds / 2 + 3, second)], start_us=START_US + number * 60 * US, annotations=marks
    )
    source = replace(made.source, name=f"trial-{number}.csv", sha256=f"{number:064x}")
    return replace(made, source=source, assumptions=("taken to be in g",))


def analysis_of(recording: Recording, *, made_by: str = "fake") -> Analysis:
    """Every fourth half second flagged, alternately sure and unsure: many rows, told by the recording alone."""
    streams, judgements = [], []
    for stream in recording.streams:
        grid = half_seconds(stream)
        worn = stream.recorded
        n = len(grid)
        p = np.random.default_rng(n).random(n).astype(np.float32)
        valid = np.arange(n) % 7 != 0
        lost = tuple((Interval(int(s), int(s) + 500_000), "too still") for s in grid.start_us[~valid])
        scores = Scores(stream.name, PHENOMENON, grid, p, p * np.float32(0.9), p, valid, lost)
        episodes = tuple(
            Episode(
                Interval(int(start), int(start) + 500_000), stream.name, PHENOMENON, stream.placement, 0.9, 0.8,
                Certainty.SURE if k % 8 else Certainty.UNSURE, "v1",
            )
            for k, start in enumerate(grid.start_us)
            if k % 4 == 0
        )  # fmt: skip
        parts = outcomes(scores, episodes, worn)
        judgements.append(Judgement(stream.name, PHENOMENON, "v1", 0.5, scores, episodes, *parts))
        streams.append(StreamQuality(stream.name, worn, (), stream.gaps, ()))
    finding = Finding("gap", "lower-back", recording.streams[0].gaps[0], Severity.CHECK, "3 s are missing.")
    manifest = {"source": recording.source.sha256, "made_by": made_by}
    return Analysis(Quality((finding,), tuple(streams), None), tuple(judgements), manifest)


def filled(home: Home, count: int = 2) -> Store:
    """A store with a patient, recordings, an analysis of each, doses and a review."""
    store = Store.open(home)
    store.add_patient(PATIENT, "Europe/Berlin", actor="anna", now_us=NOW)
    for number in range(count):
        recording = recording_number(number)
        identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW + number)
        store.record(identity, analysis_of(recording), actor="anna", now_us=NOW + number)
    store.add_doses(
        PATIENT, [(START_US, "levodopa 100 mg"), (START_US + US, "levodopa 50 mg")], "list", actor="anna", now_us=NOW
    )
    store.review(store.episodes()[0].id, "right", actor="ben", now_us=NOW)
    return store
