"""What the versions of a detector are called where somebody chooses between them."""

from __future__ import annotations

from collections.abc import Collection

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


def gone_words(detector: Detector, parent: Detector | None, withdrawn: Collection[str], others: Collection[str]) -> str:
    """That a detector learned from recordings that are not there to teach it any more; empty where none is gone.

    Parameters
    ----------
    parent
        What it started from: what that learned from other patients is theirs by right.
    withdrawn
        Recordings that are nobody's any more.
    others
        Recordings of other patients than that for whom it was taught; none where it is for every patient.
    """
    taught = _recordings(detector)
    gone = len(taught & set(withdrawn))
    given = len((taught - _recordings(parent)) & set(others))
    said = [
        *([f"{_counted(gone)} that {'was' if gone == 1 else 'were'} withdrawn since"] if gone else []),
        *([f"{_counted(given)} that {'is' if given == 1 else 'are'} another patient's now"] if given else []),
    ]
    if not said:
        return ""
    return f"It learned from {' and from '.join(said)}: what it learned there stays in it until it is taught anew."


def _recordings(detector: Detector | None) -> set[str]:
    """What it learned from, also where it only took for none what nobody had marked."""
    learned = detector.adapted if detector else None
    return {t.recording for t in (*learned.taught, *learned.unmarked)} if learned else set()


def _counted(recordings: int) -> str:
    return "1 recording" if recordings == 1 else f"{recordings} recordings"


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
