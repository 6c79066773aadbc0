"""The healthy people's recordings, conditioned and laid end to end in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.conditioning import SensorFrame, condition
from data.datasets.registry import DATASETS
from data.errors import MotionwardError
from data.phenomena import FALL
from models.encoders.folder import FRAMES
from models.features import features

LOADERS = {name: DATASETS[name].load for name in ("motionsense", "sisfall", "umafall", "weda-fall", "utd-mhad")}

WITHOUT_ACTIVITY = (FALL,)
"""Labels that say nothing about most of their trial: they take no part in the second task."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One stream of one recording, which has the name of its source: rows ``[start, stop)`` of the corpus."""

    dataset: str
    person: str
    recording: int
    placement: str
    activity: str
    start: int
    stop: int
    has_gyro: bool
    source: str = ""


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
    frame
        One of :data:`FRAMES`: whose axes the samples are along.

    Raises
    ------
    MotionwardError
        If a set is unknown, or somebody to be left alone is not there: a name that is written otherwise would have
        that person in the training.
    """
    for dataset in (*held_out, *(sets or ())):
        if dataset not in LOADERS:
            raise MotionwardError(
                f"{dataset!r} is no set that encoders learn from ({', '.join(LOADERS)}): mend the recipe."
            )
    signals: list[NDArray[np.float32]] = []
    trials: list[Trial] = []
    moments: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    at = number = 0
    for dataset in LOADERS if sets is None else sets:
        load = LOADERS[dataset]
        seen: list[NDArray[np.float32]] = []
        people: set[str] = set()
        for person, recording in load(root):
            people.add(person)
            if person in held_out.get(dataset, []):
                continue
            number += 1
            activity = recording.annotations[0].label if recording.annotations else ""
            for stream in recording.streams:
                source = condition(stream.segments[0], stream.channels)
                along = SensorFrame(source) if frame == "sensor" else source
                piece = along.read(0, source.n_samples)
                signals.append(np.hstack([piece.acc - np.array([0, 0, 1], dtype=np.float32), piece.gyro]))
                stop = at + source.n_samples
                site, has_gyro, name = stream.placement.value, source.has_gyro, recording.source.name
                trials.append(Trial(dataset, person, number, site, activity, at, stop, has_gyro, name))
                at = stop
                # Every fourth trial is plenty for two moments.
                if number % 4 == 0:
                    seen.append(features(source, 0, source.n_cells))
        if unknown := sorted(set(held_out.get(dataset, [])) - people):
            raise MotionwardError(
                f"{dataset} has nobody called {', '.join(unknown)} to hold out, of {', '.join(sorted(people))}: "
                "mend the recipe."
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
