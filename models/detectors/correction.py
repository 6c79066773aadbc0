"""What labelled examples add to a detector's log-odds: linear in the directions in which training vectors vary most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REACH = 4.0
"""Directions are cut at so many standard deviations: one odd half second must not outweigh the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """A posterior over a linear term; equal only to itself.

    Parameters
    ----------
    weights
        ``(k + 1,)`` for the ``k`` directions and a constant.
    covariance
        ``(k + 1, k + 1)`` of the weights: the doubt that few examples leave (Laplace's approximation).
    """

    weights: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def of(self, directions: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What is added to the log-odds, and its variance.

        Parameters
        ----------
        directions
            ``(n, k)`` as :func:`cut` gives them.
        """
        x = with_constant(directions)
        return x @ self.weights, np.einsum("nj,nj->n", x @ self.covariance, x)


def cut(directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Whitened directions within :data:`REACH`."""
    return np.clip(np.asarray(directions, dtype=np.float64), -REACH, REACH)


def with_constant(directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """``(n, k + 1)``: a column of ones after the ``k`` others."""
    return np.hstack([directions, np.ones((len(directions), 1))])


@dataclass(frozen=True, slots=True)
class Taught:
    """One stretch that a person marked and a detector learned from; ``start_us`` and ``end_us`` by the recording.

    ``marked_us`` says when, in microseconds since 1970 UTC; folders that were made before it was kept have None.
    """

    recording: str
    stream: str
    start_us: int
    end_us: int
    is_positive: bool
    annotator: str = ""
    marked_us: int | None = None


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
    """

    kind: str
    why: str
    correction: Correction
    taught: tuple[Taught, ...]
    directions: NDArray[np.float32]

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
