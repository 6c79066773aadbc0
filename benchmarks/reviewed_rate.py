"""Whether the intervals of the reviewed rate hold: simulated patients whose true rate is known.

``python -m benchmarks.reviewed_rate`` writes ``docs/validation/reviewed_rate.json`` and a page made from it. The
interval that ships stands beside four others on the same answers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import gamma

from benchmarks.simulated_audits import Scenario, Truth, answers, belonging, patient
from clinic.review.audit_sample import AuditPlan, Stratum, audit_plan
from clinic.review.reviewed_rate import DRAWS, Answer, Estimate, reviewed
from clinic.timeline.clock import HOUR_US, SECOND_US

ROOT = Path(__file__).resolve().parents[1]
SEED = 9303
"""Not those on whom the method was chosen."""
EACH = 1000
"""So many that a kind that lies .014 from .95 does so by chance once in twenty."""
WANTED = 0.93, 0.97

ONE_SIDED = "perfect detector", "no episode, some flags", "no episode, no flag"
"""Nothing was missed, or nothing is there: only one side of an interval can miss, so it covers more than it says."""
SCENARIOS = (
    Scenario("good detector"),
    Scenario("fair detector", skill=3, claimed=3),
    Scenario("poor detector", skill=1.5, claimed=3),
    Scenario("blind detector", skill=0, claimed=3),
    Scenario("sees and flags nothing, 20 an hour", skill=0, claimed=1, rate=20),
    Scenario("surer than it should be", skill=2, claimed=6),
    Scenario(ONE_SIDED[0], skill=None),
    Scenario("few episodes, 0.3 an hour, 24 h", hours=24, rate=0.3),
    Scenario("many, 30 an hour, fair detector, 4 h", hours=4, rate=30, skill=3, claimed=3),
    Scenario("in bouts, good detector", rate=8, in_bouts=True),
    Scenario("in bouts, poor detector, 20 an hour", rate=20, in_bouts=True, skill=1.5, claimed=3),
    Scenario("long, 1 an hour, 40 h", hours=40, rate=1),
    Scenario("short, 2 h", hours=2),
    Scenario(ONE_SIDED[1], rate=0),
    Scenario(ONE_SIDED[2], rate=0, skill=None),
    Scenario("broken off after 24 looks", answered=0.6),
    Scenario("20 looks", looks=20),
    Scenario("80 looks", looks=80),
    Scenario("windows of 30 s", window_s=30),
    Scenario("windows of 30 s, poor detector", window_s=30, skill=1.5, claimed=3),
    Scenario("windows of 5 min", window_s=300),
    Scenario("windows of 5 min, poor detector", window_s=300, skill=1.5, claimed=3),
)

Groups = Sequence[tuple[Stratum, list[Answer]]]
Bounds = tuple[float, float]


def wald(groups: Groups, _: np.random.Generator) -> Bounds:
    """Stratified total, normal interval (Cochran 1977, 5.4)."""
    return _normal([(s, [float(a.count) for a in each], 0.0) for s, each in groups])


def powered(groups: Groups, _: np.random.Generator) -> Bounds:
    """Prediction-powered inference (Angelopoulos et al., Science 2023) within strata, normal interval.

    The largest probability in a stretch predicts how many episodes it holds.
    """
    return _normal([(s, [a.count - a.item.probability for a in each], s.probability) for s, each in groups])


def _normal(parts: Sequence[tuple[Stratum, list[float], float]]) -> Bounds:
    total = variance = 0.0
    for s, values, known in parts:
        n = len(values)
        total += s.size * (known + float(np.mean(values)))
        variance += s.size**2 * (1 - n / s.size) * float(np.var(values, ddof=1)) / n if n > 1 else 0.0
    half = 1.96 * variance**0.5
    return total - half, total + half


def jeffreys(groups: Groups, draw: np.random.Generator) -> Bounds:
    """Posterior of found stretches under Jeffreys' prior in each stratum, each holding as many as those seen did."""
    total = np.zeros(DRAWS)
    for s, each in groups:
        n, k = len(each), sum(a.found for a in each)
        held = sum(a.count for a in each)
        total += held + draw.binomial(s.size - n, draw.beta(k + 0.5, n - k + 0.5, DRAWS)) * (held / k if k else 1.0)
    low, high = np.quantile(total, (0.025, 0.975))
    return float(low), float(high)


