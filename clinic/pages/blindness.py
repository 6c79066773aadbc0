"""Whether the person still marks blind: what a detector says of a sensor was shown to them, here or sessions ago."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from clinic.pages.edits import Open, has_seen
from clinic.pages.opened import actor, now_us, opened


def note_seen(recordings: Iterable[str], stream: str) -> None:
    """What a detector or another rater says of a stream is on the screen: who marks there afterwards is not blind.

    The store notes it too, because the next session asks for it, also where nothing is marked in this one.
    """
    seen, noted = (st.session_state.setdefault(name, set()) for name in ("seen", "seen is noted"))
    here = {(recording, stream) for recording in recordings}
    seen |= here
    for pair in sorted(here - noted):
        opened().see_detector(*pair, rater=actor(), now_us=now_us())
        noted.add(pair)


def is_seen(what: Open) -> bool:
    """Whether the person was shown, in this session or an earlier one, what the detector says of this stream."""
    seen, asked = (st.session_state.setdefault(name, set()) for name in ("seen", "seen was asked"))
    here = (what.recording.id, what.stream.name)
    if here not in seen and what.key not in asked:  # once a session: what is seen from here on, the page knows itself
        asked.add(what.key)
        if has_seen(opened(), what):
            seen.add(here)
    if here in seen:
        note_seen([here[0]], here[1])
    return here in seen
