"""The same recording with a sensor turned the right way up, or left and right exchanged; nothing is done unasked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval
from data.recording import Recording, Samples, Segment, Side, Stream, stream_name


@dataclass(frozen=True, slots=True)
class _TurnedOver:
    """Rows of which some have been turned by half a turn about the sensor's z axis."""

    samples: Samples
    signs: NDArray[np.float32]
    first: int
    end: int

    @property
    def shape(self) -> tuple[int, ...]:
        return self.samples.shape

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        start, stop, _ = rows.indices(self.shape[0])
        out = np.array(self.samples[start:stop], dtype=np.float32)
        out[max(0, self.first - start) : max(0, self.end - start)] *= self.signs
        return out


def corrected(
    recording: Recording,
    *,
    upside_down: str | None = None,
    during: Interval | None = None,
    swapped: tuple[str, str] | None = None,
) -> Recording:
    """A recording as it would be with its sensors worn as they should be; says so among its assumptions.

    Parameters
    ----------
    upside_down
        Name of a stream whose sensor is turned by half a turn about its z axis, the one through its face: x and y
        change their sign, of acceleration and turning rate alike.
    during
        Only there; None throughout.
    swapped
        Names of two streams that exchange their sides, and with them their names.

    Raises
    ------
    KeyError
        If there is no stream of that name.
    ValueError
        If the two streams are not left and right of one placement.
    """
    if upside_down is not None:
        stream = recording.stream(upside_down)
        whole = during or stream.interval
        told = f"The sensor {stream.name} was turned the right way up by hand."
        recording = _with(recording, {stream.name: _over(stream, whole)}, told)
    if swapped is not None:
        a, b = (recording.stream(name) for name in swapped)
        if a.placement is not b.placement or {a.side, b.side} != {Side.LEFT, Side.RIGHT}:
            raise ValueError(f"{a.name} and {b.name} are not left and right of one place")
        told = f"Left and right {a.placement.value} were exchanged by hand."
        recording = _with(recording, {a.name: _other_side(a), b.name: _other_side(b)}, told)
        names = {a.name: _other_side(a).name, b.name: _other_side(b).name}
        notes = tuple(replace(n, stream=names.get(n.stream or "", n.stream)) for n in recording.annotations)
        recording = replace(recording, annotations=notes)
    return recording


def _with(recording: Recording, changed: dict[str, Stream], told: str) -> Recording:
    streams = tuple(changed.get(s.name, s) for s in recording.streams)
    return replace(recording, streams=streams, assumptions=(*recording.assumptions, told))


def _other_side(stream: Stream) -> Stream:
    side = Side.RIGHT if stream.side is Side.LEFT else Side.LEFT
    return replace(stream, side=side, name=stream_name(stream.placement, side))


def _over(stream: Stream, whole: Interval) -> Stream:
    signs = np.array([1.0 if c.endswith("_z") else -1.0 for c in stream.channels], dtype=np.float32)

    def turned(segment: Segment) -> Segment:
        first, end = (
            round(np.clip((at - segment.start_us) * segment.rate_hz / 1e6, 0, segment.n_samples))
            for at in (whole.start, whole.end)
        )
        return replace(segment, samples=_TurnedOver(segment.samples, signs, first, end)) if first < end else segment

    return replace(stream, segments=tuple(turned(s) for s in stream.segments))
