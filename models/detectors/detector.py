"""A detector: vectors in, a calibrated probability for each half second and episodes out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError
from data.grid import HOP_US, Grid
from data.intervals import Interval, Intervals, overlap_fraction, runs_of
from data.recording import Placement, Stream
from models.calibration import Calibration, Known
from models.detectors.correction import REACH, Adapted, cut
from models.detectors.held import Held, Lesson
from models.detectors.network import Network, Rows
from models.detectors.personal import Personal
from models.detectors.points import OperatingPoint
from models.detectors.rules import Rules
from models.detectors.unseen import within_budget
from models.scores import UNKNOWN, Certainty, Episode, Scores
from models.workers import in_order

if TYPE_CHECKING:
    from models.embedding import Embeddings

CHUNK_CELLS = 1800
"""Half seconds scored at once: a quarter of an hour stays in a processor's cache."""

NO_GRAVITY = "which way is down could not be told"


@dataclass(frozen=True, slots=True)
class _Run:
    """The vectors of one run of a grid, counted from its first."""

    vectors: Rows
    start: int

    def __getitem__(self, rows: slice, /) -> NDArray[np.floating]:
        return np.asarray(self.vectors[slice(self.start + rows.start, self.start + rows.stop)])


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds one phenomenon in the vectors of a stream.

    Parameters
    ----------
    name
        ``<phenomenon>-<placement>``, file-safe.
    version
        Hash of its folder's content.
    encoder, encoder_version
        Name of the encoder whose vectors it reads, and the version it was trained with.
    encoder_folder
        Where its own encoder lies, when it came with the detector; None for one of the program.
    channels
        What the encoder may use: what was there in training.
    min_rate_hz
        Slower streams are refused.
    points
        Operating points by rising threshold.
    measured
        Figures and the people they were measured on, as in the folder; for people to read.
    personal
        What other patients showed about adapting it; None where too few did.
    adapted
        What it learned from a few examples beyond its parent.
    held
        How far it held on what had not taught it; None where nobody taught it, or nothing could be left out.
    lesson
        What a few episodes of each of other people made of it; None where that was not measured.
    base_rate
        Share of time with the phenomenon in the people whom its probabilities were calibrated on; None where that is
        not known, as of a phenomenon that somebody named.
    """

    name: str
    version: str
    phenomenon: str
    placements: tuple[Placement, ...]
    encoder: str
    encoder_version: str
    channels: tuple[str, ...]
    min_rate_hz: float
    rules: Rules
    calibration: Calibration
    points: tuple[OperatingPoint, ...]
    network: Network = field(repr=False, compare=False)
    known: Known = field(repr=False, compare=False)
    encoder_folder: Path | None = field(default=None, compare=False)
    parent: str | None = None
    measured: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # Any: JSON
    personal: Personal | None = field(default=None, repr=False)
    adapted: Adapted | None = field(default=None, repr=False, compare=False)
    held: Held | None = field(default=None, repr=False, compare=False)
    lesson: Lesson | None = field(default=None, repr=False, compare=False)
    base_rate: float | None = field(default=None, compare=False)

    @property
    def threshold(self) -> float:
        """Probability from which an episode opens."""
        return self.rules.threshold

    @property
    def promises_flags(self) -> bool:
        """Whether something was measured that can be promised of its flags."""
        return any(p.sure_from for p in self.points)

    def refuses(self, stream: Stream) -> str | None:
        """Why this stream cannot be judged, in words; None when it can."""
        missing = [c for c in self.channels if c not in stream.channels]
        if missing:
            kind = "acceleration" if missing[0].startswith("acc") else "turning rate"
            needed = sum(c[:3] == missing[0][:3] for c in self.channels)
            gone = sum(c[:3] == missing[0][:3] for c in missing)
            if gone == needed:
                return f"no {kind} was recorded"
            return f"{gone} of {needed} axes of {kind} {'is' if gone == 1 else 'are'} missing"
        if stream.rate_hz < self.min_rate_hz:
            return f"{stream.rate_hz:g} samples a second are too few: needs {self.min_rate_hz:g}"
        return None

    def at_false_alarms(self, per_hour: float | None) -> Detector:
        """The same detector at the lowest threshold down to which every higher one keeps to so many false alarms.

        None keeps the threshold; what no threshold reaches gives the highest one. A threshold that makes one long
        flag of everything has few false alarms too; coming down from the top it is never reached.

        Raises
        ------
        ValueError
            If the number is not positive.
        """
        if per_hour is None:
            return self
        if not per_hour > 0:
            raise ValueError(f"false alarms an hour must be a positive number, not {per_hour:g}")
        threshold = self.threshold
        if self.points:
            at = within_budget([p.false_alarms_per_hour for p in self.points], per_hour)
            threshold = self.points[at].threshold
        return replace(self, rules=replace(self.rules, threshold=threshold))

    def promising(self, share: float | None) -> Detector:
        """The same detector, calling so few flags sure that a promise holds; as it was where it can promise nothing.

        Of a new person's flags, in the mean over people, at least this share is not both called sure and false:
        measured at each operating point, of a taught detector with other people who taught it as well. Of a phenomenon
        that somebody named nothing is known of flags, and half seconds are promised (:class:`Held`). What was taught
        since it was measured promises nothing.

        Parameters
        ----------
        share
            One of :data:`models.detectors.points.PROMISES`; None: by the band.
        """
        point = next((p for p in self.points if p.threshold == self.threshold), None)
        if share is None or (self.adapted is not None and self.held is None):
            return self
        wanted = point.promised(share) if point is not None and point.sure_from else None
        if self.held is not None and not self.promises_flags:
            wanted = self.held.surely(share)
        return self if wanted is None else replace(self, rules=replace(self.rules, sure_from=wanted))

    def promise(self, share: float | None) -> str:
        """What calling a flag sure promises of a detector that was taught; empty where that is nothing."""
        if share is None or self.held is None or self.promising(share).rules.sure_from is None:
            return ""
        return self.held.promise(share, self.phenomenon, of_flags=self.promises_flags)

    def score(self, embeddings: Embeddings, unusable: tuple[tuple[Interval, str], ...]) -> Scores:
        """Probability of each half second; nothing is read across a gap.

        Parameters
        ----------
        unusable
            Stretches that nobody may judge, with the reason; half seconds that touch one are not read either.

        Raises
        ------
        MotionwardError
            If the vectors are those of another encoder.
        """
        if embeddings.encoder != self.encoder_version:
            raise MotionwardError(
                f"Detector {self.name} reads vectors of encoder {self.encoder} {self.encoder_version}, these are of "
                f"{embeddings.encoder}: install the detector that belongs to the encoder, or train it anew."
            )
        grid, n = embeddings.grid, len(embeddings.grid)
        readable = np.array(embeddings.valid, dtype=bool)
        reasons: list[tuple[Interval, str]] = [(i, NO_GRAVITY) for i in runs_of(~readable, grid.start_us, HOP_US)]
        for reason in dict.fromkeys(r for _, r in unusable):
            touched = overlap_fraction(grid.start_us, HOP_US, [i for i, r in unusable if r == reason]) > 0
            readable &= ~touched
            reasons += [(i, reason) for i in runs_of(touched, grid.start_us, HOP_US)]
        probability, lower, upper = (np.zeros(n, dtype=np.float32) for _ in range(3))
        distance = np.zeros(n, dtype=np.float32)
        runs = [(run, first) for run in grid.runs for first in range(0, run.stop - run.start, CHUNK_CELLS)]

        def judge(piece: tuple[slice, int]) -> tuple[NDArray[np.float32], ...]:
            run, first = piece
            inside, here = (
                _Run(embeddings.vectors, run.start),
                slice(first, min(first + CHUNK_CELLS, run.stop - run.start)),
            )
            if not self.network.members and self.adapted is None:  # nothing is known yet, and nothing unfamiliar
                even, nothing = (np.full(here.stop - here.start, v, dtype=np.float32) for v in (0.5, 0.0))
                return even, nothing, even + even, nothing
            mean, spread, seen = self.network.read(inside, readable[run], here)
            moved, doubt = self.taught(seen)
            return *self.calibration.probability(mean, spread, moved, doubt), self.known.distance(seen)

        done = 0
        for each in in_order(judge, runs):
            here = slice(done, done + len(each[0]))
            probability[here], lower[here], upper[here], distance[here] = each
            done = here.stop
        outside = readable & (distance > self.known.outside)
        reasons += [(i, UNKNOWN) for i in runs_of(outside, grid.start_us, HOP_US)]
        edge = distance > self.known.edge
        lower[edge], upper[edge] = 0.0, 1.0
        valid = readable & ~outside
        for values in (probability, lower, upper):
            values[~valid] = 0.0
            values.setflags(write=False)
        valid.setflags(write=False)
        return Scores(
            embeddings.stream, self.phenomenon, grid, probability, lower, upper, valid, tuple(sorted(reasons))
        )

    def taught(self, seen: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What examples add to the calibrated log-odds of standardised vectors ``(n, d)``, and its variance."""
        if self.adapted is None:
            return np.zeros(len(seen)), np.zeros(len(seen))
        return self.adapted.correction.of(self.directions(seen))

    def directions(self, seen: NDArray[np.float32]) -> NDArray[np.floating]:
        """``(n, k)``: what examples are told by, of standardised vectors ``(n, d)``.

        Those in which training vectors vary most; without training all there is, in float32.
        """
        return cut(self.known.whitened(seen)) if self.network.members else np.clip(seen, -REACH, REACH)

    def episodes(self, scores: Scores, worn: Intervals, placement: Placement) -> tuple[Episode, ...]:
        """The stretches that this detector flags, in order of time.

        None crosses a gap; none what could not be judged or was not worn, unless the rules bridge it. An episode is
        sure when even the lower end of the band reaches the closing threshold somewhere in it, or, where something is
        promised, when its peak is as high as that takes.
        """
        usable = scores.valid & (overlap_fraction(scores.grid.start_us, HOP_US, worn) >= 1.0)
        found: list[Episode] = []
        for run in scores.grid.runs:
            for a, b in self.rules.within(scores.probability[run], usable[run]):
                found.append(self._episode(scores, slice(run.start + a, run.start + b), usable, placement))
        return tuple(found)

    def _episode(self, scores: Scores, cells: slice, usable: NDArray[np.bool_], placement: Placement) -> Episode:
        told = usable[cells]
        p = scores.probability[cells][told]
        start = int(scores.grid.start_us[cells.start])
        wanted, peak = self.rules.sure_from, float(p.max())
        # As numbers of full width: the cut-off lies one step of these above a peak that has to stay below it.
        sure = float(scores.lower[cells][told].max()) >= self.rules.closing if wanted is None else peak >= wanted
        return Episode(
            Interval(start, start + len(told) * HOP_US),
            scores.stream,
            scores.phenomenon,
            placement,
            peak,
            float(p.mean(dtype=np.float64)),
            Certainty.SURE if sure else Certainty.UNSURE,
            self.version,
        )


def unjudged(stream: Stream, phenomenon: str, grid: Grid, reason: str) -> Scores:
    """Scores of a stream that nobody judged, with one reason for all of it."""
    zero = np.zeros(len(grid), dtype=np.float32)
    zero.setflags(write=False)
    nowhere = np.zeros(len(grid), dtype=bool)
    nowhere.setflags(write=False)
    return Scores(stream.name, phenomenon, grid, zero, zero, zero, nowhere, ((stream.interval, reason),))
