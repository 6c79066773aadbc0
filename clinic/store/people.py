"""What the store knows of patients and hears from people: doses, verdicts on flags, who looked when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from clinic.store import read_rows, write_rows
from clinic.store.access import StoreError, reading
from clinic.store.audit import canonical
from clinic.store.change import change
from clinic.store.decisions import Decisions
from clinic.store.rows import DoseRow, PatientRow
from data.intervals import Interval
from data.recording import Recording
from data.wall_clock import are_alike, zones_taken

VERDICTS = ("right", "wrong", "edges")
SIMULATED = "simulated"
"""Source of doses that nobody entered by a clock."""


@dataclass(frozen=True, slots=True)
class People(Decisions):
    """The part of the store that is about people; used as :class:`clinic.store.Store`."""

    def add_patient(self, code: str, zone: str, *, is_simulated: bool = False, actor: str, now_us: int) -> PatientRow:
        """A patient by the clinic's code; one who is there already stays as they are.

        Raises
        ------
        StoreError
            If the code is empty, begins or ends with blanks or holds what cannot be printed, or the zone is not known.
        """
        check_code(code)
        _check_zone(zone)
        row = PatientRow(code, zone, is_simulated, now_us)
        change(
            self.home, "add patient", code, {"zone": zone}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.patient(c, seq, row),
        )  # fmt: skip
        return self.patient(code)

    def change_zone(self, code: str, zone: str, *, actor: str, now_us: int) -> PatientRow:
        """Show a patient's times in another zone, and take wall clocks of further imports as of it.

        No stored instant moves. It is refused where some were told by a wall clock of the zone so far, and would be
        shown at other times of day than the clock did; zones that showed the same time then may take turns.

        Raises
        ------
        StoreError
            If there is no such patient or zone, or recordings or doses rest on the zone so far; nothing is changed.
        """
        _check_zone(zone)

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            before = next((p for p in read_rows.patients(connection) if p.code == code), None)
            if before is None:
                raise StoreError(f"There is no patient {code!r} in {self.home.root}: add the patient first.")
            if before.zone == zone:
                return False
            _check_free(connection, before, zone)
            write_rows.insert(connection, "patient", [[code, zone, before.is_simulated, before.created_us, seq]])
            return True

        change(self.home, "change zone", code, {"zone": zone}, actor=actor, now_us=now_us, rows=rows)
        return self.patient(code)

    def patients(self) -> list[PatientRow]:
        """All, by code."""
        with reading(self.home) as connection:
            return read_rows.patients(connection)

    def patient(self, code: str) -> PatientRow:
        """One by code; ``KeyError`` when there is none."""
        return {p.code: p for p in self.patients()}[code]

    def add_dose(self, patient: str, taken_us: int, what: str, source: str, *, actor: str, now_us: int) -> DoseRow:
        """A dose taken; the same one twice changes nothing."""
        row = DoseRow(_dose_id(patient, taken_us, what, source), patient, taken_us, what, source)
        change(
            self.home, "add dose", patient, {"dose": row.id}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.doses(c, seq, [row]),
        )  # fmt: skip
        return row

    def add_doses(self, patient: str, doses: list[tuple[int, str]], source: str, *, actor: str, now_us: int) -> None:
        """Many ``(taken_us, what)`` at once, under one audit event."""
        named = [DoseRow(_dose_id(patient, t, w, source), patient, t, w, source) for t, w in doses]
        change(
            self.home, "add doses", patient, {"count": len(named)}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.doses(c, seq, named),
        )  # fmt: skip

    def withdraw_dose(self, dose: str, *, actor: str, now_us: int) -> None:
        """Say that a dose was entered wrongly; what is there no more stays so.

        Raises
        ------
        KeyError
            If there never was such a dose.
        """
        change(
            self.home, "withdraw dose", dose, {}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.withdraw_dose(c, seq, dose),
        )  # fmt: skip

    def doses(self, patient: str) -> list[DoseRow]:
        """In order of time."""
        with reading(self.home) as connection:
            return read_rows.doses(connection, patient)

    def review(self, episode: str, verdict: str, *, actor: str, now_us: int) -> None:
        """What a person says of a flag: ``right``, ``wrong`` or ``edges``; the newest counts, empty takes it back."""
        if verdict and verdict not in VERDICTS:
            raise ValueError(f"unknown verdict {verdict!r}; there are {', '.join(VERDICTS)}")
        change(
            self.home, "review", episode, {"verdict": verdict}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.review(c, seq, episode, verdict, actor, now_us),
        )  # fmt: skip

    def looked_at(self, patient: str, *, actor: str, now_us: int) -> None:
        """Somebody opened the patient's timeline."""
        change(
            self.home, "look", patient, {}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.look(c, seq, patient, actor, now_us),
        )  # fmt: skip

    def last_look(self, patient: str) -> int | None:
        """When somebody last looked; None when nobody has."""
        with reading(self.home) as connection:
            return read_rows.last_look(connection, patient)


def check_code(code: str) -> None:
    """See that a patient can bear this code.

    Raises
    ------
    StoreError
        If it is empty, begins or ends with blanks or holds what cannot be printed.
    """
    if not code or code != code.strip() or not code.isprintable():
        raise StoreError(f"{code!r} is no code for a patient: use letters, digits and signs, such as P-0001.")


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last two: a path, a folder of zones
        raise StoreError(f"There is no time zone named {zone!r}: give an IANA name such as Europe/Berlin.") from error


def check_same_zone(connection: duckdb.DuckDBPyConnection, recording: Recording, code: str, zone: str) -> None:
    """See that a recording does not rest on a zone that was the patient's when it was read, and is not any more.

    Raises
    ------
    StoreError
        If it does: no change of the zone would have passed with the recording in the store.
    """
    now = next(p.zone for p in read_rows.patients(connection) if p.code == code)
    if now != zone and zone in zones_taken(recording.assumptions):
        raise StoreError(
            f"{recording.source.name} was not stored: its wall clock was taken as of {zone}, and the zone of {code} "
            f"was changed to {now} meanwhile; import it again."
        )


def _check_free(connection: duckdb.DuckDBPyConnection, before: PatientRow, zone: str) -> None:
    """See that what was told by a wall clock of the zone so far is shown as that clock did in the new zone too."""
    resting = []
    for r in read_rows.recordings(connection, before.code):
        spans = [s.interval for s in r.streams]
        is_right = any(all(are_alike(z, before.zone, s) for s in spans) for z in zones_taken(r.assumptions))
        if is_right and not all(are_alike(before.zone, zone, s) for s in spans):
            resting.append(f"the wall clock of {r.file}")
    entered = [d.taken_us for d in read_rows.doses(connection, before.code) if d.source != SIMULATED]
    doses = sum(not are_alike(before.zone, zone, Interval(at, at + 1)) for at in entered)
    what = [resting[0] + f" and {len(resting) - 1} more" * (len(resting) > 1)] if resting else []
    what += [f"the time of {doses} {'dose' if doses == 1 else 'doses'}"] * bool(doses)
    if what:
        raise StoreError(
            f"{before.code} keeps {before.zone}: {' and '.join(what)} was taken as of that zone and would be shown at "
            f"another time of day; import further files of {zone} for a patient code of their own, and if "
            f"{before.zone} was wrong from the beginning, all of them into a new data folder."
        )


def _dose_id(patient: str, taken_us: int, what: str, source: str) -> str:
    return hashlib.sha256(canonical([patient, taken_us, what, source]).encode()).hexdigest()[:32]
