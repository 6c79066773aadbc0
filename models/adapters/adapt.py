"""A detector and its support set in, a detector that learned from it out; or the same one, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.adapters.choose import (
    FEW,
    FOLDS,
    LINEAR,
    LOW_RANK,
    NOTHING_KNOWN,
    PROTOTYPE,
    SHIPPED,
    Chosen,
    Gain,
    Progress,
    choose_adapter,
    fell,
    is_telling,
)
from models.adapters.example import Example
from models.adapters.held_out import held_at, judged_apart
from models.adapters.nearness import by_person, moments
from models.adapters.rate import learned_rate
from models.calibration import log_odds
from models.detectors import Detector, Personal
from models.detectors.correction import Adapted, Correction, Taught
from models.detectors.held import Held

__all__ = ["LINEAR", "LOW_RANK", "PROTOTYPE", "SHIPPED", "Choice", "adapt", "prior_of", "with_correction"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What came of a support set.

    Parameters
    ----------
    detector
        With what it learned; the very same as before where nothing was.
    kind
        The adapter that was chosen, or ``as it is``.
    why
        The reason, in a sentence.
    """

    detector: Detector
    kind: str
    why: str
    gain: Gain


def adapt(
    detector: Detector, examples: Sequence[Example], annotator: str = "", progress: Progress | None = None, *,
    of_others: bool = False,
) -> Choice:  # fmt: skip
    """Adapt a detector to one patient (or cohort) where that is expected to help; without examples it stays as it is.

    Parameters
    ----------
    examples
        As this detector reads them (:func:`models.adapters.support.read_example`).
    annotator
        Who marked them.
    progress
        Told which share of the fitting is done.
    of_others
        Whether it is for people who are not marked, too.
    """
    marked = sum(e.is_positive for e in examples)
    if not marked:
        return Choice(detector, SHIPPED, "No episode is marked: the detector stays as it is.", NOTHING_KNOWN)
    prior = prior_of(detector)
    chosen = choose_adapter(examples, prior, progress, of_others=of_others)
    why = _why(
        chosen, examples, is_known=detector.personal is not None, is_first=not _has_learned_from(detector, examples),
        of_others=of_others,
    )  # fmt: skip
    if chosen.correction is None:
        if any(e.is_unselected for e in examples):
            why = f"{why} The share of time stays too, though some stretches were wholly marked."
        return Choice(detector, SHIPPED, why, chosen.gain)
    rate = learned_rate(examples, chosen.correction, chosen.fit, prior, of_others=of_others)
    why = f"{why} {rate.why}".strip()
    made = with_correction(detector, chosen.correction.raised(rate.shift), examples, chosen.kind, why, annotator)
    lesson = None if of_others or detector.adapted is not None else detector.lesson
    if lesson is not None:  # others were taught so, too
        made = replace(made, points=lesson.points, held=lesson.held)
    else:  # what was promised of the detector before says nothing of this one
        points = tuple(replace(p, sure_from=()) for p in detector.points)
        made = replace(made, points=points, held=_held(examples, chosen, rate.shift, detector.base_rate))
    return Choice(made, chosen.kind, why, chosen.gain)


def _held(examples: Sequence[Example], chosen: Chosen, shift: float, base_rate: float | None) -> Held | None:
    """How far examples left out hold, as the detector that was chosen judges those that did not teach it."""
    told = judged_apart(examples, chosen.fit, FOLDS if chosen.kind == LOW_RANK else None)
    return held_at([(e, e.log_odds + added + shift) for e, added in told if not e.is_known], base_rate)


def prior_of(detector: Detector) -> Personal:
    """What is known of adapting a detector; where no patients showed it, that nothing is to be expected."""
    return detector.personal or Personal(
        log_odds(detector.threshold), (0.0, 0.0), (1.0, 1.0), (0.0, 0.0), 0.5, gain=-0.01, gain_sd=0.05,
        episode_sd=(0.2, 0.2),
    )  # fmt: skip


def with_correction(
    detector: Detector, found: Correction, examples: Sequence[Example], kind: str, why: str, annotator: str = ""
) -> Detector:
    """The detector with a correction added to the one it may have already; its version is given when it is saved."""
    before = detector.adapted
    if before is not None:
        found = before.correction.plus(found)
    marked = [e for e in examples if e.weight == 1.0]
    taught = tuple(_taught(e, annotator) for e in marked)
    unmarked = tuple(_taught(e, "") for e in examples if e.weight < 1.0)
    directions = np.array([e.directions.mean(axis=0) for e in marked], dtype=np.float32)
    if before is not None:
        taught, unmarked = (*before.taught, *taught), (*before.unmarked, *unmarked)
        directions = np.concatenate([before.directions, directions])
    # The folder of the parent keeps what it measured; nobody has measured this one.
    return replace(
        detector,
        version="",
        parent=detector.version,
        adapted=Adapted(kind, why, found, taught, directions, unmarked),
        measured={},
        held=None,
        lesson=None,
    )


def _taught(e: Example, annotator: str) -> Taught:
    there = e.interval
    return Taught(
        e.recording, e.stream, there.start, there.end, e.is_positive, annotator, file=e.file, person=e.person
    )  # fmt: skip