def gamma_limits(groups: Groups, _: np.random.Generator) -> Bounds:
    """Weighted sum of Poisson counts (Fay and Feuer, Statistics in Medicine 1997); no credit for what was seen."""
    weights = [(s.size / len(each), sum(a.count for a in each), s.size > len(each)) for s, each in groups]
    total = sum(w * y for w, y, _ in weights)
    variance = sum(w * w * y for w, y, partly in weights if partly)
    most = max((w for w, _, partly in weights if partly), default=0.0)
    low = gamma.ppf(0.025, total**2 / variance, scale=variance / total) if variance else total
    more, spread = total + most, variance + most**2
    return float(low), float(gamma.ppf(0.975, more**2 / spread, scale=spread / more)) if spread else total


OTHERS: dict[str, Callable[[Groups, np.random.Generator], Bounds]] = {
    "Wald": wald,
    "prediction-powered": powered,
    "Jeffreys": jeffreys,
    "gamma": gamma_limits,
}


class Tally:
    """How often an interval held the truth, on which side it missed, and how wide it was."""

    def __init__(self) -> None:
        self.said = self.below = self.above = 0
        self.width = 0.0

    def add(self, truth: float, low: float, high: float) -> None:
        """Count one; the truth may differ from a limit by rounding."""
        self.said += 1
        self.below += truth < low - 1e-9
        self.above += truth > high + 1e-9
        self.width += high - low

    def told(self) -> dict[str, float | int | None]:
        """As figures: ``truth_below``: the share of patients whose truth lay below the interval."""
        if not self.said:
            return {"said": 0, "covered": None, "truth_below": None, "truth_above": None, "width": None}
        return {
            "said": self.said,
            "covered": round(1 - (self.below + self.above) / self.said, 4),
            "truth_below": round(self.below / self.said, 4),
            "truth_above": round(self.above / self.said, 4),
            "width": round(self.width / self.said, 3),
        }


def audited(s: Scenario, seed: Sequence[int], plan_seed: int) -> tuple[AuditPlan, Truth, list[Answer]]:
    """A simulated patient's plan, what is true of the patient, and what the reviewer answered."""
    p = patient(s, np.random.default_rng(seed))
    plan = audit_plan(
        p.episodes, p.judged, p.half_second_us, p.probability,
        looks=s.looks, window_us=s.window_s * SECOND_US, seed=plan_seed,
    )  # fmt: skip
    truth = belonging(p)
    return plan, truth, answers(plan, truth, s.answered)


def measure(s: Scenario, number: int, each: int) -> dict[str, Any]:
    """All figures of one scenario over ``each`` patients."""
    tallies = {name: Tally() for name in ("ours", *OTHERS, "precision", "sensitivity")}
    sums = dict.fromkeys(("rate", "flags", "looks at flags", "clear windows", "looks at clear windows", "error"), 0.0)
    for k in range(each):
        plan, truth, given = audited(s, [SEED, number, k], k)
        told = reviewed(plan, given)
        hours = plan.covered_us / HOUR_US
        rate = truth.total / hours
        sums["rate"] += rate
        sums["flags"] += told.flags.of
        sums["looks at flags"] += told.flags.seen
        sums["clear windows"] += told.clear.of
        sums["looks at clear windows"] += told.clear.seen
        if told.rate is None:
            continue
        sums["error"] += told.rate.value - rate
        _add(tallies["ours"], rate, told.rate)
        _add(tallies["precision"], len(truth.touched) / max(1, told.flags.of), told.precision)
        _add(tallies["sensitivity"], truth.in_flags / max(1, truth.total), told.sensitivity)
        groups = _groups(plan, given)
        for name, method in OTHERS.items():
            low, high = method(groups, np.random.default_rng([SEED, number, k, 1]))
            tallies[name].add(rate, low / hours, high / hours)
    sums["error"] *= each / max(1, tallies["ours"].said)
    means = {name: round(value / each, 3) for name, value in sums.items()}
    return {"scenario": s.name, "patients": each, **means, **{name: t.told() for name, t in tallies.items()}}


def _add(tally: Tally, truth: float, estimate: Estimate | None) -> None:
    if estimate is not None:
        tally.add(truth, estimate.low, estimate.high)


def _groups(plan: AuditPlan, given: Sequence[Answer]) -> Groups:
    return [(s, [a for a in given if a.item.stratum == s]) for s in plan.strata]


def overall(results: Sequence[dict[str, Any]], name: str) -> float:
    """Mean coverage over the scenarios."""
    return float(np.mean([r[name]["covered"] for r in results if r[name]["covered"] is not None]))


