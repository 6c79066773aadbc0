"""Labels as files of other programs: the person's own out, or others' they have seen; a file's in, whole or not."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from clinic.pages.blindness import is_seen
from clinic.pages.edits import Open, import_labels
from clinic.pages.opened import now_us, opened
from clinic.pages.uploads import spooled
from clinic.review.exchange import FORMATS, export
from clinic.review.marking import counted
from data.errors import MotionwardError

EVERYBODY = ""


def files(what: Open) -> None:
    """Offer the labels of this recording as a file, and take one in."""
    st.html('<div class="mw-head">Files <span>of labels, for other programs</span></div>')
    of, said = st.session_state.get("labels imported", ("", ""))
    if of == what.key:  # it stays until the next one: a page that is drawn twice at once would lose it
        st.html(f'<div class="mw-note" role="status">{escape(said)}</div>')
    others = _others(what)
    kind, whom, get = st.columns([2, 1.3, 1] if others else [2, 0.01, 1], vertical_alignment="bottom")
    name = kind.selectbox("Format", list(FORMATS), format_func=lambda n: FORMATS[n].title, label_visibility="collapsed")
    form, whose = FORMATS[name], what.rater
    if others:
        whose = whom.selectbox(
            "Whose labels", [what.rater, *others, EVERYBODY], label_visibility="collapsed",
            format_func=lambda rater: "mine" if rater == what.rater else rater or "everybody's",
        )  # fmt: skip
    try:
        _bytes(what, name, whose)
    except MotionwardError as error:
        st.html(f'<div class="mw-note">{escape(str(error))}</div>')
    else:
        # Made when it is asked for: what was marked since this page was drawn is in it.
        get.download_button(
            "Export mine" if whose == what.rater else "Export", lambda: _bytes(what, name, whose),
            f"{Path(what.recording.file).stem}-labels{form.ending}",
            form.media_type, on_click="ignore", width="stretch",
        )  # fmt: skip
    endings = sorted({e.lstrip(".") for f in FORMATS.values() for e in (f.ending, *f.endings)})
    dropped = st.file_uploader(
        "Labels to import: CSV, EDF+, Label Studio or ELAN", endings, accept_multiple_files=True,
        key=f"labels in {st.session_state.get('labels taken', 0)}",
    )  # fmt: skip
    if dropped:
        st.button("Import labels", on_click=_take, args=(what, spooled(dropped)), type="primary")


def _others(what: Open) -> list[str]:
    """Who else has labels of the open sensor; nobody is named to who marks it blind."""
    if not is_seen(what):
        return []
    here = [x for x in opened().labels(recording=what.recording.id) if x.stream == what.stream.name]
    return sorted({x.rater for x in here} - {what.rater})


def _bytes(what: Open, name: str, whose: str) -> bytes:
    """Labels of the recording as a file; others' of the open sensor alone, since another one may be marked blind."""
    store, identity = opened(), what.recording.id
    labels = [
        x
        for x in store.labels(recording=identity, rater=whose or None)
        if x.rater == what.rater or x.stream == what.stream.name
    ]
    return export(labels, store.recording(identity), name)


def _take(what: Open, paths: Sequence[Path]) -> None:
    lines = []
    for path in paths:
        try:
            added = import_labels(opened(), what, path, at_us=now_us())
            lines.append(f"{path.name}: {counted(added)} imported." if added else f"{path.name}: nothing new in it.")
        except MotionwardError as error:
            lines.append(f"Not imported. {error}")
    st.session_state["labels imported"] = (what.key, " ".join(lines))
    # An uploader of another key is an empty one.
    st.session_state["labels taken"] = st.session_state.get("labels taken", 0) + 1
