"""The healthy people's recordings, conditioned and laid end to end in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.conditioning import SensorFrame, condition
from data.datasets import utd_mhad_virtual
from data.datasets.registry import DATASETS, Load
from data.errors import MotionwardError
from data.phenomena import FALL
from models.encoders.folder import FRAMES
from models.features import features

LOADERS = {name: DATASETS[name].load for name in ("motionsense", "sisfall", "umafall", "weda-fall", "utd-mhad")}

VIRTUAL = {"utd-mhad-virtual": utd_mhad_virtual.load}
"""Sets that are read where a recipe names them: sensors that nobody wore."""
PEOPLE_OF = {"utd-mhad-virtual": "utd-mhad"}
"""Whose people those are: who is held out there is held out here."""

WITHOUT_ACTIVITY = (FALL,)
"""Labels that say nothing about most of their trial: they take no part in the second task."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One stretch of one stream of one recording, which has the name of its source.

    Parameters
    ----------
    recording
        Its number; a virtual sensor has that of the recording that it stands beside.
    start, stop
        Its rows of the corpus, ``[start, stop)``.
    start_us
        Instant of the first, on the recording's clock.
    """

    dataset: str
    person: str
    recording: int
    placement: str
    activity: str
    start: int
    stop: int
    has_gyro: bool
    source: str = ""
    start_us: int = 0

    @property
    def who(self) -> str:
        """The person, told from those of other sets."""
        return f"{PEOPLE_OF.get(self.dataset, self.dataset)}/{self.person}"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Conditioned samples at 50 Hz.

    Parameters
    ----------
    signal
        ``(n, 6)`` float32: acceleration without gravity in g, rotation in hundreds of °/s; gravity along z,
        or the axes of the sensor.
    feature_mean, feature_sd
        ``(85,)`` over the half seconds of all trials, each set weighing the same.
    """

    signal: NDArray[np.float32]
    trials: tuple[Trial, ...]
    feature_mean: NDArray[np.float32]
    feature_sd: NDArray[np.float32]


def load_corpus(
    root: Path,
    held_out: dict[str, list[str]],
    progress: Callable[[str], None] | None = None,
    sets: Sequence[str] | None = None,
    own: Mapping[str, Load] | None = None,
    frame: str = FRAMES[0],
) -> Corpus:
    """Condition every stream of every person who is not held out.

    Parameters
    ----------
    root
        Folder of the packed research sets.
    held_out
        People of each set to leave alone.
    sets
        Those to read; all by default.
    own
        Sets of the user's, by their names, that are read beside them.
    frame
        One of :data:`FRAMES`: whose axes the samples are along.

    Raises
    ------
    MotionwardError
        If a set is unknown, or somebody to be left alone is not there: a name that is written otherwise would have
        that person in the training; or people are to be left alone of a set whose people are another's, where they
        would stay; or nobody is left of a set.
    """
    mine, known = own or {}, {**LOADERS, **VIRTUAL, **(own or {})}
    _must_be_known(held_out, sets or (), known)
    signals: list[NDArray[np.float32]] = []
    trials: list[Trial] = []
    moments: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    at = number = 0
    numbers: dict[tuple[str, str], int] = {}
    for dataset in dict.fromkeys((*(LOADERS if sets is None else sets), *mine)):
        load = known[dataset]
        seen: list[NDArray[np.float32]] = []
        people: set[str] = set()
        gone = held_out.get(PEOPLE_OF.get(dataset, dataset), [])
        for person, recording in load(root):
            people.add(person)
            if person in gone:
                continue
            number += 1
            clip = (PEOPLE_OF.get(dataset, dataset), recording.source.name.removeprefix(f"{dataset}/"))
            # What nobody wore moves as the sensor that somebody wore then: the one is no negative of the other.
            one = numbers.get(clip, number) if dataset in PEOPLE_OF else number
            numbers[clip] = one
            activity = recording.annotations[0].label if recording.annotations else ""
            for stream, segment in ((s, part) for s in recording.streams for part in s.segments):
                source = condition(segment, stream.channels)
                along = SensorFrame(source) if frame == "sensor" else source
                piece = along.read(0, source.n_samples)
                signals.append(np.hstack([piece.acc - np.array([0, 0, 1], dtype=np.float32), piece.gyro]))
                stop = at + source.n_samples
                site, has_gyro, name = stream.placement.value, source.has_gyro, recording.source.name
                trials.append(Trial(dataset, person, one, site, activity, at, stop, has_gyro, name, segment.start_us))
                at = stop
                # Every fourth trial is plenty for two moments, but of a user's few.
                if number % 4 == 0 or dataset in mine:
                    seen.append(features(source, 0, source.n_cells))
        if unknown := sorted(set(gone) - people):
            raise MotionwardError(
                f"{dataset} has nobody called {', '.join(unknown)} to hold out, of {', '.join(sorted(people))}: "
                "mend the recipe."
            )
        if not seen:
            raise MotionwardError(
                f"Too few recordings of {dataset} are left to learn from: hold fewer people out in the recipe."
            )
        values = np.concatenate(seen).astype(np.float64)
        moments.append((values.mean(axis=0), (values**2).mean(axis=0)))
        if progress is not None:
            progress(f"{dataset}: {number} recordings so far, {at / 180_000:.1f} h")
    mean = np.mean([m for m, _ in moments], axis=0)
    sd = np.sqrt(np.maximum(np.mean([s for _, s in moments], axis=0) - mean**2, 0.0))
    return Corpus(
        np.concatenate(signals),
        tuple(trials),
        mean.astype(np.float32),
        np.where(sd > 1e-6, sd, 1.0).astype(np.float32),
    )


def _must_be_known(held_out: Iterable[str], sets: Sequence[str], known: Collection[str]) -> None:
    for name in held_out:
        if name in PEOPLE_OF:
            raise MotionwardError(
                f"The people of {name} are those of {PEOPLE_OF[name]}: hold them out there, for both, in the recipe."
            )
    if strange := [name for name in (*held_out, *sets) if name not in known]:
        raise MotionwardError(
            f"{strange[0]!r} is no set that encoders learn from ({', '.join(known)}): mend the recipe."
        )
