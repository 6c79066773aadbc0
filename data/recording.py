"""What was recorded: recordings, their streams, and the stretches without a gap."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval, Intervals, subtract, total

CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
"""Channel names in their fixed order; acc in g (gravity included), gyro in °/s."""


class Placement(StrEnum):
    """Where on the body a sensor was worn."""

    LOWER_BACK = "lower back"
    TRUNK = "trunk"
    WAIST = "waist"
    CHEST = "chest"
    WRIST = "wrist"
    HAND = "hand"
    THIGH = "thigh"
    ANKLE = "ankle"
    FOOT = "foot"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Which side of the body a sensor was worn on."""

    LEFT = "left"
    RIGHT = "right"
    MIDDLE = "middle"
    UNKNOWN = "unknown"


class Clock(StrEnum):
    """What the times of a recording mean."""

    ABSOLUTE = "absolute"
    """Microseconds since 1970 UTC."""
    RELATIVE = "relative"
    """The file has no date: microseconds since its first sample."""
    UNSET = "unset"
    """The device's clock was never set (a date of 1970 or 2000): shown as relative."""


class Samples(Protocol):
    """Rows that can be read piece by piece: an array, or a file that behaves like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file a recording came from; ``sha256`` is the hash of its content."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """A span that somebody, or the file, put a word to; ``stream`` is None when it holds for all."""

    interval: Interval
    label: str
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Stretch of one stream without a missing sample, evenly spaced.

    Parameters
    ----------
    start_us
        Instant of the first sample.
    rate_hz
        Samples per second as measured from the time stamps (not the nominal rate).
    samples
        ``(n, channels)`` float32, columns in the order of the stream's ``channels``.
    """

    start_us: int
    rate_hz: float
    samples: Samples

    @property
    def n_samples(self) -> int:
        """Number of samples; at least one."""
        return int(self.samples.shape[0])

    @property
    def end_us(self) -> int:
        """Instant one sample after the last one."""
        return self.start_us + round(self.n_samples * 1e6 / self.rate_hz)

    @property
    def interval(self) -> Interval:
        """``[start_us, end_us)``."""
        return Interval(self.start_us, self.end_us)

    def time_us(self, index: int) -> int:
        """Instant of sample ``index``."""
        return self.start_us + round(index * 1e6 / self.rate_hz)


