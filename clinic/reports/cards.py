"""What a detector's own folder says of it: where it was measured, and what it found there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clinic.reports.material import Material
from clinic.store.rows import RunRow
from clinic.timeline.lane import Lane
from models.assets import assets_dir
from models.detectors.folder import DESCRIPTION, version_of
from models.detectors.points import OperatingPoint, points_of


@dataclass(frozen=True, slots=True)
class Card:
    """The figures of one version of a detector.

    ``threshold`` is its own, before anybody moved it; ``measured`` is the folder's free JSON.
    """

    name: str
    version: str
    phenomenon: str
    placements: tuple[str, ...]
    threshold: float
    points: tuple[OperatingPoint, ...]
    measured: dict[str, Any]  # JSON

    @property
    def base(self) -> str:
        """Whom the figures were measured on: ``5 people it had not met (0.9 h)``."""
        people, hours = self.measured.get("people"), self.measured.get("hours")
        who = f"{people} people it had not met" if isinstance(people, int) else "people it had not met"
        return f"{who} ({hours:.1f} h)" if isinstance(hours, int | float) else who

    def at(self, threshold: float) -> OperatingPoint | None:
        """The operating point of a threshold; None where none within 0.02 was measured."""
        near = min(self.points, key=lambda p: abs(p.threshold - threshold), default=None)
        return near if near is not None and abs(near.threshold - threshold) <= 0.02 else None


@lru_cache(maxsize=32)
def card_of(name: str, version: str) -> Card | None:
    """The card of a shipped detector; None when that very version is not installed here."""
    folder = assets_dir() / "detectors" / name
    if not (folder / DESCRIPTION).is_file() or version_of(folder) != version:
        return None
    about: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))  # Any: JSON
    return Card(
        name,
        version,
        about["phenomenon"],
        tuple(about["placements"]),
        float(about["rules"]["threshold"]),
        points_of(about["points"]),
        about["measured"],
    )


def cards_of(runs: Sequence[RunRow]) -> list[Card]:
    """Cards of the detectors that the runs used, as far as they are installed in that version."""
    named = {(str(d["name"]), str(d["version"])) for run in runs for d in run.manifest.get("detectors", [])}
    return [card for name, version in sorted(named) if (card := card_of(name, version)) is not None]


def card_for(m: Material, shown: Lane, cards: Sequence[Card]) -> Card | None:
    """The card of the detector that judged the lane: by its episodes, else by phenomenon and placement."""
    versions = {e.detector for e in shown.episodes}
    placements = {s.placement for r in m.recordings for s in r.streams if s.name == shown.stream}
    fitting = [c for c in cards if c.phenomenon == shown.phenomenon]
    by_episode = [c for c in fitting if c.version in versions]
    by_place = [c for c in fitting if placements & set(c.placements)]
    return next(iter(by_episode or ([] if versions else by_place)), None)
