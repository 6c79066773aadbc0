"""Why a flag stands: its numbers in words, for the card beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clinic.store.rows import DoseRow, EpisodeRow, FindingRow
from clinic.timeline.clock import HOUR_US, SECOND_US, WallClock
from clinic.timeline.doses import nearest_dose
from data.intervals import Interval

Floats = NDArray[np.float32]
Pieces = Sequence[tuple[int, float, Floats]]
LOCOMOTION_HZ = (0.5, 3.0)
FREEZE_HZ = (3.0, 8.0)


MEDICATION = "Medication"
"""The line of a card that says when a dose was taken last."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A marked example that a flag is like.

    Parameters
    ----------
    label
        What it was marked as, where that is not what was flagged; with a blank behind it.
    when
        Where it lies, in words; with the file's name where that is another recording of the patient.
    marked_us
        When somebody marked it; None where that was not kept.
    away
        Distance from the flag in standard deviations of what the detector learned from.
    """

    label: str
    when: str
    annotator: str
    marked_us: int | None
    away: float


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a flag's detector rests on.

    Parameters
    ----------
    version
        Of the detector.
    encoder
        Name and version.
    people
        Whom its networks were trained on, in words; empty where that is not known here.
    taught
        How many examples it learned from.
    nearest
        Those most like the flag, the nearest first.
    is_fresh
        Whether it learned from examples alone, because nothing is shipped for what it finds.
    adapter
        Which one taught it, and the version that it started from, in words; empty where it started from none.
    """

    version: str
    encoder: str
    people: str
    taught: int = 0
    nearest: tuple[Likeness, ...] = ()
    is_fresh: bool = False
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What shakes in a stretch: strongest frequency above 0.5 Hz, and power 3–8 Hz over power 0.5–3 Hz."""

    peak_hz: float
    ratio: float


def spectrum(pieces: Pieces, acc: Sequence[int], interval: Interval) -> Spectrum | None:
    """Spectrum of the acceleration inside an interval; None from less than one second of signal, or below 16 Hz.

    The freeze-band ratio is that of Moore, MacDougall and Ondo (2008), on the sum of three axes.
    """
    best: tuple[float, Floats] | None = None
    for start_us, rate_hz, samples in pieces:
        a = max(0, int((interval.start - start_us) * rate_hz / 1e6))
        b = max(0, int((interval.end - start_us) * rate_hz / 1e6))
        cut = samples[a:b][:, list(acc)]
        if len(cut) >= rate_hz and (best is None or len(cut) > len(best[1])):
            best = rate_hz, cut
    if best is None:
        return None
    rate_hz, cut = best
    if rate_hz < 2 * FREEZE_HZ[1]:
        return None
    size = max(len(cut), round(4 * rate_hz))  # zero-padded to a quarter of a hertz or finer
    shape = np.hanning(len(cut))[:, None]
    power = (np.abs(np.fft.rfft((cut - cut.mean(0)) * shape, n=size, axis=0)) ** 2).sum(1)
    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    low = power[(hz >= LOCOMOTION_HZ[0]) & (hz < LOCOMOTION_HZ[1])].sum()
    high = power[(hz >= FREEZE_HZ[0]) & (hz <= FREEZE_HZ[1])].sum()
    body = (hz >= LOCOMOTION_HZ[0]) & (hz <= 12)
    if low <= 0 or not body.any():
        return None
    return Spectrum(float(hz[body][np.argmax(power[body])]), float(high / low))


def facts(
    episode: EpisodeRow,
    *,
    band: tuple[float, float] | None,
    inside: Spectrum | None,
    before: Spectrum | None,
    doses: Sequence[DoseRow],
    findings: Sequence[FindingRow],
    clock: WallClock,
    grounds: Grounds | None = None,
    zone: str | None = None,
) -> tuple[tuple[str, str], ...]:
    """The card's lines: ``(label, words)``.

    Parameters
    ----------
    band
        Lower and upper bound of the probability at its peak.
    inside, before
        Spectrum in the flag and in the ten seconds before it.
    zone
        In which the time of marking is told.
    """
    peak = f"peak {episode.peak:.2f}" + (f" ({band[0]:.2f}–{band[1]:.2f})" if band else "")
    lines = [("Probability", f"{peak}, mean {episode.mean:.2f}")]
    if inside is not None:
        lines.append(("Strongest at", f"{inside.peak_hz:.1f} Hz"))
        words = f"{inside.ratio:.1f} × the power of 0.5–3 Hz"
        lines.append(("3–8 Hz", words + (f" (just before: {before.ratio:.1f} ×)" if before else "")))
    lines.append((MEDICATION, nearest_dose(episode.interval.start, doses, clock)))
    # A finding about hours or days says nothing about these seconds; the trust strip has it.
    troubles = dict.fromkeys(
        f.sentence
        for f in findings
        if f.severity != "note" and f.interval.overlaps(episode.interval) and f.interval.duration <= HOUR_US
    )
    # Only what was worn is ever flagged.
    said = f". {' '.join(troubles)}" if troubles else "; nothing found against its signal"
    lines.append(("Sensor", f"{episode.placement}, worn{said}"))
    if grounds is not None:
        lines.append(("Rests on", rests_on(grounds, WallClock(zone or "UTC"))))
        adapter = f" ({grounds.adapter})" if grounds.adapter else ""
        lines.append(("Versions", f"detector {grounds.version}{adapter}, encoder {grounds.encoder}"))
    return tuple(lines)


def rests_on(g: Grounds, clock: WallClock) -> str:
    """Whom or what a flag rests on, in words; ``clock`` tells when an example was marked."""
    people = f"trained on {g.people}" if g.people else "whom it was trained on is not known here"
    if not g.taught:
        return f"no example of this patient: {people}"
    each = [
        f"{x.label}{x.when} (by {x.annotator or 'nobody named'}"
        + (f", {clock.moment(x.marked_us).partition(',')[0]}" if x.marked_us is not None else "")
        + f"; {x.away:.1f} sd away)"
        for x in g.nearest
    ]
    many = "1 marked example" if g.taught == 1 else f"{g.taught} marked examples"
    near = f", most like: {'; '.join(each)}" if each else ", whose vectors are not stored here"
    return f"{many}{near}. " + ("Nothing else taught it" if g.is_fresh else f"Before that {people}")


def before_span(episode: Interval, seconds: float = 10.0) -> Interval:
    """The stretch just before an episode."""
    return Interval(episode.start - round(seconds * SECOND_US), episode.start)
