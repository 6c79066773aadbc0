"""Import: what was understood of each file and why, then the import itself; nothing is stored before."""

from __future__ import annotations

from html import escape
from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st

from clinic import jobs
from clinic.intake_preview import LIGHTS, NOT_KNOWN, Preview, files_in, headline, places, preview, size_words, strip
from clinic.pages.frame import go, guarded
from clinic.pages.opened import actor, home, open_patient, opened, patients
from clinic.pages.uploads import forget, spooled
from clinic.timeline.html import answer_html, empty_html, strip_html

Answers = dict[str, dict[str, str]]
_WIDTHS = (2.6, 2, 2.4, 1, 2, 1.2, 3)


def page() -> None:
    """Draw the page: a running or finished import when the link names one, else the files to look at."""
    job = st.query_params.get("job")
    if job:
        _watch(job)
        return
    paths, note = _files()
    code, zone = _whose()
    if not paths:
        st.html(empty_html("Nothing to import yet.", note or "Drop files above, or name a folder on the server."))
        return
    rows, answers = _rows(paths, zone), st.session_state.setdefault("answers", {})
    st.html(answer_html("", *headline(rows, answers)) + strip_html(strip(rows, answers)))
    if note:
        st.html(f'<div class="mw-note">{escape(note)}</div>')
    for row in rows:
        _row(row, answers.setdefault(str(row.path), {}))
    _look_closer(rows, answers)
    _import(rows, answers, code, zone)


def _files() -> tuple[list[Path], str]:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    dropped = left.file_uploader("Files, up to 200 MB each", accept_multiple_files=True, key="dropped")
    folder = right.text_input(
        "Or a folder on this server", key="folder", placeholder="/data/inbox",
        help="Any folder that this server's account may read. "
        "For files over 200 MB; nothing is copied before the import.",
    )  # fmt: skip
    paths, note = files_in(folder) if folder else ([], "")
    return [*spooled(dropped or []), *paths], note


def _whose() -> tuple[str | None, str]:
    everyone = {p.code: p for p in patients()}
    codes = list(everyone)
    asked = open_patient(codes)
    left, right, _ = st.columns([2, 2, 3])
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
    known = frozenset(r.id for r in opened().recordings())
    rows = []
    for path in paths:
        with st.spinner(f"Reading {path.name} …"):
            rows.append(_preview(str(path), path.stat().st_mtime_ns if path.exists() else 0, zone, known))
    return rows


@st.cache_resource(show_spinner=False, max_entries=200)
def _preview(path: str, changed_ns: int, zone: str, known: frozenset[str]) -> Preview:  # noqa: ARG001  a part of the key
    return preview(Path(path), zone, known)


def _cell(top: str, below: str, *, bold: bool = False) -> str:
    head = f"<b>{escape(top)}</b>" if bold else escape(top)
    return f'<div class="mw-cell">{head}<br><small>{escape(below)}</small></div>'


def _row(row: Preview, answers: dict[str, str]) -> None:
    sign, word, colour = LIGHTS[row.light(answers)]
    name = f'<span style="color:{colour}" title="{word}">{sign}</span> <b>{escape(row.file)}</b>'
    first, *cells = st.columns(_WIDTHS, vertical_alignment="center")
    first.html(f'<div class="mw-cell">{name}<br><small>{size_words(row.size)} · {word}</small></div>')
    if not row.can_be_read:
        with st.container():
            first.html(_cell(f"Refused: {row.problem}.", row.hint, bold=True))
        return
    cells[0].html(_cell(row.device, row.sensors))
    for site in row.sites:
        if site.is_known:
            worn = answers.get(site.stream) or site.worn
            cells[1].html(_cell(worn, "said by you" if worn != site.worn else site.why))
        else:
            picked = cells[1].selectbox(
                f"{row.file}: where was {site.stream} worn?", [*places(), NOT_KNOWN], index=None,
                placeholder="choose where worn", label_visibility="collapsed", key=f"ask {row.path} {site.stream}",
            )  # fmt: skip
            if (picked or "") != answers.get(site.stream, ""):
                answers[site.stream] = picked or ""
                st.rerun()
    cells[2].html(_cell(row.rate, row.unit))
    cells[3].html(_cell(row.starts, row.clock))
    cells[4].html(_cell(row.span, ""))
    cells[5].html(_cell(row.quality, row.quality_why, bold=True))


def _look_closer(rows: list[Preview], answers: Answers) -> None:
    """A minute of one file, what was guessed of it, and its corrections."""
    readable = {str(r.path): r for r in rows if r.can_be_read}
    if not readable:
        return
    waiting = next((p for p, r in readable.items() if r.waits(answers[p])), next(iter(readable)))
    picked = st.selectbox(
        "Look closer at", list(readable), index=list(readable).index(waiting), format_func=lambda p: readable[p].file
    )
    row = readable[picked or waiting]
    left, right = st.columns([7, 3])
    left.html(f'<div class="mw-head">{escape(row.file)} <span>{escape(row.caption)}</span></div>{row.plot}')
    guesses = "".join(f"<li>{escape(g)}</li>" for g in row.guesses) or "<li>Nothing: the file says it all.</li>"
    right.html(f'<div class="mw-head">What we had to guess</div><ul class="mw-guess">{guesses}</ul>')
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


def _watch(job: str) -> None:
    try:
        now = jobs.status(home(), job)
    except KeyError:
        st.html(empty_html("This import is not known here.", "Its folder was tidied away; what it stored is stored."))
        if st.button("Import other files"):
            go("import", {})
        return
    if not now.is_over:
        _progress(job)
        return
    forget()
    _happened(now)


@st.fragment(run_every=0.7)
def _progress(job: str) -> None:
    now = jobs.status(home(), job)
    if now.is_over:
        st.rerun(scope="app")
    left = f", about {now.left_s:.0f} s left" if now.left_s is not None else ""
    st.html(answer_html("Import", f"{now.doing or 'Starting'} …", "The work goes on when you close this page."))
    st.progress(min(1.0, now.share), text=f"{now.share:.0%}{left}")
    if st.button("Cancel"):
        jobs.cancel(home(), job)


def _happened(now: jobs.Status) -> None:
    """The table of what happened, and the way on."""
    counts = [o["status"] for o in now.outcomes]
    stored = counts.count("imported") + counts.count("already here")
    first = now.problem or (
        "The import was cancelled." if now.state == "cancelled" else f"{stored} of {len(counts)} files are in."
    )
    st.html(answer_html("Import", first, "What was stored whole stays; nothing is half-stored."))
    body = "".join(
        f"<tr><td>{'●' if o['status'] == 'imported' else '○' if o['status'] == 'already here' else '☒'} "
        f"<b>{escape(o['file'])}</b></td><td>{escape(o['status'])}</td><td>{escape(o['sentence'])}</td></tr>"
        for o in now.outcomes
    )
    st.html(
        f'<table class="mw-table"><thead><tr><th>file</th><th></th><th>what happened</th></tr></thead>{body}</table>'
    )
    code = st.query_params.get("patient", "")
    timeline, more, _ = st.columns([2, 2, 4])
    if stored and timeline.button(f"Open the timeline of {code}", type="primary"):
        go("timeline", {"patient": code})
    if more.button("Import other files"):
        go("import", {"patient": code} if code else {})


if __name__ == "__main__":
    guarded(page)
