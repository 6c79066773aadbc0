"""The trust strip: wear, what was judged and what not and why, signal, what waits for a look."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.store.rows import FindingRow
from clinic.timeline.chart import Chart
from clinic.timeline.clock import HOUR_US, length
from data.intervals import total

Item = tuple[str, str, str]
"""Tone (``good``, ``check``, ``off`` or empty), words in bold, and the rest."""


def trust(chart: Chart, findings: Sequence[FindingRow]) -> list[Item]:
    """What a reader has to know before believing a number of these days."""
    lane = chart.shown
    worn, judged, recorded = total(lane.worn), total(lane.judged), total(lane.recorded)
    reasons = [r for r, _ in lane.reasons()]
    items = [_range(chart), ("", f"{_brief(worn)} worn", f" of {_brief(recorded)} recorded")]
    if worn > judged:
        items.append(
            ("", f"{_brief(judged)} judged", f", {_brief(worn - judged)} not: {reasons[0] if reasons else 'no scores'}")
        )
    else:
        items.append(("", f"{_brief(judged)} judged", ", all that was worn"))
    troubles = [
        f
        for f in findings
        if f.severity != "note" and f.stream in ("", lane.stream) and f.interval.overlaps(chart.span)
    ]
    if troubles:
        kinds = ", ".join(dict.fromkeys(f.kind for f in troubles))
        items.append(("check", "Signal:", f" {kinds}"))
    else:
        items.append(("", "Signal good", ""))
    waiting, unsure = sum(not e.verdict for e in lane.flags), len(lane.episodes) - len(lane.flags)
    items.append(("", f"{waiting} to review", f", {unsure} unsure" if unsure else ""))
    return items


def _brief(duration_us: int) -> str:
    """Whole hours from ten on: the strip is one line."""
    return f"{duration_us / HOUR_US:.0f} h" if duration_us >= 10 * HOUR_US else length(duration_us)


def why_no_rates(findings: Sequence[FindingRow]) -> str | None:
    """A sentence when no rate may be printed: the clock of the recording cannot be believed."""
    return next((f.sentence for f in findings if f.kind == "clock impossible"), None)


def _range(chart: Chart) -> Item:
    """Whether the recording is of the kind the detector learned from; *outside* when most wear was refused for it."""
    lane = chart.shown
    refused = sum(us for r, us in lane.reasons() if "no detector" in r or "outside" in r)
    if refused > total(lane.worn) / 2:
        return "check", "Outside", " what the detector learned: no rate"
    if not lane.judged:
        return "off", "Not judged", ""
    return "good", chart.place.capitalize(), ", a place the detector learned"
