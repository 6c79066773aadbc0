"""Teaching on the page beyond the shipped phenomena: a class that somebody named, and what marks of any class bring.

A trial of a new class is taken over as any other is, by :func:`clinic.teaching.accept`, for one patient or for every
one. Where it was for every patient, a patient's own starts from that, by :func:`clinic.teaching.trial`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clinic.adaptation import teach
from clinic.analysis import Settings, judge
from clinic.marks import Mark
from clinic.review.kshot import Shot, Told, curve
from clinic.sources import Assessed, Kept, Source, read_before, sources
from clinic.store import Store
from clinic.store.rows import LabelRow, RejectedRow
from clinic.stored import assessed_in
from clinic.teaching import Trial, dated, embed_of, is_taught, kept_scores, marked_then, parted, warning_of
from data.errors import MotionwardError
from data.grid import HOP_US
from data.intervals import Interval, Intervals, overlap_fraction
from data.labels import ALL, NOT, subject_of
from data.recording import Placement
from models.adapters import fresh
from models.adapters.adapt import prior_of
from models.adapters.card import card_text
from models.adapters.example import Example, clock_of
from models.adapters.heads import fit_head
from models.adapters.linear import fit_linear
from models.adapters.nearness import clear_of
from models.adapters.support import UNLABELLED, is_readable, margin_us, read_example, unlabelled
from models.calibration import log_odds
from models.detectors import Detector, folder_of, shipped
from models.workers import one_thread

FREE = 40
"""Stretches of each stream that stand for unmarked time in a curve."""
ONE_MARKED = "All marked episodes are of one patient: how the detector does with other people is not known."
DRAWS_FRESH = 8
"""Of a curve of a new class, each of which fits a head many times over."""
TAUGHT = 0.3
"""Share of the work after which a new class is taught; the rest tells how much its marks bring."""


def shipped_for(phenomenon: str, placement: str) -> Detector | None:
    """The shipped detector of a phenomenon for a place; None where there is none, and the marks teach alone."""
    return next((d for d in shipped() if d.phenomenon == phenomenon and placement in d.placements), None)


def name_of(phenomenon: str, placement: Placement) -> str:
    """What the detector of a phenomenon at a place is called: a shipped one, or one of marks alone."""
    found = shipped_for(phenomenon, placement)
    return found.name if found else f"{phenomenon}-{placement}".replace(" ", "-")


def like_for(placement: str) -> Detector:
    """The shipped detector whose way of reading a sensor serves a new class at a place."""
    return next((d for d in shipped() if placement in d.placements), shipped()[0])


def labels_at(store: Store, patient: str | None, rater: str, phenomenon: str, placement: str | None) -> list[LabelRow]:
    """A rater's labels of a phenomenon on sensors of one place, or of all, in recordings of a patient, or of all."""
    there = _sensors(store, patient, placement)
    return [
        x
        for x in store.labels(patient=patient, rater=rater)
        if subject_of(x.label) == phenomenon and (x.recording, x.stream) in there
    ]


def _sensors(store: Store, patient: str | None, placement: str | None) -> set[tuple[str, str]]:
    """Recording and stream of each sensor of one place, or of all, of a patient, or of all."""
    return {(r.id, s.name) for r in store.recordings(patient) for s in r.streams if placement in (None, s.placement)}


