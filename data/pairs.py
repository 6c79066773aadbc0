"""A user's own recordings that a sensor and a camera made at once: matched, laid over one another, or left out.

A folder holds inertial files (any format that can be read) and skeletons (``.npz``, ``.mat`` or CSV) or films. A pair
is two files with one name, but for words like ``imu`` and ``skeleton``; of what is left, two files whose clocks say
that they were made at one time. How far the camera's clock is behind the sensor's is told from the movement itself:
where the strength of both over time agrees best. Each folder below that holds files of both kinds is a person's, whose
files are matched among themselves; all else is of one person, called as the folder itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError, RecordingError
from data.readers import read
from data.recording import CHANNELS, Clock, Recording, Stream
from data.skeletons import LEAST_S, Skeleton, read_skeleton
from data.video import SUFFIXES, Film, change, read_film

ENERGY_HZ = 20.0
"""Rate at which the strength of movement is compared."""
MOST_OFFSET_S = 30.0
LEAST_SHARED_S = LEAST_S
LEAST_CERTAINTY = 3.5
"""Standard errors from which both strengths agree by more than chance: two scenes seldom have more, one has 3.9 up."""
LEAST_LEAD = 0.05
"""By how much correlation the best offset has to beat any other as certain that is more than a second away."""

_VIEWS = (".npz", ".mat", *SUFFIXES)
_WORDS = re.compile(
    r"[-_ ]?(imu|inertial|sensor|acc|accel|skeleton|skel|joints|pose|depth|video|cam|camera)(?![a-z])", re.IGNORECASE
)
_SKELETON = re.compile(r"(skeleton|skel|joints|pose)(?![a-z])", re.IGNORECASE)

View = Skeleton | Film
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Pair:
    """A recording and what a camera saw of the same scene.

    Parameters
    ----------
    person
        Name of the folder that both files lie in.
    by
        ``name`` or ``clock``: how the two files were found to belong together.
    offset_s
        The camera's first frame lies so many seconds after the recording's first sample.
    agreement
        Correlation of both strengths of movement there.
    """

    name: str
    person: str
    by: str
    recording: Recording
    seen: View
    offset_s: float
    agreement: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that became no pair, and why, in a sentence."""

    name: str
    reason: str


def find_pairs(folder: Path) -> tuple[list[Pair], list[LeftOut]]:
    """The pairs of a folder, and the files that are in none.

    Raises
    ------
    RecordingError
        If the folder is not there.
    """
    if not folder.is_dir():
        raise RecordingError(str(folder), "it is no folder", "name the folder that holds the recordings and skeletons")
    pairs, left_out = [], []
    for person, files in _people(folder).items():
        found, alone = _pairs_of(files)
        pairs += [replace(pair, person=person) for pair in found]
        where = "" if person == folder.resolve().name else f"{person}/"
        left_out += [replace(one, name=f"{where}{one.name}") for one in alone]
    return pairs, left_out