def page(told: dict[str, Any]) -> str:
    """The tables as Markdown."""
    results = told["results"]
    columns = "ours", *OTHERS, "precision", "sensitivity"
    two_sided = [r for r in results if r["scenario"] not in ONE_SIDED]
    low, high = WANTED
    below, above = (
        [r["scenario"] for r in results if r["ours"]["said"] and sign * r["ours"]["covered"] > sign * limit]
        for sign, limit in ((-1, low), (1, high))
    )
    chance = 1.96 * (0.05 * 0.95 / told["each"]) ** 0.5
    coverage = [f"| {r['scenario']} | {' | '.join(_covered(r, name) for name in columns)} |" for r in results]
    for title, rows in (("mean", results), ("mean where both sides can miss", two_sided)):
        coverage.append(f"| **{title}** | {' | '.join(f'{overall(rows, name):.3f}' for name in columns)} |")
    return PAGE.format(
        seconds=told["seconds"],
        patients=told["patients"],
        each=told["each"],
        columns=" | ".join(columns),
        rule="---|" * (len(columns) + 1),
        coverage="\n".join(coverage),
        wanted=f"{low} to {high} where both sides can miss: "
        + "; ".join(_verdict(title, overall(two_sided, name)) for title, name in QUANTITIES),
        chance=f"{chance:.3f}",
        below="; ".join(below) or "none",
        above="; ".join(above) or "none",
        one_sided="; ".join(ONE_SIDED),
        methods=" | ".join(("ours", *OTHERS)),
        widths="\n".join(_widths(r) for r in results),
    )


QUANTITIES = ("rate", "ours"), ("precision", "precision"), ("sensitivity", "sensitivity")


def _verdict(title: str, mean: float) -> str:
    low, high = WANTED
    return f"{title} {mean:.3f}, " + ("met" if low <= mean <= high else f"missed by {max(low - mean, mean - high):.3f}")


PAGE = """# The reviewed rate

Made by `python -m benchmarks.reviewed_rate` in {seconds} s; do not edit. {patients} simulated patients, {each} of each
kind, with known episodes, a detector of a stated quality and a reviewer who never errs. Unless a row says otherwise:
8 h, of which 10 minutes an hour cannot be judged, 4 episodes an hour, 40 looks, clear windows of 2 minutes. Figures on
simulated people say that the arithmetic holds, nothing about real ones.

## Coverage of the 95 % interval of the rate

*ours*: what ships; in brackets the shares of patients whose true rate lay below and above it. Then the same answers
with other intervals. Then ours for precision and sensitivity (patients without flags or without a seen episode left
out).

| patients | {columns} |
|{rule}
{coverage}

Wanted: {wanted}. By chance a row of 0.95 lies within {chance} of it.

Kinds whose rate lies below the wanted: {below}.

Above: {above}.

Only one side can miss in: {one_sided}. The other rows above 0.97 are so in part for the same reason: where few were
missed, most audits find none in clear time, and the upper limit must hold for a detector that misses more. How the
limits were chosen, on other patients: [reviewed_rate_limits.md](reviewed_rate_limits.md).

## Width, episodes an hour

| patients | true rate | flags seen | clear windows seen | mean error | {methods} | could be said |
|---|---|---|---|---|---|---|---|---|---|---|
{widths}

*could be said*: the share of patients of whom enough was looked at; the others count in no column.

Where the width comes from: nothing found in three hours of clear time says at most one missed an hour, whatever the
detector; thirty windows of 30 s are a quarter of an hour. Wald's interval and the prediction-powered one are narrow
because they take what was not seen for what is not there.
"""


def _covered(r: dict[str, Any], name: str) -> str:
    t = r[name]
    if not t["said"]:
        return "–"
    sides = f" ({t['truth_below']:.3f}, {t['truth_above']:.3f})" if name == "ours" else ""
    return f"{t['covered']:.3f}{sides}"


def _widths(r: dict[str, Any]) -> str:
    cells = [
        r["scenario"],
        f"{r['rate']:.1f}",
        f"{r['looks at flags']:.0f} of {r['flags']:.0f}",
        f"{r['looks at clear windows']:.0f} of {r['clear windows']:.0f}",
        f"{r['error']:+.2f}",
        *(f"{r[name]['width']:.1f}" if r[name]["said"] else "–" for name in ("ours", *OTHERS)),
        f"{r['ours']['said'] / r['patients']:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reviewed_rate")
    parser.add_argument("--each", type=int, default=EACH, help="patients of each kind")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "validation")
    given = parser.parse_args()
    begun = time.monotonic()
    results = Parallel(n_jobs=-1)(delayed(measure)(s, number, given.each) for number, s in enumerate(SCENARIOS))
    told = {
        "made_by": "python -m benchmarks.reviewed_rate",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(time.monotonic() - begun),
        "patients": len(SCENARIOS) * given.each,
        "each": given.each,
        "results": results,
    }
    _write(told, given.out)


def _write(told: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "reviewed_rate.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (out / "reviewed_rate.md").write_text(page(told), "utf-8")
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main()
