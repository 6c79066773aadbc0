"""The page about the freezing detector, made from the measured figures alone."""

from __future__ import annotations

from typing import Any

TARGETS = (
    ("tdcsfog, 40 people, 5 folds by person", "auroc without 2d57c2", 0.95),
    ("tdcsfog, 40 people, 5 folds by person", "ap without 2d57c2", 0.77),
    ("tdcsfog, 40 people, 5 folds by person", "macro auroc", 0.925),
    ("tdcsfog, 40 people, 5 folds by person", "sensitivity at 10 false alarms an hour", 0.60),
    ("tdcsfog, 40 people, 5 folds by person", "sensitivity (5 s or longer) at 10 false alarms an hour", 0.88),
    ("trained on tdcsfog, daphnet-trunk unseen", "auroc", 0.86),
    ("trained on tdcsfog, daphnet-trunk unseen", "macro auroc", 0.90),
)
"""What was asked for before anything was trained: task, metric, at least."""


def page(told: dict[str, Any]) -> str:  # JSON
    """Markdown: one table a task, then each target with what was reached."""
    found = {(r["task"], r["row"], r["metric"]): r for r in told["results"]}
    lines = [
        "# Freezing of gait: what was measured",
        "",
        " ".join(
            [
                f"Made by `{told['made_by']}` in {told['seconds'] // 60} minutes on {told['machine']}",
                f"(commit {told['commit'] or 'not told'}, encoder {told['encoder']}); do not edit by hand.",
                "Scored each half second; a half second is freezing when at least half of it is marked.",
                "All rows of a task saw the same people. In brackets: 95 % intervals over people.",
                "*Macro* is the mean over people who have both kinds. Freezing was provoked in all of these",
                "recordings: their false alarms an hour say nothing about a day at home.",
                told.get("note", ""),
            ]
        ),
    ]
    for task in dict.fromkeys(r["task"] for r in told["results"]):
        mine = [r for r in told["results"] if r["task"] == task]
        metrics = list(dict.fromkeys(r["metric"] for r in mine))
        heads = [m for m in metrics if not m.startswith("sensitivity")]
        lines += ["", f"## {task} ({mine[0]['people']} people)", ""]
        lines += ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
        rows = list(dict.fromkeys(r["row"] for r in mine))
        lines += [f"| {row} | " + " | ".join(_cell(found[task, row, m]) for m in heads) + " |" for row in rows]
        alarms = [m.removeprefix("sensitivity at ") for m in metrics if m.startswith("sensitivity at ")]
        lines += ["", "Freezes found, and of those of 5 s or longer, with at most so many false alarms an hour:", ""]
        lines += ["| | " + " | ".join(alarms) + " |", "|---|" + "---|" * len(alarms)]
        for row in rows:
            both = [
                f"{found[task, row, f'sensitivity at {a}']['value']:.2f} "
                f"({found[task, row, f'sensitivity (5 s or longer) at {a}']['value']:.2f})"
                for a in alarms
            ]
            lines.append(f"| {row} | " + " | ".join(both) + " |")
    lines += ["", "## Targets", "", "| task | metric | target | ours | |", "|---|---|---|---|---|"]
    for task, metric, least in TARGETS:
        value = found[task, "ours", metric]["value"]
        verdict = "met" if value >= least else f"**missed by {least - value:.3f}**"
        lines.append(f"| {task} | {metric} | {least:g} | {value:.3f} | {verdict} |")
    lines += ["", "What was tried on the way stands in [ledger.md](ledger.md)."]
    return "\n".join(lines) + "\n"


def _cell(result: dict[str, Any]) -> str:
    if result["value"] is None:
        return "–"
    text = f"{result['value']:.3f}"
    return text if result["low"] is None else f"{text} ({result['low']:.2f}–{result['high']:.2f})"
