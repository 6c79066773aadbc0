"""What a number of marked episodes buys on this very data: a curve from repeated subsets of the marks.

Each time so many episodes teach, and the others, with time that is not marked, are judged: F1 of half seconds. What
shares a sample with what teaches is not judged, at whatever sensor. The subsets overlap, so their spread alone would
say too much; the interval widens it as Nadeau & Bengio (2003, Inference for the generalization error, Machine Learning
52:239-281) do for resampled tests.

Where the marks are of several patients, what is asked is how it does with a patient it never saw: one of them is left
out each time, the others' marks teach, and the interval is over patients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from models.adapters.choose import LINEAR, SHIPPED
from models.adapters.example import Example
from models.adapters.nearness import apart_from, moments, together

LEAST = 5
"""Marked episodes below which nothing is said; what two sensors have at once is one."""
LEFT_OUT = 2
"""Episodes that must be left to judge by."""
SHOTS = (1, 3, 5, 10, 20, 50)
DRAWS = 20
TRIES = 10
"""Of a draw that leaves something to judge by, where marks lie close together."""

Told = Callable[[Example], NDArray[np.float64]]
"""Of each half second of an example how far it lies above the threshold: flagged where positive."""
Teach = Callable[[Sequence[Example]], Told]


@dataclass(frozen=True, slots=True)
class Span95:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shot:
    """What is expected after so many marked episodes.

    Parameters
    ----------
    f1
        Of half seconds, on episodes and time left out.
    gain
        By how much it is above the detector as it was on the same; None where there was none.
    always
        The same F1 of flagging everything: what is no better has learned nothing.
    patients
        How many were left out, one at a time; 0 where episodes were.
    """

    episodes: int
    f1: Span95
    gain: Span95 | None
    always: float
    patients: int = 0


def curve(
    examples: Sequence[Example], teach: Teach, before: Told | None, clear: int, *, draws: int = DRAWS, seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> tuple[Shot, ...]:  # fmt: skip
    """The curve of a class; empty where too little is marked to say anything.

    Parameters
    ----------
    examples
        What is marked, with stretches that nobody marked (their weight is below 1).
    before
        The detector as it is; None for a phenomenon that nothing is shipped for.
    clear
        Half seconds that were judged and not marked: what the unmarked stretches stand for.
    progress
        Told which share of the lessons is done.
    """
    positive = [e for e in examples if e.is_positive]
    negative = _thinned([e for e in examples if not e.is_positive])
    if moments(positive) < LEAST or len(negative) < 2 * LEFT_OUT or len(read_together(negative)) < 2:
        return ()
    by_patient = len({e.person for e in positive}) > 1
    people = sorted({e.person for e in positive} & {e.person for e in negative}) if by_patient else []
    if by_patient and len(people) < 2:
        return ()
    most = min((sum(e.person != p for e in positive) for p in people), default=len(positive) - LEFT_OUT)

    def judged(taught: list[Example], left: list[Example], beside: list[Example]) -> tuple[float, float, float]:
        told, share = teach(taught), clear * len(left) / len(positive)
        was = f1(before, left, beside, share) if before else float("nan")
        return f1(told, left, beside, share), was, f1(_everything, left, beside, share)

    chance, shots = np.random.default_rng(seed), []
    able = [k for k in SHOTS if k <= most]
    for k in able:
        if people:
            # The interval is over patients: of each a few draws do, and each costs a fit of many heads.
            ratio, each = 1 / (len(people) - 1), range(max(1, draws // (2 * len(people))))
            drawn = ([_other_patients(positive, negative, p, k, chance) for _ in each] for p in people)
            values = np.array([np.mean([judged(*one) for one in of], axis=0) for of in drawn])
        else:
            tried = (_other_episodes(positive, negative, k, chance) for _ in range(draws))
            lessons = [one for one in tried if one is not None]
            if len(lessons) < draws / 2:  # so many leave nothing far enough away to judge by
                break
            ratio = float(np.mean([len(left) for _, left, _ in lessons])) / k
            values = np.array([judged(*one) for one in lessons])
        gain = _widened(values[:, 0] - values[:, 1], ratio, -1.0) if before else None
        shots.append(Shot(k, _widened(values[:, 0], ratio, 0.0), gain, float(values[:, 2].mean()), len(people)))
        if progress is not None:
            progress(sum(n for n in able if n <= k) / sum(able))  # what teaches more takes longer
    return tuple(shots)


def f1(told: Told, positive: Sequence[Example], negative: Sequence[Example], clear: float) -> float:
    """F1 of half seconds, where unmarked stretches stand for ``clear`` half seconds and marked ones for themselves."""
    found = sum(int((told(e) > 0).sum()) for e in positive)
    cells = sum(len(e.log_odds) for e in positive)
    free = sum(len(e.log_odds) for e in negative if e.weight < 1.0)
    wrong = sum(
        float((told(e) > 0).sum()) * (clear / free if e.weight < 1.0 else 1.0) for e in negative if len(e.log_odds)
    )
    return 2 * found / (found + wrong + cells)


def words(found: Sequence[Shot], marked: int, name: str) -> str:
    """The curve in a sentence or two, or that there is not enough to say."""
    if not found and marked < LEAST:
        return f"Not enough to say what marks of {name} bring: {marked} of at least {LEAST} episodes are marked."
    if not found:
        return f"Not enough to say what marks of {name} bring: too little lies far enough from them to judge by."
    first, *more = found
    said = [f"With {first.episodes} marked episode{'' if first.episodes == 1 else 's'} expect F1 {_in_words(first.f1)}"]
    said += [f"with {s.episodes} {_in_words(s.f1)}" for s in more]
    beyond = next((k for k in SHOTS if k > found[-1].episodes), None)
    how, need = "; each time the other episodes were looked for", f"{(beyond or 0) + LEFT_OUT} are marked"
    if beyond and marked >= beyond + LEFT_OUT:
        need = "more are marked far enough from the others"
    if first.patients:
        how = f" over {first.patients} patients; each time those of one were looked for, and the others' marks taught"
        need = f"{beyond} are marked whichever patient is left out"
    wait = f" What {beyond} bring can be told when {need}." if beyond else ""
    none = " What nobody marked counts as none, and a flag there as false."
    return f"{', '.join(said)} (95 % intervals{how}).{none}{wait}"


def gain_words(found: Sequence[Shot], kind: str = LINEAR, *, is_of_shipped: bool = False) -> str:
    """What the most episodes that could be tried bring against the detector as it was; empty where that is unknown.

    Parameters
    ----------
    kind
        The adapter that was chosen; each part of the curve is taught by the linear one.
    is_of_shipped
        Whether the curve is of the shipped detector, though another one was taught.
    """
    if not found or found[-1].gain is None:
        return ""
    last, gain = found[-1], found[-1].gain
    was = "as shipped" if is_of_shipped else "before"
    how = "rises" if gain.low > 0 else "falls" if gain.high < 0 else "may rise or fall"
    where = (
        f"On marks of {last.patients} patients, each left out once" if last.patients
        else "On parts of your recordings that it did not learn from"
    )  # fmt: skip
    said = (
        f"{where}, F1 {how}: {last.f1.value - gain.value:.2f} {was}, "
        f"{last.f1.value:.2f} with {last.episodes} of your episodes; the difference is {gain.value:+z.2f} "
        f"({gain.low:+z.2f} to {gain.high:+z.2f})."
    ).replace("-", "−")
    if kind not in (LINEAR, SHIPPED):
        said += f" The parts were taught by the linear adapter, not by the {kind} one that was chosen."
    if is_of_shipped:
        said += " This is of the shipped detector; the one that yours starts from has learned from other marks already."
    return said


def _other_episodes(
    positive: Sequence[Example], negative: Sequence[Example], k: int, chance: np.random.Generator
) -> tuple[list[Example], list[Example], list[Example]] | None:
    """What teaches: ``k`` episodes and half of the rest; then the episodes and the rest that share no sample with it.

    None where too little is left to judge by.
    """
    for _ in range(TRIES):
        taught = [positive[i] for i in chance.permutation(len(positive))[:k]]
        left = apart_from(positive, taught)
        more, beside = _parted(read_together(negative), len(negative) // 2, chance)
        more = apart_from(more, left)
        beside = apart_from(beside, [*taught, *more])
        if moments(left) >= LEFT_OUT and more and beside:
            return [*taught, *more], left, beside
    return None


def _parted(
    groups: Sequence[Sequence[Example]], number: int, chance: np.random.Generator
) -> tuple[list[Example], list[Example]]:
    """Whole groups in a random order until there are so many examples, and those of the groups that are left."""
    some: list[Example] = []
    rest: list[Example] = []
    for i in chance.permutation(len(groups)):
        (some if len(some) < number else rest).extend(groups[i])
    return some, rest


def read_together(examples: Sequence[Example]) -> list[list[Example]]:
    """Examples that were read from one moment, whatever their sensor, together; in the order given."""
    found = together(examples, lambda e: e.read)
    return [[examples[i] for i in sorted(of)] for of in sorted(found, key=min)]


def _thinned(examples: Sequence[Example]) -> list[Example]:
    """Without those of a sensor that share a sample with one that is kept; in the order given."""
    kept: set[int] = set()
    ends: dict[tuple[str, str], int] = {}
    for i in sorted(range(len(examples)), key=lambda i: examples[i].interval):
        e = examples[i]
        before = ends.get((e.recording, e.stream))
        if before is None or e.read.start >= before:
            kept.add(i)
            ends[e.recording, e.stream] = e.read.end
    return [e for i, e in enumerate(examples) if i in kept]


def _other_patients(
    positive: Sequence[Example], negative: Sequence[Example], left: str, k: int, chance: np.random.Generator
) -> tuple[list[Example], list[Example], list[Example]]:  # fmt: skip
    """The same where one patient is left out whole: ``k`` episodes of the others teach, with all that is beside."""
    able = [e for e in positive if e.person != left]
    taught = [able[i] for i in chance.permutation(len(able))[:k]] + [e for e in negative if e.person != left]
    return taught, [e for e in positive if e.person == left], [e for e in negative if e.person == left]


def _in_words(x: Span95) -> str:
    return f"{x.value:.2f} ({x.low:.2f} to {x.high:.2f})"


def _everything(example: Example) -> NDArray[np.float64]:
    return np.ones(len(example.log_odds))


def _widened(each: NDArray[np.float64], ratio: float, floor: float) -> Span95:
    n, mean = len(each), float(each.mean())
    half = float(stdtrit(n - 1, 0.975) * np.sqrt((1 / n + ratio) * each.var(ddof=1)))
    return Span95(mean, max(floor, mean - half), min(1.0, mean + half))
