"""Dropped files on their way into the store: kept in a temporary folder of the session until they are imported."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_PREFIX = "motionward-upload-"
_STALE_S = 24 * 3600


def spooled(files: Sequence[UploadedFile]) -> list[Path]:
    """The dropped files as files on disk, under their own names; written once each."""
    known: dict[str, Path] = st.session_state.setdefault("spooled", {})
    for file in files:
        if file.file_id not in known or not known[file.file_id].is_file():
            folder = Path(tempfile.mkdtemp(dir=_folder()))  # of its own: two files may have one name
            target = folder / (Path(file.name).name or "unnamed")
            with target.open("wb") as out:
                shutil.copyfileobj(file, out)
            known[file.file_id] = target
    return [known[f.file_id] for f in files]


def forget() -> None:
    """Remove this session's temporary files, and those that other sessions left behind a day ago."""
    st.session_state.pop("spooled", None)
    own = st.session_state.pop("spool folder", None)
    if own:
        shutil.rmtree(own, ignore_errors=True)
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _folder() -> str:
    """Private to the server's account (mkdtemp makes it so)."""
    made: str | None = st.session_state.get("spool folder")
    if not made or not Path(made).is_dir():
        made = tempfile.mkdtemp(prefix=_PREFIX)
        st.session_state["spool folder"] = made
    return made
