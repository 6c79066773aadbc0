"""Work that is going on, shown on the page where its result will appear."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic import jobs
from clinic.pages.frame import go
from clinic.pages.opened import PatientRows, home
from clinic.timeline.html import empty_html


def jobs_running() -> list[jobs.Status]:
    """The jobs that are not over."""
    return [job for job in jobs.all_jobs(home()) if not job.is_over]


def show_jobs(running: Sequence[jobs.Status]) -> None:
    """Show each job with its share and time left; the page is drawn again when one is over."""
    if running:
        _watch(tuple(job.job for job in running))


def nothing_yet(rows: PatientRows, title: str) -> None:
    """Say why a page has nothing of a patient: it is being analysed, never was to the end, or there is no recording."""
    code = rows.patient.code
    running = [job for job in jobs_running() if job.patient == code]
    if running:
        st.html(empty_html(title, f"{code} is being analysed: what is found stands here once that is done."))
        show_jobs(running)
        return
    if rows.patient.is_simulated:
        why = "The simulated patient was not analysed to the end: end motionward and start it with: motionward demo."
        st.html(empty_html(title, why))
        return
    files = len(rows.recordings)
    many = "Its recording is" if files == 1 else f"Its {files} recordings are"
    again = "import the same files again, and the analysis goes on where it stopped"
    st.html(empty_html(title, f"{many} stored, but not analysed: {again}." if files else "It has no recording yet."))
    if st.button("Import recordings", type="primary"):
        go("import", {"patient": code})


@st.fragment(run_every=1.0)
def _watch(names: tuple[str, ...]) -> None:
    for name in names:
        job = jobs.status(home(), name)
        if job.is_over:
            st.rerun(scope="app")
        left = f", about {job.left_s:.0f} s left" if job.left_s is not None else ""
        whose = f"Recordings of {job.patient} are being imported" if job.patient else "Work is going on"
        title = "A simulated patient is being made" if job.kind == "demo" else whose
        st.progress(min(1.0, job.share), text=f"{title}: {job.doing or 'starting'}, {job.share:.0%}{left}")
