"""What a site has said once for all its files: its time zone, and what the columns of its tables mean."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clinic.home import Home
from clinic.store.files import write_whole
from data.errors import MotionwardError, RecordingError
from data.readers import Profile, load_profile, profile_names
from data.readers.mapping import saved_header, title_of


@dataclass(frozen=True, slots=True)
class SavedProfile:
    """A column profile of this site; ``name`` is what ``--profile`` takes."""

    name: str
    path: Path
    title: str
    header: str


def site_zone(home: Home) -> str | None:
    """The IANA zone of files that name none; None until somebody has said it.

    Raises
    ------
    MotionwardError
        When the file that remembers it was damaged.
    """
    try:
        zone = tomllib.loads(home.site.read_text("utf-8")).get("zone")
        return ZoneInfo(zone).key if zone is not None else None
    except FileNotFoundError:
        return None
    except (
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
        ZoneInfoNotFoundError,
        ValueError,
        TypeError,
        OSError,
    ) as error:
        raise MotionwardError(
            f"{home.site} cannot be read ({error}): mend it, or delete it and give the zone again."
        ) from error


def computer_zone() -> str:
    """The IANA zone that this computer is set to; UTC where it names none."""
    named = os.environ.get("TZ", "").removeprefix(":"), os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    for name in filter(None, named):
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue  # a rule in place of a name, which says nothing of other years
    return "UTC"


def remember_zone(home: Home, zone: str) -> None:
    """Remember the zone of files that name none; recordings that are stored keep theirs.

    Raises
    ------
    MotionwardError
        When there is no such zone.
    """
    try:
        name = ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MotionwardError(f"There is no time zone {zone!r}: give an IANA name such as Europe/Berlin.") from error
    write_whole(home.made().site, f'zone = "{name}"\n'.encode())


def saved_profiles(home: Home) -> list[SavedProfile]:
    """The column profiles that were saved here, by name; one that cannot be read any more is left out."""
    found = []
    for path in sorted(home.profiles.glob("*.toml")) if home.profiles.is_dir() else []:
        try:
            profile = load_profile(path)
        except RecordingError:
            continue  # it says what is wrong when it is asked for by name
        found.append(SavedProfile(path.stem, path, title_of(profile), saved_header(profile)))
    return found


def profile_for(home: Home, header: str) -> SavedProfile | None:
    """The profile that was saved last for tables with this header."""
    fitting = [p for p in saved_profiles(home) if p.header == header]
    return max(fitting, key=lambda p: p.path.stat().st_mtime_ns, default=None)


def named_profile(home: Home, name: str) -> Profile:
    """A profile by the name of a saved one or a shipped one, or by its file.

    Raises
    ------
    RecordingError
        When there is none, or it cannot be read.
    """
    saved = home.profiles / f"{name}.toml"
    is_plain = re.fullmatch(r"[\w.-]+", name) is not None
    return load_profile(saved if is_plain and saved.is_file() else name)


def save_profile(home: Home, name: str, toml: str) -> SavedProfile:
    """Save a column profile under a name of letters, figures, dots and hyphens; one of that name is replaced.

    Raises
    ------
    MotionwardError
        When the name is none, or that of a shipped profile.
    RecordingError
        When it is not a profile.
    """
    plain = re.sub(r"[^\w.-]+", "-", name.strip()).strip(".-").lower()[:60]
    if not plain:
        raise MotionwardError("The profile needs a name, of letters, figures, dots and hyphens.")
    if plain in profile_names():
        raise MotionwardError(f"{plain!r} is the name of a profile that comes with motionward: give another.")
    path = home.made().profiles / f"{plain}.toml"
    path.parent.mkdir(exist_ok=True)
    write_whole(path, toml.encode())
    profile = load_profile(path)
    return SavedProfile(plain, path, title_of(profile), saved_header(profile))
