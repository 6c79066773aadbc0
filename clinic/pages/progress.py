"""Work that is going on, shown on the page where its result will appear."""

from __future__ import annotations

import streamlit as st

from clinic import jobs
from clinic.pages.opened import home

_NAMES = {"demo": "A simulated patient is being made", "import": "Recordings are being imported"}


def jobs_running() -> bool:
    """Show each running job with its share and time left; whether there is one."""
    running = [job for job in jobs.all_jobs(home()) if not job.is_over]
    if running:
        _watch(tuple(job.job for job in running))
    return bool(running)


@st.fragment(run_every=1.0)
def _watch(names: tuple[str, ...]) -> None:
    for name in names:
        job = jobs.status(home(), name)
        if job.is_over:
            st.rerun(scope="app")
        left = f", about {job.left_s:.0f} s left" if job.left_s is not None else ""
        title = _NAMES.get(job.kind, "Work is going on")
        st.progress(min(1.0, job.share), text=f"{title}: {job.doing or 'starting'}, {job.share:.0%}{left}")