def _people(folder: Path) -> dict[str, list[Path]]:
    """Files by the name of the person's folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    below = {p: p.relative_to(folder).parts[0] for p in files if p.parent != folder}
    kinds: dict[str, set[bool]] = {}
    for path, name in below.items():
        kinds.setdefault(name, set()).add(_is_view(path))
    people: dict[str, list[Path]] = {}
    for path in files:
        name = below.get(path, "")
        people.setdefault(name if len(kinds.get(name, ())) == 2 else folder.resolve().name, []).append(path)
    return people


def _is_view(path: Path) -> bool:
    return path.suffix.lower() in _VIEWS or _SKELETON.search(path.stem) is not None


def _pairs_of(files: list[Path]) -> tuple[list[Pair], list[LeftOut]]:
    inertial: dict[str, list[Path]] = {}
    views: dict[str, list[Path]] = {}
    for path in files:
        (views if _is_view(path) else inertial).setdefault(key_of(path), []).append(path)
    pairs, left_out = [], []
    lonely: tuple[list[Path], list[Path]] = ([], [])
    for key in sorted(inertial.keys() | views.keys()):
        mine, theirs = inertial.get(key, []), views.get(key, [])
        if len(mine) == len(theirs) == 1:
            try:
                recording, seen = read(mine[0]), read_view(theirs[0])
                pairs.append(Pair(key, "", "name", recording, seen, *align(recording, seen)))
            except MotionwardError as error:
                left_out.append(LeftOut(f"{mine[0].name} and {theirs[0].name}", str(error)))
        elif mine and theirs:
            left_out += [LeftOut(p.name, _several(mine, theirs)) for p in (*mine, *theirs)]
        else:
            lonely[0].extend(mine)
            lonely[1].extend(theirs)
    found, alone = _by_clock(*lonely)
    return [*pairs, *found], [*left_out, *alone]


def _by_clock(mine: list[Path], theirs: list[Path]) -> tuple[list[Pair], list[LeftOut]]:
    """Pairs of files that were made at one time, and the files that were not."""
    recordings, left_out = _read_all(mine, read)
    views, broken = _read_all(theirs, read_view)
    left_out += broken
    overlapping = [
        (a, b)
        for a, r in recordings.items()
        for b, v in views.items()
        if r.clock is Clock.ABSOLUTE and v.start_us is not None and _shared_s(r, v) >= LEAST_SHARED_S
    ]
    pairs = []
    for path in (*recordings, *views):
        others = [b if a == path else a for a, b in overlapping if path in (a, b)]
        if len(others) != 1 or sum(others[0] in pair for pair in overlapping) != 1:
            left_out.append(LeftOut(path.name, _unmatched(path in recordings, others)))
        elif path in recordings:
            recording, seen = recordings[path], views[others[0]]
            assert seen.start_us is not None
            try:
                expected = (seen.start_us - recording.interval.start) / 1e6
                pairs.append(Pair(key_of(path), "", "clock", recording, seen, *align(recording, seen, expected)))
            except MotionwardError as error:
                left_out.append(LeftOut(f"{path.name} and {others[0].name}", str(error)))
    return pairs, left_out


def _read_all(paths: list[Path], how: Callable[[Path], Made]) -> tuple[dict[Path, Made], list[LeftOut]]:
    made, broken = {}, []
    for path in paths:
        try:
            made[path] = how(path)
        except MotionwardError as error:
            broken.append(LeftOut(path.name, str(error)))
    return made, broken


def _shared_s(recording: Recording, seen: View) -> float:
    """Seconds that both clocks say were recorded by both."""
    assert seen.start_us is not None
    end_us = seen.start_us + _frames(seen) / seen.rate_hz * 1e6
    return (min(recording.interval.end, end_us) - max(recording.interval.start, seen.start_us)) / 1e6


def _frames(seen: View) -> int:
    return len(seen.joints if isinstance(seen, Skeleton) else seen.frames)


def key_of(path: Path) -> str:
    """What a file's name says beside what kind of file it is: equal for both files of a pair."""
    return _WORDS.sub("", path.stem).lower().strip("-_ ")


def _unmatched(is_recording: bool, others: list[Path]) -> str:
    if len(others) > 1:
        return f"several files were made at its time ({', '.join(p.name for p in others)}): give pairs one name"
    if others:
        return f"{others[0].name} was made at its time, and at another's too: give pairs one name"
    kind = "skeleton or film" if is_recording else "recording"
    return f"no {kind} has its name, and none was made at its time: give both the same name"


def _several(mine: list[Path], theirs: list[Path]) -> str:
    names = ", ".join(p.name for p in (*mine, *theirs))
    return f"several files have one name ({names}): keep one recording and one skeleton or film"


def read_view(path: Path) -> View:
    """What a camera saw: a film, or a skeleton made of one.

    Raises
    ------
    MotionwardError
        If it cannot be read.
    """
    return read_film(path) if path.suffix.lower() in SUFFIXES else read_skeleton(path)


def align(recording: Recording, seen: View, expected_s: float = 0.0) -> tuple[float, float]:
    """How far the camera starts after the recording, s, and how well both movements agree there.

    Parameters
    ----------
    expected_s
        About how far, as the clocks have it.

    Raises
    ------
    RecordingError
        If they agree nowhere, or as well in two places.
    """
    mine, theirs = energy_of(recording.streams[0]), energy_of_view(seen)
    offsets, agreements, shared_s = correlations(mine, theirs, expected_s)
    where = f"{recording.source.name} and what the camera saw"
    if len(offsets) == 0:
        raise RecordingError(where, f"they are shorter than {LEAST_SHARED_S:g} s", "bring longer recordings")
    sure = certainty(agreements, shared_s)
    best = int(sure.argmax())
    if sure[best] < LEAST_CERTAINTY:
        raise RecordingError(
            where,
            f"their movements agree nowhere within {MOST_OFFSET_S:g} s by more than chance gives (best correlation "
            f"{agreements[best]:.2f} over {shared_s[best]:.0f} s)",
            "check that both show the same scene, that it is long enough, and that the frames a second are right",
        )
    away = (np.abs(offsets - offsets[best]) > 1.0) & (sure >= LEAST_CERTAINTY)
    if away.any() and agreements[away].max() > agreements[best] - LEAST_LEAD:
        other = offsets[away][agreements[away].argmax()]
        raise RecordingError(
            where,
            f"the movement repeats itself: offsets of {offsets[best]:.1f} and {other:.1f} s fit as well",
            "clap once at the start, or cut both to the same instant",
        )
    return float(offsets[best]), float(agreements[best])


