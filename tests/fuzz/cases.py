"""The cases of one seed or of the bombs, judged one after the other in a process of their own."""

from __future__ import annotations

import faulthandler
import json
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from clinic.home import Home
from clinic.store import Store
from data.errors import RecordingError
from data.recording import Recording
from tests.fuzz.bombs import bombs
from tests.fuzz.damage import CUTS, Damaged, cut, damages
from tests.fuzz.judge import GOOD, judge
from tests.fuzz.seeds import Seed

PATIENT = "P-01"
NOTES = "notes.jsonl"
PATIENCE_S = 900
"""A case that takes so long by the clock ends its process, with a note of where it stood: it waits for something."""
STORED_EACH = 10
"""Every so manieth readable recording is stored as well."""


def run(units: list[str], known: dict[str, Seed], count: int, work: Path) -> None:
    """Judge the cases of some units; note each in a line of JSON, and go on after those that are noted.

    Parameters
    ----------
    units
        Names of seeds, or ``bombs``.
    count
        Drawn damages; the file cut at each hundredth comes on top, as many of them at most.
    """
    begun = Counter(n["unit"] for n in notes_in(work) if "begun" in n)
    store = _Stored(Home(work / "home"))
    with (work / NOTES).open("a", encoding="utf-8") as out:
        for unit in units:
            for number, (path, done, lenient) in enumerate(_cases(unit, known, count, work / "files")):
                if number < begun[unit]:
                    continue
                faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
                out.write(json.dumps({"begun": number, "unit": unit, "done": done}) + "\n")
                out.flush()
                out.write(json.dumps({**_judged(path, store, lenient=lenient), "unit": unit, "done": done}) + "\n")
                faulthandler.cancel_dump_traceback_later()


def notes_in(work: Path) -> list[dict[str, Any]]:
    """What was noted so far."""
    notes = work / NOTES
    return [json.loads(line) for line in notes.read_text("utf-8").splitlines()] if notes.exists() else []


def _judged(path: Path, store: _Stored, *, lenient: bool) -> dict[str, Any]:
    verdict = judge(path, lenient=lenient)
    outcome, said = verdict.outcome, verdict.said
    is_stored = False
    if verdict.recording is not None:
        problem = store.problem(verdict.recording)
        is_stored = problem is None
        if problem:
            outcome, said = "store", problem
    if outcome not in GOOD:
        kept = path.parents[1] / "failed" / f"{outcome}-{zlib.crc32(path.read_bytes()):08x}"
        shutil.copytree(path.parent, kept, dirs_exist_ok=True)
    return {
        "outcome": outcome, "said": said, "seconds": round(verdict.seconds, 3), "peak_mib": round(verdict.peak_mib),
        "stored": is_stored, "lenient": lenient,
    }  # fmt: skip


def _cases(unit: str, known: dict[str, Seed], count: int, folder: Path) -> Iterator[tuple[Path, str, bool]]:
    """The damaged file of each case in turn, what was done to it, and whether to read it leniently."""
    if unit == "bombs":
        for name, write in list(bombs().items())[:count]:
            for lenient in (False, True):
                yield write(_emptied(folder)), name, lenient
        return
    victim = known[unit]
    shares = range(CUTS) if count >= CUTS else range(0, CUTS, CUTS // count)
    found = [cut(victim.content, share) for share in shares]
    others = [other.content for other in known.values()]
    for number, damaged in enumerate([*found, *_drawn(unit, victim, others, count)]):
        yield victim.write(_emptied(folder), damaged.content), damaged.done, number % 2 == 1


def _drawn(unit: str, victim: Seed, others: list[bytes], count: int) -> list[Damaged]:
    """What hypothesis thinks of: the same each time."""
    found: list[Damaged] = []

    @seed(zlib.crc32(unit.encode()))
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(damages(victim.content, others, is_text=victim.is_text))
    def collect(damaged: Damaged) -> None:
        found.append(damaged)

    collect()
    return found


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


class _Stored:
    """A store into which some of the readable recordings go: whole, or not at all."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.store: Store | None = None
        self.seen = 0

    def problem(self, recording: Recording) -> str | None:
        """What is wrong with how a recording was stored; an empty text where it was not this one's turn."""
        self.seen += 1
        if (self.seen - 1) % STORED_EACH:
            return ""
        if self.store is None:
            self.store = Store.open(self.home)
            self.store.add_patient(PATIENT, "Europe/Berlin", actor="fuzz", now_us=1)
        try:
            self.store.import_(recording, PATIENT, actor="fuzz", now_us=2)
        except RecordingError as error:
            problem = "" if not self.store.has(recording.source.sha256) else f"half stored: {error}"
        except Exception as error:  # noqa: BLE001  any other is what is looked for
            problem = f"{type(error).__name__} in the store: {error}"
        else:
            problem = None if self.store.has(recording.source.sha256) else "not stored, and nothing said"
        orphans = {f.name for f in self.home.signals().glob("*")} - {r.id for r in self.store.recordings()}
        return f"signals without a row: {sorted(orphans)[:3]}" if orphans else problem
