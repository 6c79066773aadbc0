"""The thresholds at which what a report shows was judged: one, or several that have to be told."""

from __future__ import annotations

from clinic.reports.cards import Card
from clinic.reports.material import Material
from clinic.timeline.lane import Lane


def thresholds_of(m: Material, shown: Lane, card: Card | None) -> tuple[float, ...]:
    """The thresholds that the runs behind a lane used, the lowest first; none where that of one is not known.

    Each as its manifest says, else the detector's own unless it was moved; of every version of the detector. Two that
    are printed alike are one.
    """
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
    found: dict[str, float] = {}
    for manifest in (run.manifest for run in m.runs if run.recording in here):
        for used in (d for d in manifest.get("detectors", []) if d.get("name") in names):
            value = used.get("threshold")
            if value is None:
                is_moved = manifest.get("settings", {}).get("false_alarms_per_hour") is not None
                if is_moved or card is None or used.get("version") != card.version:
                    return ()
                value = card.threshold
            found.setdefault(f"{value:.2f}", float(value))
    return tuple(sorted(found.values()))
