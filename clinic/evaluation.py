"""A detector measured on labelled recordings of one's own: what ``motionward evaluate FOLDER`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clinic.analysis import Embed
from clinic.labelled import Labelled
from clinic.marks import Mark, marks_of
from clinic.sources import is_of, learned_then
from data.errors import MotionwardError
from data.grid import HOP_US
from data.intervals import Interval, Intervals, intersect, overlap_fraction, runs_of, union
from data.quality import assess
from data.recording import Clock, Placement, Recording
from models.adapters.adapt import adapt
from models.adapters.example import Example
from models.adapters.support import margin_us
from models.calibration import log_odds
from models.conformal import Unit, UnsureBand, unsure_band
from models.detectors import Detector
from models.evaluation.events import MATCHING, Events, Matching, match
from models.evaluation.kshot import Row, Score, Shot, Take, kshot
from models.evaluation.metrics import Track
from models.evaluation.splits import around_episodes
from models.scores import Certainty, Scores
from models.workers import one_thread

SEED = 9501
COVERAGE = 0.9
BUDGETS = (1.0, 2.0, 5.0, 10.0)
"""False alarms an hour for which it is told what the detector finds here."""
LEAST_UNITS = 9
"""People, or held-out stretches of one patient, that a coverage of nine tenths can be promised from."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One stream of one person beside its labels.

    Parameters
    ----------
    truth, judged
        ``(n,)`` bool for each half second: marked for the most part; a rater and the detector both judged it.
    log_odds, directions
        ``(n,)`` and ``(n, k)``: what the detector says, and what examples would be told by.
    worn
        Where the sensor was worn.
    is_marked_none
        Whether spans are marked as none: only what is marked either way counts then.
    unread
        Marked episodes no part of which the detector could judge.
    is_taught
        Whether the detector learned from this very recording, or from another of its person near its time.
    file, recorded
        Where it comes from, and when it was recorded where that has a date.
    """

    person: str
    name: str
    placement: Placement
    detector: Detector
    scores: Scores
    worn: Intervals
    marks: Intervals
    truth: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    log_odds: NDArray[np.float64]
    directions: NDArray[np.float64]
    is_marked_none: bool
    unread: int
    is_taught: bool = False
    file: str = ""
    recorded: Interval | None = None

    @property
    def judged_time(self) -> Intervals:
        """Where both judged."""
        return runs_of(self.judged, self.scores.grid.start_us, HOP_US)

    @property
    def track(self) -> Track:
        """As the figures over half seconds have it."""
        return Track(self.person, self.scores.probability.astype(np.float64), self.truth, self.judged, self.marks)

    def events(self, detector: Detector) -> Events:
        """What sure flags of a detector (this one, at any threshold) found."""
        found = detector.episodes(self.scores, self.worn, self.placement)
        sure = [e.interval for e in found if e.certainty is Certainty.SURE]
        time = self.judged_time
        return match(self.marks, [i for i in sure if intersect([i], time)], time, _how(detector.phenomenon))


def _how(phenomenon: str) -> Matching:
    return MATCHING.get(phenomenon, Matching())


def judged_streams(
    recording: Recording, of: Labelled, choose: Callable[[str, Placement], Detector | None], embed: Embed
) -> list[Judged]:
    """The streams of a recording that hold labels, judged by a detector that serves where they were worn.

    Where a file has spans marked as none, only what is marked either way counts; else all that is not marked is taken
    for none.

    Raises
    ------
    MotionwardError
        If a label does not fit the recording, or no detector can judge a stream that holds one.
    """
    marks = marks_of(recording, of.spans, of.table)
    quality, out = assess(recording), []
    for stream in recording.streams:
        here = [m for m in marks if m[0] == stream.name]
        if not here:
            continue
        phenomenon = of.spans[0].phenomenon
        detector = choose(phenomenon, stream.placement)
        if detector is None:
            raise MotionwardError(
                f"{of.path.name}: stream {stream.name} was worn at: {stream.placement}, where no detector looks for "
                f"{phenomenon}: say where it was worn with --placement, or name a detector with --detector."
            )
        refusal = detector.refuses(stream)
        if refusal is not None:
            raise MotionwardError(
                f"{of.path.name}: stream {stream.name} cannot be judged by {detector.name}: {refusal}."
            )
        embeddings = embed(stream, detector)
        scores = detector.score(embeddings, quality.of(stream.name).unusable)
        beside = _beside(
            detector,
            scores,
            embeddings.vectors[slice(0, len(scores.grid))],
            quality.of(stream.name).worn,
            here,
            of,
            stream.placement,
            is_taught=learned_from(detector, recording, of.person if of.is_named else ""),
        )
        out.append(replace(beside, recorded=stream.interval if recording.clock is Clock.ABSOLUTE else None))
    return out


def learned_from(detector: Detector, recording: Recording, person: str) -> bool:
    """Whether a detector learned from a recording, or near one from another of its person: what it finds there says
    little of any other.

    Of this very recording any mark counts, wherever it lies: another zone may have been given when it taught.

    Parameters
    ----------
    person
        Whose it is; empty where nobody says.
    """
    if detector.adapted is None:
        return False
    before = (*detector.adapted.taught, *detector.adapted.unmarked)
    if any(is_of(t, recording) for t in before):
        return True
    wide = 2 * margin_us(detector.network)
    near = Interval(recording.interval.start - wide, recording.interval.end + wide)
    return any(i.overlaps(near) for i in learned_then(before, recording, person))


def _beside(
    detector: Detector, scores: Scores, vectors: NDArray[np.floating], worn: Intervals, marks: Sequence[Mark],
    of: Labelled, placement: Placement, *, is_taught: bool,
) -> Judged:  # fmt: skip
    present = union([i for _, i, is_present in marks if is_present])
    looked = union([i for _, i, _ in marks]) if any(not is_present for *_, is_present in marks) else None
    starts = scores.grid.start_us
    judged = scores.valid & (overlap_fraction(starts, HOP_US, worn) >= 1.0)
    if looked is not None:
        judged &= overlap_fraction(starts, HOP_US, looked) >= 0.5
    time = runs_of(judged, starts, HOP_US)
    return Judged(
        of.person,
        f"{of.path.name} {scores.stream}",
        placement,
        detector,
        scores,
        worn,
        present,
        overlap_fraction(starts, HOP_US, present) >= 0.5,
        judged,
        np.array([log_odds(float(p)) for p in scores.probability]),
        detector.directions(detector.network.standardised(np.asarray(vectors))).astype(np.float64),
        looked is not None,
        sum(not intersect([m], time) for m in present),
        is_taught,
        str(of.path),
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """What a budget of false alarms an hour gives on these people."""

    per_hour: float
    threshold: float
    events: Events


def shares_of_time(streams: Sequence[Judged]) -> dict[str, list[tuple[float, float]]]:
    """Of each person and recording, the share of its judged time that is marked, and that sure flags cover.

    Streams of one file, or of files of one time, are one recording: a patient whose sensors each see the same freezes
    has not frozen in so many recordings. One without judged time has no share.
    """
    at_once: dict[tuple[str, str], Events] = {}
    for s, name in zip(streams, _at_once(streams), strict=True):
        at_once[s.person, name] = at_once.get((s.person, name), Events()) + s.events(s.detector)
    out: dict[str, list[tuple[float, float]]] = {}
    for (person, _), e in at_once.items():
        if e.judged_us:
            out.setdefault(person, []).append((e.time_marked, e.time_flagged))
    return out


def budgets(streams: Sequence[Judged]) -> tuple[Budget, ...]:
    """The detector at its operating points for :data:`BUDGETS`, where it has any."""
    out = []
    for per_hour in BUDGETS:
        dialled = [s.detector.at_false_alarms(per_hour) for s in streams]
        if all(d.points for d in dialled) and len({d.threshold for d in dialled}) == 1:
            total = sum((s.events(d) for s, d in zip(streams, dialled, strict=True)), Events())
            out.append(Budget(per_hour, dialled[0].threshold, total))
    return tuple(out)


@one_thread()
def taught(streams: Sequence[Judged], draws: int) -> tuple[Row, ...]:
    """The k-shot protocol with the adapter that ``motionward adapt`` would choose; nothing without labels enough.

    What taught the detector before is left out: it would be judged by what it was taught.
    """
    streams = [s for s in streams if not s.is_taught]
    # Files of several people may have one name: a stream is told by its place in the list.
    by_name = {str(k): s for k, s in enumerate(streams)}
    takes = [
        Take(s.person, k, s.truth, s.judged, at_once, s.recorded)
        for (k, s), at_once in zip(by_name.items(), _at_once(streams), strict=True)
    ]

    def example(shot: Shot) -> Example:
        s = by_name[shot.take.name]
        rows = slice(shot.first, shot.last)
        where = Interval(int(s.scores.grid.start_us[shot.first]), int(s.scores.grid.start_us[shot.last - 1]) + HOP_US)
        return Example(
            s.file or s.name, s.scores.stream, where, shot.is_positive, 1.0, s.directions[rows], s.log_odds[rows],
            margin_us=margin_us(s.detector.network), person=s.person,
        )  # fmt: skip

    def teach(support: Sequence[Shot]) -> Score:
        # Sensors of two places have a detector each: what is marked at one place teaches that of the other nothing.
        of: dict[str, tuple[Detector, list[Example]]] = {}
        for shot in support:
            detector = by_name[shot.take.name].detector
            of.setdefault(detector.version, (detector, []))[1].append(example(shot))
        learned = {version: adapt(detector, those).detector.adapted for version, (detector, those) in of.items()}

        def score(take: Take) -> NDArray[np.float64]:
            s = by_name[take.name]
            z, before = s.log_odds - log_odds(s.detector.threshold), s.detector.adapted
            new = learned.get(s.detector.version)
            if new is None or new is before:
                return z
            held = before.correction.of(s.directions)[0] if before else 0.0
            return z + new.correction.of(s.directions)[0] - held

        return score

    return kshot(takes, teach, SEED, draws=draws)


def _at_once(streams: Sequence[Judged]) -> list[str]:
    """Of each stream, a name that those of its person share that lie in the same file or in the same time."""
    groups: list[list[int]] = []
    for i, s in enumerate(streams):
        beside = [g for g in groups if any(_is_beside(s, streams[k]) for k in g)]
        groups = [*(g for g in groups if g not in beside), [k for g in beside for k in g] + [i]]
    return [str(next(n for n, g in enumerate(groups) if i in g)) for i in range(len(streams))]


def _is_beside(one: Judged, other: Judged) -> bool:
    if one.person != other.person:
        return False
    is_same_time = bool(one.recorded and other.recorded and one.recorded.overlaps(other.recorded))
    return is_same_time or (one.file == other.file != "")


def band_of(streams: Sequence[Judged]) -> UnsureBand | None:
    """The unsure band that these people (or, of one, held-out stretches around episodes) promise; None from too few.

    Nothing is promised from what taught the detector.
    """
    parts: dict[str, list[tuple[NDArray[np.float64], NDArray[np.bool_]]]] = {}
    for s in (s for s in streams if not s.is_taught):
        parts.setdefault(s.person, []).append((s.log_odds[s.judged], s.truth[s.judged]))
    if len(parts) == 1:
        (own,) = parts.values()
        units, unit = [u for z, y in own for u in around_episodes(z, y)], Unit.EPISODES
    else:
        units = [(np.concatenate([z for z, _ in of]), np.concatenate([y for _, y in of])) for of in parts.values()]
        unit = Unit.PEOPLE
    enough = min(sum(bool(y.any()) for _, y in units), sum(not y.all() for _, y in units))
    return unsure_band(units, COVERAGE, unit) if enough >= LEAST_UNITS else None


def serving(detectors: Sequence[Detector]) -> Callable[[str, Placement], Detector | None]:
    """Chooses the detector of a phenomenon for a place.

    Raises
    ------
    MotionwardError
        If two of them look for the same at one place: one would be measured and the other passed over unseen.
    """
    held: dict[tuple[str, Placement], Detector] = {}
    for d in detectors:
        for place in d.placements:
            other = held.setdefault((d.phenomenon, place), d)
            if other is not d:
                raise MotionwardError(
                    f"{other.name} ({other.version}) and {d.name} ({d.version}) both look for {d.phenomenon} at: "
                    f"{place}: measure one at a time."
                )
    return lambda what, place: held.get((what, place))