@dataclass(frozen=True, slots=True)
class Stream:
    """One sensor site at one nominal rate. A gap ends a segment.

    Parameters
    ----------
    name
        Short and file-safe, unique in the recording: ``lower-back``, ``left-ankle``.
    rate_hz
        Nominal samples per second.
    channels
        The channels present, a subset of :data:`CHANNELS` in that order; an absent one is absent.
    segments
        In order of time, disjoint.
    """

    name: str
    placement: Placement
    side: Side
    rate_hz: float
    channels: tuple[str, ...]
    segments: tuple[Segment, ...]

    @property
    def interval(self) -> Interval:
        """From the first sample to one sample after the last one, gaps included."""
        return Interval(self.segments[0].start_us, self.segments[-1].end_us)

    @property
    def recorded(self) -> Intervals:
        """The stretches that hold samples, one for each segment (touching ones are not joined)."""
        return tuple(s.interval for s in self.segments)

    @property
    def gaps(self) -> Intervals:
        """What lies between the segments."""
        return subtract([self.interval], self.recorded)

    @property
    def recorded_us(self) -> int:
        """Microseconds that hold samples."""
        return total(self.recorded)

    def pieces(self, start_us: int, end_us: int) -> list[tuple[int, float, NDArray[np.float32]]]:
        """``(start_us, rate_hz, samples)`` of each part of a segment that lies in ``[start_us, end_us)``."""
        found = []
        for segment in self.segments:
            first = max(0, int(np.ceil((start_us - segment.start_us) * segment.rate_hz / 1e6)))
            last = min(segment.n_samples, int(np.ceil((end_us - segment.start_us) * segment.rate_hz / 1e6)))
            if first < last:
                found.append((segment.time_us(first), segment.rate_hz, segment.samples[first:last]))
        return found

    def chunks(self, seconds: float) -> Iterator[tuple[int, float, NDArray[np.float32]]]:
        """Consecutive ``(start_us, rate_hz, samples)`` of at most ``seconds``; none crosses a gap."""
        for segment in self.segments:
            step = max(1, round(seconds * segment.rate_hz))
            for i in range(0, segment.n_samples, step):
                yield segment.time_us(i), segment.rate_hz, segment.samples[i : i + step]


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything one file holds, in canonical units and one clock.

    Parameters
    ----------
    zone
        IANA name of the patient's zone; None unless the clock is absolute.
    assumptions
        What the reader had to guess, a sentence each.
    is_simulated
        True when no person was ever measured; said on every page and print.
    """

    streams: tuple[Stream, ...]
    annotations: tuple[Annotation, ...]
    device: str
    clock: Clock
    zone: str | None
    source: Source
    assumptions: tuple[str, ...] = ()
    is_simulated: bool = False

    @property
    def interval(self) -> Interval:
        """From the first sample of any stream to the end of the last."""
        spans = [s.interval for s in self.streams]
        return Interval(min(s.start for s in spans), max(s.end for s in spans))

    @property
    def dropped(self) -> tuple[str, ...]:
        """What a lenient reader left out, a sentence each; they are among the assumptions."""
        return tuple(a for a in self.assumptions if "Read leniently: " in a)

    def stream(self, name: str) -> Stream:
        """The stream of that name; ``KeyError`` names those there are."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(f"no stream {name!r}; there are {[s.name for s in self.streams]}")

    def with_placement(self, placement: Placement, side: Side, stream: str | None = None) -> Recording:
        """:meth:`with_placements` of one stream, or of the only one."""
        if stream is None and len(self.streams) != 1:
            raise ValueError(f"the recording has {len(self.streams)} streams; name one of them")
        return self.with_placements({stream or self.streams[0].name: (placement, side)})

    def with_placements(self, said: Mapping[str, tuple[Placement, Side]]) -> Recording:
        """The same recording with streams, by their present names, said to be worn elsewhere, all at once.

        A stream that was called after its place is called after the new one, with a number where another has that
        name: what is worn at two places must not become one sensor.
        """
        renamed = {s.name for s in self.streams if s.name in said and _is_called_after_its_place(s)}
        names = {s.name: s.name for s in self.streams if s.name not in renamed}
        for s in self.streams:
            if s.name in renamed:
                names[s.name] = numbered(stream_name(*said[s.name]), names.values())
        changed = tuple(
            replace(s, name=names[s.name], placement=said[s.name][0], side=said[s.name][1]) if s.name in said else s
            for s in self.streams
        )
        marks = tuple(replace(a, stream=names.get(a.stream, a.stream) if a.stream else None) for a in self.annotations)
        return replace(self, streams=changed, annotations=marks)


def stream_name(placement: Placement, side: Side = Side.UNKNOWN) -> str:
    """File-safe name of a stream: ``lower-back``, ``left-ankle``, ``unknown``."""
    head = f"{side.value}-" if side in (Side.LEFT, Side.RIGHT) else ""
    return head + placement.value.replace(" ", "-")


def numbered(name: str, taken: Collection[str]) -> str:
    """A name that is not taken: itself, else with a number, from ``-2`` on."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _is_called_after_its_place(stream: Stream) -> bool:
    base, _, rest = stream.name.partition(stream_name(stream.placement, stream.side))
    return not base and (not rest or (rest[0] == "-" and rest[1:].isdigit()))


def placement_named(text: str) -> tuple[Placement, Side]:
    """Placement and side as people write them: ``left ankle``, ``lower-back``.

    Raises
    ------
    ValueError
        When the words name no placement.
    """
    word, _, rest = text.strip().partition(" ")
    side = Side(word) if word in ("left", "right") else Side.UNKNOWN
    return Placement((rest if side is not Side.UNKNOWN else text).strip().replace("-", " ")), side
