"""Labelled half seconds of the research sets, embedded: what detectors are trained and judged on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.conditioning import condition
from data.datasets.registry import DATASETS, identity
from data.intervals import Intervals
from data.phenomena import FALL, FREEZING
from data.recording import Recording, Stream
from models.embedding import embed
from models.encoders.folder import Encoder
from models.training.marks import CONTROLS, labelled

ACC = ("acc_x", "acc_y", "acc_z")
"""What the detectors read: the sets with freezing that are used have no gyroscope, or not all of them."""

HEAVIEST = "tdcsfog/2d57c2"
"""The person with half of all freezing; figures are also given without."""

SITES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tdcsfog": ("tdcsfog", ("lower-back",)),
    "daphnet-trunk": ("daphnet", ("trunk",)),
    "daphnet-ankle": ("daphnet", ("ankle",)),
    "oday-lumbar": ("oday", ("lower-back",)),
    "oday-ankles": ("oday", ("left-ankle", "right-ankle")),
    "sisfall-waist": ("sisfall", ("waist",)),
    "umafall-waist": ("umafall", ("waist",)),
    "umafall-chest": ("umafall", ("chest",)),
    "umafall-ankle": ("umafall", ("ankle",)),
    "umafall-wrist": ("umafall", ("wrist",)),
    "weda-fall-wrist": ("weda-fall", ("wrist",)),
    "rest-tremor-hand": ("rest-tremor", ("hand",)),
}
"""A set and which of its sensors, by the names used in recipes."""

ACTIVITIES = ("sisfall", "umafall", "weda-fall")
"""Sets whose recordings hold one activity each."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One stream of one recording, without a gap, with what raters said about it.

    Parameters
    ----------
    person
        ``<set>/<person>``.
    site
        A key of :data:`SITES`.
    kind
        What was done, where the whole recording is one activity; else empty.
    vectors
        ``(n, dim)`` float16, shape values, then the 85 standardised features.
    marked
        ``(n,)`` float32, share of each half second that is marked.
    judged
        ``(n,)`` bool: raters looked at it, and gravity could be told.
    marks
        The marks themselves, microseconds.
    control
        Whether the person stands for everyday activities: nobody in the set has the phenomenon.
    """

    person: str
    site: str
    name: str
    kind: str
    vectors: NDArray[np.float16]
    marked: NDArray[np.float32]
    judged: NDArray[np.bool_]
    marks: Intervals
    control: bool = False

    @property
    def is_marked(self) -> NDArray[np.bool_]:
        """``(n,)``: at least half of the half second is marked."""
        return self.marked >= 0.5

    @property
    def cells(self) -> int:
        """Number of half seconds."""
        return len(self.marked)


def streams(data: Path, site: str, phenomenon: str = FREEZING) -> list[tuple[str, Recording, Stream]]:
    """``(person, recording, stream)`` of a site; staged falls only where falls are wanted.

    Raises
    ------
    ValueError
        If the site is unknown.
    """
    if site not in SITES:
        raise ValueError(f"unknown site {site!r}; there are {', '.join(SITES)}")
    name, wanted = SITES[site]
    out = []
    for person, recording in DATASETS[name].load(data):
        if phenomenon == FALL or all(a.label != FALL for a in recording.annotations):
            out += [(identity(name, person), recording, s) for s in recording.streams if s.name in wanted]
    return out


def signals(data: Path, site: str) -> dict[str, NDArray[np.float32]]:
    """``(25 n, 3)`` float32 acceleration of each trial (and what is left of a half second after it), g, 50 Hz,
    gravity along +z; by the trial's name."""
    found = {}
    for _, recording, stream in streams(data, site):
        (segment,) = stream.segments
        source = condition(segment, stream.channels, ACC)
        found[f"{recording.source.name} {stream.name}"] = source.read(0, source.n_samples).acc
    return found


def trials(
    data: Path,
    site: str,
    encoder: Encoder,
    cache: Path | None = None,
    phenomenon: str = FREEZING,
    change: Callable[[Stream], Stream] | None = None,
) -> tuple[Trial, ...]:
    """All trials of a site, embedded from acceleration alone.

    Parameters
    ----------
    phenomenon
        What is marked in them; see :mod:`models.training.marks`.
    change
        What another sensor would have recorded (:mod:`models.evaluation.stress`); the marks stay.
    cache
        Folder that remembers the vectors by the encoder's version; None computes them anew.
    """
    found = streams(data, site, phenomenon)
    name = SITES[site][0]
    file = None
    if cache is not None and change is None:
        key = hashlib.sha256(f"{encoder.version} {site} {data.resolve()} {len(found)}".encode()).hexdigest()[:16]
        file = cache / f"vectors-{site}-{key}.npz"
    if file is not None and file.is_file():
        with np.load(file) as stored:
            whole, sizes, valid_all = stored["vectors"], stored["sizes"], stored["valid"]
        ends = np.cumsum(sizes)
        parts = [(whole[e - n : e], valid_all[e - n : e]) for n, e in zip(sizes, ends, strict=True)]
    else:
        parts = []
        for _, _, stream in found:
            made = embed(stream if change is None else change(stream), encoder, ACC)
            parts.append((np.asarray(made.vectors[slice(0, len(made.grid))]), made.valid))
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(
                file,
                vectors=np.concatenate([v for v, _ in parts]),
                valid=np.concatenate([ok for _, ok in parts]),
                sizes=np.array([len(v) for v, _ in parts]),
            )
    out = []
    for (person, recording, stream), (seen, told) in zip(found, parts, strict=True):
        share, judged, marks = labelled(recording, stream, phenomenon)
        n = min(len(share), len(seen))  # at another rate the last half second may be lost
        kind = recording.annotations[0].label if name in ACTIVITIES and recording.annotations else ""
        if n:
            title = f"{recording.source.name} {stream.name}"
            control = name in CONTROLS[phenomenon]
            out.append(Trial(person, site, title, kind, seen[:n], share[:n], judged[:n] & told[:n], marks, control))
    return tuple(out)


def people(items: Sequence[Trial]) -> tuple[str, ...]:
    """The people of these trials, sorted."""
    return tuple(sorted({t.person for t in items}))


def of_people(items: Sequence[Trial], wanted: Sequence[str]) -> tuple[Trial, ...]:
    """The trials of some people."""
    chosen = set(wanted)
    return tuple(t for t in items if t.person in chosen)


def cut(trial: Trial, first: int, last: int) -> Trial:
    """The half seconds ``[first, last)`` of a trial; its marks stay as they are."""
    rows = slice(first, last)
    return replace(trial, vectors=trial.vectors[rows], marked=trial.marked[rows], judged=trial.judged[rows])
