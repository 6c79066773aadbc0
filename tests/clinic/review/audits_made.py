"""Plans and answers by hand, without recordings."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.review.audit_sample import AuditPlan, Item, Kind, Stratum
from clinic.review.reviewed_rate import Answer
from clinic.timeline.clock import HOUR_US, SECOND_US
from data.intervals import Interval


def answered(
    *strata: tuple[Kind, int, Sequence[int]], hours: float = 8.0, planned: int | None = None
) -> tuple[AuditPlan, list[Answer]]:
    """A plan whose strata have (kind, size, episodes found in each stretch looked at)."""
    items, answers, described, at = [], [], [], 0
    for k, (kind, size, counts) in enumerate(strata):
        drawn = len(counts) if planned is None else planned
        stratum = Stratum(f"{kind} {k}", kind, size, drawn, 0.5)
        described.append(stratum)
        for j in range(drawn):
            item = Item(Interval(at, at + SECOND_US), stratum, 0.5)
            at += SECOND_US
            items.append(item)
            if j < len(counts):
                answers.append(Answer(item, counts[j] > 0, counts[j]))
    return AuditPlan(tuple(items), tuple(described), round(hours * HOUR_US)), answers
