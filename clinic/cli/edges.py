"""What commands take from the world around them: the clock, the user, the data folder."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING

from clinic.home import Home
from data.errors import MotionwardError

if TYPE_CHECKING:
    from clinic.store import Store


def now() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def actor() -> str:
    """Who is at work, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"  # a container's user may have no name


def home_at(named: Path | None) -> Home:
    """The data folder as named, else the default one."""
    return Home(named) if named is not None else Home.default()


def store_at(named: Path | None, *, must_exist: bool = False) -> Store:
    """The store in that folder; it is made there unless it ``must_exist``."""
    from clinic.store import Store

    home = home_at(named)
    if must_exist and not home.database.is_file():
        raise MotionwardError(f"There is no store at {home.root}: name its folder with --home.")
    return Store.open(home)
