"""Import: what was understood of each file and why, then the import itself; nothing is stored before."""

from __future__ import annotations

from html import escape
from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clinic import jobs
from clinic.intake_preview.html import WIDTHS, cells_html, closer_html, guesses_html, head_html, row_html
from clinic.intake_preview.preview import NOT_KNOWN, Preview, files_in, headline, places, preview, strip
from clinic.pages.frame import guarded
from clinic.pages.importing import watch
from clinic.pages.opened import actor, home, open_patient, opened, patients
from clinic.pages.uploads import spooled
from clinic.timeline.html import answer_html, empty_html, strip_html

Answers = dict[str, dict[str, str]]
_STYLE = Path(__file__).with_name("import_.css")


def page() -> None:
    """Draw the page: a running or finished import when the link names one, else the files to look at."""
    job = st.query_params.get("job")
    if job:
        watch(job)
        return
    left, right = st.columns([5, 4])
    paths, note = _files(left, right)
    code, zone = _whose(right)
    if not paths:
        st.html(empty_html("Nothing to import yet.", note or "Drop files above, or name a folder on the server."))
        return
    rows, answers = _rows(paths, zone), st.session_state.setdefault("answers", {})
    st.html(answer_html("", *headline(rows, answers)) + strip_html(strip(rows, answers)))
    if note:
        st.html(f'<div class="mw-note">{escape(note)}</div>')
    _table(rows, answers)
    _look_closer(rows, answers)
    _import(rows, answers, code, zone)


def _files(left: DeltaGenerator, right: DeltaGenerator) -> tuple[list[Path], str]:
    dropped = left.file_uploader("Files, up to 200 MB each", accept_multiple_files=True, key="dropped")
    folder = right.text_input(
        "Or a folder on this server", key="folder", placeholder="/data/inbox",
        help="Any folder that this server's account may read. "
        "For files over 200 MB; nothing is copied before the import.",
    )  # fmt: skip
    paths, note = files_in(folder) if folder else ([], "")
    return [*spooled(dropped or []), *paths], note


def _whose(place: DeltaGenerator) -> tuple[str | None, str]:
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
    zone = right.selectbox(
        "Zone for files that name none", zones, index=zones.index(known or "UTC"), disabled=known is not None,
        key=f"zone {known}", help="A known patient keeps the zone that was chosen first.",
    )  # fmt: skip
    return (code.strip() or None) if code else None, str(zone)


def _rows(paths: list[Path], zone: str) -> list[Preview]:
    known = frozenset(r.recording for r in opened().runs())  # stored but not analysed: to be imported again
    rows = []
    for path in paths:
        with st.spinner(f"Reading {path.name} …"):
            rows.append(_preview(str(path), path.stat().st_mtime_ns if path.exists() else 0, zone, known))
    return rows


@st.cache_resource(show_spinner=False, max_entries=200)
def _preview(path: str, changed_ns: int, zone: str, known: frozenset[str]) -> Preview:  # noqa: ARG001  a part of the key
    return preview(Path(path), zone, known)


def _table(rows: list[Preview], answers: Answers) -> None:
    """A row a file; one that must be asked about holds a field, the others are text."""
    st.html(_STYLE)
    text = [head_html()]
    for number, row in enumerate(rows):
        said = answers.setdefault(str(row.path), {})
        if any(not s.is_known for s in row.sites) and row.state != "here":
            st.html("".join(text))
            text = []
            _ask(row, said, number)
        else:
            text.append(row_html(row, said))
    if text:
        st.html("".join(text))


def _ask(row: Preview, said: dict[str, str], number: int) -> None:
    cells = cells_html(row, said)
    with st.container(key=f"asks-{number}"):
        columns = st.columns(WIDTHS, vertical_alignment="center")
    for k, column in enumerate(columns):
        if k != 2:
            column.html(f'<div class="mw-ask">{cells[k]}</div>')
    for site in row.sites:
        if not site.is_known:
            picked = columns[2].selectbox(
                f"{row.file}: where was {site.stream} worn?", [*places(), NOT_KNOWN], index=None,
                placeholder="where worn?", label_visibility="collapsed", key=f"ask {row.path} {site.stream}",
            )  # fmt: skip
            if (picked or "") != said.get(site.stream, ""):
                said[site.stream] = picked or ""
                st.rerun()


def _look_closer(rows: list[Preview], answers: Answers) -> None:
    """A minute of one file, what was guessed of it, and its corrections."""
    readable = {str(r.path): r for r in rows if r.can_be_read}
    if not readable:
        return
    waiting = next((p for p, r in readable.items() if r.waits(answers[p])), next(iter(readable)))
    picked = st.columns([1, 2])[0].selectbox(
        "Look closer at", list(readable), index=list(readable).index(waiting), format_func=lambda p: readable[p].file
    )
    row = readable[picked or waiting]
    left, right = st.columns([7, 3])
    left.html(closer_html(row))
    left.image(row.plot, width="stretch")  # st.html would drop a drawing
    right.html(guesses_html(row))
    for site in row.sites if row.state != "here" else ():
        if site.is_known:
            options = list(dict.fromkeys([site.worn, *places()]))
            chosen = right.selectbox(f"{site.stream} worn at", options, key=f"correct {row.path} {site.stream}")
            if chosen != (answers[str(row.path)].get(site.stream) or site.worn):
                answers[str(row.path)][site.stream] = chosen
                st.rerun()


def _import(rows: list[Preview], answers: Answers, code: str | None, zone: str) -> None:
    ready = [r for r in rows if r.light(answers[str(r.path)]) in ("good", "check")]
    left_out = st.pills("Leave out", [r.file for r in ready], selection_mode="multi", key="leave out")
    ready = [r for r in ready if r.file not in (left_out or [])]
    many = "1 recording" if len(ready) == 1 else f"{len(ready)} recordings"
    button, said = st.columns([1.4, 5], vertical_alignment="center")
    if button.button(f"Import {many}", type="primary", disabled=not ready or not code, key="import"):
        placements = {r.file: r.placements(answers[str(r.path)]) for r in ready}
        payload = {
            "files": [str(r.path) for r in ready], "patient": code, "zone": zone, "actor": actor(),
            "placements": {f: p for f, p in placements.items() if p},
        }  # fmt: skip
        st.query_params.from_dict({"job": jobs.start(home(), "import", payload), "patient": str(code)})
        st.rerun()
    waits = sum(r.waits(answers[str(r.path)]) for r in rows if r.state == "answer")
    why = "Give the patient's code first. " if not code else ""
    why += f"{waits} {'waits' if waits == 1 else 'wait'} for your answer. " if waits else ""
    said.html(f'<div class="mw-note">{why}A file that fails does not stop the others.</div>')


if __name__ == "__main__":
    guarded(page)
