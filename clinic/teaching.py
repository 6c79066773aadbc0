"""A detector taught with a rater's stored labels, tried on one recording, and taken over or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from clinic.adaptation import teach
from clinic.analysis import Embed, Settings, judge
from clinic.in_use import of_recording, with_detector
from clinic.marks import Mark
from clinic.sources import Assessed, Kept, Source, sources
from clinic.store import Store
from clinic.store.rows import LabelRow, RejectedRow
from clinic.stored import Now, analyse_stored, assessed_in, embedder
from data.errors import MotionwardError
from data.grid import half_seconds
from data.intervals import Interval, union
from data.labels import ALL, NOT, subject_of
from data.recording import Stream
from models.adapters.adapt import SHIPPED
from models.adapters.card import card_text
from models.adapters.choose import NOTHING_KNOWN, Gain
from models.adapters.example import Example, clock_of
from models.adapters.nearness import is_one_day, is_undated
from models.adapters.rescore import rescored
from models.detectors import Detector, folder_of
from models.detectors.correction import Taught
from models.scores import Certainty, Episode, Scores


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of teaching, and what the taught detector would flag in one recording.

    Parameters
    ----------
    detector
        Not stored yet; the very detector that was to be taught, where teaching is not expected to help.
    helps
        Whether it learned anything.
    is_shown
        Whether the expected gain is above zero with its whole 95 % interval; if not, who accepts gives a reason.
    why
        The reason, in a sentence.
    card
        For the detector's folder; empty where it learned nothing.
    flags
        Per stream that the detector serves, in order of time; unsure episodes are no flags.
    unsure
        How many of those there are, per stream.
    kind
        The adapter that was chosen.
    gain
        What is expected of it.
    warning
        What whoever decides must know beside the reason; empty where there is nothing.
    is_for_everybody
        Whether it learned from, and is for, every patient.
    """

    recording: str
    detector: Detector
    helps: bool
    is_shown: bool
    why: str
    card: str
    flags: dict[str, tuple[Interval, ...]]
    kind: str = SHIPPED
    gain: Gain = NOTHING_KNOWN
    warning: str = ""
    is_for_everybody: bool = False
    unsure: dict[str, int] = field(default_factory=dict)


ONE_DAY = "All that you marked lies within one day: how the detector does on another day is not known."
ONE_DAY_MORE = (
    "All that it would learn beside the detector that it starts from lies within one day: how it does on another day "
    "is not known."
)
UNDATED = (
    "Not all recordings with your marks have a date: whether they are of one day, and so how the detector does on "
    "another, is not known."
)


