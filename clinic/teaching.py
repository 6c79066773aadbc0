"""A detector taught with a rater's stored labels, tried on one recording, and taken over or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clinic.adaptation import Source, sources, teach
from clinic.analysis import Embed, Settings, judge
from clinic.in_use import of_recording, with_detector
from clinic.intake import Now, analyse_stored, embedder
from clinic.store import Store
from clinic.store.rows import LabelRow
from data.errors import MotionwardError
from data.intervals import Interval
from data.labels import NOT, phenomenon_of
from data.quality import assess
from models.adapters.adapt import SHIPPED
from models.adapters.card import card_text
from models.detectors import Detector, folder_of
from models.detectors.correction import Taught
from models.scores import Certainty

_TWO_SIDED_95 = 1.96


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
    """

    recording: str
    detector: Detector
    helps: bool
    is_shown: bool
    why: str
    card: str
    flags: dict[str, tuple[Interval, ...]]


def trial(store: Store, recording: str, detector: Detector, rater: str, settings: Settings) -> Trial:
    """Teach a shipped detector with the labels that a rater gave the recordings of this patient; nothing is stored.

    Raises
    ------
    MotionwardError
        If nothing is marked for it, or nothing can be learned from what is.
    """
    patient = next(r.patient for r in store.recordings() if r.id == recording)
    labels = [x for x in store.labels(patient=patient, rater=rater) if phenomenon_of(x.label) == detector.phenomenon]
    found: list[Source] = []
    for identity in dict.fromkeys(x.recording for x in labels):
        here = store.recording(identity)
        served = {s.name for s in here.streams if s.placement in detector.placements}
        marks = [
            (x.stream, x.interval, not x.label.startswith(NOT))
            for x in labels
            if x.recording == identity and x.stream in served
        ]
        found += sources(here, marks, detector, _embed(store, identity, settings))
    if not found:
        raise MotionwardError(
            f"You have marked no {detector.phenomenon} at: {', '.join(detector.placements)}: mark some episodes first."
        )
    choice, examples = teach(found, detector, detector.phenomenon, rater)
    files = {r.id: r.file for r in store.recordings(patient)}
    choice = replace(choice, detector=_dated(choice.detector, labels, files))
    helps = choice.kind != SHIPPED
    text = (folder_of(detector.name) / "card.md").read_text(encoding="utf-8")
    card = card_text(choice.detector, text, examples) if helps else ""
    flags = _flags(store, recording, choice.detector, settings)
    is_shown = choice.gain.expected - _TWO_SIDED_95 * choice.gain.doubt > 0
    return Trial(recording, choice.detector, helps, is_shown, choice.why, card, flags)


def accept(
    store: Store, tried: Trial, settings: Settings, *, reason: str = "", actor: str, now: Now
) -> tuple[int, int]:
    """Store the taught detector as a new version and analyse the recording with it; other recordings stay.

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
    kept = store.keep_detector(
        tried.detector, tried.card, recording=tried.recording, reason=reason.strip(), actor=actor, now_us=now()
    )
    using = with_detector(of_recording(store, tried.recording), kept)
    return analyse_stored(store, tried.recording, using, settings, actor=actor, now=now)


def settings_of(store: Store, recording: str) -> Settings:
    """The settings of the present analysis of a recording."""
    run = next(iter(store.runs(recording)), None)
    return replace(Settings(), **run.manifest["settings"]) if run else Settings()


def _dated(detector: Detector, labels: Sequence[LabelRow], files: Mapping[str, str]) -> Detector:
    """The detector with the time at which each of its examples was marked, as far as these labels tell it."""
    if detector.adapted is None:
        return detector

    def marked(t: Taught) -> int | None:
        span = Interval(t.start_us, t.end_us)
        of = (x for x in labels if (files[x.recording], x.stream) == (t.recording, t.stream))
        return max((x.made_us for x in of if x.interval.overlaps(span)), default=t.marked_us)

    taught = tuple(replace(t, marked_us=marked(t)) for t in detector.adapted.taught)
    return replace(detector, adapted=replace(detector.adapted, taught=taught))


def _embed(store: Store, recording: str, settings: Settings) -> Embed:
    return store.remembering(recording, embedder(settings), settings.number_format)


def _flags(store: Store, identity: str, detector: Detector, settings: Settings) -> dict[str, tuple[Interval, ...]]:
    recording = store.recording(identity)
    quality, embed = assess(recording), _embed(store, identity, settings)
    out = {}
    for stream in recording.streams:
        if stream.placement in detector.placements:
            dialled = detector.at_false_alarms(settings.false_alarms_per_hour)
            found = judge(stream, detector.phenomenon, [dialled], quality.of(stream.name), embed)
            out[stream.name] = tuple(e.interval for e in found.episodes if e.certainty is Certainty.SURE)
    return out
