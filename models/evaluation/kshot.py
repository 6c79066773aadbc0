"""What k labelled episodes of a person buy on time of the same person that nobody labelled: the k-shot protocol.

Support and query never touch: they come from different recordings, or where a person has one, from its two ends, with
a guard between them in either case. What several sensors recorded at once is one recording: the same episodes lie in
all of them.
People are the unit of every interval; the same splits serve every k, so rows can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.grid import HOP_US
from data.intervals import Interval
from models.detectors.rules import true_runs
from models.evaluation.metrics import auroc, average_precision
from models.evaluation.splits import resampled

SHOTS = (1, 3, 5, 10, 20, 50)
DRAWS = 20
GUARD_CELLS = 120
"""Half seconds between support and query: a minute, more than a detector reads to both sides together."""
CLEAR_CELLS = 10
"""A stretch without the phenomenon is at most so long."""
LEAST_MARKED = 10
"""Half seconds with the phenomenon that the query of a person must hold."""
HARM = 0.02

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Take:
    """One unbroken recording of one person.

    Parameters
    ----------
    truth, judged
        ``(n,)`` bool, for each half second.
    recording
        What the takes of sensors that recorded at once have in common; empty for one of its own.
    recorded
        When, where that is known.
    """

    person: str
    name: str
    truth: Bools
    judged: Bools
    recording: str = ""
    recorded: Interval | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A labelled stretch: the half seconds ``[first, last)`` of a take."""

    take: Take
    first: int
    last: int
    is_positive: bool


Score = Callable[[Take], NDArray[np.floating]]
"""``(n,)`` log-odds above the threshold for each half second of a take: 0 and more is flagged."""
Teach = Callable[[Sequence[Shot]], Score]
"""A detector from its support: k episodes and as many stretches without; none gives it as it is."""


