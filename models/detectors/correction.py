"""What labelled examples add to a detector's log-odds, from the directions in which training vectors vary most."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

REACH = 4.0
"""Directions are cut at so many standard deviations: one odd half second must not outweigh the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """A posterior over a linear term, of the directions and of what low-rank matrices make of them.

    Equal only to itself.

    Parameters
    ----------
    weights
        ``(k + r + 1,)`` for the ``k`` directions, ``r`` bent ones and a constant.
    covariance
        ``(k + r + 1, k + r + 1)`` of the weights: the doubt that few examples leave (Laplace's approximation).
    inward
        ``(k + 1, r)`` whose columns make bent directions of the ``k`` and a constant; none where ``r`` is 0.
    """

    weights: NDArray[np.float64]
    covariance: NDArray[np.float64]
    inward: NDArray[np.float64] | None = None

    @property
    def rank(self) -> int:
        """Number of bent directions."""
        return 0 if self.inward is None else self.inward.shape[1]

    def of(self, directions: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What is added to the log-odds, and its variance.

        Parameters
        ----------
        directions
            ``(n, k)`` as :func:`cut` gives them; of float32 it is as exact as that is, and twice as fast.
        """
        x = directions if self.inward is None else bent(directions, self.inward)
        weights, covariance = self.weights.astype(x.dtype), self.covariance.astype(x.dtype)
        added = x @ weights[:-1] + weights[-1]
        # A column of ones would be a copy of all there is, and a week of a new class has a gigabyte.
        doubt = np.einsum("nj,nj->n", x @ covariance[:-1, :-1], x) + 2 * (x @ covariance[:-1, -1]) + covariance[-1, -1]
        return np.asarray(added, dtype=np.float64), np.asarray(doubt, dtype=np.float64)

    def scaled(self, share: float) -> Correction:
        """So large a share of it."""
        return Correction(share * self.weights, share**2 * self.covariance, self.inward)

    def raised(self, shift: float) -> Correction:
        """With so much more everywhere; the doubt stays."""
        return replace(self, weights=np.append(self.weights[:-1], self.weights[-1] + shift))

    def plus(self, later: Correction) -> Correction:
        """Both, one added to the other; their doubts are independent."""
        first, second, inward = _places(self, later)
        size = len(second) + self.rank
        weights, covariance = np.zeros(size), np.zeros((size, size))
        for one, at in ((self, first), (later, second)):
            weights[at] += one.weights
            covariance[np.ix_(at, at)] += one.covariance
        return Correction(weights, covariance, inward)

    def since(self, before: Correction) -> Correction:
        """What was added to ``before`` to make this one by :meth:`plus`."""
        whole = self.inward
        own = None if whole is None or whole.shape[1] == before.rank else whole[:, before.rank :]
        later = Correction(np.empty(len(self.weights) - before.rank), np.empty(0), own)
        first, second, _ = _places(before, later)
        weights, covariance = self.weights.copy(), self.covariance.copy()
        weights[first] -= before.weights
        covariance[np.ix_(first, first)] -= before.covariance
        return Correction(weights[second], covariance[np.ix_(second, second)], own)


def _places(
    one: Correction, other: Correction
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None]:
    """Where the weights of two corrections stand in those of both, and the low-rank matrix of both."""
    k = len(one.weights) - one.rank - 1
    last = k + one.rank + other.rank
    first, second = (
        np.concatenate([np.arange(k), np.arange(low, high), [last]])
        for low, high in ((k, k + one.rank), (k + one.rank, last))
    )
    found = [c.inward for c in (one, other) if c.inward is not None]
    return first, second, np.hstack(found) if found else None


def bent(directions: NDArray[np.floating], inward: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n, k + r)``: directions, then what a low-rank matrix makes of them and a constant, within -1 and 1."""
    return np.hstack([directions, np.tanh(with_constant(directions) @ inward)])


def cut(directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Whitened directions within :data:`REACH`."""
    return np.clip(np.asarray(directions, dtype=np.float64), -REACH, REACH)


def with_constant(directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """``(n, k + 1)``: a column of ones after the ``k`` others."""
    return np.hstack([directions, np.ones((len(directions), 1))])


@dataclass(frozen=True, slots=True)
class Taught:
    """One stretch that a person marked and a detector learned from; ``start_us`` and ``end_us`` by the recording.

    Parameters
    ----------
    recording
        The SHA-256 of its content: many exports have one file name for every patient, and no date. Folders that were
        made before it was kept have the file's name here.
    marked_us
        When, in microseconds since 1970 UTC; folders that were made before it was kept have None.
    file
        The recording's file, for people to read; empty where ``recording`` is its name.
    person
        Whose the recording was said to be; empty where nobody said, and in folders that were made before it was kept.
    """

    recording: str
    stream: str
    start_us: int
    end_us: int
    is_positive: bool
    annotator: str = ""
    marked_us: int | None = None
    file: str = ""
    person: str = ""

    @property
    def named(self) -> str:
        """What the recording is called where people read it."""
        return self.file or self.recording


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """What a detector learned from a few examples, and the examples that its flags rest on.

    Parameters
    ----------
    kind
        Of adapter.
    why
        Why this one, in a sentence.
    directions
        ``(n, k)`` float32, the mean directions of each of the ``n`` examples.
    unmarked
        What nobody had marked and it took for none; folders that were made before it was kept have nothing here.
    """

    kind: str
    why: str
    correction: Correction
    taught: tuple[Taught, ...]
    directions: NDArray[np.float32]
    unmarked: tuple[Taught, ...] = ()

    def nearest(self, directions: NDArray[np.floating], number: int = 3) -> list[tuple[Taught, float]]:
        """The examples most like a stretch, the nearest first, with the distance in standard deviations.

        Parameters
        ----------
        directions
            ``(m, k)`` of the stretch's half seconds.
        """
        away = np.linalg.norm(self.directions - np.mean(cut(directions), axis=0), axis=1)
        away /= np.sqrt(self.directions.shape[1])
        return [(self.taught[i], float(away[i])) for i in np.argsort(away, kind="stable")[:number]]
