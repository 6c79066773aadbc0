"""What is open: the store, the patient, and the rows read from it, remembered until the store's head moves."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from clinic.home import Home
from clinic.store import Store
from clinic.store.rows import (
    AnswerRow,
    DoseRow,
    EpisodeRow,
    FindingRow,
    PatientRow,
    RecordingRow,
    RunRow,
    SampleRow,
    SpanRow,
)
from clinic.timeline.validity import Validity, read_validity
from data.recording import Recording


@dataclass(frozen=True, slots=True)
class PatientRows:
    """Everything that the store holds of one patient, without signals."""

    patient: PatientRow
    recordings: tuple[RecordingRow, ...]
    runs: tuple[RunRow, ...]
    spans: tuple[SpanRow, ...]
    episodes: tuple[EpisodeRow, ...]
    findings: tuple[FindingRow, ...]
    doses: tuple[DoseRow, ...]
    last_look_us: int | None
    samples: tuple[SampleRow, ...] = ()
    answers: tuple[AnswerRow, ...] = ()


def now_us() -> int:
    """The present instant; pages are an edge, where the clock may be read."""
    return time.time_ns() // 1000


def actor() -> str:
    """Who is at the keyboard, for the audit trail: the account's name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unnamed"


def home() -> Home:
    """The data folder."""
    return Home.default()


def validity() -> Validity:
    """When a day and a week are worn enough here."""
    return read_validity(home().validity)


def opened() -> Store:
    """The store in the data folder."""
    return _store(str(home().root))


@st.cache_resource(show_spinner=False)
def _store(root: str) -> Store:  # noqa: ARG001  the root is the key: another folder, another store
    return Store.open(home())


def head_key() -> str:
    """A key that changes whenever anything in the store does.

    Every change replaces the head's small file, so a look at the folder is enough; opening the
    database would cost more than all else that a click asks for.
    """
    opened()
    marks = []
    for path in (home().head, home().database):
        found = path.stat() if path.exists() else None
        marks.append(f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}" if found else "none")
    return f"{home().root}:{':'.join(marks)}"


def patients() -> tuple[PatientRow, ...]:
    """All patients, by code."""
    store = opened()
    return _patients(head_key(), store)


@st.cache_resource(show_spinner=False, max_entries=4)
def _patients(head: str, _store: Store) -> tuple[PatientRow, ...]:  # noqa: ARG001  the head is the key
    return tuple(sorted(_store.patients(), key=lambda p: p.code))


def rows_of(patient: str) -> PatientRows:
    """The rows of one patient."""
    store = opened()
    return _rows(head_key(), patient, store)


@st.cache_resource(show_spinner=False, max_entries=64)
def _rows(head: str, patient: str, _store: Store) -> PatientRows:  # noqa: ARG001  the head is part of the key
    with _store.at_once():
        recordings = tuple(_store.recordings(patient))
        return PatientRows(
            _store.patient(patient),
            recordings,
            tuple(run for r in recordings for run in list(_store.runs(r.id))[:1]),
            tuple(_store.spans(patient=patient)),
            tuple(_store.episodes(patient=patient)),
            tuple(f for f in _store.findings(patient=patient)),
            tuple(_store.doses(patient)),
            _store.last_look(patient),
            tuple(_store.samples(patient)),
            tuple(_store.answers(patient)),
        )


def recording(identity: str) -> Recording:
    """A stored recording, remembered: its samples are read when they are asked for."""
    return _recording(str(home().root), identity)


def pieces(identity: str, stream: str, start_us: int, end_us: int) -> list[tuple[int, float, NDArray[np.float32]]]:
    """``(start_us, rate_hz, samples)`` of each piece of a segment inside ``[start_us, end_us)``."""
    return recording(identity).stream(stream).pieces(start_us, end_us)


@st.cache_resource(show_spinner=False, max_entries=8)
def _recording(root: str, identity: str) -> Recording:  # noqa: ARG001  the root is part of the key
    # A stored recording never changes, and its samples are read only when they are asked for.
    return opened().recording(identity)


def stranger(codes: Sequence[str]) -> str | None:
    """Whom the link names, where nobody of that code is here."""
    named = st.query_params.get("patient")
    return named if named and named not in codes else None


def open_patient(codes: Sequence[str]) -> str | None:
    """The patient of the link, else the one open before, else the only one there is.

    None where the link names one who is not here: another's page must not be taken for theirs.
    """
    if stranger(codes):
        return None
    asked = st.query_params.get("patient") or st.session_state.get("open patient")
    if asked in codes:
        st.session_state["open patient"] = asked
        return str(asked)
    return codes[0] if len(codes) == 1 else None
