"""The rows of the import page as HTML, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from clinic.intake_preview.preview import LIGHTS, Preview
from clinic.intake_preview.words import page_hint, size_words

WIDTHS = (2.6, 2.0, 2.4, 1.0, 2.2, 1.0, 3.0)
"""Shares of the columns, the same for rows of HTML and rows that hold a field."""
_HEADS = ("file", "device, sensors", "worn at, and why", "rate, unit", "starts, by which clock", "span", "quality")
_GRID = f'style="grid-template-columns:{" ".join(f"minmax(0,{w:g}fr)" for w in WIDTHS)}"'
_SIGNS = {"imported": ("●", "#009E73"), "already here": ("○", "#48535E"), "refused": ("☒", "#1F2933")}


def head_html() -> str:
    """Names of the columns."""
    return f'<div class="mw-row head" {_GRID}>{"".join(f"<div>{h}</div>" for h in _HEADS)}</div>'


def row_html(row: Preview, answers: Mapping[str, str]) -> str:
    """One file with nothing to be asked."""
    cells = cells_html(row, answers)
    if not row.can_be_read:
        said = f"<b>Refused: {escape(row.problem)}.</b><br><small>{escape(row.hint)}</small>"
        body = f'{cells[0]}<div class="wide">{said}</div>'
    else:
        body = "".join(cells)
    faded = " here" if row.state == "here" else ""
    return f'<div class="mw-row{faded}" {_GRID}>{body}</div>'


def cells_html(row: Preview, answers: Mapping[str, str]) -> tuple[str, ...]:
    """The cells of a row, in the order of the columns."""
    sign, word, colour = LIGHTS[row.light(dict(answers))]
    name = f'<span style="color:{colour}">{sign}</span> <b>{escape(row.file)}</b>'
    said = [answers.get(s.stream) or s.worn for s in row.sites]
    changed = any(a != s.worn for a, s in zip(said, row.sites, strict=True))
    why = "said by you" if changed else next((s.why for s in row.sites), "")
    return (
        f"<div>{name}<br><small>{size_words(row.size)} · {word}</small></div>",
        _cell(row.device, row.sensors),
        _cell(", ".join(said), why),
        _cell(row.rate, row.unit),
        _cell(row.starts, row.clock),
        _cell(row.span, ""),
        _cell(*row.quality_said(dict(answers)), bold=True),
    )


def _cell(top: str, below: str, *, bold: bool = False) -> str:
    head = f"<b>{escape(top)}</b>" if bold else escape(top)
    return f"<div>{head}<br><small>{escape(below)}</small></div>"


def closer_html(row: Preview) -> str:
    """Which file, sensor and minute the picture below shows."""
    return f'<div class="mw-head">{escape(row.file)} <span>{escape(row.caption)}</span></div>'


def guesses_html(row: Preview) -> str:
    """What the reader had to assume, a line each."""
    lines = "".join(f"<li>{escape(g)}</li>" for g in row.guesses) or "<li>Nothing: the file says it all.</li>"
    return f'<div class="mw-head">What we had to guess</div><ul class="mw-guess">{lines}</ul>'


def happened_html(outcomes: Sequence[Mapping[str, Any]]) -> str:
    """The table of what became of each file; ``outcomes`` as a job says them."""
    rows = []
    for o in outcomes:
        sign, colour = _SIGNS.get(str(o["status"]), ("", ""))
        said = str(o["sentence"]).removeprefix(f"{o['file']}: ")  # it stands beside its name here
        said = page_hint(said, reads_leniently=True)
        rows.append(
            f'<tr><td><span style="color:{colour}">{sign}</span> <b>{escape(str(o["file"]))}</b></td>'
            f"<td>{escape(str(o['status']))}</td><td>{escape(said)}</td></tr>"
        )
    head = "<tr><th>file</th><th>now</th><th>what happened</th></tr>"
    return f'<table class="mw-table"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'