def trial(
    store: Store,
    recording: str,
    detector: Detector,
    rater: str,
    settings: Settings,
    *,
    everybody: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Trial:
    """Teach a detector with what a rater said of the recordings of this patient, or of all; nothing is stored.

    Learned from are the rater's labels and, as hard negatives, the flags that the rater called wrong. Flags that were
    called right teach nothing unless they became labels: they are those that the detector finds anyhow. What a
    cohort's detector learned from already does not teach it again. A flag that was called wrong teaches also once its
    recording was analysed anew, as it is when a detector is accepted.

    Parameters
    ----------
    everybody
        Learn from the recordings of every patient, for every patient.
    progress
        Told which share of the fitting is done.

    Raises
    ------
    MotionwardError
        If nothing is marked for it, or nothing can be learned from what is.
    """
    owners = {r.id: r.patient for r in store.recordings()}
    patient = None if everybody else owners[recording]
    known = detector.adapted.taught if detector.adapted else ()
    every = [x for x in store.labels(patient=patient, rater=rater) if subject_of(x.label) == detector.phenomenon]
    labels = [x for x in every if not any(is_taught(x, t) for t in known)]
    flags = [
        f for f in store.called_wrong(patient, detector.phenomenon, rater) if not any(is_taught(f, t) for t in known)
    ]
    marked = marked_then(every, owners)
    found: list[Source] = []
    assessed = assessed_in(store)
    for identity in dict.fromkeys([*(x.recording for x in labels), *(f.recording for f in flags)]):
        here = store.recording(identity)
        served = {s.name for s in here.streams if s.placement in detector.placements}
        marks: list[Mark] = [
            (x.stream, x.interval, None if x.label.startswith(ALL) else not x.label.startswith(NOT))
            for x in labels
            if x.recording == identity and x.stream in served
        ]
        wrong = [(f.stream, f.interval) for f in flags if f.recording == identity and f.stream in served]
        clock = clock_of(identity, owners[identity], here.interval.start)
        beside = tuple(i for of, i in marked if of == clock)
        found += sources(
            here, marks, detector, embed_of(store, identity, settings), wrong=wrong, beside=beside,
            kept=kept_scores(store, identity, detector, settings), assessed=assessed, person=owners[identity],
            owners=owners,
        )  # fmt: skip
    if not found:
        where = f"{detector.phenomenon} at: {', '.join(detector.placements)}"
        raise MotionwardError(
            f"You have marked no {where}: mark some episodes first."
            if len(labels) == len(every)
            else f"The detector that this starts from ({detector.version[:7]}) learned from all your marks of {where} "
            "already: mark more episodes first."
        )
    choice, examples = teach(found, detector, detector.phenomenon, rater, progress, of_others=everybody)
    helps = choice.kind != SHIPPED
    if helps:
        choice = replace(choice, detector=dated(choice.detector, [*labels, *flags]))
    ours = store.home.detectors(detector.version)
    text = ((ours if known else folder_of(detector.name)) / "card.md").read_text(encoding="utf-8")
    would, unsure = _flags(store, recording, detector, choice.detector, settings, assessed)
    return Trial(
        recording,
        choice.detector,
        helps,
        choice.gain.interval[0] > 0,
        choice.why,
        card_text(choice.detector, text, examples) if helps else "",
        would,
        choice.kind,
        choice.gain,
        warning_of(examples, starts_taught=bool(known)) if helps else "",
        everybody,
        unsure,
    )


def accept(
    store: Store, tried: Trial, settings: Settings, *, reason: str = "", actor: str, now: Now
) -> tuple[int, int]:
    """Store the taught detector as a new version and analyse the recording with it; other recordings stay.

    The detector and whom it judges are stored at once, before the analysis: who is stopped in between accepts again.

    Parameters
    ----------
    reason
        Why it is accepted, for the audit.

    Returns
    -------
    How many flags and how many unsure episodes there are now.

    Raises
    ------
    MotionwardError
        If it is not shown to help and no reason is given; nothing is stored then.
    """
    if not tried.is_shown and not reason.strip():
        raise MotionwardError("The new detector is not shown to help: say in a few words why you accept it.")
    kept = store.accept_detector(
        tried.detector, tried.card, recording=tried.recording, everybody=tried.is_for_everybody,
        reason=reason.strip(), actor=actor, now_us=now(),
    )  # fmt: skip
    using = with_detector(of_recording(store, tried.recording), kept)
    return analyse_stored(store, tried.recording, using, settings, actor=actor, now=now)


def warning_of(examples: Sequence[Example], first: str = "", *, starts_taught: bool = False) -> str:
    """What whoever decides about a detector must know of the examples that taught it.

    Parameters
    ----------
    starts_taught
        Whether the detector that it starts from learned from other marks before.
    """
    one_day = ONE_DAY_MORE if starts_taught else ONE_DAY
    days = one_day if is_one_day(examples) else UNDATED if is_undated(examples) else ""
    return " ".join(said for said in (first, days) if said)


def is_taught(said: LabelRow | RejectedRow, t: Taught) -> bool:
    """Whether a detector learned from the span of a label, or of a flag that was called wrong."""
    is_there = (said.recording, said.stream) == (t.recording, t.stream)
    return is_there and said.interval.overlaps(Interval(t.start_us, t.end_us))


def marked_then(labels: Sequence[LabelRow], owners: Mapping[str, str]) -> list[tuple[tuple[str, str], Interval]]:
    """What labels mark either way, each with whose clock it is told on.

    Parameters
    ----------
    owners
        Whose each recording is.
    """
    return [
        (clock_of(x.recording, owners[x.recording], x.interval.start), x.interval)
        for x in labels
        if not x.label.startswith(ALL)
    ]


def dated(detector: Detector, said: Sequence[LabelRow | RejectedRow]) -> Detector:
    """The detector with the time at which each of its examples was marked, or called wrong, as far as these tell it."""
    if detector.adapted is None:
        return detector

    def marked(t: Taught) -> int | None:
        return max((x.made_us for x in said if is_taught(x, t)), default=t.marked_us)

    taught = tuple(replace(t, marked_us=marked(t)) for t in detector.adapted.taught)
    return replace(detector, adapted=replace(detector.adapted, taught=taught))


def embed_of(store: Store, recording: str, settings: Settings) -> Embed:
    """Vectors of a stored recording: those that are kept, else made now and kept."""
    return store.remembering(recording, embedder(settings), settings.number_format)


def kept_scores(store: Store, identity: str, detector: Detector, settings: Settings) -> Kept:
    """What the present run of a recording gave each stream, where it used this very detector on the same vectors."""
    run = next(iter(store.runs(identity)), None)
    used = run.manifest["detectors"] if run else []
    is_same = run is not None and run.manifest["settings"]["number_format"] == settings.number_format

    def kept(stream: Stream) -> Scores | None:
        if run is None or not is_same or all(d["version"] != detector.version for d in used):
            return None
        if stream.placement not in detector.placements or detector.refuses(stream) is not None:
            return None
        grid, end = half_seconds(stream), stream.interval.end
        told = store.scores(run.id, stream.name, detector.phenomenon, stream.interval.start, end)
        if len(told["start_us"]) != len(grid):
            return None
        p, low, high = (told[name].astype(np.float32) for name in ("probability", "lower", "upper"))
        return Scores(stream.name, detector.phenomenon, grid, p, low, high, told["valid"].astype(bool))

    return kept


def _flags(
    store: Store, identity: str, before: Detector, taught: Detector, settings: Settings, assessed: Assessed
) -> tuple[dict[str, tuple[Interval, ...]], dict[str, int]]:
    """What a detector that was taught flags in a recording: from the scores of the one before where they are stored."""
    recording = store.recording(identity)
    embed, kept = embed_of(store, identity, settings), kept_scores(store, identity, before, settings)
    dialled = settings.of(taught)
    served = [s for s in recording.streams if s.placement in taught.placements]
    worn = store.spans(recording=identity, kinds=("worn",))
    out: dict[str, Sequence[Episode]] = {}
    for stream in served:
        scores = kept(stream)
        if scores is None:
            quality = assessed(recording, stream.name)
            found = judge(stream, taught.phenomenon, [dialled], quality, embed).episodes
        else:
            if taught is not before:
                scores = rescored(dialled, before, scores, embed(stream, dialled))
            here = union(w.interval for w in worn if w.stream == stream.name)
            found = dialled.episodes(scores, here, stream.placement)
        out[stream.name] = found
    return parted(out)


def parted(found: Mapping[str, Sequence[Episode]]) -> tuple[dict[str, tuple[Interval, ...]], dict[str, int]]:
    """The flags of each stream, and how many of its episodes are unsure and so none."""
    flags = {name: tuple(e.interval for e in of if e.certainty is Certainty.SURE) for name, of in found.items()}
    return flags, {name: len(of) - len(flags[name]) for name, of in found.items()}
