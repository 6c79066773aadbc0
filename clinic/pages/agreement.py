"""Agreement: how far two annotators agree who labelled apart, and what a third keeps where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from clinic import __version__
from clinic.components import mount_links
from clinic.pages.blindness import note_seen
from clinic.pages.edits import Open
from clinic.pages.frame import choose_patient, go, guarded
from clinic.pages.opened import actor, now_us, open_patient, opened, patients, rows_of
from clinic.pages.reading import recording_words
from clinic.pages.signals import signal_of
from clinic.review.agreement_words import (
    agreement_csv,
    agreement_html,
    consensus_csv,
    difference,
    span_words,
    why_not,
)
from clinic.review.consensus import LEAST_OVERLAP, RULE, Disagreement, contradiction, decided
from clinic.review.differing import (
    ALL,
    BETWEEN,
    Pair,
    decided_otherwise,
    decided_so_far,
    edges,
    pair_of,
    picture,
    raters,
)
from clinic.review.spans import checking, fresh, recorded_of
from clinic.store.rows import DecisionRow, LabelRow
from clinic.timeline.html import answer_html, empty_html
from clinic.timeline.window import around
from data.errors import MotionwardError
from data.intervals import Interval

_SHOWN_US = 20_000_000
_FEW = "Two people have to label the same sensor of one recording, each without seeing the other's labels."


def page() -> None:
    """Draw the page."""
    codes = [p.code for p in patients()]
    code = open_patient(codes)
    if code is None:
        choose_patient(codes, "Whose labels are to be compared?", "agreement")
        return
    st.query_params["patient"] = code
    rows = rows_of(code)
    labels = opened().labels(patient=code)
    able = [
        (r, s)
        for r in rows.recordings
        for s in r.streams
        if len(raters([x for x in labels if x.recording == r.id], s.name)) > 1
    ]
    if not able:
        st.html(empty_html(f"Nothing to compare for {code} yet.", _FEW))
        if st.button("Label", type="primary"):
            go("label", {"patient": code})
        return
    which, first, second, extent = st.columns([3.4, 1.8, 1.8, 3], vertical_alignment="bottom")
    recording, stream = which.selectbox(
        "Labels of",
        able,
        format_func=lambda p: f"{recording_words(p[0], rows.patient.zone)}, {p[1].name.replace('-', ' ')}",
    )
    of_recording = [x for x in labels if x.recording == recording.id]
    names = raters(of_recording, stream.name)
    one = first.selectbox("Annotator", names, key=f"one {recording.id} {stream.name}")
    others = [n for n in names if n != one]
    two = second.selectbox("Another", others, key=f"two {recording.id} {stream.name} {one}")
    looked = extent.selectbox(
        "Both are taken to have looked at", (ALL, BETWEEN),
        help="Nobody keeps a record of what an annotator has looked at. What both left unmarked counts as agreement.",
    )  # fmt: skip
    what = Open(rows, recording, stream, actor())
    note_seen([recording.id], stream.name)  # what others marked is on the screen: who marks here from now on knows it
    whole = opened().recording(recording.id).stream(stream.name)
    pair = pair_of(whole, of_recording, one, two, looked)
    _agreement(what, pair)
    _consensus(what, pair, of_recording)


def _agreement(what: Open, pair: Pair) -> None:
    agreed, differ = len(pair.consensus.agreed), len(pair.consensus.open)
    first = f"{pair.one} and {pair.two} agree on {agreed} {'span' if agreed == 1 else 'spans'} and differ on {differ}."
    st.html(answer_html("", first, "Kappa is over half seconds; 1 is full agreement, 0 what chance alone would give."))
    mount_links(agreement_html(pair.agreement, pair.one, pair.two), "agreement", lambda *_: None)
    missing = why_not(pair.agreement)
    if missing:
        st.html(f'<div class="mw-note">{escape(missing)}</div>')
    st.download_button(
        "Agreement as CSV",
        lambda: agreement_csv(pair.agreement, what.recording.id, what.stream.name, pair.one, pair.two).encode(),
        f"{what.rows.patient.code}-agreement.csv", "text/csv", on_click="ignore",
    )  # fmt: skip


def _consensus(what: Open, pair: Pair, labels: list[LabelRow]) -> None:
    st.html(
        f'<div class="mw-head">Consensus <span>rule: {escape(RULE)}. Two spans of a class count as agreed when they '
        f"share at least {100 * LEAST_OVERLAP:.0f} % of what they cover together.</span></div>"
    )
    who, _ = st.columns([2.4, 7])
    own = actor() if actor() not in (pair.one, pair.two) else ""
    third = who.text_input("The third, who decides", own, placeholder="Name or initials", key="third").strip()
    if not third or third in (pair.one, pair.two):
        st.html(
            f'<div class="mw-note">Name a third person: {escape(pair.one)} and {escape(pair.two)} have labelled.</div>'
        )
        return
    said = decided_so_far(pair, opened().decisions(what.recording.id), third)
    again = st.session_state.get("decide again")
    left = [d for d in pair.consensus.open if d not in said or d == again]
    if left:
        chosen = again if again in left else left[0]
        number = f"{pair.consensus.open.index(chosen) + 1} of {len(pair.consensus.open)}"
        _decide(what, pair, chosen, third, number, labels)
        return
    final = decided(pair.consensus, said, rater=third, tool=f"motionward {__version__}")
    kept = sum(span is not None for span in said.values())
    st.html(f"<div>{len(pair.consensus.agreed)} agreed; {escape(third)} kept {kept} of {len(said)} differences.</div>")
    get, store, redo = st.columns([1.8, 2.4, 6.2], vertical_alignment="center")
    clash = contradiction(final)
    if clash:
        kept_words = " and ".join(f"{x.label} {span_words(x.interval, what.clock)}" for x in clash)
        said_so = f"Kept were {kept_words}, which contradict each other: decide one of them again."
        st.html(f'<div class="mw-note" role="alert">{escape(said_so)}</div>')
    get.download_button(
        "Consensus as CSV",
        lambda: consensus_csv(final, pair.consensus, what.recording.id, what.stream.interval.start).encode(),
        f"{what.rows.patient.code}-consensus.csv", "text/csv", on_click="ignore", width="stretch",
        disabled=clash is not None,
    )  # fmt: skip
    old = decided_otherwise(pair, final, labels, third)
    new = fresh(final, labels)
    if store.button(
        "Keep it as labels" if new or old else "Kept as labels",
        disabled=not (new or old) or clash is not None,
        type="primary",
        width="stretch",
    ):
        try:
            check = checking(recorded_of(opened().recording(what.recording.id)))
            gone = [row.id for row in old]
            opened().exchange_labels(
                what.recording.id, gone, new, rater=third, check=check, actor=actor(), now_us=now_us()
            )
        except MotionwardError as error:
            st.html(f'<div class="mw-note" role="alert">{escape(str(error))}</div>')
        else:
            st.rerun()
    if said:
        chosen = redo.selectbox(
            "Decide again", pair.consensus.open, None, placeholder="Decide one again", label_visibility="collapsed",
            format_func=lambda d: difference(d, pair.one, pair.two, what.clock, labels),
            key=f"again {st.session_state.get('agains', 0)}",
        )  # fmt: skip
        if chosen is not None:
            st.session_state["decide again"] = chosen
            st.session_state["agains"] = st.session_state.get("agains", 0) + 1  # a list of another key is an empty one
            st.rerun()


def _decide(what: Open, pair: Pair, d: Disagreement, third: str, number: str, labels: Sequence[LabelRow]) -> None:
    window = around(d.interval, _SHOWN_US)
    shown = Interval(max(what.stream.interval.start, window.start), min(what.stream.interval.end, window.end))
    said = difference(d, pair.one, pair.two, what.clock, labels)
    st.html(f"<div><b>Difference {number}</b> · {escape(said)}</div>")
    try:
        signal = signal_of([what.recording], what.stream.name, shown, what.stream.interval)
        drawn = picture(signal.letters, shown, d, (pair.one, pair.two), what.clock)
        # Of its own name, so that nobody decides this difference over the picture of the one before.
        mount_links(drawn, f"difference {number}", lambda *_: None)
    except (MotionwardError, OSError) as error:
        st.html(f'<div class="mw-note" role="alert">The signal cannot be read: {escape(str(error))}</div>')
    choices: list[tuple[str, Interval | None]] = [
        (f"Keep {name}'s {span_words(span, what.clock)}", span)
        for name, span in ((pair.one, d.one), (pair.two, d.two))
        if span is not None
    ]
    choices.append(("Keep none", None))
    places = st.columns([*[3] * len(choices), 3])
    slider, keep, _ = st.columns([6, 3, 3], vertical_alignment="bottom")
    recorded = tuple(s.interval for s in opened().recording(what.recording.id).stream(d.stream).segments)
    start, end = slider.select_slider(
        "Or edges of your own", edges(d, shown, recorded), (d.interval.start, d.interval.end),
        format_func=lambda t: what.clock.time(t, decimals=1), key=f"edges {number}",
    )  # fmt: skip
    choices.append(("Keep these edges", Interval(start, end)))
    for place, (words, span) in zip([*places[:-1], keep], choices, strict=True):
        if place.button(words, width="stretch", key=f"keep {words} {number}", disabled=span == Interval(start, start)):
            row = DecisionRow(what.recording.id, d.stream, d.label, (pair.one, pair.two), d.one, d.two, span, third)
            opened().decide(row, actor=actor(), now_us=now_us())
            st.session_state.pop("decide again", None)
            st.rerun()


if __name__ == "__main__":
    guarded(page)