def _has_learned_from(detector: Detector, examples: Sequence[Example]) -> bool:
    """Whether it was taught before with marks of somebody whose these are."""
    taught = detector.adapted.taught if detector.adapted else ()
    people, recordings = {t.person for t in taught} - {""}, {t.recording for t in taught}
    return any(e.is_known or e.person in people or e.recording in recordings for e in examples)


def _why(chosen: Chosen, examples: Sequence[Example], *, is_known: bool, is_first: bool, of_others: bool) -> str:
    """The reason.

    Parameters
    ----------
    is_known
        Whether other patients showed anything of adapting this detector.
    is_first
        Whether it learns from this patient for the first time, as it did from those.
    """
    gain, kept, marked = chosen.gain, chosen.correction is None, sum(e.is_positive for e in examples)
    episodes = "1 marked episode" if marked == 1 else f"{marked} marked episodes"
    told = "The detector stays as it is" if kept else f"The {chosen.kind} adapter is used"
    others = [kind for kind in chosen.tried if kind != chosen.kind]
    beside = f" Tried beside it: {', '.join(others)}." if others and not kept else ""
    if kept and len(chosen.tried) > 1:
        beside = f" Tried: {', '.join(chosen.tried)}."
    before = _known_before(examples)
    first = "" if is_first else ", of whom it had learned nothing before"
    if of_others:
        beside = beside if np.isfinite(gain.measured) else ""  # nothing was tried where nobody could be left out
        return f"{told}: {_of_others(gain, examples, episodes)}.{before}{beside}"
    if not np.isfinite(gain.measured):
        times = moments([e for e in examples if e.is_positive])
        if times < FEW:
            at = "" if times == marked else f" at {'one time' if times == 1 else f'{times} times'}, in several signals,"
            little = f"{episodes}{at} {'says too little of itself' if marked == 1 else 'say too little of themselves'}"
        elif marked == len(examples):
            little = f"nothing is there to tell {episodes} from (mark some time without any as well)"
        elif is_telling([replace(e, is_known=False) for e in examples]):
            little = (
                f"{episodes} say too little of themselves where the detector learned before within {_apart(examples)} "
                "of them, or of the time beside them"
            )
        else:
            little = f"{episodes} say too little of themselves where they lie less than {_apart(examples)} apart"
        shown = (
            f"where other patients were adapted to{first}, its error {fell(gain.expected)} (logistic loss, standard "
            f"deviation {gain.doubt:.3f})"
            if is_known
            else "no other patients showed what adapting this detector brings"
        )
        return f"{told}: {little}, and {shown}.{before}{beside}"
    given = (
        f"with what other patients showed{first}"
        if is_known
        else "with a doubt, since no other patients showed what it brings"
    )
    return (
        f"{told}: where each example of {episodes} was left out once, its error there {fell(gain.measured)} (logistic "
        f"loss, standard error {gain.error:.3f}); {given}, it should {_should(gain)} "
        f"elsewhere{_between(gain)}.{before}{beside}"
    )


def _should(gain: Gain) -> str:
    return fell(gain.expected, "fall", "rise")


def _between(gain: Gain) -> str:
    low, high = (fell(end, "fall", "rise") for end in gain.interval)
    return f" (95 % interval: {low} to {high})"


def _known_before(examples: Sequence[Example]) -> str:
    """That some marks say nothing of the gain: the detector was taught then before; empty where there are none."""
    # What is left between the marks of a wholly marked stretch is no mark of its own.
    known = sum(e.is_known for e in examples if e.is_positive or (e.weight == 1.0 and not e.is_unselected))
    if not known:
        return ""
    lie, were = ("mark lies", "was") if known == 1 else ("marks lie", "were")
    return (
        f" {known} {lie} within {_apart(examples)} of what the detector learned from before and {were} not judged: "
        "mark another time to know more."
    )


def _apart(examples: Sequence[Example]) -> str:
    """How far examples lie from one another that share nothing that they are told from."""
    return f"{2 * max(e.margin_us for e in examples) / 1e6:.0f} s"


def _of_others(gain: Gain, examples: Sequence[Example], episodes: str) -> str:
    """Why a detector for every patient is, or is not, another than before."""
    people = len({e.person for e in examples if e.is_positive})
    if people < 2:
        tell = "tells" if episodes.startswith("1 ") else "tell"
        return (
            f"{episodes} of one patient {tell} nothing of others, for whom such a detector became worse in the trials"
        )
    if not np.isfinite(gain.measured):
        before = f", {_apart(examples)} from what it learned from before" if any(e.is_known for e in examples) else ""
        return (
            f"{episodes} of {people} patients say too little of one another (it takes {FEW}, and two patients who have "
            f"both marked episodes and time without any{before})"
        )
    judged = len(by_person([e for e in examples if not e.is_known]))
    return (
        f"where each of {judged} patients was left out once, its error there {fell(gain.measured)} (logistic loss, "
        f"standard error {gain.error:.3f}); with a doubt, since nothing else shows what marks of some bring to others, "
        f"it should {_should(gain)} in one more patient{_between(gain)}"
    )