@one_thread()
def trial_of_class(
    store: Store, recording: str, phenomenon: str, placement: Placement, rater: str, settings: Settings,
    *, everybody: bool = False, progress: Callable[[float], None] | None = None,
) -> tuple[Trial, tuple[Shot, ...]]:  # fmt: skip
    """Teach a class that nothing is shipped for at a place from what a rater says alone; nothing is stored.

    Learned from are the rater's labels and, once the class is looked for, the flags that the rater called wrong.
    It counts as shown to help when its F1 on what was left out lies, with its whole interval, above that of flagging
    everything. Where several patients are marked, what is left out is one of them each time.

    Parameters
    ----------
    everybody
        Learn from the recordings of every patient, for every patient.
    progress
        Told which share of the fitting is done.

    Returns
    -------
    The trial, and what so many marks bring.

    Raises
    ------
    MotionwardError
        If none of it is marked, or nothing can be learned from what is.
    """
    like = like_for(placement)
    owners = {r.id: r.patient for r in store.recordings()}
    patient = None if everybody else owners[recording]
    labels = labels_at(store, patient, rater, phenomenon, placement)
    there = _sensors(store, patient, placement)
    wrong = [f for f in store.called_wrong(patient, phenomenon, rater) if (f.recording, f.stream) in there]
    every, assessed = labels_at(store, patient, rater, phenomenon, None), assessed_in(store)
    found = _sources(store, labels, every, settings, like, owners, wrong, assessed=assessed)
    if not any(is_positive for source in found for _, is_positive in source.marks):
        raise MotionwardError(f"You have marked no {phenomenon} at: {placement}: mark some episodes first.")
    tell = progress or (lambda _: None)
    choice, examples = teach(found, like, phenomenon, rater, lambda share: tell(TAUGHT * share))
    detector = dated(choice.detector, [*labels, *wrong])
    tell(TAUGHT)
    text = (folder_of(like.name) / "card.md").read_text(encoding="utf-8")
    few: list[Example] = []
    for person in dict.fromkeys(e.person for e in examples):
        free = [e for e in examples if e.weight == UNLABELLED and e.person == person]
        taken = np.unique(np.linspace(0, len(free) - 1, FREE // 2).round().astype(int)) if free else ()
        few += [free[i] for i in taken]
    clear = sum(_unmarked(s, s.embeddings.valid) for s in found)
    shots = curve(
        [e for e in examples if e.weight != UNLABELLED] + few, _fresh, None, clear, draws=DRAWS_FRESH,
        progress=lambda share: tell(TAUGHT + (1 - TAUGHT) * share),
    )  # fmt: skip
    flags, unsure = _flags(store, recording, detector, settings, assessed)
    is_one = everybody and len({e.person for e in examples if e.is_positive}) < 2
    tried = Trial(
        recording, detector, True, bool(shots) and shots[-1].f1.low > shots[-1].always, choice.why,
        card_text(detector, text, examples), flags, choice.kind, is_for_everybody=everybody, unsure=unsure,
        warning=warning_of(examples, ONE_MARKED if is_one else ""),
    )  # fmt: skip
    return tried, shots


@one_thread()
def curve_of(
    store: Store, recording: str, detector: Detector, placement: Placement, rater: str, settings: Settings,
    *, everybody: bool = False, progress: Callable[[float], None] | None = None,
) -> tuple[Shot, ...]:  # fmt: skip
    """What marks bring a detector on this patient's recordings; empty where too little is marked.

    Marks that it learned from already are left out, with all that shares a sample with them: it would be judged by what
    it was taught. So are those of which no half second could be judged.

    Parameters
    ----------
    everybody
        On the recordings of every patient; where several are marked, each is left out once.
    progress
        Told which share of it is done.
    """
    owners = {r.id: r.patient for r in store.recordings()}
    known = detector.adapted.taught if detector.adapted else ()
    patient = None if everybody else owners[recording]
    every, labels = (labels_at(store, patient, rater, detector.phenomenon, place) for place in (None, placement))
    new = [x for x in labels if not any(is_taught(x, t) for t in known)]
    found = _sources(
        store, new, every, settings, detector, owners, assessed=assessed_in(store),
        kept=lambda identity: kept_scores(store, identity, detector, settings),
    )  # fmt: skip
    examples: list[Example] = []
    clear = 0
    for source in found:
        scores = detector.score(source.embeddings, source.unusable) if source.scores is None else source.scores
        here = [
            read_example(
                detector, source.embeddings, scores, source.recording, i, is_positive=is_positive, file=source.file
            )
            for i, is_positive in source.marks
            if is_readable(scores, i)
        ]
        here += unlabelled(detector, source.embeddings, scores, source.recording, source.beside, FREE)
        read = read_before(source, detector)
        examples += clear_of([replace(e, person=source.person) for e in here], read)
        clear += _unmarked(source, scores.valid, tuple(i for _, i in read), margin_us(detector.network))
    prior, threshold = prior_of(detector), log_odds(detector.threshold)

    def told(examples: Sequence[Example]) -> Told:
        added = fit_linear(examples, prior)
        return lambda e: np.asarray(e.log_odds + added.of(e.directions)[0] - threshold)

    return curve(examples, told, lambda e: e.log_odds - threshold, clear, progress=progress)


def _unmarked(source: Source, is_valid: NDArray[np.bool_], read: Intervals = (), margin: int = 0) -> int:
    """How many half seconds could be judged, are marked at no sensor of the person, and share no moment with what was
    read when the detector learned before."""
    starts = source.embeddings.grid.start_us
    wide = [Interval(i.start - margin, i.end + margin) for i in read]
    is_free = (overlap_fraction(starts, HOP_US, source.beside) < 0.5) & (overlap_fraction(starts, HOP_US, wide) == 0)
    return int((is_valid & is_free).sum())


def _fresh(examples: Sequence[Example]) -> Told:
    head, threshold = fit_head(examples), log_odds(fresh.best_threshold(examples))
    return lambda e: np.asarray(head.of(e.directions)[0] - threshold)


def _sources(
    store: Store, labels: Sequence[LabelRow], every: Sequence[LabelRow], settings: Settings, detector: Detector,
    owners: Mapping[str, str], wrong: Sequence[RejectedRow] = (), *,
    assessed: Assessed, kept: Callable[[str], Kept] | None = None,
) -> list[Source]:  # fmt: skip
    """Where some labels lie, and flags that were called wrong, and what of all labels is marked then.

    Parameters
    ----------
    kept
        Of a recording, where the scores of this detector may be had.
    """
    found: list[Source] = []
    marked = marked_then(every, owners)
    for identity in dict.fromkeys([*(x.recording for x in labels), *(f.recording for f in wrong)]):
        marks: list[Mark] = [
            (x.stream, x.interval, None if x.label.startswith(ALL) else not x.label.startswith(NOT))
            for x in labels
            if x.recording == identity
        ]
        here, embed = store.recording(identity), embed_of(store, identity, settings)
        clock = clock_of(identity, owners[identity], here.interval.start)
        beside = tuple(i for of, i in marked if of == clock)
        hard = [(f.stream, f.interval) for f in wrong if f.recording == identity]
        found += sources(
            here, marks, detector, embed, wrong=hard, beside=beside, kept=kept(identity) if kept else None,
            assessed=assessed, person=owners[identity], owners=owners,
        )  # fmt: skip
    return found


def _flags(
    store: Store, identity: str, detector: Detector, settings: Settings, assessed: Assessed
) -> tuple[dict[str, tuple[Interval, ...]], dict[str, int]]:
    recording, embed = store.recording(identity), embed_of(store, identity, settings)
    judged = [
        judge(stream, detector.phenomenon, [detector], assessed(recording, stream.name), embed)
        for stream in recording.streams
        if stream.placement in detector.placements
    ]
    return parted({j.stream: j.episodes for j in judged})
