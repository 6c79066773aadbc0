"""The words of a name, and the side of the body that they speak of."""

from __future__ import annotations

import re

from data.recording import Side

SIDES = {"left": Side.LEFT, "l": Side.LEFT, "lft": Side.LEFT, "lt": Side.LEFT,
         "right": Side.RIGHT, "r": Side.RIGHT, "rgt": Side.RIGHT, "rt": Side.RIGHT}  # fmt: skip


def tokens(text: str) -> list[str]:
    """Words of a name, lower case: ``leftAnkle_AccX`` → left, ankle, acc, x."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    return [w.lower() for w in re.split(r"[^A-Za-z0-9]+", spaced) if w]


def side_of(text: str) -> Side:
    """The side that a name speaks of; unknown where it names none, or both.

    >>> side_of("P01_LeftDay2.csv"), side_of("left and right.csv")
    (<Side.LEFT: 'left'>, <Side.UNKNOWN: ''>)
    """
    named = {SIDES[w] for w in tokens(text) if w in SIDES}
    return named.pop() if len(named) == 1 else Side.UNKNOWN


def are_two_sides(one: str, other: str) -> bool:
    """Whether one name says left and the other right: all that tells the sides of sensors that nobody placed."""
    return {side_of(one), side_of(other)} == {Side.LEFT, Side.RIGHT}
