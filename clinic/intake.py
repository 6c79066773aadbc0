"""From files to a stored, analysed recording: what the command line and the pages' jobs both do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clinic.analysis import Analysis, Settings
from clinic.reading import Said, is_zone_open, of_file, read_said, read_together
from clinic.site import site_zone
from clinic.store import Store
from clinic.store.people import SIMULATED
from clinic.stored import Now, analyse_stored, analysed, counted, flags_in_words
from data.csv_tables import table_csv
from data.errors import MotionwardError, RecordingError
from data.files import sha256_of
from data.wall_clock import APART, apart_said, set_up_at, zones_taken

if TYPE_CHECKING:
    from clinic.store.rows import RecordingRow
    from data.recording import Recording

DEMO_PATIENT = "SIM-0001"
DEMO_ZONE = "Europe/Berlin"

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


def judged_in_words(analysis: Analysis) -> str:
    """The flags, by sensor and phenomenon where several have some: a page shows those of one.

    Where nothing at all could be judged, that and why: none found is no finding then.
    """
    if any(j.flagged or j.clear or j.episodes for j in analysis.judgements):
        having = [j for j in analysis.judgements if j.episodes]
        is_one = len({j.phenomenon for j in having}) == 1
        names = [j.stream.replace("-", " ") + ("" if is_one else f", {j.phenomenon}") for j in having]
        parts = [f"{n}: {flags_in_words(*counted(j.episodes))}" for n, j in zip(names, having, strict=True)]
        return flags_in_words(*counted(analysis.episodes)) + (f" ({'; '.join(parts)})" if len(parts) > 1 else "")
    why = next((reason for j in analysis.judgements for _, reason in j.not_judged), "it was not worn")
    return f"not judged: {why}"


def problem_of(path: Path, error: RecordingError) -> str:
    """What is wrong, led by where when that is more than the file: a row, a sensor, the profile it was read with."""
    where = error.source.removeprefix(str(path)).removeprefix(path.name).strip(" ,:")
    return f"{where}: {error.problem}" if where else error.problem


def _refused(path: Path, name: str, error: MotionwardError | OSError) -> Outcome:
    if isinstance(error, RecordingError):
        said = f"{problem_of(path, error)}: {error.hint}"
    elif isinstance(error, OSError):
        said = f"{error.strerror or error}: check the file and its permissions"
    else:
        said = str(error)
    return Outcome(name, "refused", "", 0, f"{name}: {said}")


def import_files(
    store: Store,
    files: Sequence[Path],
    patient: str,
    *,
    actor: str,
    now: Now,
    zone: str | None = None,
    otherwise: str | None = None,
    said: Mapping[str, Said] | None = None,
    is_joined: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
    done: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Import and analyse files one by one for a patient, who is added when new; a refused one does not stop the others.

    What is stored and analysed already is told by its hash before it is read, so a batch that was stopped goes on
    where it was.

    Parameters
    ----------
    zone
        The patient's IANA zone, for a new patient and for files that name none; default the patient's, else the site's.
    otherwise
        The zone of wall clocks, and of a new patient, while nobody has said one; such a file is refused where there is
        none.
    said
        What a person said of a file, by its path or name, or ``*`` for all.
    is_joined
        Whether all files are one recording, joined by their clocks; they share one outcome.
    done
        Told of each outcome as soon as it is there.
    """
    from clinic.in_use import of_patient, settings_for

    known = {p.code: p.zone for p in store.patients()}
    zone = zone or known.get(patient)
    given, say = said or {}, progress or _silent
    work = [tuple(files)] if is_joined else [(path,) for path in files]
    names = _names(work)

    def one(paths: tuple[Path, ...], at: int) -> Outcome:
        name = names[at]

        def tell(what: str, low: float, high: float) -> Callable[[float], None]:
            return lambda share: say(f"{what} {name}", (at + low + (high - low) * share) / len(work))

        tell("Reading", 0.0, 0.0)(0.0)
        if paths[0].is_file() and not is_joined and (here := _here(store, sha256_of(paths[0]), patient, name)):
            return here

        def reading(of: str | None) -> Recording:
            if is_joined:
                return read_together(store.home, paths, given, zone=of)
            return read_said(store.home, paths[0], of_file(given, paths[0]), zone=of)

        recording = reading(zone)
        if here := _here(store, recording.source.sha256, patient, name):
            return here
        recording, taken = _zoned(recording, reading, otherwise)
        lives, as_theirs = _home_zone(recording, zone or site_zone(store.home), otherwise)
        recording, apart = _apart(recording, lives, store.recordings(patient))
        store.add_patient(patient, lives, actor=actor, now_us=now())
        taken = (taken or as_theirs * (patient not in known)) + apart
        known.setdefault(patient, lives)
        identity, _ = store.import_(
            recording, patient, actor=actor, now_us=now(), zone=known[patient], progress=tell("Storing", 0.1, 0.3)
        )
        tell("Analysing", 0.3, 0.3)(0.0)
        detectors = of_patient(store, patient)
        found = analysed(
            store, identity, detectors, settings or settings_for(store, patient), actor, now,
            tell("Analysing", 0.3, 1.0), patient,
        )  # fmt: skip
        worn = {s.placement for s in recording.streams}
        taught = [d.version for d in detectors if d.adapted is not None and worn & set(d.placements)]
        of_all = {version for _, version in store.cohort_detectors()}
        by = _taught(sum(v not in of_all for v in taught), patient) + _taught(
            sum(v in of_all for v in taught), "every patient"
        )
        return Outcome(
            name, "imported", identity, counted(found.episodes)[0], f"Imported; {judged_in_words(found)}{by}.{taken}"
        )

    outcomes: list[Outcome] = []
    for at, paths in enumerate(work):
        try:
            outcomes.append(one(paths, at))
        except (MotionwardError, OSError) as error:
            outcomes.append(_refused(paths[0], names[at], error))
        if done is not None:
            done(outcomes[-1])
    say("Done", 1.0)
    return outcomes


