"""What the tests of labels are about: a recording with two sites and a gap, and labels that may stand in it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from clinic.review.spans import first_refusal, recorded_of
from clinic.store.rows import Label, LabelSource
from data.intervals import Interval
from data.labels import name_problem
from data.recording import Clock, Placement, Recording, Side, Stream
from tests.signals import START_US, moving, recording_of

US = 1_000_000
RATER = "R-01"


def two_sites(clock: Clock = Clock.ABSOLUTE) -> Recording:
    """Lower back from 0 to 20 s with a gap from 10 to 12 s; left ankle from 0.25 s on, without a gap."""
    start = START_US + 123_457 if clock is Clock.ABSOLUTE else 0
    zone = "Europe/Berlin" if clock is Clock.ABSOLUTE else None
    back = recording_of([(0, moving(10)), (12, moving(8))], start_us=start, clock=clock, zone=zone)
    (ankle,) = recording_of([(0.25, moving(19))], start_us=start, clock=clock, zone=zone).streams
    ankle = Stream("left-ankle", Placement.ANKLE, Side.LEFT, ankle.rate_hz, ankle.channels, ankle.segments)
    return replace(back, streams=(*back.streams, ankle), source=replace(back.source, name="walk, 1.csv"))


def span(
    recording: Recording, start_s: float, end_s: float, label: str = "fall", rater: str = RATER, stream: str = ""
) -> Label:
    """A label in seconds since the recording's first sample, on its first stream unless another is named."""
    origin = recording.interval.start
    at = Interval(origin + round(start_s * US), origin + round(end_s * US))
    return Label(stream or recording.streams[0].name, at, label, rater)


NAMES = (
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r,;\"'=@\\äöüß€"),
        min_size=1,
        max_size=9,
    )
    .map(str.strip)
    .filter(lambda n: name_problem(n) is None)
)
"""Names of classes with everything in them that a format could stumble over."""


@st.composite
def labels_of(
    draw: st.DrawFn, recording: Recording, *, raters: tuple[str, ...] = (RATER, 'Jürgen, "J"')
) -> list[Label]:
    """Labels that may stand in a recording, each at least a millisecond long, in order of time."""
    made: list[Label] = []
    recorded = recorded_of(recording)
    for _ in range(draw(st.integers(0, 6))):
        stream = draw(st.sampled_from(sorted(recorded)))
        segment = draw(st.sampled_from(recorded[stream]))
        start = draw(st.integers(segment.start, segment.end - 2000))
        end = draw(st.integers(start + 2000, segment.end))
        label = Label(
            stream, Interval(start, end), draw(NAMES), draw(st.sampled_from(raters)), LabelSource.IMPORTED,
            draw(st.none() | st.floats(0, 1)), draw(st.sampled_from(["motionward 0.4", "Stift; \"rot\""])),
            draw(st.sampled_from(["", "a1b2"])),
        )  # fmt: skip
        if first_refusal([label], made, recorded) is None:
            made.append(label)
    return sorted(made, key=lambda x: (x.interval, x.stream, x.label, x.rater))
