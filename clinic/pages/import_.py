"""Import: what was understood of each file and why, then the import itself; nothing is stored before."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clinic.intake_preview.html import guesses_html, head_html, row_html
from clinic.intake_preview.preview import Preview, files_in, headline, joined_preview, preview, strip
from clinic.pages.corrections import MAP, Answers, ask_place, look_closer, offer_ways, said_of
from clinic.pages.frame import guarded
from clinic.pages.importing import start_import, watch
from clinic.pages.mapper import mapper
from clinic.pages.opened import home, open_patient, opened, patients
from clinic.pages.uploads import spooled
from clinic.reading import NOTHING, Said, files_below
from clinic.site import remember_zone, site_zone
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
    st.html(answer_html("", *headline(rows, answers)) + strip_html(strip(rows, answers)))
    if note:
        st.html(f'<div class="mw-note">{escape(note)}</div>')
    _table(rows, answers)
    look_closer(rows, answers)
    _import(rows, answers, code, zone, is_known=is_known)


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
        help="A known patient keeps the zone that was chosen first. Otherwise it is asked for once, and remembered for "
        "this site; it can be changed here, for what is imported from then on.",
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


@st.cache_resource(show_spinner="Joining the files …", max_entries=20)
def _joined(paths: tuple[str, ...], zone: str | None, known: frozenset[str], said: tuple[Said, ...]) -> Preview:
    return joined_preview([Path(p) for p in paths], home(), zone, known, dict(zip(paths, said, strict=True)))


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


def _import(rows: list[Preview], answers: Answers, code: str | None, zone: str | None, *, is_known: bool) -> None:
    ready = [r for r in rows if r.light(answers[str(r.path)]) in ("good", "check")]
    left_out = st.pills("Leave out", [r.file for r in ready], selection_mode="multi", key="leave out") if ready else []
    ready = [r for r in ready if r.file not in (left_out or [])]
    said = {
        str(r.path): replace(said_of().get(str(r.path), NOTHING), placements=tuple(r.placements(answers[str(r.path)])))
        for r in ready
    }
    is_joined, is_fine = _together(ready, said, zone)
    asks_zone = zone is None and any(r.asks_zone for r in ready)
    many = "1 recording" if len(ready) == 1 or is_joined else f"{len(ready)} recordings"
    button, words = st.columns([1.4, 5], vertical_alignment="center")
    stopped = not ready or not code or asks_zone or not is_fine
    told = {p: words for p, words in said.items() if words != NOTHING}
    if button.button(f"Import {many}", type="primary", disabled=stopped, key="import"):
        _start([r.path for r in ready], str(code), zone, told, is_known=is_known, is_joined=is_joined)
    waits = sum(r.waits(answers[str(r.path)]) for r in rows if r.state == "answer")
    why = "Give the patient's code first. " if not code else ""
    why += "Choose the zone: some files have a wall clock and name none. " if asks_zone else ""
    why += f"{waits} {'waits' if waits == 1 else 'wait'} for your answer. " if waits else ""
    words.html(f'<div class="mw-note">{why}A file that fails does not stop the others.</div>')
    every = _whole_folder(len(rows), is_ready=bool(code and zone))
    if every:
        _start(every, str(code), zone, told, is_known=is_known)


def _start(
    files: list[Path], code: str, zone: str | None, said: dict[str, Said], *, is_known: bool, is_joined: bool = False
) -> None:
    """Remember the zone that was chosen for the site, and begin."""
    if zone and not is_known and zone != site_zone(home()):
        remember_zone(home(), zone)
    start_import(files, code, zone, said, is_joined)


def _whole_folder(shown: int, *, is_ready: bool) -> list[Path]:
    """Offer to import a folder with the folders below it; its files, once that was chosen."""
    folder = str(st.session_state.get("folder") or "")
    every = files_below(Path(folder).expanduser())[0] if folder else []
    if len(every) <= min(shown, 1):
        return []
    button, words = st.columns([1.4, 5], vertical_alignment="center")
    is_wanted = button.button(f"Import all {len(every)} files", disabled=not is_ready, key="import all")
    words.html(
        f'<div class="mw-note">Everything in {escape(folder)} and the folders below, also what is not shown here. What '
        "is stored already is passed over, so this also goes on after a stop.</div>"
    )
    return every if is_wanted else []


def _together(ready: list[Preview], said: dict[str, Said], zone: str | None) -> tuple[bool, bool]:
    """Whether the files are to be one recording, and whether they can be; shown before it is done."""
    if len(ready) < 2 or not st.toggle("These files are one recording: join them by their clocks", key="join"):
        return False, True
    paths = tuple(str(r.path) for r in ready)
    row = _joined(paths, zone, frozenset(), tuple(said[p] for p in paths))
    st.html(head_html() + row_html(row, {}))
    if row.can_be_read:
        st.html(guesses_html(row))
    return True, row.can_be_read


if __name__ == "__main__":
    guarded(page)
