"""Which quantiles of the draws make the limits of the reviewed rate: chosen on other patients than those reported.

``python -m benchmarks.reviewed_rate_limits`` writes ``docs/validation/reviewed_rate_limits.json`` and a page made
from it. ``benchmarks/reviewed_rate.py`` then measures what was chosen, on patients of its own seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from benchmarks.about import about
from benchmarks.reviewed_rate import ONE_SIDED, SCENARIOS, WANTED, audited
from benchmarks.simulated_audits import Scenario
from clinic.review.reviewed_rate import ADDED, SHARED, drawn
from clinic.timeline.clock import HOUR_US

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
SEED = 7711
EACH = 400
TAILS = 0.025, 0.03, 0.035, 0.04, 0.05
QUANTITIES = "rate", "precision", "sensitivity"
KINDS = [s for s in SCENARIOS if s.name not in ONE_SIDED]
"""Both sides can miss."""


def covered(s: Scenario, number: int, each: int) -> dict[str, list[float]]:
    """Of each quantity, the share of patients of a kind whose truth lies within, for each of ``TAILS``."""
    held: dict[str, list[list[bool]]] = {q: [] for q in QUANTITIES}
    for k in range(each):
        plan, truth, given = audited(s, [SEED, number, k], k)
        told = drawn(plan, given)
        if told is None:
            continue
        true = {
            "rate": truth.total * HOUR_US / plan.covered_us,
            "precision": len(truth.touched) / max(1, sum(t.size for t in plan.strata if t.kind == "flag")),
            "sensitivity": truth.in_flags / max(1, truth.total),
        }
        for name, draws in (("rate", told.rate), ("precision", told.precision), ("sensitivity", told.sensitivity)):
            if draws is not None:
                limits = [draws.within(t, 1 - t) for t in TAILS]
                held[name].append([e.low - 1e-9 <= true[name] <= e.high + 1e-9 for e in limits])
    return {name: np.mean(rows, axis=0).round(4).tolist() for name, rows in held.items() if rows}


def summed(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each quantity and tail: mean coverage, that of the lowest kind, how many kinds lie within the wanted."""
    rows = []
    for q in QUANTITIES:
        for i, tail in enumerate(TAILS):
            each = np.array([r["covered"][q][i] for r in results if q in r["covered"]])
            low, high = WANTED
            rows.append(
                {
                    "quantity": q,
                    "tail": tail,
                    "mean": round(float(each.mean()), 4),
                    "lowest": round(float(each.min()), 4),
                    "within": int(((each >= low) & (each <= high)).sum()),
                    "below": int((each < low).sum()),
                    "kinds": len(each),
                }
            )
    return rows


def page(told: dict[str, Any]) -> str:
    """The table as Markdown."""
    chosen = {"rate": ADDED[0], "precision": SHARED[0], "sensitivity": SHARED[0]}
    rows = [
        f"| {r['quantity']} | {r['tail']}{' (ships)' if r['tail'] == chosen[r['quantity']] else ''} | {r['mean']:.3f} "
        f"| {r['lowest']:.3f} | {r['within']} | {r['below']} | {r['kinds'] - r['within'] - r['below']} |"
        for r in told["results"]
    ]
    return "\n".join(
        [
            "# Limits of the reviewed rate: how they were chosen",
            "",
            f"Made by `{told['made_by']}`; do not edit. {told['each']} simulated patients",
            f"of each of {len(KINDS)} kinds in which both sides of an interval can miss; other patients than those of",
            "[reviewed_rate.md](reviewed_rate.md). The interval runs from the quantile *tail* of the draws to one less",
            "the tail. Wanted: a mean of 0.93 to 0.97 with few kinds below it; too wide is the lesser fault.",
            "",
            "| quantity | tail | mean | lowest kind | kinds within | below | above |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reviewed_rate_limits")
    parser.add_argument("--each", type=int, default=EACH, help="patients of each kind")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    begun = time.perf_counter()
    found = Parallel(n_jobs=-1)(delayed(covered)(s, number, given.each) for number, s in enumerate(KINDS))
    kinds = [{"scenario": s.name, "covered": c} for s, c in zip(KINDS, found, strict=True)]
    told = {
        **about("python -m benchmarks.reviewed_rate_limits", begun),
        "each": given.each,
        "tails": TAILS,
        "kinds": kinds,
        "results": summed(kinds),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "reviewed_rate_limits.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (given.out / "reviewed_rate_limits.md").write_text(page(told), "utf-8")
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main()