def energy_of(stream: Stream) -> NDArray[np.float64]:
    """Strength of a sensor's movement at 20 Hz, NaN in its gaps: acceleration against its running mean."""
    acc = [stream.channels.index(c) for c in CHANNELS[:3] if c in stream.channels]
    n = max(1, int(stream.interval.duration / 1e6 * ENERGY_HZ))
    out = np.full(n, np.nan)
    for segment in stream.segments:
        samples = np.asarray(segment.samples[:], dtype=np.float64)[:, acc]
        moved = np.linalg.norm(samples - _running(samples, round(segment.rate_hz)), axis=1)
        begin = int((segment.start_us - stream.interval.start) / 1e6 * ENERGY_HZ)
        at = (np.arange(n - begin) * segment.rate_hz / ENERGY_HZ).astype(int)
        at = at[at < len(moved)]
        out[begin : begin + len(at)] = moved[at]
    return smooth(out)


def energy_of_view(seen: View) -> NDArray[np.float64]:
    """Strength of what a camera saw move, at 20 Hz."""
    if isinstance(seen, Skeleton):
        return energy_of_joints(seen)
    strength = change(seen)
    at = np.arange(int(len(strength) / seen.rate_hz * ENERGY_HZ)) * seen.rate_hz / ENERGY_HZ
    return smooth(np.interp(at, np.arange(len(strength)), strength))


def energy_of_joints(skeleton: Skeleton) -> NDArray[np.float64]:
    """Strength of a body's movement at 20 Hz: acceleration of the quarter of its joints that move most over all.

    Joints are smoothed over 0.2 s first: a centimetre of a tracker's noise is 1 g otherwise.
    """
    position = _running(skeleton.joints.astype(np.float64), max(3, round(0.2 * skeleton.rate_hz)))
    change = np.linalg.norm(np.diff(position, n=2, axis=0, prepend=position[:1], append=position[-1:]), axis=2)
    busiest = change.mean(axis=0).argsort()[-max(1, change.shape[1] // 4) :]
    strength = change[:, busiest].mean(axis=1)
    at = np.arange(int(len(strength) / skeleton.rate_hz * ENERGY_HZ)) * skeleton.rate_hz / ENERGY_HZ
    return smooth(np.interp(at, np.arange(len(strength)), strength))


def _running(x: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Mean over about ``size`` rows around each; fewer at the ends."""
    total = np.concatenate([np.zeros_like(x[:1]), np.cumsum(x, axis=0)])
    at = np.arange(len(x))
    low, high = np.maximum(at - size // 2, 0), np.minimum(at + size // 2 + 1, len(x))
    return np.asarray((total[high] - total[low]) / (high - low).reshape(-1, *[1] * (x.ndim - 1)))


def smooth(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over half a second, then the logarithm above a tenth of the usual: no single jerk shall decide."""
    size = round(0.5 * ENERGY_HZ)
    mean = np.convolve(x, np.ones(size) / size, mode="same")
    known = mean[~np.isnan(mean)]
    usual = np.median(known) if len(known) else 0.0
    return np.asarray(np.log(mean + 0.1 * (usual + 1e-9)))


def correlations(
    mine: NDArray[np.float64], theirs: NDArray[np.float64], expected_s: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Offsets within 30 s of the expected one, s, the correlation at each, and of how many seconds it is.

    It is that of what both share there outside of gaps, at least half of the shorter one.
    """
    least = max(int(LEAST_SHARED_S * ENERGY_HZ), min(len(mine), len(theirs)) // 2)
    most = int(MOST_OFFSET_S * ENERGY_HZ)
    offsets, found, shared = [], [], []
    expected = round(expected_s * ENERGY_HZ)
    for lag in range(expected - most, expected + most + 1):
        a = mine[max(0, lag) : lag + len(theirs)] if lag + len(theirs) > 0 else mine[:0]
        b = theirs[max(0, -lag) : max(0, -lag) + len(a)]
        a = a[: len(b)]
        known = ~np.isnan(a + b)
        a, b = a[known], b[known]
        if len(a) >= least and a.std() > 1e-9 and b.std() > 1e-9:
            offsets.append(lag / ENERGY_HZ)
            found.append(float(np.corrcoef(a, b)[0, 1]))
            shared.append(len(a) / ENERGY_HZ)
    return np.array(offsets), np.array(found), np.array(shared)


def certainty(agreements: NDArray[np.float64], shared_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many standard errors each correlation lies above none (Fisher's z): of few seconds a high one says little.

    A second counts as one look: the strength of movement is smoothed over half of one, and its bursts last longer.
    """
    return np.asarray(np.arctanh(np.clip(agreements, -0.999, 0.999)) * np.sqrt(np.maximum(shared_s - 3, 0)))
