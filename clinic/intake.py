"""From files to a stored, analysed recording: what the command line and the pages' jobs both do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clinic import __version__
from clinic.analysis import Embed, Settings, analyze
from clinic.store import Store
from data.errors import MotionwardError, RecordingError
from data.recording import Placement, Recording, Side
from models.scores import Certainty, Episode

if TYPE_CHECKING:
    from models.detectors import Detector

DEMO_PATIENT = "SIM-0001"
DEMO_ZONE = "Europe/Berlin"

Now = Callable[[], int]
"""The clock: microseconds since 1970 UTC."""
Progress = Callable[[str, float], None]
"""Told what is being done and which share of everything is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    ``status`` is ``imported``, ``already here`` or ``refused``; ``sentence`` is for people.
    """

    file: str
    status: str
    recording: str
    flags: int
    sentence: str


def placed(recording: Recording, placements: Sequence[str]) -> Recording:
    """Say where sensors were worn: ``lower back``, ``left ankle`` or ``STREAM=left ankle``.

    Raises
    ------
    RecordingError
        For a place or a stream that is not known.
    """
    for text in placements:
        stream, _, worn = text.rpartition("=")
        word, _, rest = worn.strip().partition(" ")
        side = Side(word) if word in ("left", "right") else Side.UNKNOWN
        name = (rest if side is not Side.UNKNOWN else worn).strip().replace("-", " ")
        if stream and stream not in (s.name for s in recording.streams):
            streams = ", ".join(s.name for s in recording.streams)
            raise RecordingError(recording.source.name, f"has no stream {stream!r}", f"name one of: {streams}")
        try:
            recording = recording.with_placement(Placement(name), side, stream or None)
        except ValueError as error:
            known = ", ".join(p.value for p in Placement)
            raise RecordingError(
                recording.source.name,
                f"the placement {text!r} cannot be applied ({error})",
                f"use one of: {known}, with left or right before it and STREAM= where the file has several",
            ) from error
    return recording


def flags_in_words(flags: int, unsure: int = 0) -> str:
    """``1 flag``, ``2 flags, 1 unsure``: what is unsure is not judged, so it is no flag."""
    return ("1 flag" if flags == 1 else f"{flags} flags") + (f", {unsure} unsure" if unsure else "")


def counted(episodes: Sequence[Episode]) -> tuple[int, int]:
    """How many flags, and how many unsure episodes."""
    sure = sum(e.certainty is Certainty.SURE for e in episodes)
    return sure, len(episodes) - sure


def embedder(settings: Settings, progress: Callable[[float], None] | None = None) -> Embed:
    """The real embedding function with the settings' number format."""
    from models.detectors import encoder_of
    from models.embedding import embed

    return lambda stream, d: embed(stream, encoder_of(d), d.channels, settings.number_format, progress)


def analyse_stored(
    store: Store,
    recording: str,
    detectors: Sequence[Detector],
    settings: Settings,
    *,
    actor: str,
    now: Now,
    progress: Callable[[float], None] | None = None,
) -> tuple[int, int]:
    """Analyse a stored recording and record the result; returns how many flags and how many unsure episodes."""
    embed = store.remembering(recording, embedder(settings, progress), settings.number_format)
    analysis = analyze(store.recording(recording), detectors, settings, embed=embed, version=__version__)
    store.record(recording, analysis, actor=actor, now_us=now())
    return counted(analysis.episodes)


def problem_of(path: Path, error: RecordingError) -> str:
    """What is wrong, led by where when that is more than the file: a row, a sensor, the profile it was read with."""
    where = error.source.removeprefix(str(path)).removeprefix(path.name).strip(" ,:")
    return f"{where}: {error.problem}" if where else error.problem


def _refused(path: Path, error: MotionwardError | OSError) -> Outcome:
    if isinstance(error, RecordingError):
        said = f"{problem_of(path, error)}: {error.hint}"
    elif isinstance(error, OSError):
        said = f"{error.strerror or error}: check the file and its permissions"
    else:
        said = str(error)
    return Outcome(path.name, "refused", "", 0, f"{path.name}: {said}")


