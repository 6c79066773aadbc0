"""A user's own pairs in the training: whole recordings join the corpus, what the camera saw of them is cut into clips.

A folder of a recipe's ``pairs`` is a set by the folder's name, and its people are those of :mod:`data.pairs`. The two
clocks are laid over one another once for each pair, by what its movement told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.conditioning import RATE_HZ
from data.errors import MotionwardError
from data.pairs import LeftOut, Pair, find_pairs
from data.recording import CHANNELS, Recording
from data.skeletons import Skeleton
from models.encoders.skeleton import centred, normalised
from models.encoders.video import sampled
from models.features import CELL
from models.pretraining.corpus import LOADERS, Corpus
from models.pretraining.paired import Camera
from models.pretraining.pairs import Pairs

CLIP_S = 3.0
"""Length of a clip, about that of UTD-MHAD's; a longer window makes it longer."""
FRAME = ("hip_center", "shoulder_center", "left_shoulder", "right_shoulder")
"""Joints that give the person's own frame, where a file names them; its y axis points up then."""


@dataclass(frozen=True, slots=True)
class Own:
    """The pairs of one folder; the recordings are named after their set, person and number."""

    pairs: tuple[Pair, ...]

    def __call__(self, _: Path) -> Iterator[tuple[str, Recording]]:
        """Each recording with its person, as the sets of :mod:`data.datasets` are read."""
        for pair in self.pairs:
            yield pair.person, pair.recording


def read_own(settings: dict[str, Any], progress: Callable[[str], None] | None = None) -> dict[str, Own]:
    """The folders of a recipe's ``pairs`` by their names; what is left out of them is told with the reason.

    Raises
    ------
    MotionwardError
        If a folder has no pair for the recipe's camera, or has the name of another set.
    """
    own: dict[str, Own] = {}
    for folder in map(Path, settings.get("pairs", [])):
        name = folder.name
        if name in LOADERS or name in own:
            raise MotionwardError(f"{folder} has the name of another set: rename it, and what is held out of it.")
        found, left_out = find_pairs(folder)
        pairs: list[Pair] = []
        for pair in found:
            kind = "skeleton" if isinstance(pair.seen, Skeleton) else "film"
            if kind == settings["training"]["camera"]:
                pairs.append(_named(pair, f"{name}/{pair.person}/{len(pairs)}"))
            else:
                left_out.append(LeftOut(f"{pair.person}/{pair.name}", f"its camera made a {kind}"))
        if progress is not None:
            for one in left_out:
                progress(f"{name}: left out: {one.name}: {one.reason}")
            progress(f"{name}: {len(pairs)} pairs of {len({p.person for p in pairs})} people")
        if not pairs:
            raise MotionwardError(
                f"{folder} has no recording with a {settings['training']['camera']}: see why with motionward pairs."
            )
        own[name] = Own(tuple(pairs))
    return own


def _named(pair: Pair, source: str) -> Pair:
    """With a name that no other recording has; marks are no activities, and rotation alone teaches nothing."""
    recording = pair.recording
    streams = tuple(s for s in recording.streams if set(CHANNELS[:3]) <= set(s.channels))
    named = replace(recording, streams=streams, annotations=(), source=replace(recording.source, name=source))
    return replace(pair, recording=named)


def own_camera(own: dict[str, Own], corpus: Corpus, settings: dict[str, Any]) -> Camera:
    """Clips of all pairs whose person is in the corpus, cut end to end, where a sensor recorded all through.

    Of a recording of several sensors each clip has one, in turn: twice the same clip would repel itself.

    Raises
    ------
    MotionwardError
        If there are not two, or not all skeletons have the same joints.
    """
    samples = max(round(CLIP_S * RATE_HZ), settings["training"]["vectors"] * CELL)
    number: dict[str, list[int]] = {}
    for i, trial in enumerate(corpus.trials):
        number.setdefault(trial.source, []).append(i)
    used = [(name, p) for name, o in own.items() for p in o.pairs if p.recording.source.name in number]
    _must_be_alike([p for _, p in used])
    seen, person, rows = [], [], []
    for name, pair in used:
        camera_us = pair.recording.streams[0].interval.start + round(pair.offset_s * 1e6)
        for k, clip in enumerate(_clips(pair, samples / RATE_HZ)):
            at_us = camera_us + round(k * samples / RATE_HZ * 1e6)
            there = []
            for i in number[pair.recording.source.name]:
                trial = corpus.trials[i]
                begin = round((at_us - trial.start_us) / 1e6 * RATE_HZ)
                if begin >= 0 and begin + samples <= trial.stop - trial.start:
                    there.append((i, begin))
            if there:
                rows.append(there[k % len(there)])
                seen.append(clip)
                person.append(f"{name}/{pair.person}")
    if len(rows) < 2:
        raise MotionwardError(
            f"Of {', '.join(own)} there are {len(rows)} clips of {samples / RATE_HZ:g} s that sensor and camera both "
            "have, and a contrast needs two: bring longer recordings, or hold fewer people out."
        )
    trial, begin = np.array(rows, dtype=np.int64).T
    first = begin + np.array([corpus.trials[i].start for i in trial])
    # Gravity back, which the corpus lacks: the towers that say what is alike read whole acceleration.
    inertial = corpus.signal[first[:, None] + np.arange(samples)] + np.array([0, 0, 1, 0, 0, 0], dtype=np.float32)
    length = np.full(len(rows), samples)
    pairs = Pairs(inertial, length, np.stack(seen), np.array(person), np.zeros(len(rows), dtype=np.int64))
    return Camera(pairs, trial, begin, length)


def _must_be_alike(pairs: list[Pair]) -> None:
    first = pairs[0].seen if pairs else None
    for pair in pairs:
        if isinstance(first, Skeleton) and isinstance(pair.seen, Skeleton):
            alike = first.names == pair.seen.names and first.joints.shape[1] == pair.seen.joints.shape[1]
            if not alike:
                one, other = (f"{p.person}/{p.name}" for p in (pairs[0], pair))
                raise MotionwardError(
                    f"The skeletons of {one} and {other} do not have the same joints, and one tower cannot read both: "
                    "make them by one program, and train on each kind apart."
                )


def _clips(pair: Pair, seconds: float) -> Iterator[NDArray[np.floating]]:
    """What the camera saw, end to end, as the tower for it reads it."""
    seen = pair.seen
    frames = len(seen.joints if isinstance(seen, Skeleton) else seen.frames)
    for k in range(int(frames / seen.rate_hz / seconds + 1e-6)):
        part = slice(round(k * seconds * seen.rate_hz), round((k + 1) * seconds * seen.rate_hz))
        if not isinstance(seen, Skeleton):
            yield (sampled(seen.frames[part]).astype(np.float32) / 255).astype(np.float16)
        elif set(FRAME) <= set(seen.names):
            hips, neck, left, right = (seen.names.index(joint) for joint in FRAME)
            yield normalised(seen.joints[part], hips, neck, left, right)
        else:
            yield centred(seen.joints[part])
