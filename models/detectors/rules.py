"""From probabilities to episodes: open, close, merge, drop. Nothing here knows of people or networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.grid import HOP_US
from models.calibration import log_odds, sigmoid


@dataclass(frozen=True, slots=True)
class Rules:
    """How half seconds become episodes.

    Parameters
    ----------
    threshold
        Probability from which an episode opens.
    hysteresis
        In log-odds: an episode closes where the probability falls this far below the threshold.
    merge_gap_us
        Episodes closer than this become one.
    min_duration_us
        Episodes shorter than this are dropped.
    bridge_us
        Episodes with less than this between them are one where some of what lies between could not be judged: an
        impact hides which way is down, and one fall is not two. The shortest length is asked of each part.
    sure_from
        Peak probability from which an episode is called sure; None: the band decides.
    """

    threshold: float
    hysteresis: float
    merge_gap_us: int
    min_duration_us: int
    bridge_us: int = 0
    sure_from: float | None = None

    @property
    def closing(self) -> float:
        """Probability below which an episode closes."""
        return float(sigmoid(np.array([log_odds(self.threshold) - self.hysteresis]))[0])

    def within(self, probability: NDArray[np.float32], usable: NDArray[np.bool_]) -> list[tuple[int, int]]:
        """Half-open index ranges of the episodes in consecutive half seconds of which some may not be judged.

        Parameters
        ----------
        probability, usable
            ``(n,)``.
        """
        bridged: list[tuple[int, int]] = []
        for first, last in true_runs(usable):
            for a, b in self.episodes(probability[first:last]):
                start, stop = first + a, first + b
                before = bridged[-1][1] if bridged else start
                if (start - before) * HOP_US < self.bridge_us and not usable[before:start].all():
                    bridged[-1] = (bridged[-1][0], stop)
                else:
                    bridged.append((start, stop))
        return bridged

    def episodes(self, probability: NDArray[np.float32]) -> list[tuple[int, int]]:
        """Half-open index ranges of the episodes in one unbroken stretch of half seconds.

        Parameters
        ----------
        probability
            ``(n,)`` consecutive half seconds, all of which may be judged.
        """
        start, stop = _edges(probability >= self.closing)
        if len(start):
            # What lies between two runs is below the closing threshold: the highest up to the next run is the run's.
            opens = np.maximum.reduceat(probability, start) >= self.threshold
            start, stop = start[opens], stop[opens]
        if not len(start):
            return []
        parted = (start[1:] - stop[:-1]) * HOP_US >= self.merge_gap_us
        start, stop = start[np.append(True, parted)], stop[np.append(parted, True)]
        long = (stop - start) * HOP_US >= self.min_duration_us
        return list(zip(start[long].tolist(), stop[long].tolist(), strict=True))


def true_runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open index ranges of the runs of True."""
    start, stop = _edges(mask)
    return list(zip(start.tolist(), stop.tolist(), strict=True))


def _edges(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First indices of the runs of True, and those behind their ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, dtype=np.int8), [0]])))
    return edges[::2], edges[1::2]
