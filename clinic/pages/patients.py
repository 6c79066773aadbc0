"""Patients: who needs a look first, and why."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from clinic.components import mount_links
from clinic.pages.frame import go, guarded
from clinic.pages.opened import now_us, patients, rows_of, validity
from clinic.pages.owners import owner_form
from clinic.pages.progress import jobs_running, show_jobs
from clinic.pages.zones import zone_form
from clinic.timeline.clock import WallClock, length
from clinic.timeline.html import answer_html, empty_html, strip_html, work_list_html
from clinic.timeline.worklist import Look, headline, look, work_list

SORTS = ("needs a look first", "code", "highest rate first", "longest unseen first")


def looks(busy: Collection[str] = ()) -> tuple[Look, ...]:
    """One row for each patient, in the order of the rule; ``busy``: whose recordings are being analysed."""
    found, rule = [], validity()
    for p in patients():
        rows = rows_of(p.code)
        found.append(
            look(
                p,
                recordings=rows.recordings,
                spans=rows.spans,
                episodes=rows.episodes,
                findings=rows.findings,
                last_look_us=rows.last_look_us,
                now_us=now_us(),
                validity=rule,
                is_busy=p.code in busy,
            )
        )
    return work_list(found)


def chosen(all_looks: tuple[Look, ...], code: str, sort: str, *, only_unreviewed: bool) -> tuple[Look, ...]:
    """Search and sort, as the person asked."""
    kept = [x for x in all_looks if code.lower() in x.patient.code.lower() and (x.unreviewed or not only_unreviewed)]
    if sort == SORTS[1]:
        kept.sort(key=lambda x: x.patient.code)
    elif sort == SORTS[2]:
        kept.sort(key=lambda x: -(x.now.value or 0.0) if x.now else 1.0)
    elif sort == SORTS[3]:
        kept.sort(key=lambda x: -(10**6 if x.days_unseen is None else x.days_unseen))
    return tuple(kept)


def page() -> None:
    """Draw the page."""
    busy = jobs_running()
    show_jobs(busy)
    everyone = looks({job.patient for job in busy})
    if not everyone:
        if not busy:
            st.html(empty_html("No patient yet.", "Import a recording to begin; nothing leaves this machine."))
            if st.button("Import recordings", type="primary"):
                go("import", {})
        return
    left, right = st.columns([5, 1], vertical_alignment="top")
    left.html(answer_html("Patients", *headline(everyone)))
    with right, st.container(horizontal_alignment="right"):
        if st.button("Import recordings"):
            go("import", {})
        owner_form(patients())
        zone_form(patients())
    if any(x.phenomenon for x in everyone):
        st.html(strip_html(_strip(everyone)))
    search, sort, only, _ = st.columns([2, 2.4, 2, 5], vertical_alignment="center")
    code = search.text_input("Patient code", placeholder="Patient code", label_visibility="collapsed")
    order = sort.selectbox("Sort", SORTS, label_visibility="collapsed", format_func=lambda s: f"Sort: {s}")
    unreviewed = only.checkbox("only unreviewed")
    shown = chosen(everyone, code, order or SORTS[0], only_unreviewed=unreviewed)
    if not shown:
        st.html(empty_html("No patient fits.", "Clear the search or the tick to see all of them."))
        return
    mount_links(work_list_html(shown), "work list", go)


def _strip(everyone: tuple[Look, ...]) -> list[tuple[str, str, str]]:
    rated = sum(x.now is not None for x in everyone)
    worn = length(sum(x.worn_us for x in everyone))
    last = max((x for x in everyone if x.last_us is not None), key=lambda x: x.last_us or 0, default=None)
    waiting = sum(x.unreviewed for x in everyone)
    items = [
        (
            "good" if rated == len(everyone) else "check",
            f"{rated} of {len(everyone)}",
            " with enough judged wear for a rate",
        ),
        ("", f"{worn} worn", " in the last 7 days of each"),
        ("", str(waiting), f" flag{'' if waiting == 1 else 's'} to review, in all days"),
    ]
    if last is not None and last.last_us is not None:
        items.append(("", "", f"Last recording ends {WallClock(last.patient.zone).moment(last.last_us)}"))
    return items


if __name__ == "__main__":
    guarded(page)