@dataclass(frozen=True, slots=True)
class Split:
    """One draw of one person: labelled stretches in random order, and where they are tried.

    Parameters
    ----------
    query
        Takes with the half seconds ``(n,)`` that count.
    """

    person: str
    positives: tuple[Shot, ...]
    negatives: tuple[Shot, ...]
    query: tuple[tuple[Take, Bools], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure at one k: mean over people of the means of their draws, with 95 % intervals over people.

    Parameters
    ----------
    gain
        Against the detector without a label, on the same splits.
    harmed
        Share of the people who lose more than :data:`HARM` by it.
    """

    k: int
    metric: str
    value: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    harmed: float
    people: int


def splits(takes: Sequence[Take], seed: int, draws: int = DRAWS) -> tuple[Split, ...]:
    """The draws of every person who has labels on both sides; others are left out."""
    rng = np.random.default_rng(seed)
    out = []
    for person in sorted({t.person for t in takes}):
        own = [t for t in takes if t.person == person]
        parts: dict[tuple[str, str], list[Take]] = {}
        for t in own:
            parts.setdefault((t.recording, "" if t.recording else t.name), []).append(t)
        most = max(own, key=lambda t: int((t.truth & t.judged).sum()))  # of several sensors, one is cut in two
        for _ in range(draws):
            support, query = _by_recording([*parts.values()], rng) if len(parts) > 1 else _by_time(most, rng)
            positives, negatives = (_shots(support, rng, is_positive=side) for side in (True, False))
            marked = sum(int((t.truth & keep).sum()) for t, keep in query)
            if positives and negatives and marked >= LEAST_MARKED:
                out.append(Split(person, positives, negatives, query))
    return tuple(out)


Part = tuple[tuple[Take, Bools], ...]


def _by_recording(parts: Sequence[Sequence[Take]], rng: np.random.Generator) -> tuple[Part, Part]:
    order = rng.permutation(len(parts))
    half = len(parts) // 2
    one, other = ([t for i in side for t in parts[i]] for side in (order[:half], order[half:]))
    return tuple((t, t.judged) for t in one), tuple((t, t.judged & _is_apart(t, one)) for t in other)


def _is_apart(take: Take, others: Sequence[Take]) -> Bools:
    """Half seconds a guard away from other recordings: a logger may begin a new file where it ended the last."""
    apart = np.ones(len(take.truth), dtype=bool)
    for other in others:
        if take.recorded is None or other.recorded is None:
            continue
        first = GUARD_CELLS - (take.recorded.start - other.recorded.end) // HOP_US
        last = GUARD_CELLS - (other.recorded.start - take.recorded.end) // HOP_US
        if other.recorded.end <= take.recorded.start:
            apart[: max(0, first)] = False
        else:
            apart[max(0, len(apart) - max(0, last)) :] = False
    return apart


def _by_time(take: Take, rng: np.random.Generator) -> tuple[Part, Part]:
    """Its two ends, cut somewhere between its episodes, either of them first."""
    n, half = len(take.truth), GUARD_CELLS // 2
    there = np.flatnonzero(take.truth & take.judged)
    low, high = (int(there[0]) + half, int(there[-1]) - half) if len(there) else (n // 2, n // 2)
    at = int(rng.integers(low, max(low + 1, high)))
    cells = np.arange(n)
    first, last = take.judged & (cells < at - half), take.judged & (cells >= at + half)
    return (((take, first),), ((take, last),)) if rng.random() < 0.5 else (((take, last),), ((take, first),))


def _shots(part: Part, rng: np.random.Generator, *, is_positive: bool) -> tuple[Shot, ...]:
    found = [
        Shot(take, a, b if is_positive else min(b, a + CLEAR_CELLS), is_positive)
        for take, keep in part
        for a, b in true_runs(keep & (take.truth == is_positive))
    ]
    return tuple(found[i] for i in rng.permutation(len(found)))


def figures(score: Score, query: Part) -> tuple[float, float, float]:
    """F1 of half seconds, AUROC and average precision on the query."""
    z = np.concatenate([np.asarray(score(take))[keep] for take, keep in query])
    y = np.concatenate([take.truth[keep] for take, keep in query])
    flagged = z >= 0
    f1 = 2 * float((flagged & y).sum()) / max(1, int(flagged.sum() + y.sum()))
    return f1, auroc(z, y), average_precision(z, y)


METRICS = ("f1", "auroc", "ap")


def kshot(
    takes: Sequence[Take], teach: Teach, seed: int, *, shots: Sequence[int] = SHOTS, draws: int = DRAWS
) -> tuple[Row, ...]:
    """Every figure at every k for which somebody has so many episodes in a support; at k = 0 the detector as it is.

    A person counts at a k with the draws that hold k episodes; that the same people stand behind two rows, the number
    of people tells.
    """
    found = splits(takes, seed, draws)
    if not found:
        return ()
    as_it_is = teach(())
    before = [figures(as_it_is, s.query) for s in found]
    rows = []
    for k in (0, *shots):
        each: dict[str, list[tuple[tuple[float, ...], tuple[float, ...]]]] = {}
        for s, was in zip(found, before, strict=True):
            if len(s.positives) >= k:
                now = figures(teach((*s.positives[:k], *s.negatives[:k])), s.query) if k else was
                each.setdefault(s.person, []).append((now, was))
        if each:
            rows += _rows(k, each, seed)
    return tuple(rows)


def _rows(k: int, each: dict[str, list[tuple[tuple[float, ...], tuple[float, ...]]]], seed: int) -> list[Row]:
    means = np.array([np.mean(np.array(v), axis=0) for v in each.values()])  # (people, now and before, metrics)
    now, was = means.mean(axis=0)
    drawn = resampled(means, 2000, seed)
    low, high = np.quantile(drawn[:, 0], [0.025, 0.975], axis=0)
    gain_low, gain_high = np.quantile(drawn[:, 0] - drawn[:, 1], [0.025, 0.975], axis=0)
    harmed = np.mean(means[:, 0] < means[:, 1] - HARM, axis=0)
    return [
        Row(
            k, name, float(now[i]), float(low[i]), float(high[i]), float(now[i] - was[i]), float(gain_low[i]),
            float(gain_high[i]), float(harmed[i]), len(means),
        )
        for i, name in enumerate(METRICS)
    ]  # fmt: skip
