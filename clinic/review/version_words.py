"""What the versions of a detector are called where somebody chooses between them."""

from __future__ import annotations

from clinic.store.rows import ChosenRow
from clinic.timeline.clock import WallClock
from models.detectors import Detector

NONE = "none: nothing looks for it"


def version_title(detector: Detector | None, accepted_us: int | None, clock: WallClock) -> str:
    """``taught 29 Nov 02:52 by R-01, 9 marked episodes (0123456)``; the shipped one by its version.

    Parameters
    ----------
    detector
        None where no detector looks.
    accepted_us
        When it was taken over; None for a shipped one.
    clock
        On which that is told.
    """
    if detector is None:
        return NONE
    if detector.adapted is None or accepted_us is None:
        return f"as shipped ({detector.version[:7]})"
    taught = detector.adapted.taught
    marked = sum(t.is_positive for t in taught)
    by = ", ".join(sorted({t.annotator for t in taught if t.annotator})) or "nobody named"
    episodes = f"{marked} marked episode{'' if marked == 1 else 's'}"
    when = f"{clock.day(accepted_us)} {clock.time(accepted_us, seconds=False)}"
    return f"taught {when} by {by}, {episodes} ({detector.version[:7]})"


def started_words(detector: Detector, parent: Detector | None, accepted_us: int | None, clock: WallClock) -> str:
    """From which detector a taught one started, and by which adapter; empty for one that nobody taught.

    Parameters
    ----------
    parent
        None where it started from nothing, or from one that is not here any more.
    accepted_us
        When the parent was taken over; None for a shipped one.
    """
    if detector.adapted is None:
        return ""
    if detector.parent is None:
        return "It started from nothing: its marks alone taught it."
    by = f"by the {detector.adapted.kind} adapter"
    if parent is None:
        return f"It started from a detector that is not here any more ({detector.parent[:7]}), {by}."
    return f"It started from the detector {version_title(parent, accepted_us, clock)}, {by}."


def further_words(chosen: ChosenRow | None, patient: str, by: str, clock: WallClock, *, is_own: bool) -> str:
    """What further recordings of a patient are judged by, who decided that, and what ends it.

    Parameters
    ----------
    chosen
        What somebody decided; None where nobody did.
    by
        What judges them, as :func:`version_title` calls it.
    is_own
        Whether that was accepted on a recording of theirs; asked where nobody decided.
    """
    if chosen is None:
        whose = "are judged by their own detector" if is_own else "follow every patient"
        return f"Further recordings of {patient} {whose}: {by}."
    when = f"{clock.day(chosen.made_us)} {clock.time(chosen.made_us, seconds=False)}"
    until = "it holds until another is chosen here or accepted on a recording of this patient"
    if chosen.version is None:
        return (
            f"Further recordings of {patient} follow every patient: {by}. {chosen.decided_by} decided that ({when}), "
            f"and {until}."
        )
    return (
        f"Further recordings of {patient} are judged by: {by}. {chosen.decided_by} decided that ({when}), and {until}, "
        "whatever is taught for every patient."
    )
