"""What was wanted of a few labels, and whether it was found; part of :mod:`benchmarks.fewshot`."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.fewshot_rows import Row

SAME = "tdcsfog, labels of the same person"
OTHERS = "daphnet-trunk, one person for the others"
ACTIONS = "27 actions, UTD-MHAD"
FALLS = ("falls, SisFall", "falls, UMAFall")
SHIPPED, CHOSEN, HINDSIGHT = "as it is", "choose_adapter", "best threshold in hindsight"


def targets(results: Sequence[Row]) -> list[Row]:
    """Each target with what was wanted at least (or at most, for harm), what was found, and whether it is met."""
    of = {(r["task"], r["row"], r["k"]): r for r in results}
    harmed = max(r["harmed"] for (task, row, _), r in of.items() if (task, row) == (SAME, CHOSEN))
    out = [_row("no harm: share of people who lose more than .02 F1, the worst k", 0.1, harmed, at_most=True)]
    for k in (5, 20):
        half = (of[SAME, SHIPPED, k]["f1"] + of[SAME, HINDSIGHT, k]["f1"]) / 2
        out.append(_row(f"tdcsfog, half of the way to hindsight, F1, k = {k}", half, of[SAME, CHOSEN, k]["f1"]))
    before, after = (of[OTHERS, row, 5] for row in (SHIPPED, CHOSEN))
    for name, metric, more in (("AUROC", "auroc", 0.02), ("F1", "f1", 0.05)):
        gain = after[metric] - before[metric]
        out.append(_row(f"Daphnet, one person for the others, gain in {name}, k = 5", more, gain))
    both, alone = (of[ACTIONS, f"logistic, {what}", 5]["accuracy"] for what in ("shape and features", "features"))
    out.append(_row("27 actions, accuracy above the same on features, k = 5", 0.1, both - alone))
    out += [_row(f"{task}, AUROC, k = 5", 0.95, of[task, "adapt", 5]["auroc"]) for task in FALLS]
    return out


def _row(target: str, wanted: float, found: float, *, at_most: bool = False) -> Row:
    is_met = found <= wanted if at_most else found >= wanted
    return {"target": target, "wanted": round(wanted, 4), "found": round(found, 4), "is_met": bool(is_met)}


def table(rows: Sequence[Row]) -> list[str]:
    """As Markdown."""
    lines = ["## Targets", "", "| target | wanted | found | |", "|---|---|---|---|"]
    for r in rows:
        said = "met" if r["is_met"] else f"missed by {abs(r['found'] - r['wanted']):.3f}"
        lines.append(f"| {r['target']} | {r['wanted']:.3f} | {r['found']:.3f} | {said} |")
    return [*lines, ""]
