"""Detectors that somebody took over after teaching them: their folders, their rows, and those that were turned down."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from clinic.store import read_rows, write_rows
from clinic.store.access import StoreError, reading
from clinic.store.change import change
from clinic.store.files import digests, pending_folder
from clinic.store.owners import Owners
from clinic.store.rows import ChosenRow, DetectorRow
from models.detectors import Detector, load, save
from models.detectors.correction import Taught


@dataclass(frozen=True, slots=True)
class Detectors(Owners):
    """The part of the store that is about detectors; used as :class:`clinic.store.Store`."""

    def accept_detector(
        self, detector: Detector, card: str, *, recording: str, everybody: bool = False, reason: str = "", actor: str,
        now_us: int,
    ) -> Detector:  # fmt: skip
        """Store a taught detector and whom it judges from then on, whole or not at all.

        The same one twice changes nothing, unless it is for every patient, or its patient was put back to another
        since.

        Parameters
        ----------
        recording
            The one on which it was tried. Its patient is judged by the detector from then on; one who was told to
            follow every patient still does, where it is for every patient.
        everybody
            Have further recordings of every patient judged by it.
        reason
            Why it was taken over, for the audit.

        Returns
        -------
        The same with its version, as it was read back.

        Raises
        ------
        StoreError
            If the disk is full or cannot be written; the store is then as before.
        """
        try:
            with tempfile.TemporaryDirectory() as made:
                saved = save(detector, Path(made) / "detector", card)
                details: dict[str, Any] = {  # Any: JSON
                    "name": saved.name, "parent": saved.parent, "recording": recording, "reason": reason,
                }  # fmt: skip
                is_new = saved.version not in {d.id for d in self.detectors()}
                chosen = self._chosen_on(recording).get(saved.name)
                if not (is_new or everybody or (chosen is not None and chosen.version != saved.version)):
                    return self.detector(saved.version)
                if everybody and chosen is not None and chosen.version is None:
                    details["chosen"] = None  # it was accepted on a recording of theirs, but is not their own
                elif not is_new and chosen is not None:
                    details["chosen"] = saved.version  # accepted once before, put back, and accepted again
                row = DetectorRow(saved.version, saved.name, saved.phenomenon, saved.parent or "", now_us)

                def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
                    if write_rows.detector(connection, seq, row) is not is_new:
                        raise StoreError("The same detector was accepted by somebody else just now: accept it again.")
                    if everybody:
                        write_rows.cohort_detector(connection, seq, saved.name, saved.version, now_us)
                    return True

                if not is_new:
                    change(self.home, "accept detector", saved.version, details, actor=actor, now_us=now_us, rows=rows)
                    return self.detector(saved.version)
                with pending_folder(self.home.detectors(saved.version)) as new:
                    shutil.copytree(Path(made) / "detector", new.content, dirs_exist_ok=True)
                    new.sync()
                    change(
                        self.home, "accept detector", saved.version, details | {"files": digests(new.content)},
                        actor=actor, now_us=now_us, files=new, rows=rows,
                    )  # fmt: skip
        except OSError as error:
            raise StoreError(
                f"The detector was not stored ({error.strerror or error}): free some space at {self.home.root} and "
                "accept it again."
            ) from error
        return self.detector(saved.version)

    def _chosen_on(self, recording: str) -> dict[str, ChosenRow]:
        """What somebody decided that the patient of a recording is judged by."""
        with reading(self.home) as connection:
            owner = next((r.patient for r in read_rows.recordings(connection, None) if r.id == recording), None)
            return {} if owner is None else read_rows.chosen_detectors(connection, owner)

    def turn_down_detector(self, detector: Detector, why: str, *, recording: str, actor: str, now_us: int) -> None:
        """Note that somebody looked at a taught detector and did not want it; nothing else is kept of it."""
        details = {"name": detector.name, "parent": detector.parent, "why": why}
        change(
            self.home, "discard detector", recording, details, actor=actor, now_us=now_us, rows=lambda _c, _seq: True
        )

    def change_detector(
        self, name: str, *, before: str, after: str, recordings: Sequence[str], actor: str, now_us: int
    ) -> None:
        """Note that somebody has a patient judged by another version of a detector, these recordings and further ones.

        Parameters
        ----------
        before, after
            Versions; empty where none was, or is to be, in use.
        recordings
            Of one patient, those that are to be judged anew.
        """
        details = {"before": before, "after": after, "recordings": list(recordings)}
        change(self.home, "change detector", name, details, actor=actor, now_us=now_us, rows=lambda _c, _seq: True)

    def keep_on_detector(self, name: str, version: str, *, recording: str, actor: str, now_us: int) -> None:
        """Note that a patient stays with the version that judges this recording of theirs; nothing is judged anew."""
        details = {"before": version, "after": version, "recordings": [recording]}
        change(self.home, "keep detector", name, details, actor=actor, now_us=now_us, rows=lambda _c, _seq: True)

    def follow_every_patient(self, name: str, *, recording: str, actor: str, now_us: int) -> None:
        """Note that further recordings of this one's patient are judged by whichever is for every patient."""
        details = {"recordings": [recording]}
        change(self.home, "follow every patient", name, details, actor=actor, now_us=now_us, rows=lambda _c, _seq: True)

    def chosen_detectors(self, patient: str) -> dict[str, ChosenRow]:
        """By name, what somebody decided that a patient is judged by, where no other was accepted for them since.

        It is read from the audit, which only grows: :meth:`change_detector`, :meth:`keep_on_detector` and
        :meth:`follow_every_patient` decide, and what is accepted on a recording of the patient afterwards
        (:meth:`accept_detector`) decides otherwise.
        """
        with reading(self.home) as connection:
            return read_rows.chosen_detectors(connection, patient)

    def set_cohort_detector(self, name: str, version: str, *, actor: str, now_us: int) -> None:
        """Have further recordings of every patient judged by a version; empty: the shipped one again, or none."""
        change(
            self.home, "set detector for every patient", name, {"version": version}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.cohort_detector(c, seq, name, version, now_us),
        )  # fmt: skip

    def cohort_detectors(self) -> list[tuple[str, str]]:
        """Name and version of all that were ever for every patient, oldest first; the last of a name counts."""
        with reading(self.home) as connection:
            return read_rows.cohort_detectors(connection)

    def detectors(self) -> list[DetectorRow]:
        """Those that somebody took over, oldest first."""
        with reading(self.home) as connection:
            return read_rows.detectors(connection)

    def detector(self, version: str) -> Detector:
        """A detector that somebody took over, whose examples name recordings by their content.

        Older folders name files. A name that one recording alone has stands for that one. A name that several have
        stands for none of them: their marks are learned again rather than passed over unseen.

        Raises
        ------
        MotionwardError
            If its folder is missing or damaged.
        """
        found = load(self.home.detectors(version))
        if found.adapted is None or all(t.file for t in found.adapted.taught):
            return found
        with reading(self.home) as connection:
            known = read_rows.recordings_by_file(connection)
        taught = tuple(_identified(t, known) for t in found.adapted.taught)
        return replace(found, adapted=replace(found.adapted, taught=taught))


def _identified(t: Taught, known: Mapping[str, Sequence[str]]) -> Taught:
    of = known.get(t.recording, ())
    return replace(t, recording=of[0], file=t.recording) if len(of) == 1 else t
