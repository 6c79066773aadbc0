"""The store: every operation opens the database, does one thing, closes it; every change is vouched for."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
from numpy.typing import NDArray

from clinic.home import Home
from clinic.store import audit, read_rows, upkeep, write_rows
from clinic.store.access import StoreError, at_once, gone, locked, looking, reading, transaction
from clinic.store.change import change
from clinic.store.detectors import Detectors
from clinic.store.files import digests, pending_folder
from clinic.store.migrate import migrate, newest, shape_of
from clinic.store.owners import check_owner
from clinic.store.people import check_same_zone
from clinic.store.rows import (
    AuditRow,
    EpisodeRow,
    FindingRow,
    Head,
    RecordingRow,
    RejectedRow,
    RunRow,
    SpanRow,
)  # fmt: skip
from clinic.store.scores import read_scores, read_unusable, write_scores
from clinic.store.vectors import remembered_only, remembering
from data import archive
from data.intervals import Interval
from data.recording import Recording, Stream
from data.summary import read_summary
from models.detectors import Detector
from models.embedding import Embeddings

if TYPE_CHECKING:  # who only reads the store need not load what analyses
    from clinic.analysis import Analysis, Embed

_SPARE_BYTES = 200_000_000
_BYTES_A_VALUE = 3  # float32 signals and summaries, compressed: on the safe side


@dataclass(frozen=True, slots=True)
class Store(Detectors):
    """The data folder of one clinic, opened by :meth:`open`.

    Detectors that were taken over are :class:`Detectors`; whose a recording is,
    :class:`clinic.store.owners.Owners`; what people are and say, :class:`clinic.store.people.People`; what they say of
    spans, :class:`clinic.store.labels.Labels`, and of the stretches of an audit, :class:`clinic.store.samples.Samples`.

    Times are microseconds and come in as arguments; so does the actor, a name for the audit.
    """

    @staticmethod
    def open(home: Home) -> Store:
        """Make or upgrade the store where needed, and move the saved head on after a kill.

        Raises
        ------
        StoreError
            If the folder cannot be used, the file is damaged, or entries were lost.
        """
        home.made()
        with locked(home.lock, exclusive=True):
            if not home.database.exists() or _shape(home) != newest():
                with transaction(home) as connection:
                    migrate(connection)
            with looking(home) as connection:
                audit.settle(home, connection)
        return Store(home)

    def at_once(self) -> AbstractContextManager[None]:
        """Reads inside see one moment, through one connection; nothing may be written inside."""
        return at_once(self.home)

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
        zone: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[str, bool]:
        """Store a recording for a patient, whole or not at all.

        Parameters
        ----------
        zone
            The patient's zone when the recording was read; None where no wall clock was taken as of it.

        Returns
        -------
        Its id (the hash of its content), and whether it is new; the same content twice changes nothing.

        Raises
        ------
        StoreError
            If the disk has too little room or cannot be written, or the recording rests on a zone that is no longer
            the patient's; the store is then as before.
        """
        identity = recording.source.sha256
        if not identity:  # its folder would be that of all recordings, and take their place
            raise StoreError(f"{recording.source.name} was not stored: no hash of its content is known; read its file.")
        if patient not in {p.code for p in self.patients()}:
            raise StoreError(f"There is no patient {patient!r} in {self.home.root}: add the patient first.")
        if self.has(identity):
            return identity, False
        self._check_room(recording)

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            if zone is not None:
                check_same_zone(connection, recording, patient, zone)
            return write_rows.recording(connection, seq, recording, patient, now_us, index)

        try:
            with pending_folder(self.home.signals(identity)) as signals:
                index = archive.write(recording, signals.content, progress)
                signals.sync()
                details = {
                    "file": recording.source.name, "size": recording.source.size, "patient": patient,
                    "files": digests(signals.content),
                }  # fmt: skip
                return identity, change(
                    self.home, "import", identity, details, actor=actor, now_us=now_us, files=signals, rows=rows,
                )  # fmt: skip
        except OSError as error:
            raise StoreError(
                f"{recording.source.name} was not stored ({error.strerror or error}): free some space at "
                f"{self.home.root} and import it again."
            ) from error

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
        return self.recording(identity).stream(stream).pieces(start_us, end_us)

    def summary(
        self, identity: str, stream: str, level: str, start_us: int, end_us: int
    ) -> dict[str, NDArray[np.generic]]:
        """Per ``second`` or ``minute``: ``start_us``, ``movement``, ``<channel>_min``, ``_max``, ``_mean``."""
        return read_summary(self.home.signals(identity) / stream, level, start_us, end_us)

    def remembering(self, identity: str, embed: Embed, number_format: str = "fp32") -> Embed:
        """``embed``, which computes in ``number_format``, for one recording; what it made before is read from disk."""
        return remembering(self.home, identity, embed, number_format)

    def vectors(
        self, identity: str, stream: Stream, detector: Detector, number_format: str = "fp32"
    ) -> Embeddings | None:
        """The vectors of a stored stream as a detector reads them; None where they were never made."""
        return remembered_only(self.home, identity, stream, detector, number_format)

    # Analyses

    def record(self, identity: str, analysis: Analysis, *, patient: str | None = None, actor: str, now_us: int) -> str:
        """Store an analysis of a recording, whole or not at all; the same one twice changes nothing.

        Parameters
        ----------
        patient
            Whose detectors made it; None where that is nobody's concern.

        Returns
        -------
        The run's id, made of its recording and manifest.

        Raises
        ------
        StoreError
            If the disk has too little room, or the recording is not that patient's any more.
        """
        manifest = audit.canonical(analysis.manifest)
        run = hashlib.sha256(f"{identity}\n{manifest}".encode()).hexdigest()[:32]
        if not self.has(identity):
            raise gone(identity)
        if [r.id for r in self.runs(identity)[:1]] == [run]:
            return run
        if run in self._known_runs(identity):  # it becomes the present one again
            change(
                self.home, "analyse", identity, {"run": run}, actor=actor, now_us=now_us,
                rows=lambda c, seq: (
                    check_owner(c, identity, patient)
                    and write_rows.present_again(c, seq, run, identity, manifest, now_us)
                ),
            )  # fmt: skip
            return run
        try:
            with pending_folder(self.home.scores(run)) as scores:
                write_scores(analysis, scores.content)
                scores.sync()
                details = {"run": run, "files": digests(scores.content)}
                change(
                    self.home, "analyse", identity, details, actor=actor, now_us=now_us,
                    rows=lambda c, seq: (
                        check_owner(c, identity, patient)
                        and write_rows.analysis(c, seq, run, identity, analysis, manifest, now_us)
                    ),
                    files=scores,
                )  # fmt: skip
        except OSError as error:
            raise StoreError(
                f"The analysis of {identity[:12]} was not stored ({error.strerror or error}): free some space at "
                f"{self.home.root} and analyse it again."
            ) from error
        return run

    def _known_runs(self, identity: str) -> set[str]:
        with reading(self.home) as connection:
            return read_rows.run_ids(connection, identity)

    def runs(self, recording: str | None = None) -> list[RunRow]:
        """Those for whom a recording is now, newest first; the first of a recording is the present one."""
        with reading(self.home) as connection:
            return read_rows.runs(connection, recording)

    def last_runs(self, patient: str) -> list[RunRow]:
        """Of each recording that is a patient's now, the newest made while it was theirs, also before it was away."""
        with reading(self.home) as connection:
            return read_rows.last_runs(connection, patient)

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

    def called_wrong(self, patient: str | None, phenomenon: str, reviewer: str) -> list[RejectedRow]:
        """Flags of the present runs, and of those before them, that somebody called wrong and did not take back."""
        with reading(self.home) as connection:
            return read_rows.called_wrong(connection, patient, phenomenon, reviewer)

    def scores(
        self, run: str, stream: str, phenomenon: str, start_us: int, end_us: int
    ) -> dict[str, NDArray[np.generic]]:
        """``start_us``, ``probability``, ``lower``, ``upper``, ``valid`` of the half seconds in a span."""
        return read_scores(self.home.scores(run), stream, phenomenon, start_us, end_us)

    def unusable(self, run: str) -> list[tuple[str, Interval, str]] | None:
        """Stream, stretch and reason of what a run found unusable; None where it was made before that was kept."""
        return read_unusable(self.home.scores(run))

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
        """Everything that is not as it was written, a sentence each; empty when rows and files are whole."""
        return upkeep.problems(self.home)

    def tidy(self) -> list[Path]:
        """Remove what no row names: the rubbish of a crash. Returns what was removed."""
        return upkeep.tidy(self.home)


def _shape(home: Home) -> int:
    with looking(home) as connection:
        return shape_of(connection)
