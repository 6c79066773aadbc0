"""What a detector is trained from, as a TOML file under ``recipes/`` says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import MotionwardError
from data.recording import Placement
from models.training.corpus import SITES
from models.training.marks import CONTROLS

if TYPE_CHECKING:
    from models.training.fit import Fit
    from models.training.tune import Tune


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as read: what a TOML file under ``recipes/`` holds.

    Parameters
    ----------
    alarms
        False alarms an hour that the card tells the sensitivity at.
    min_duration_s, merge_gap_s
        Shorter episodes are dropped, closer ones become one.
    bridge_s
        Closer ones become one although what lies between could not be judged.
    personal
        Whether what the patients show about adapting it comes with the detector; not with a tuned encoder.
    """

    name: str
    phenomenon: str
    placements: tuple[Placement, ...]
    encoder: str
    seed: int
    min_rate_hz: float
    sites: tuple[str, ...]
    folds: int
    out_of_fold_members: int
    false_alarms_per_hour: float
    daily_per_hour: float
    hysteresis: float
    fit: Fit
    tune: Tune | None
    alarms: tuple[float, ...] = (5, 10, 20)
    min_duration_s: float = 1.0
    merge_gap_s: float = 1.0
    bridge_s: float = 0.0
    personal: bool = False


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    MotionwardError
        If it cannot be read, or a name or value in it is not known.
    """
    from models.training.fit import Fit  # noqa: PLC0415  imports torch
    from models.training.tune import Tune  # noqa: PLC0415  as above

    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))  # Any: TOML
        settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.pop("fit", {}).items()}
        tuning: dict[str, Any] | None = table.pop("tune", None)
        table["placements"] = tuple(Placement(p) for p in table["placements"])
        table |= {k: tuple(v) for k, v in table.items() if isinstance(v, list)}
        unknown = {s for s in table["sites"] if s not in SITES} | ({table["phenomenon"]} - set(CONTROLS))
        unknown |= set(settings) - {f.name for f in fields(Fit)}
        unknown |= set(tuning or {}) - {f.name for f in fields(Tune)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")  # noqa: TRY301  told with the file's name below
        return Recipe(**table, fit=Fit(**settings), tune=None if tuning is None else Tune(**tuning))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MotionwardError(
            f"{path}: not a recipe of a detector ({error}): compare it with those in models/training/recipes."
        ) from error
