"""How small a report has to be printed from a browser so that its page stays one, told from how much stands on it.

A browser breaks the page where the paper ends, which parted the numbers from what they cannot say. The program's own
PDF is laid out and measured (:func:`clinic.reports.pdf.to_pdf`); here nothing is laid out, and the lengths of texts in
the widest of the page's fonts have to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from clinic.reports.content import Report

SIZES = (1.0, 0.95, 0.9, 0.85)
"""What a page may be printed at; the last is still over 7 points."""
_PAPER = 1054.0
"""Height of A4 between the margins of the style, in its pixels."""
_WHOLE, _HALF, _LARGE, _FOOT = 112.0, 54.0, 80.0, 128.0
"""Characters of a line across the page, in half of it, of the answer and of the foot."""


def print_size(r: Report, pictures: float, dose_picture: float, *, is_dense: bool) -> float:
    """The largest of ``SIZES`` at which a report fits a page; the last where none does.

    Parameters
    ----------
    pictures, dose_picture
        Height of the picture with its key, and of that of the doses: 0 where there is none; at full size.
    is_dense
        Whether the style draws lines closer.
    """
    for size in SIZES:
        # All is drawn smaller on the same paper: its width holds more of each text, the pictures grow with the width.
        if size * _height(r, pictures, dose_picture, 1 / size, is_dense=is_dense) <= _PAPER:
            return size
    return SIZES[-1]


def _height(r: Report, pictures: float, dose_picture: float, wider: float, *, is_dense: bool) -> float:
    line, row, head, gap = (15, 14, 15, 5) if is_dense else (16, 19, 19, 8)

    def lines(texts: Iterable[str], wide: float) -> int:
        return sum(ceil(len(text) / (wide * wider)) for text in texts)

    told = [f"{bold}: {text}" for bold, text in r.quality]
    limits = " ".join(r.limits)
    beside = (
        head + lines([r.doses_note], _HALF) * line + 3 + dose_picture * wider if r.doses
        else head + lines([limits], _HALF) * line
    )  # fmt: skip
    below = gap + head + lines([limits], _WHOLE) * line if r.doses else 0
    strip = " ".join(bold + rest + 6 * " " for _, bold, rest in r.trust)
    return (
        50 + 13 + lines([f"{r.sensor} · {r.detector}"], _WHOLE) * line
        + lines([r.answer.first, r.answer.second], _LARGE) * 21
        + 14 + lines([strip], _WHOLE) * line
        + gap + head + pictures * wider
        + gap + head + 19 + len(r.table) * row + lines([r.others], _WHOLE) * 18
        + gap + max(beside, head + sum(lines([t], _HALF) * line + 3 for t in told)) + below
        + gap + head + lines([r.reviewed], _WHOLE) * line
        + (18 if r.evidence else 0) + 32 + 13 + lines(r.foot, _FOOT) * 14
    )  # fmt: skip