def _taught(number: int, whom: str) -> str:
    return f", by {number} detector{'' if number == 1 else 's'} taught for {whom}" if number else ""


def _zoned(recording: Recording, reading: Callable[[str | None], Recording], zone: str | None) -> tuple[Recording, str]:
    """The recording; where nobody has said the zone of its wall clock, on that of ``zone``, and that this was taken."""
    if not is_zone_open(recording):
        return recording, ""
    if zone is None:
        raise RecordingError(
            recording.source.name,
            "its times are a wall clock, and nobody has said of which zone",
            "give --zone, or once for this site: motionward site --zone Europe/Berlin",
        )
    return reading(zone), f" Its wall clock was taken as that of {zone}: motionward site --zone says another."


def _home_zone(recording: Recording, said: str | None, otherwise: str | None) -> tuple[str, str]:
    """The zone of a new patient; where nobody has said one and none is named, ``otherwise``, and that it was taken."""
    named = None if recording.zone == "UTC" else recording.zone  # UTC stands where a file names no zone
    if named or said or not otherwise:
        return named or said or "UTC", ""
    return otherwise, f" The patient's own zone was taken as that of this computer, {otherwise}."


def _apart(recording: Recording, lives: str, others: Sequence[RecordingRow]) -> tuple[Recording, str]:
    """The recording and what to say where a device was set up to other clocks than those where the patient lives.

    Its own file says so, or, where it bears a wall clock alone, another of the patient's by the same maker.
    """
    if said := next((a for a in recording.assumptions if APART in a), ""):
        return recording, f" {said}"
    if (ahead := set_up_at(recording.assumptions)) is not None:
        said = apart_said(ahead, recording.interval.start, ZoneInfo(lives))
    elif zones_taken(recording.assumptions):
        maker = recording.device.partition(" ")[0]
        made = (r for r in others if r.device.startswith(maker) and any(APART in a for a in r.assumptions))
        if told := next(made, None):
            said = (
                f"It tells a wall clock alone, and {told.file} says that its device was not set up to clocks of {lives}"
                ": if this is of the same device, every time of it is wrong by as much."
            )
    if said:
        recording = replace(recording, assumptions=(said, *recording.assumptions))
    return recording, f" {said}" if said else ""


def _silent(_doing: str, _share: float) -> None:
    """Progress that nobody wants to see."""


def _names(work: Sequence[tuple[Path, ...]]) -> list[str]:
    """What each recording is called where others are imported with it: by its folder too, where names are alike."""
    many = Counter(paths[0].name for paths in work)
    names = []
    for paths in work:
        name = paths[0].name if many[paths[0].name] == 1 else f"{paths[0].parent.name}/{paths[0].name}"
        names.append(name if len(paths) == 1 else f"{name} and {len(paths) - 1} more")
    return names


def _here(store: Store, sha256: str, patient: str, name: str) -> Outcome | None:
    """What is said of a recording that is stored and analysed already; None for any other."""
    owner = next((r.patient for r in (*store.recordings(), *store.withdrawn()) if r.id == sha256), None)
    if owner is None or (owner == patient and not store.runs(sha256)):
        return None
    whose = "" if owner == patient else f" (of patient {owner})" if owner else " (withdrawn)"
    way = "" if owner == patient else f"; on the page Patients, Recordings, it can be given to {patient}"
    return Outcome(name, "already here", sha256, 0, f"Already here{whose}; nothing was changed{way}.")


OUTCOME_COLUMNS = ("file", "status", "flags", "sentence", "recording")


def outcomes_csv(outcomes: Sequence[Mapping[str, Any]]) -> str:
    """The table of what happened as CSV; ``outcomes`` as objects with the fields of :class:`Outcome`."""
    return table_csv(OUTCOME_COLUMNS, ([o.get(c, "") for c in OUTCOME_COLUMNS] for o in outcomes))


def make_demo(store: Store, *, actor: str, now: Now, progress: Progress | None = None) -> Outcome:
    """The simulated patient, two weeks: made, stored and analysed; a second time changes nothing.

    What was withdrawn is theirs again, and what was given to another patient stays there.
    """
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
    store.add_doses(DEMO_PATIENT, list(doses), SIMULATED, actor=actor, now_us=now())
    identity, is_new = store.import_(
        recording, DEMO_PATIENT, actor=actor, now_us=now(), progress=tell("Simulating two weeks", 0.02, 0.35)
    )
    owner = next((r.patient for r in store.recordings() if r.id == identity), "")
    if owner and owner != DEMO_PATIENT:
        return Outcome("demo", "already here", identity, 0, f"The simulated recording is here, of patient {owner}.")
    if not owner:  # it was withdrawn, and is asked for again
        store.reassign(identity, DEMO_PATIENT, actor=actor, now_us=now())
    if not is_new and store.runs(identity):
        return Outcome("demo", "already here", identity, 0, "The simulated patient is already here.")
    found = analyse_stored(
        store, identity, shipped(), Settings(), actor=actor, now=now,
        progress=tell("Analysing the simulated patient", 0.35, 0.98),
    )  # fmt: skip
    tell("Done", 1.0, 1.0)(1.0)
    return Outcome("demo", "imported", identity, found[0], f"The simulated patient is ready; {flags_in_words(*found)}.")
