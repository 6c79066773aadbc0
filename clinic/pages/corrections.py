"""What a person says of one file of the import page: where it was worn, how it is read, when it began."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clinic.intake_preview.html import WIDTHS, cells_html, closer_html, guesses_html, row_html
from clinic.intake_preview.preview import NOT_KNOWN, Preview
from clinic.intake_preview.words import places
from clinic.pages.opened import home
from clinic.reading import NOTHING, Said
from clinic.site import saved_profiles
from data.readers import profile_names
from data.wall_clock import wall_us

Answers = dict[str, dict[str, str]]
_AS_SAID = "as the file says, or a profile that was saved for its header"
_WAY, _WAY_OR_PROFILE = (2.2, 9), (2.2, 3.4, 5.6)
MAP = "map columns of"
"""Where the session remembers the table that is being mapped."""


def said_of() -> dict[str, Said]:
    """What was said so far of how files are read, by path."""
    said: dict[str, Said] = st.session_state.setdefault("said", {})
    return said


def ask_place(row: Preview, answers: dict[str, str], number: int) -> None:
    """A row with a field for each sensor whose place nobody has said."""
    cells = cells_html(row, answers)
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
            if (picked or "") != answers.get(site.stream, ""):
                answers[site.stream] = picked or ""
                st.rerun()


def offer_ways(row: Preview, answers: dict[str, str], number: int) -> None:
    """A refused file, and what can still be done with it: leave its damaged parts out, or say its columns."""
    st.html(row_html(row, answers))
    before = said_of().get(str(row.path), NOTHING)
    if row.dropped:
        button, why = st.columns(_WAY, vertical_alignment="center")
        why.html(f'<div class="mw-note">Read so: {escape(" ".join(row.dropped))}</div>')
        if button.button("Read it without them", key=f"lenient {number}"):
            _say(row, replace(before, lenient=True))
    for name in row.fitting:
        if name != before.profile:
            button, why = st.columns(_WAY, vertical_alignment="center")
            why.html('<div class="mw-note">A profile that comes with motionward is made for such columns.</div>')
            if button.button(f"Read it as {name}", key=f"fitting {name} {number}"):
                _say(row, Said(name))
    if row.is_table:
        button, which, why = st.columns(_WAY_OR_PROFILE, vertical_alignment="center")
        why.html(
            '<div class="mw-note">It is a table: what its columns mean can be said once, for every such table; or '
            "choose the profile of its kind.</div>"
        )
        if button.button("Say what its columns mean", key=f"map {number}"):
            st.session_state[MAP] = str(row.path)
            st.rerun()
        # Another key for each answer: the field then begins with what a button beside it said.
        key = f"profile of refused {row.path} {before.profile}"
        profile = _profile_field(which, f"Columns of {row.file} are read", before.profile, key, label="collapsed")
        if profile != before.profile:
            _say(row, Said(profile))


def _say(row: Preview, said: Said) -> None:
    said_of()[str(row.path)] = said
    st.rerun()


def _profile_field(
    place: DeltaGenerator, title: str, profile: str | None, key: str, *, label: Literal["visible", "collapsed"]
) -> str | None:
    """A field for how columns are read: a profile that was saved here or is shipped; None: as the file says."""
    options = [_AS_SAID, *(p.name for p in saved_profiles(home())), *profile_names()]
    at = options.index(profile) if profile in options else 0
    chosen = place.selectbox(title, options, index=at, key=key, label_visibility=label)
    return None if chosen == _AS_SAID else chosen


def look_closer(rows: list[Preview], answers: Answers) -> None:
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
    if row.state == "here":
        return
    for site in row.sites:
        if site.is_known:
            options = list(dict.fromkeys([site.worn, *places()]))
            chosen = right.selectbox(f"{site.stream} worn at", options, key=f"correct {row.path} {site.stream}")
            if chosen != (answers[str(row.path)].get(site.stream) or site.worn):
                answers[str(row.path)][site.stream] = chosen
                st.rerun()
    _how_read(right, row)


def _how_read(place: DeltaGenerator, row: Preview) -> None:
    """The profile of a table, and the true start."""
    path, before = str(row.path), said_of().get(str(row.path), NOTHING)
    profile, start = before.profile, before.start
    if row.is_table:
        profile = _profile_field(place, "Columns are read", profile, f"profile {path}", label="visible")
        if place.button("Say what its columns mean", key=f"map closer {path}"):
            st.session_state[MAP] = path
            st.rerun()
    text = place.text_input(
        "True start" if row.has_date else "True start (the file has no date)", value=start or "", key=f"start {path}",
        placeholder="2026-03-02 08:00", help="The patient's wall clock at the first sample, where the device's was not "
        "set, or set wrong.",
    ).strip()  # fmt: skip
    if text and not _is_time(text):
        place.html('<div class="mw-note">Write it like 2026-03-02 08:00.</div>')
        text = start or ""
    now = Said(profile, before.lenient, text or None)
    if now != before:
        said_of()[path] = now
        st.rerun()


def _is_time(text: str) -> bool:
    try:
        wall_us(text)
    except ValueError:
        return False
    return True
