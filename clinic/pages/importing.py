"""A running import, shown as it goes, and the table of what happened; it survives a reload of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from clinic import jobs
from clinic.intake import outcomes_csv
from clinic.intake_preview.html import happened_html
from clinic.pages.frame import go
from clinic.pages.opened import actor, home
from clinic.pages.uploads import forget
from clinic.reading import Said
from clinic.timeline.html import answer_html, empty_html

_STYLE = Path(__file__).with_name("import_.css")


def start_import(
    files: Sequence[Path], code: str, zone: str | None, said: Mapping[str, Said], is_joined: bool = False
) -> None:
    """Order an import of files for a patient and show it."""
    payload = {
        "files": [str(p) for p in files], "patient": code, "zone": zone, "actor": actor(), "join": is_joined,
        "said": {path: asdict(words) for path, words in said.items()},
    }  # fmt: skip
    st.query_params.from_dict({"job": jobs.start(home(), "import", payload), "patient": code})
    st.rerun()


def watch(job: str) -> None:
    """Show the import of that name until it is over, then its result."""
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
    if now.state in ("done", "failed"):
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
        f"The import was cancelled; {_are_in(stored)}."
        if now.state == "cancelled"
        else f"Of {len(counts)}, {_are_in(stored)}."
        if stored < len(counts)
        else f"{_are_in(stored).capitalize()}."
    )
    st.html(answer_html("Import", first, "What was stored whole stays; nothing is half-stored."))
    st.html(_STYLE)
    st.html(happened_html(now.outcomes))
    if now.outcomes:
        st.download_button(
            "This table as CSV", outcomes_csv(now.outcomes).encode(), "import.csv", "text/csv", key="happened"
        )
    code = st.query_params.get("patient", "")
    timeline, more, again, _ = st.columns([2, 2, 2, 2])
    if now.state in ("cancelled", "lost") and again.button("Go on where it stopped", type="primary"):
        st.query_params["job"] = jobs.again(home(), now.job)
        st.rerun()
    if stored and timeline.button(f"Open the timeline of {code}", type="primary"):
        go("timeline", {"patient": code})
    if more.button("Import other files"):
        go("import", {"patient": code} if code else {})


def _are_in(number: int) -> str:
    return "1 recording is in" if number == 1 else f"{number} recordings are in"