def import_files(
    store: Store,
    files: Sequence[Path],
    patient: str,
    *,
    actor: str,
    now: Now,
    zone: str | None = None,
    profile: str | None = None,
    lenient: bool = False,
    placements: dict[str, Sequence[str]] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Import and analyse files one by one for a patient, who is added when new; a refused one does not stop the others.

    Parameters
    ----------
    zone
        The patient's IANA zone, for a new patient and for files that name none; default the patient's, else UTC.
    lenient
        Whether damaged parts of a device's file are left out instead of the file refused.
    placements
        By file name (or ``*`` for all), as :func:`placed` takes them.
    """
    from clinic.in_use import of_patient
    from data.readers import read

    known = {p.code: p.zone for p in store.patients()}
    zone = zone or known.get(patient)
    outcomes: list[Outcome] = []
    given = placements or {}

    def one(path: Path, at: int) -> Outcome:
        def tell(what: str, low: float, high: float) -> Callable[[float], None]:
            def show(share: float) -> None:
                if progress is not None:
                    progress(f"{what} {path.name}", (at + low + (high - low) * share) / len(files))

            return show

        tell("Reading", 0.0, 0.0)(0.0)
        recording = placed(read(path, profile, zone=zone, lenient=lenient), given.get(path.name, given.get("*", ())))
        store.add_patient(patient, recording.zone or zone or "UTC", actor=actor, now_us=now())
        worn = {s.placement for s in recording.streams}
        identity, is_new = store.import_(
            recording, patient, actor=actor, now_us=now(), progress=tell("Storing", 0.1, 0.3)
        )
        owner = next(r.patient for r in store.recordings() if r.id == identity)
        if not is_new and store.runs(identity):
            whose = "" if owner == patient else f" (of patient {owner})"
            return Outcome(path.name, "already here", identity, 0, f"Already here{whose}; nothing was changed.")
        tell("Analysing", 0.3, 0.3)(0.0)
        detectors = of_patient(store, patient)
        taught = sum(d.adapted is not None and bool(worn & set(d.placements)) for d in detectors)
        found = analyse_stored(
            store, identity, detectors, settings or Settings(), actor=actor, now=now,
            progress=tell("Analysing", 0.3, 1.0),
        )  # fmt: skip
        by = f", by {taught} detector{'' if taught == 1 else 's'} taught for {patient}" if taught else ""
        return Outcome(path.name, "imported", identity, found[0], f"Imported; {flags_in_words(*found)}{by}.")

    for at, path in enumerate(files):
        try:
            outcomes.append(one(path, at))
        except (MotionwardError, OSError) as error:
            outcomes.append(_refused(path, error))
    if progress is not None:
        progress("Done", 1.0)
    return outcomes


def make_demo(store: Store, *, actor: str, now: Now, progress: Progress | None = None) -> Outcome:
    """The simulated patient, two weeks: made, stored and analysed; a second time changes nothing."""
    from data.synthetic import demo_patient
    from models.detectors import shipped

    def tell(what: str, low: float, high: float) -> Callable[[float], None]:
        def show(share: float) -> None:
            if progress is not None:
                progress(what, low + (high - low) * share)

        return show

    tell("Simulating a patient", 0.0, 0.0)(0.0)
    recording, doses = demo_patient()
    store.add_patient(DEMO_PATIENT, recording.zone or DEMO_ZONE, is_simulated=True, actor=actor, now_us=now())
    store.add_doses(DEMO_PATIENT, list(doses), "simulated", actor=actor, now_us=now())
    identity, is_new = store.import_(
        recording, DEMO_PATIENT, actor=actor, now_us=now(), progress=tell("Simulating two weeks", 0.02, 0.35)
    )
    if not is_new and store.runs(identity):
        return Outcome("demo", "already here", identity, 0, "The simulated patient is already here.")
    found = analyse_stored(
        store, identity, shipped(), Settings(), actor=actor, now=now,
        progress=tell("Analysing the simulated patient", 0.35, 0.98),
    )  # fmt: skip
    tell("Done", 1.0, 1.0)(1.0)
    return Outcome("demo", "imported", identity, found[0], f"The simulated patient is ready; {flags_in_words(*found)}.")
