"""By which detectors and at which thresholds what a report shows was judged: one, or several that have to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clinic.reports.cards import Card
from clinic.reports.material import Material
from clinic.timeline.lane import Lane
from data.intervals import total


def thresholds_of(m: Material, shown: Lane, card: Card | None) -> tuple[float, ...]:
    """The thresholds that the runs behind a lane used, the lowest first; none where that of one is not known.

    Each as its manifest says, else the detector's own unless it was moved; of every version of the detector. Two that
    are printed alike are one.
    """
    found: dict[str, float] = {}
    for manifest, used in _used(m, shown, card):
        value = used.get("threshold")
        if value is None:
            is_moved = manifest.get("settings", {}).get("false_alarms_per_hour") is not None
            if is_moved or card is None or used.get("version") != card.version:
                return ()
            value = card.threshold
        found.setdefault(f"{value:.2f}", float(value))
    return tuple(sorted(found.values()))


def detectors_of(m: Material, shown: Lane, card: Card | None) -> tuple[tuple[str, str], ...]:
    """Name and version of every detector that the runs behind a lane used, also of those that flagged nothing."""
    return tuple(sorted({(str(d.get("name")), str(d.get("version"))) for _, d in _used(m, shown, card)}))


def _used(
    m: Material, shown: Lane, card: Card | None
) -> list[tuple[dict[str, Any], dict[str, Any]]]:  # Any: JSON of manifests
    """The manifest of each run behind a lane with the detector in it that judged the lane, in whatever version."""
    every = [d for run in m.runs for d in run.manifest.get("detectors", [])]
    versions = {e.detector for e in shown.episodes}
    names = {card.name} if card else {d.get("name") for d in every if d.get("version") in versions}
    if not names:  # taught here, and it flagged nothing: then it is told by what it finds, where one alone does
        stem = shown.phenomenon.replace(" ", "-")
        own = {d.get("name") for d in every if str(d.get("name")).startswith(stem)}
        names = own if len(own) == 1 else names
    span = shown.span
    streams = [(r.id, s) for r in m.recordings for s in r.streams if s.name == shown.stream]
    here = {i for i, s in streams if span is None or s.interval.overlaps(span)}
    manifests = (run.manifest for run in m.runs if run.recording in here)
    return [(manifest, d) for manifest in manifests for d in manifest.get("detectors", []) if d.get("name") in names]


def judged_words(
    shown: Lane, judged_by: Sequence[tuple[str, str]], thresholds: Sequence[float], taught: Mapping[str, str]
) -> str:
    """``Detector freezing-of-gait-lower-back (7c1e9a4), threshold 0.62``; all of them where there are several.

    Parameters
    ----------
    judged_by
        Name and version of each detector behind the lane; where none is named, that of its flags.
    taught
        By whom and when a version was taught, in words; nothing of those that nobody taught here.
    """

    def one(name: str, version: str) -> str:
        about = ", ".join(filter(None, (version[:7], taught.get(version, ""))))
        return name + (f" ({about})" if about else "")

    if not total(shown.judged):
        return "No detector judged this sensor"
    flagged = sorted({e.detector for e in shown.episodes if e.detector})
    every = judged_by or [(shown.phenomenon, v) for v in flagged[:1]] or [(shown.phenomenon, "")]
    text = f"Detector{'s' * (len(every) > 1)} {_all(one(name, v) for name, v in every)}"
    many = "s" * (len(thresholds) > 1)
    return text + (f", threshold{many} {_listed(thresholds)}" if thresholds else "")


def detectors_differ(judged_by: Sequence[tuple[str, str]]) -> str:
    """What several detectors, or versions of one, mean to who reads flags and rates; empty where there is one."""
    if len(judged_by) < 2:
        return ""
    return (
        f"Recordings here were judged by different detectors ({_all(f'{name} {v[:7]}' for name, v in judged_by)}): "
        "flags and rates of their days do not compare, and no figures from other people stand for all of them."
    )


def thresholds_differ(thresholds: Sequence[float]) -> str:
    """What several thresholds mean to who reads flags and rates; empty where there is one or none is known."""
    if len(thresholds) < 2:
        return ""
    return (
        f"Recordings here were judged at different thresholds ({_listed(thresholds)}): flags and rates of their days "
        "do not compare, and no figures from other people stand for all of them."
    )


def _listed(thresholds: Sequence[float]) -> str:
    """``0.60, 0.72 and 0.81``."""
    return _all(f"{t:.2f}" for t in thresholds)


def _all(words: Iterable[str]) -> str:
    *some, last = words
    return f"{', '.join(some)} and {last}" if some else last
