"""The journey of a recording: quality, embeddings, scores, episodes, and three outcomes that add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from data.grid import HOP_US, half_seconds
from data.intervals import Interval, Intervals, intersect, runs_of, subtract, union
from data.quality import Quality, StreamQuality, assess
from data.recording import Recording, Stream
from models.detectors import Detector, unjudged
from models.embedding import Embeddings
from models.scores import Certainty, Episode, Scores

Embed = Callable[[Stream, Detector], Embeddings]
"""Gives the embeddings a detector asks for; the store's remembers what it has made."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose about an analysis; everything that changes a result is here.

    ``false_alarms_per_hour`` moves every detector to that operating point; None keeps its own. ``promised`` is the
    share of a new person's flags that shall not be both called sure and false; None leaves it to each detector's band.
    """

    false_alarms_per_hour: float | None = None
    number_format: str = "fp32"
    seed: int = 0
    promised: float | None = None

    def of(self, detector: Detector) -> Detector:
        """A detector as it is set here."""
        return detector.at_false_alarms(self.false_alarms_per_hour).promising(self.promised)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One phenomenon in one stream: scores, episodes, and where it was flagged, clear or not judged.

    ``flagged``, ``clear`` and ``not_judged`` are disjoint and add up to the worn time;
    unsure episodes are not judged, with "unsure" as the reason.
    """

    stream: str
    phenomenon: str
    detector: str | None
    threshold: float | None
    scores: Scores
    episodes: tuple[Episode, ...]
    flagged: Intervals
    clear: Intervals
    not_judged: tuple[tuple[Interval, str], ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything found in one recording, and what is needed to find the same again."""

    quality: Quality
    judgements: tuple[Judgement, ...]
    manifest: dict[str, Any]  # JSON: strings, numbers and lists only

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """All episodes in order of time."""
        return tuple(sorted((e for j in self.judgements for e in j.episodes), key=lambda e: (e.interval, e.stream)))


def analyze(
    recording: Recording, detectors: Sequence[Detector], settings: Settings, *, embed: Embed, version: str
) -> Analysis:
    """Judge every stream of a recording for every phenomenon that a detector knows at a place where it was worn.

    Where there is no such detector at all, for what the first one finds: each stream says why it was not judged.
    Pure: the same arguments give the same result, whatever ``embed`` remembers.

    Parameters
    ----------
    detectors
        At most one for each phenomenon and placement; an earlier one wins.
    embed
        Called once for each stream and detector input.
    version
        Of motionward, for the manifest.
    """
    quality = assess(recording)
    worn = {s.placement for s in recording.streams}
    fitting = [d for d in detectors if worn & set(d.placements)]
    fitting = fitting or [d for d in detectors if d.phenomenon == detectors[0].phenomenon]
    chosen = [settings.of(d) for d in fitting]
    judgements = [
        judge(stream, phenomenon, chosen, quality.of(stream.name), embed)
        for stream in recording.streams
        for phenomenon in dict.fromkeys(d.phenomenon for d in chosen)
    ]
    manifest = {
        "source": asdict(recording.source),
        "simulated": recording.is_simulated,
        "motionward": version,
        "detectors": [
            {
                "name": d.name,
                "version": d.version,
                "threshold": d.threshold,
                "sure_from": d.rules.sure_from,
                "promise": d.promise(settings.promised),
                "encoder": d.encoder,
                "encoder_version": d.encoder_version,
            }
            for d in chosen
        ],
        "settings": asdict(settings),
        "placements": {s.name: [s.placement.value, s.side.value] for s in recording.streams},
    }
    return Analysis(quality, tuple(judgements), manifest)


def judge(
    stream: Stream, phenomenon: str, detectors: Sequence[Detector], quality: StreamQuality, embed: Embed
) -> Judgement:
    """Judge one stream for one phenomenon; where that cannot be done, say why."""
    able = [d for d in detectors if d.phenomenon == phenomenon and stream.placement in d.placements]
    refusal = able[0].refuses(stream) if able else f"no detector of {phenomenon} for a sensor at: {stream.placement}"
    if refusal is not None:
        scores = unjudged(stream, phenomenon, half_seconds(stream), refusal)
        return Judgement(
            stream.name, phenomenon, None, None, scores, (), (), (), tuple((i, refusal) for i in quality.worn)
        )
    detector = able[0]
    scores = detector.score(embed(stream, detector), quality.unusable)
    episodes = detector.episodes(scores, quality.worn, stream.placement)
    return Judgement(
        stream.name,
        phenomenon,
        detector.version,
        detector.threshold,
        scores,
        episodes,
        *outcomes(scores, episodes, quality.worn),
    )


def outcomes(
    scores: Scores, episodes: Sequence[Episode], worn: Intervals
) -> tuple[Intervals, Intervals, tuple[tuple[Interval, str], ...]]:
    """Split the worn time into flagged, clear and not judged (with the reason).

    Returns
    -------
    Flagged and clear intervals, and (interval, reason) pairs; disjoint, adding up to ``worn`` exactly.
    """
    judged = intersect(worn, runs_of(scores.valid, scores.grid.start_us, HOP_US))
    flagged = intersect(judged, [e.interval for e in episodes if e.certainty is Certainty.SURE])
    unsure = subtract(intersect(judged, [e.interval for e in episodes if e.certainty is Certainty.UNSURE]), flagged)
    clear = subtract(judged, union(flagged, unsure))
    not_judged = [(i, "unsure") for i in unsure]
    left = subtract(worn, judged)
    # All stretches of a reason at once: one by one, some thousand of them take a minute.
    for reason in dict.fromkeys(reason for _, reason in scores.reasons):
        part = intersect(left, [i for i, r in scores.reasons if r == reason])
        not_judged += [(i, reason) for i in part]
        left = subtract(left, part)
    not_judged += [(i, "shorter than half a second") for i in left]
    return flagged, clear, tuple(sorted(not_judged))
