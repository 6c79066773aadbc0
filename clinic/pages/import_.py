"""Import: what was understood of each file and why, then the import itself; nothing is stored before."""

from __future__ import annotations

from html import escape
from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clinic.intake_preview.html import head_html, row_html
from clinic.intake_preview.preview import Preview, files_in, headline, preview, strip
from clinic.pages.corrections import MAP, Answers, ask_place, look_closer, offer_ways, said_of
from clinic.pages.frame import guarded
from clinic.pages.importing import watch
from clinic.pages.mapper import mapper
from clinic.pages.offering import offer_import
from clinic.pages.opened import home, open_patient, opened, patients
from clinic.pages.uploads import spooled
from clinic.reading import NOTHING, Said
from clinic.site import site_zone
from clinic.timeline.html import answer_html, empty_html, strip_html

_STYLE = Path(__file__).with_name("import_.css")


def page() -> None:
    """Draw the page: a running or finished import when the link names one, else the files to look at."""
    job = st.query_params.get("job")
    if job:
        watch(job)
        return
    left, right = st.columns([5, 4])
    paths, note = _files(left, right)
    code, zone, is_known = _whose(right)
    # Below the files: a field that is not drawn would lose what it holds.
    if st.session_state.get(MAP) and _is_mapping(Path(st.session_state[MAP]), zone):
        return
    if not paths:
        st.html(empty_html("Nothing to import yet.", note or "Drop files above, or name a folder on the server."))
        return
    rows, answers = _rows(paths, zone), st.session_state.setdefault("answers", {})
    st.html(answer_html("", *headline(rows, answers, has_zone=zone is not None)) + strip_html(strip(rows, answers)))
    if note:
        st.html(f'<div class="mw-note">{escape(note)}</div>')
    _table(rows, answers)
    look_closer(rows, answers)
    offer_import(rows, answers, code, zone, is_known=is_known)


def _is_mapping(path: Path, zone: str | None) -> bool:
    """Draw the column mapper; False when it is done."""
    left = mapper(path, zone)
    if left is None:
        return True
    if left:
        said_of()[str(path)] = Said(profile=left)
    del st.session_state[MAP]
    st.rerun()
    return False


def _files(left: DeltaGenerator, right: DeltaGenerator) -> tuple[list[Path], str]:
    dropped = left.file_uploader("Files, up to 200 MB each", accept_multiple_files=True, key="dropped")
    folder = right.text_input(
        "Or a folder on this server", key="folder", placeholder="/data/inbox",
        help="Any folder that this server's account may read. "
        "For files over 200 MB; nothing is copied before the import.",
    )  # fmt: skip
    paths, note = files_in(folder) if folder else ([], "")
    return [*spooled(dropped or []), *paths], note


def _whose(place: DeltaGenerator) -> tuple[str | None, str | None, bool]:
    """The patient's code, the zone of files that name none, and whether that is the patient's own."""
    everyone = {p.code: p for p in patients()}
    codes = list(everyone)
    asked = open_patient(codes)
    left, right = place.columns(2)
    code = left.selectbox(
        "Patient code", codes, index=codes.index(asked) if asked in codes else None, accept_new_options=True,
        placeholder="Choose, or type a new code", key="code",
    )  # fmt: skip
    known = everyone[code].zone if code in everyone else None
    zones = [known] if known else sorted(available_timezones())
    first = known or site_zone(home())
    zone = right.selectbox(
        "Zone for files that name none", zones, index=zones.index(first) if first else None, disabled=known is not None,
        key=f"zone {known}", placeholder="Choose once; it is remembered",
        help="A known patient keeps their zone; the page Patients changes it. Otherwise it is asked for once, and "
        "remembered for this site; it can be changed here, for what is imported from then on.",
    )  # fmt: skip
    return (code.strip() or None) if code else None, zone, known is not None


def _rows(paths: list[Path], zone: str | None) -> list[Preview]:
    known = frozenset(r.recording for r in opened().runs())  # stored but not analysed: to be imported again
    rows = []
    for path in paths:
        with st.spinner(f"Reading {path.name} …"):
            rows.append(_preview(str(path), *_changes(path), zone, known, said_of().get(str(path), NOTHING)))
    return rows


def _changes(path: Path) -> tuple[int, int]:
    """What a remembered row is told by to be out of date: the file, and the profiles that were saved here."""
    folder = home().profiles
    return tuple(p.stat().st_mtime_ns if p.exists() else 0 for p in (path, folder))  # type: ignore[return-value]  # two


@st.cache_resource(show_spinner=False, max_entries=200)
def _preview(
    path: str, changed_ns: int, profiles_ns: int, zone: str | None, known: frozenset[str], said: Said  # noqa: ARG001
) -> Preview:  # fmt: skip
    return preview(Path(path), home(), zone, known, said)


def _table(rows: list[Preview], answers: Answers) -> None:
    """A row a file; one that must be asked about holds a field, one that is refused a way on, the others are text."""
    st.html(_STYLE)
    text = [head_html()]
    for number, row in enumerate(rows):
        said = answers.setdefault(str(row.path), {})
        asks = any(not s.is_known for s in row.sites) and row.state != "here"
        if asks or (not row.can_be_read and (row.dropped or row.is_table)):
            if text:
                st.html("".join(text))
            text = []
            (ask_place if asks else offer_ways)(row, said, number)
        else:
            text.append(row_html(row, said))
    if text:
        st.html("".join(text))


if __name__ == "__main__":
    guarded(page)
