"""The trust strip: wear, what was judged and what not and why, signal, what waits for a look."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.learned import Reach
from clinic.store.rows import FindingRow
from clinic.timeline.chart import Chart
from clinic.timeline.clock import HOUR_US, length
from clinic.timeline.lane import in_short
from clinic.timeline.validity import valid_days, why_no_week
from data.intervals import total

Item = tuple[str, str, str]
"""Tone (``good``, ``check``, ``off`` or empty), words in bold, and the rest."""
TOLD_US = 50_000
"""Worn and not judged, in all: less would read *0.0 s*."""
MUCH = 0.02
"""Share of the worn time that was not judged from which its reason is told."""
TWICE_US = 1_000_000
"""Time that several recordings hold from which that is told: files that follow one another may share a sample."""


def trust(chart: Chart, findings: Sequence[FindingRow]) -> list[Item]:
    """What a reader has to know before believing a number of these days."""
    lane = chart.shown
    worn, judged, recorded = total(lane.worn), total(lane.judged), total(lane.recorded)
    items = [_range(chart), ("", f"{_brief(worn)} worn", f" of {_brief(recorded)} recorded")]
    if worn - judged >= TOLD_US:
        # Of a small rest the length is enough: the strip is one line.
        why = f": {in_short(lane.reasons()) or 'no scores'}" if worn - judged > MUCH * worn else ""
        items.append(("", f"{_brief(judged)} judged", f", {_brief(worn - judged)} not{why}"))
    else:
        items.append(("", f"{_brief(judged)} judged", ", all that was worn"))
    if (twice := total(lane.twice)) >= TWICE_US:
        items.append(("", f"{_brief(twice)} in several files", ", counted once"))
    valid = valid_days(chart.parts.now, chart.clock, chart.validity)
    if valid is not None and len(chart.parts.now) > 1:
        short = why_no_week(chart.parts.now, chart.clock, chart.validity) is not None
        items.append(("check" if short else "", f"{valid} of {len(chart.parts.now)} days valid", ""))
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


def _range(chart: Chart) -> Item:
    """How far the recording is from what the detector learned; *outside* too when there is none for its place."""
    lane = chart.shown
    refused = sum(us for r, us in lane.reasons() if "no detector" in r)
    if refused > total(lane.worn) / 2 or chart.lane.reach is Reach.OUTSIDE:
        return "check", "Outside", " what the detector learned: no rate"
    if not lane.judged:
        return "off", "Not judged", ""
    if chart.lane.reach is Reach.NEAR:
        return "check", "Near the edge", " of what the detector learned"
    return "good", chart.place.capitalize(), ", in range of what the detector learned"
