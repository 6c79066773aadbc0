"""A stored recording is analysed: when it is new, at another alarm budget, for another patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clinic import __version__
from clinic.analysis import Analysis, Embed, Settings, analyze
from clinic.sources import Assessed, assessing_once
from clinic.store import Store
from data.intervals import Intervals
from data.quality import StreamQuality
from data.recording import Recording
from models.scores import Certainty, Episode

if TYPE_CHECKING:
    from models.detectors import Detector

Now = Callable[[], int]
"""The clock: microseconds since 1970 UTC."""


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


def assessed_in(store: Store) -> Assessed:
    """What of stored recordings can be used: as their present run was told it, else from their signal, read once.

    What another version of motionward found is not taken: an analysis made now may find otherwise.
    """
    anew, told = assessing_once(), dict[str, dict[str, StreamQuality]]()

    def assessed(recording: Recording, stream: str) -> StreamQuality:
        identity = recording.source.sha256
        if identity not in told:
            told[identity] = _found(store, identity)
        return told[identity].get(stream) or anew(recording, stream)

    return assessed


def _found(store: Store, identity: str) -> dict[str, StreamQuality]:
    """What the present run found of each stream, without measures; nothing where it didn't keep all of it."""
    run = next(iter(store.runs(identity)), None)
    unusable = store.unusable(run.id) if run and run.manifest.get("motionward") == __version__ else None
    if unusable is None:
        return {}
    spans = store.spans(recording=identity, kinds=("worn", "not worn", "gap"))

    def those(stream: str, kind: str) -> Intervals:
        return tuple(s.interval for s in spans if (s.stream, s.kind) == (stream, kind))

    return {
        name: StreamQuality(
            name, those(name, "worn"), those(name, "not worn"), those(name, "gap"),
            tuple((i, reason) for of, i, reason in unusable if of == name),
        )
        for name in dict.fromkeys(s.stream for s in spans)
    }  # fmt: skip


def analyse_stored(
    store: Store,
    recording: str,
    detectors: Sequence[Detector],
    settings: Settings,
    *,
    actor: str,
    now: Now,
    progress: Callable[[float], None] | None = None,
    patient: str | None = None,
) -> tuple[int, int]:
    """Analyse a stored recording and record the result; returns how many flags and how many unsure episodes.

    Where ``patient`` says whose detectors these are, nothing is recorded once the recording is not theirs any more.
    """
    return counted(analysed(store, recording, detectors, settings, actor, now, progress, patient).episodes)


def analysed(
    store: Store, recording: str, detectors: Sequence[Detector], settings: Settings, actor: str, now: Now,
    progress: Callable[[float], None] | None, patient: str | None = None,
) -> Analysis:  # fmt: skip
    """The same, and the analysis that was recorded."""
    embed = store.remembering(recording, embedder(settings, progress), settings.number_format)
    analysis = analyze(store.recording(recording), detectors, settings, embed=embed, version=__version__)
    store.record(recording, analysis, patient=patient, actor=actor, now_us=now())
    return analysis


def reassign(
    store: Store,
    recording: str,
    patient: str,
    *,
    actor: str,
    now: Now,
    progress: Callable[[float], None] | None = None,
) -> str:
    """Make a stored recording another patient's and analyse it as theirs; of an empty code it is withdrawn.

    A patient who is new lives in the zone of the one before.

    Returns
    -------
    What became of it, for people.

    Raises
    ------
    StoreError
        If it cannot be that patient's; nothing is changed then.
    """
    from clinic.in_use import of_patient, settings_for

    row = next((r for r in (*store.recordings(), *store.withdrawn()) if r.id == recording), None)
    zones = {p.code: p.zone for p in store.patients()}
    if patient and row is not None and patient not in zones:
        zone = zones[store.former_owner(recording)]
        store.add_patient(patient, zone, is_simulated=row.is_simulated, actor=actor, now_us=now())
    is_moved = store.reassign(recording, patient, actor=actor, now_us=now())
    file = row.file if row is not None else recording[:12]
    if not patient:
        return f"{file} is withdrawn and counts for nobody; it can be given to a patient again."
    if not is_moved and store.runs(recording):
        return f"{file} is of {patient} already; nothing was changed."
    found = analyse_stored(
        store, recording, of_patient(store, patient), settings_for(store, patient), actor=actor, now=now,
        progress=progress, patient=patient,
    )  # fmt: skip
    whose = f", and no longer of {row.patient}" if row is not None and row.patient not in ("", patient) else ""
    return f"{file} is of {patient} now{whose}; {flags_in_words(*found)}."


def judge_at(
    store: Store,
    recordings: Sequence[str],
    per_hour: float | None,
    promised: float | None,
    *,
    actor: str,
    now: Now,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Analyse stored recordings anew at an alarm budget, all else as it was; one that is at it already stays.

    Parameters
    ----------
    per_hour
        False alarms an hour that every detector keeps to; None for each detector's own threshold.
    promised
        Share of a new person's flags that shall not be both called sure and false; None for each detector's own band.
    """
    from clinic.in_use import of_recording, settings_of

    for done, recording in enumerate(recordings):
        settings = replace(settings_of(store, recording), false_alarms_per_hour=per_hour, promised=promised)
        analyse_stored(store, recording, of_recording(store, recording), settings, actor=actor, now=now)
        if progress is not None:
            progress((done + 1) / len(recordings))
