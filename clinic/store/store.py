"""The store: every operation opens the database, does one thing, closes it; every change is vouched for."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from clinic import __version__
from clinic.analysis import Analysis, Embed
from clinic.home import Home
from clinic.store import audit, read_rows, write_rows
from clinic.store.access import StoreError, locked, reading, writing
from clinic.store.files import TEMPORARY, folder_whole
from clinic.store.migrate import migrate, newest, shape_of
from clinic.store.rows import (
    AuditRow,
    DoseRow,
    EpisodeRow,
    FindingRow,
    Head,
    PatientRow,
    RecordingRow,
    RunRow,
    SpanRow,
)  # fmt: skip
from clinic.store.scores import read_scores, write_scores
from clinic.store.vectors import remembering
from data import archive
from data.recording import Recording
from data.summary import read_summary
from models.embedding import Embeddings

VERDICTS = ("right", "wrong", "edges")
_SPARE_BYTES = 200_000_000
_BYTES_A_VALUE = 3  # float32 signals and summaries, compressed: on the safe side


@dataclass(frozen=True, slots=True)
class Store:
    """The data folder of one clinic, opened by :meth:`open`.

    Times are microseconds and come in as arguments; so does the actor, a name for the audit.
    """

    home: Home

    @staticmethod
    def open(home: Home) -> Store:
        """Make or upgrade the store where needed, and move the saved head on after a kill.

        Raises
        ------
        StoreError
            If the folder cannot be used, the file is damaged, or entries were lost.
        """
        home.made()
        store = Store(home)
        if not home.database.exists() or not store._is_current():
            with writing(home) as connection:
                migrate(connection)
        with locked(home.lock, exclusive=True):
            store._settle_head()
        return store

    def _is_current(self) -> bool:
        with reading(self.home) as connection:
            return shape_of(connection) == newest()

    def _settle_head(self) -> None:
        """Compare the saved head with the chain; one event ahead is what a kill leaves, and is put right."""
        connection = duckdb.connect(str(self.home.database), read_only=True)
        try:
            actual = audit.head_of(connection)
        finally:
            connection.close()
        saved = audit.saved_head(self.home)
        if saved is not None and actual.seq < saved.seq:
            raise StoreError(
                f"The store at {self.home.root} has lost its last {saved.seq - actual.seq} entries: "
                "restore the newest backup with `motionward restore`."
            )
        if actual != (saved or audit.GENESIS) and (saved is None or actual.seq == saved.seq + 1):
            audit.save_head(self.home, actual)

    def _change(
        self,
        act: str,
        object_: str,
        details: dict[str, Any],  # JSON
        *,
        actor: str,
        now_us: int,
        rows: Callable[[duckdb.DuckDBPyConnection, int], bool],
    ) -> bool:
        """Write rows and their audit event in one transaction; ``rows`` may answer False: nothing to do."""
        with writing(self.home) as connection:
            seq = audit.head_of(connection).seq + 1
            head = None
            if rows(connection, seq):
                head = audit.append(
                    connection, at_us=now_us, actor=actor, act=act, object_=object_, details=details,
                    software=__version__,
                )  # fmt: skip
        if head is not None:
            with locked(self.home.lock, exclusive=True):
                saved = audit.saved_head(self.home)
                if saved is None or saved.seq < head.seq:
                    audit.save_head(self.home, head)
        return head is not None

    # People

    def add_patient(self, code: str, zone: str, *, is_simulated: bool = False, actor: str, now_us: int) -> PatientRow:
        """A patient by the clinic's code; one who is there already stays as they are."""
        row = PatientRow(code, zone, is_simulated, now_us)
        self._change(
            "add patient", code, {"zone": zone}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.patient(c, seq, row),
        )  # fmt: skip
        return self.patient(code)

    def patients(self) -> list[PatientRow]:
        """All, by code."""
        with reading(self.home) as connection:
            return read_rows.patients(connection)

    def patient(self, code: str) -> PatientRow:
        """One by code; ``KeyError`` when there is none."""
        return {p.code: p for p in self.patients()}[code]

    # Recordings

    def has(self, sha256: str) -> bool:
        """Whether a recording of this content is here."""
        with reading(self.home) as connection:
            return read_rows.has_recording(connection, sha256)

    def import_(
        self,
        recording: Recording,
        patient: str,
        *,
        actor: str,
        now_us: int,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[str, bool]:
        """Store a recording for a patient, whole or not at all.

        Returns
        -------
        Its id (the hash of its content), and whether it is new; the same content twice changes nothing.

        Raises
        ------
        StoreError
            If the disk has too little room or cannot be written; the store is then as before.
        """
        identity = recording.source.sha256
        if self.has(identity):
            return identity, False
        self._check_room(recording)
        try:
            with folder_whole(self.home.signals(identity)) as folder:
                index = archive.write(recording, folder, progress)
        except OSError as error:
            raise StoreError(
                f"{recording.source.name} was not stored ({error.strerror or error}): free some space at "
                f"{self.home.root} and import it again."
            ) from error
        details = {"file": recording.source.name, "size": recording.source.size, "patient": patient}
        return identity, self._change(
            "import", identity, details, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.recording(c, seq, recording, patient, now_us, index),
        )  # fmt: skip

    def _check_room(self, recording: Recording) -> None:
        values = sum(len(s.channels) * seg.n_samples for s in recording.streams for seg in s.segments)
        free = shutil.disk_usage(self.home.root).free
        if free < values * _BYTES_A_VALUE + _SPARE_BYTES:
            need = (values * _BYTES_A_VALUE + _SPARE_BYTES) // 1_000_000
            raise StoreError(
                f"{recording.source.name} was not stored: {self.home.root} has {free // 1_000_000} MB free and "
                f"about {need} MB are needed; free some space and import it again."
            )

    def recordings(self, patient: str | None = None) -> list[RecordingRow]:
        """All, or one patient's, in order of their start."""
        with reading(self.home) as connection:
            return read_rows.recordings(connection, patient)

    def recording(self, identity: str) -> Recording:
        """A stored recording; its samples are read from the archive when asked for."""
        with reading(self.home) as connection:
            bare, indexes = read_rows.recording(connection, identity)
        folder = self.home.signals(identity)
        streams = tuple(archive.open_stream(s, folder, indexes[s.name]) for s in bare.streams)
        return replace(bare, streams=streams)

    def signal(
        self, identity: str, stream: str, start_us: int, end_us: int
    ) -> list[tuple[int, float, NDArray[np.float32]]]:
        """``(start_us, rate_hz, samples)`` of each piece of a segment inside ``[start_us, end_us)``."""
        pieces = []
        for segment in self.recording(identity).stream(stream).segments:
            first = max(0, int(np.ceil((start_us - segment.start_us) * segment.rate_hz / 1e6)))
            last = min(segment.n_samples, int(np.ceil((end_us - segment.start_us) * segment.rate_hz / 1e6)))
            if first < last:
                pieces.append((segment.time_us(first), segment.rate_hz, segment.samples[first:last]))
        return pieces

    def summary(
        self, identity: str, stream: str, level: str, start_us: int, end_us: int
    ) -> dict[str, NDArray[np.generic]]:
        """Per ``second`` or ``minute``: ``start_us``, ``movement``, ``<channel>_min``, ``_max``, ``_mean``."""
        return read_summary(self.home.signals(identity) / stream, level, start_us, end_us)

    def remembering(self, identity: str, embed: Callable[..., Embeddings]) -> Embed:
        """``embed`` for one recording, with what was made before taken from disk."""
        return remembering(self.home, identity, embed)

    # Analyses

    def record(self, identity: str, analysis: Analysis, *, actor: str, now_us: int) -> str:
        """Store an analysis of a recording, whole or not at all; the same one twice changes nothing.

        Returns
        -------
        The run's id, made of its recording and manifest.
        """
        manifest = audit.canonical(analysis.manifest)
        run = hashlib.sha256(f"{identity}\n{manifest}".encode()).hexdigest()[:32]
        known = self.runs(identity)
        if known and known[0].id == run:
            return run
        try:
            with folder_whole(self.home.scores(run)) as folder:
                write_scores(analysis, folder)
        except OSError as error:
            raise StoreError(
                f"The analysis of {identity[:12]} was not stored ({error.strerror or error}): free some space."
            ) from error
        self._change(
            "analyse", identity, {"run": run}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.analysis(c, seq, run, identity, analysis, manifest, now_us),
        )  # fmt: skip
        return run

    def runs(self, recording: str | None = None) -> list[RunRow]:
        """Newest first; the first of a recording is the present one."""
        with reading(self.home) as connection:
            return read_rows.runs(connection, recording)

    def spans(
        self, patient: str | None = None, recording: str | None = None, kinds: tuple[str, ...] | None = None
    ) -> list[SpanRow]:
        """What the present runs said of each stretch."""
        with reading(self.home) as connection:
            return read_rows.spans(connection, patient, recording, kinds)

    def findings(self, patient: str | None = None, recording: str | None = None) -> list[FindingRow]:
        """Quality findings of the present runs."""
        with reading(self.home) as connection:
            return read_rows.findings(connection, patient, recording)

    def episodes(
        self, patient: str | None = None, recording: str | None = None, phenomenon: str | None = None
    ) -> list[EpisodeRow]:
        """Episodes of the present runs, in order of time, with the newest verdict on each."""
        with reading(self.home) as connection:
            return read_rows.episodes(connection, patient, recording, phenomenon)

    def scores(
        self, run: str, stream: str, phenomenon: str, start_us: int, end_us: int
    ) -> dict[str, NDArray[np.generic]]:
        """``start_us``, ``probability``, ``lower``, ``upper``, ``valid`` of the half seconds in a span."""
        return read_scores(self.home.scores(run), stream, phenomenon, start_us, end_us)

    # What people say

    def add_dose(self, patient: str, taken_us: int, what: str, source: str, *, actor: str, now_us: int) -> DoseRow:
        """A dose taken; the same one twice changes nothing."""
        row = DoseRow(_dose_id(patient, taken_us, what, source), patient, taken_us, what, source)
        self._change(
            "add dose", patient, {"dose": row.id}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.doses(c, seq, [row]),
        )  # fmt: skip
        return row

    def add_doses(self, patient: str, doses: list[tuple[int, str]], source: str, *, actor: str, now_us: int) -> None:
        """Many ``(taken_us, what)`` at once, under one audit event."""
        named = [
            DoseRow(
                hashlib.sha256(audit.canonical([patient, t, w, source]).encode()).hexdigest()[:32],
                patient,
                t,
                w,
                source,
            )
            for t, w in doses
        ]
        self._change(
            "add doses", patient, {"count": len(named)}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.doses(c, seq, named),
        )  # fmt: skip

    def doses(self, patient: str) -> list[DoseRow]:
        """In order of time."""
        with reading(self.home) as connection:
            return read_rows.doses(connection, patient)

    def review(self, episode: str, verdict: str, *, actor: str, now_us: int) -> None:
        """What a person says of a flag: ``right``, ``wrong`` or ``edges``; the newest counts."""
        if verdict not in VERDICTS:
            raise ValueError(f"unknown verdict {verdict!r}; there are {', '.join(VERDICTS)}")
        self._change(
            "review", episode, {"verdict": verdict}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.review(c, seq, episode, verdict, actor, now_us),
        )  # fmt: skip

    def looked_at(self, patient: str, *, actor: str, now_us: int) -> None:
        """Somebody opened the patient's timeline."""
        self._change(
            "look", patient, {}, actor=actor, now_us=now_us,
            rows=lambda c, seq: write_rows.look(c, seq, patient, actor, now_us),
        )  # fmt: skip

    def last_look(self, patient: str) -> int | None:
        """When somebody last looked; None when nobody has."""
        with reading(self.home) as connection:
            return read_rows.last_look(connection, patient)

    # Trust

    def head(self) -> Head:
        """Where the audit chain ends."""
        with reading(self.home) as connection:
            return audit.head_of(connection)

    def audit(self, limit: int = 100) -> list[AuditRow]:
        """The newest events."""
        with reading(self.home) as connection:
            return audit.events(connection, limit)

    def verify(self) -> list[str]:
        """Everything that is not as it was written, a sentence each; empty when all is whole."""
        with reading(self.home) as connection:
            found = audit.problems(connection, audit.saved_head(self.home))
            known = read_rows.recording_ids(connection)
        return found + [
            f"the signals of recording {r[:12]} are missing" for r in sorted(known) if not self.home.signals(r).is_dir()
        ]

    def tidy(self) -> list[Path]:
        """Remove what no row names: the rubbish of a crash. Returns what was removed."""
        with locked(self.home.lock, exclusive=True):
            connection = duckdb.connect(str(self.home.database), read_only=True)
            try:
                recordings = read_rows.recording_ids(connection)
                runs = {r.id for r in read_rows.runs(connection, None)}
            finally:
                connection.close()
            vectors = [f for e in self.home.embeddings().iterdir() if e.is_dir() for f in e.iterdir()]
            rubbish = [f for f in self.home.signals().iterdir() if f.name not in recordings]
            rubbish += [f for f in self.home.scores().iterdir() if f.name not in runs]
            rubbish += [f for f in vectors if f.name not in recordings]
            rubbish += list(self.home.root.glob(f"{TEMPORARY}*"))
            for folder in rubbish:
                if folder.is_dir():
                    shutil.rmtree(folder)
                else:
                    folder.unlink()
        return rubbish


def _dose_id(patient: str, taken_us: int, what: str, source: str) -> str:
    return hashlib.sha256(audit.canonical([patient, taken_us, what, source]).encode()).hexdigest()[:32]
