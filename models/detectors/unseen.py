"""What a detector does in people that its networks never saw: beside its folder's content, not part of it.

The file changes no result, so the version does not cover it; it names the version that it was measured of, and is read
for that one alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from data.errors import MotionwardError

FILE = "unseen.json"
Beside = TypeVar("Beside")


@dataclass(frozen=True, slots=True)
class UnseenPoint:
    """What one threshold does, with 95 % intervals over people.

    Parameters
    ----------
    alarms_per_hour
        False alarms in an hour of the people who have the phenomenon or may have it.
    sensitivity
        Share of the marked episodes that are found.
    """

    threshold: float
    alarms_per_hour: float
    alarms_low: float
    alarms_high: float
    sensitivity: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unseen:
    """The validation curve of one version of a detector, by rising threshold.

    Parameters
    ----------
    people, hours
        Who have the phenomenon or may have it, and their judged time.
    share
        Of that time with the phenomenon, people weighing as where its probabilities were calibrated; None where nobody
        said.
    """

    version: str
    people: int
    hours: float
    points: tuple[UnseenPoint, ...]
    share: float | None = None

    def at(self, per_hour: float) -> UnseenPoint:
        """The lowest threshold down to which every higher one keeps to so many false alarms an hour.

        What none keeps to gives the highest.
        """
        return self.points[within_budget([p.alarms_per_hour for p in self.points], per_hour)]


def within_budget(alarms: Sequence[float], per_hour: float) -> int:
    """Which of some thresholds, rising, is the lowest down to which every higher one keeps to so many false alarms.

    Coming down from the top, a threshold so low that all is one long flag is never reached. What none keeps to gives
    the last.
    """
    best = len(alarms) - 1
    for i in reversed(range(len(alarms))):
        if alarms[i] > per_hour:
            break
        best = i
    return best


def write_unseen(unseen: Unseen, folder: Path) -> None:
    """Put the file beside the detector that it is about."""
    (folder / FILE).write_text(json.dumps(asdict(unseen), indent=1) + "\n", encoding="utf-8")


def read_unseen(folder: Path, version: str) -> Unseen | None:
    """What was measured of this version; None where nothing was, or it was another.

    Raises
    ------
    MotionwardError
        If the file is damaged.
    """

    def made(about: dict[str, Any]) -> Unseen:  # Any: JSON
        points = tuple(UnseenPoint(**p) for p in about.pop("points"))
        return Unseen(points=points, **about)

    found = read_beside(folder / FILE, made)
    return found if found and found.version == version and found.points else None


def read_beside(file: Path, made: Callable[[dict[str, Any]], Beside]) -> Beside | None:  # Any: JSON
    """What a file beside a detector holds; None where there is none.

    Raises
    ------
    MotionwardError
        If it is damaged.
    """
    if not file.is_file():
        return None
    try:
        return made(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MotionwardError(
            f"{file} is damaged ({type(error).__name__}: {error}): get the detector's folder anew, or delete the file."
        ) from error
