"""What an encoder is pretrained from, as a TOML file says it; a word that nobody reads is refused, not passed over."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from data.errors import MotionwardError
from models.augmentations import Strengths
from models.encoders.folder import FRAMES
from models.pretraining.changes import CHANGES

RECIPES = Path(__file__).parent / "recipes"
"""Those that ship."""
CROSSED = ("cmc", "cmkm", "sigmoid")
"""Objectives between a sensor and what a camera saw."""
SEEN = (*CROSSED, "sum")
"""Objectives that need what a camera saw."""
CAMERAS = ("skeleton", "depth", "skeleton and depth", "film")
OBJECTIVES = ("simclr", "relcon", "masked", "both", "labels", *SEEN)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


_Check = tuple[str, Callable[[Any], bool]]
_COUNT: _Check = ("a whole number above 0", _is_count)
_NUMBER: _Check = ("a number, not below 0", _is_number)
_ABOVE_0: _Check = ("a number above 0", lambda v: _is_number(v) and v > 0)
_SHARE: _Check = ("a number between 0 and 1", lambda v: _is_number(v) and 0 < v < 1)
_YES_OR_NO: _Check = ("true or false", lambda v: isinstance(v, bool))


def _one_of(*words: str) -> _Check:
    return f"one of {', '.join(words)}", lambda v: v in words


_ENTRIES: dict[str, dict[str, _Check]] = {
    "": {
        "name": ("words", lambda v: isinstance(v, str) and bool(v)),
        "seed": ("a whole number, not below 0", lambda v: _is_count(v) or (v == 0 and isinstance(v, int))),
        "widths": ("three whole numbers above 0", lambda v: isinstance(v, list) and [*map(_is_count, v)] == [True] * 3),
        "objective": _one_of(*OBJECTIVES),
        "frame": _one_of(*FRAMES),
        "sets": ("a list of names of sets", _are_words),
        "pairs": ("a list of folders", lambda v: _are_words(v) and bool(v)),
    },
    "training": {
        "steps": _COUNT, "batch": _COUNT, "vectors": _COUNT, "threads": _COUNT, "projection": _COUNT,
        "learning_rate": _ABOVE_0, "temperature": _ABOVE_0, "weight_decay": _NUMBER, "activity_weight": _NUMBER,
        "neighbour_s": _NUMBER, "masked_weight": _NUMBER, "hidden": _SHARE, "hubs": _YES_OR_NO,
        "format": _one_of("fp32", "bf16"), "camera": _one_of(*CAMERAS), "neighbours": _COUNT,
        "teacher_epochs": _COUNT, "clips": _COUNT, "positives": _one_of("ranked", "nearest"), "within": _ABOVE_0,
    },
    "augmentations": {f.name: _NUMBER for f in fields(Strengths)},
    "distance": {
        "steps": _COUNT, "batch": _COUNT, "statistics": _one_of("candidate", "own"),
        "in_use": _one_of("sparsemax", "softmax"), "changes": _one_of(*CHANGES),
    },
    "mining": dict.fromkeys(("blocks", "people", "each", "candidates", "vectors"), _COUNT) | {
        "within_person": _YES_OR_NO,
    },
}  # fmt: skip
"""Of each table, and of what stands before the first: what it may hold."""

_TABLES = tuple(t for t in _ENTRIES if t)
_ALWAYS = ("steps", "batch", "vectors", "threads", "learning_rate", "weight_decay", "activity_weight")
_NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "simclr": {"training": (*_ALWAYS, "temperature", "projection", "neighbour_s")},
    "labels": {"training": _ALWAYS},
    "masked": {"training": (*_ALWAYS, "hidden")},
    "both": {"training": (*_ALWAYS, "temperature", "projection", "neighbour_s", "hidden", "masked_weight")},
    "cmc": {"training": (*_ALWAYS, "temperature", "projection", "camera")},
    "cmkm": {"training": (*_ALWAYS, "temperature", "projection", "camera", "neighbours", "teacher_epochs")},
    "sigmoid": {"training": (*_ALWAYS, "projection", "camera")},
    "relcon": {
        "training": (*_ALWAYS, "temperature"),
        "distance": ("steps", "batch", "statistics"),
        "mining": ("blocks", "people", "each", "candidates", "vectors"),
    },
}
_NEEDED["sum"] = {
    **_NEEDED["relcon"],
    "training": (*_NEEDED["both"]["training"], "camera", "clips"),
}


def read_recipe(path: Path) -> dict[str, Any]:
    """A recipe; where it names a ``base``, that one with what this one says otherwise.

    A base is looked for from the recipe's folder; a bare name that is no file there is that of a recipe that ships.
    A table that is given replaces single entries of the base's, not the whole table. Folders of pairs are looked for
    from the recipe's folder too.

    Raises
    ------
    MotionwardError
        If it, or its base, says something that is not understood, or lacks what its objective needs.
    """
    settings = _with_base(path, ())
    for problems in (_no_tables, _not_understood, _lacking, _at_odds):
        for problem in problems(settings):
            raise MotionwardError(f"{path}: {problem}: mend the recipe.")
    return settings


def _with_base(path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
    if not path.is_file() and path.name == str(path) and (RECIPES / path.name).is_file():
        path = RECIPES / path.name
    if path.resolve() in above:
        raise MotionwardError(f"{path} is, through its base, its own base: name another one.")
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # of TOML and of UTF-8
        raise MotionwardError(f"{path} is no TOML ({error}): mend the recipe.") from error
    if _are_words(said.get("pairs")):
        said["pairs"] = [str((path.parent / folder).resolve()) for folder in said["pairs"]]
    if "base" not in said:
        return said
    base = said.pop("base")
    if not isinstance(base, str):
        raise MotionwardError(f"{path}: base is {base!r}, wanted is the path of a recipe: mend the recipe.")
    beside = path.parent / base
    shipped = not beside.is_file() and Path(base).name == base
    settings = _with_base(Path(base) if shipped else beside, (*above, path.resolve()))
    for key, value in said.items():
        old = settings.get(key, {})
        settings[key] = old | value if isinstance(value, dict) and isinstance(old, dict) else value
    return settings


def _no_tables(settings: dict[str, Any]) -> Iterator[str]:
    for table in (*_TABLES, "held_out"):
        if not isinstance(settings.get(table, {}), dict):
            yield f"{table} is no table"


def _not_understood(settings: dict[str, Any]) -> Iterator[str]:
    for table, entries in _ENTRIES.items():
        where = f"[{table}] " if table else ""
        for key, value in _of(settings, table).items():
            if key not in entries:
                there = sorted({*entries, *(() if table else _TABLES)})
                yield f"{where}{key} is not known (there are {', '.join(there)})"
            elif not entries[key][1](value):
                yield f"{where}{key} is {value!r}, wanted is {entries[key][0]}"
    for name, people in settings.get("held_out", {}).items():
        if not _are_words(people):
            yield f'[held_out] {name} is {people!r}, wanted is a list of people such as ["1", "2"]'


def _lacking(settings: dict[str, Any]) -> Iterator[str]:
    for table in ("held_out", "augmentations"):
        if table not in settings:
            yield f"[{table}] is not said, and there is no base that says it"
    for table, keys in ({"": ("name", "seed", "widths")} | _NEEDED[settings.get("objective", "simclr")]).items():
        lacking = [k for k in keys if k not in _of(settings, table)]
        if lacking:
            where = f"[{table}] " if table else ""
            yield f"{where}{', '.join(lacking)} is not said, and there is no base that says it"


def _at_odds(settings: dict[str, Any]) -> Iterator[str]:
    """What a recipe says of a camera that cannot all be so."""
    has_pairs, camera = "pairs" in settings, settings["training"].get("camera")
    if not has_pairs and settings.get("sets") == []:
        yield "sets is [], and there are no pairs to learn from"
    if not has_pairs and camera == "film":
        yield "[training] camera is 'film', and there are no pairs that have films"
    if has_pairs and settings.get("objective", "simclr") not in CROSSED:
        yield f"pairs are for {', '.join(CROSSED)} alone, and the objective is {settings.get('objective', 'simclr')}"
    if camera == "skeleton and depth" and settings.get("objective") == "cmkm":
        yield "[training] camera is 'skeleton and depth', and cmkm mines between two views: name one of them"
    if has_pairs and camera in {"depth", "skeleton and depth"}:
        yield f"[training] camera is {camera!r}, which only utd-mhad has: of pairs of your own it is skeleton or film"
    if has_pairs and "utd-mhad" in settings.get("sets", ["utd-mhad"]):
        yield (
            "pairs of your own cannot be mixed with utd-mhad, whose joints and films are others: say sets without it, "
            "such as sets = []"
        )


def _of(settings: dict[str, Any], table: str) -> dict[str, Any]:
    """Entries of a table, or those before the first."""
    if table:
        return dict(settings.get(table, {}))
    return {k: v for k, v in settings.items() if k not in {*_TABLES, "held_out"}}
