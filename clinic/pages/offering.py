"""What the import page offers to import: the files that are ready, joined or one by one, or a whole folder."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from clinic.intake_preview.html import guesses_html, head_html, row_html
from clinic.intake_preview.preview import Preview, joined_preview
from clinic.intake_preview.ready import ready_rows, what_stops, with_places
from clinic.pages.corrections import Answers, said_of
from clinic.pages.importing import start_import
from clinic.pages.opened import home, opened
from clinic.reading import NOTHING, Said, files_below
from clinic.site import remember_zone, site_zone
from clinic.timeline.sentence import capital


def offer_import(rows: list[Preview], answers: Answers, code: str | None, zone: str | None, *, is_known: bool) -> None:
    """Draw what can be left out, joined and imported, and why it cannot yet; begins the import that is asked for."""
    ready = ready_rows(rows, answers)
    left_out = st.pills("Leave out", [r.file for r in ready], selection_mode="multi", key="leave out") if ready else []
    ready = [r for r in ready if r.file not in (left_out or [])]
    said = with_places(ready, answers, said_of())
    is_joined, is_fine = _together(ready, said, zone)
    many = "1 recording" if len(ready) == 1 or is_joined else f"{len(ready)} recordings"
    why, is_stopped = what_stops(rows, ready, answers, code, zone)
    button, words = st.columns([1.4, 5], vertical_alignment="center")
    told = {p: words for p, words in said.items() if words != NOTHING}
    if button.button(f"Import {many}", type="primary", disabled=is_stopped or not is_fine, key="import"):
        _start([r.path for r in ready], str(code), zone, told, is_known=is_known, is_joined=is_joined)
    new = f"{escape(code)} is a new patient and will be added. " if code and not is_known and not is_stopped else ""
    words.html(f'<div class="mw-note">{why}{new}A file that fails does not stop the others.</div>')
    missing = ["give the patient's code"] * (not code) + ["choose the zone"] * (not zone)
    every = _whole_folder(len(rows), missing)
    if every:
        _start(every, str(code), zone, told, is_known=is_known)


@st.cache_resource(show_spinner="Joining the files …", max_entries=20)
def _joined(paths: tuple[str, ...], zone: str | None, known: frozenset[str], said: tuple[Said, ...]) -> Preview:
    return joined_preview([Path(p) for p in paths], home(), zone, known, dict(zip(paths, said, strict=True)))


def _start(
    files: list[Path], code: str, zone: str | None, said: dict[str, Said], *, is_known: bool, is_joined: bool = False
) -> None:
    """Remember the zone chosen for the site, and begin; the work asks the store for that of a known patient."""
    if zone and not is_known and zone != site_zone(home()):
        remember_zone(home(), zone)
    start_import(files, code, None if is_known else zone, said, is_joined)


def _whole_folder(shown: int, missing: list[str]) -> list[Path]:
    """Offer to import a folder with those below it, once nothing is ``missing``; its files, if that was chosen."""
    folder = str(st.session_state.get("folder") or "")
    every = files_below(Path(folder).expanduser())[0] if folder else []
    if len(every) <= min(shown, 1):
        return []
    button, words = st.columns([1.4, 5], vertical_alignment="center")
    why = f"{capital(' and '.join(missing))} first. " if missing else ""
    is_wanted = button.button(f"Import all {len(every)} files", disabled=bool(missing), key="import all")
    words.html(
        f'<div class="mw-note">{why}Everything in {escape(folder)} and the folders below, also what is not shown here, '
        "each file as a recording of its own. What is stored already is passed over, so this also goes on after a stop."
        "</div>"
    )
    return every if is_wanted else []


def _together(ready: list[Preview], said: dict[str, Said], zone: str | None) -> tuple[bool, bool]:
    """Whether the files are to be one recording, and whether they can be; shown before it is done."""
    if len(ready) < 2 or not st.toggle("These files are one recording: join them by their clocks", key="join"):
        return False, True
    paths = tuple(str(r.path) for r in ready)
    known = frozenset(r.recording for r in opened().runs())
    row = _joined(paths, zone, known, tuple(said[p] for p in paths))
    st.html(head_html() + row_html(row, {}))
    if row.can_be_read:
        st.html(guesses_html(row))
    return True, row.can_be_read and row.state != "here"
