"""The arguments and options that commands share; what is wrong with one whatever the files is wrong usage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from clinic.home import Home
from data.errors import MotionwardError, RecordingError

_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)


def _positive(value: float | None) -> float | None:
    if value is not None and not (0 < value < float("inf")):
        raise typer.BadParameter("must be a positive number")
    return value


def _promise(value: float | None) -> float | None:
    from models.detectors.points import PROMISES

    if value is not None and value not in PROMISES:
        raise typer.BadParameter(f"can be {', '.join(map(str, PROMISES))}, not {value:g}")
    return value


def _code(code: str) -> str:
    from clinic.store import check_code

    try:
        check_code(code)
    except MotionwardError as error:
        raise typer.BadParameter(str(error)) from error
    return code


def _known_zone(name: str | None) -> str | None:
    try:
        return name if name is None else ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last two: a path, a folder of zones
        raise typer.BadParameter(f"there is no time zone {name!r}: give an IANA name such as Europe/Berlin") from error


def _known_profile(name: str | None) -> str | None:
    if name is not None:
        from clinic.site import named_profile

        try:
            named_profile(Home.default(), name)
        except RecordingError as error:
            raise typer.BadParameter(str(error)) from error
    return name


def _known_times(texts: list[str] | None) -> list[str] | None:
    """Whether the words are dates and times."""
    from data.wall_clock import wall_us

    for text in texts or ():
        try:
            wall_us(text.rpartition("=")[2])
        except ValueError as error:
            raise typer.BadParameter(
                f"{text!r} is no date and time: write it like '2026-03-02 08:00', with FILE= before it where there "
                "are several files"
            ) from error
    return texts


def _known_places(texts: list[str] | None) -> list[str] | None:
    """Whether the words name places; whether a file has the stream that stands before one, only the file tells."""
    from data.recording import Placement

    known = [p.value for p in Placement]
    for text in texts or ():
        worn = text.rpartition("=")[2].strip()
        if re.sub("^(left|right) +", "", worn).replace("-", " ") not in known:
            raise typer.BadParameter(
                f"{text!r} names no place: use one of {', '.join(known)}, with left or right before it "
                "and STREAM= before both where the file has several streams"
            )
    return texts


def _plain_hosts(names: list[str] | None) -> list[str] | None:
    """``*`` and patterns would let in every name, and with it a stranger's page (DNS rebinding)."""
    for name in names or ():
        if not _HOST.fullmatch(name):
            raise typer.BadParameter(
                f"{name!r} is no host name: give the bare name that the browser asks for, such as "
                "ward.example.org, without https://, port, path or *"
            )
    return names


Files = Annotated[list[Path], typer.Argument(help="Recordings: CSV, EDF, Parquet and others; see `inspect`.")]
FilesOrFolders = Annotated[
    list[Path], typer.Argument(help="Recordings, or folders: of those, every recording in them and below.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary.")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="The data folder; default MOTIONWARD_HOME.")]
Patient = Annotated[str, typer.Option("--patient", help="The clinic's code for the patient.", callback=_code)]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        help="A column profile: a TOML file, or the name of one that was saved here or is shipped.",
        callback=_known_profile,
    ),
]
LenientOption = Annotated[
    bool,
    typer.Option("--lenient", help="Leave damaged parts of a device's file out, as gaps, instead of refusing it."),
]
ZoneOption = Annotated[
    str | None,
    typer.Option(help="IANA zone for files that name none, such as Europe/Berlin.", callback=_known_zone),
]
NewZoneOption = Annotated[
    str | None,
    typer.Option(
        "--zone",
        help="Show the patient's times in this IANA zone, and take wall clocks of further imports as of it.",
        callback=_known_zone,
    ),
]
PlacementOption = Annotated[
    list[str] | None,
    typer.Option(
        "--placement",
        help="Where the sensor was worn: 'lower back', 'left ankle', or 'STREAM=left ankle'.",
        callback=_known_places,
    ),
]
StartOption = Annotated[
    list[str] | None,
    typer.Option(
        "--start",
        metavar="[FILE=]TIME",
        help="The true start of a file whose clock was never set, or set wrong: '2026-03-02 08:00', the patient's "
        "wall clock.",
        callback=_known_times,
    ),
]
JoinOption = Annotated[bool, typer.Option("--join", help="The files are one recording: join them by their clocks.")]
DetectorOption = Annotated[
    list[str] | None, typer.Option("--detector", help="A shipped name or a detector folder; default: all shipped.")
]
AlarmsOption = Annotated[
    float | None,
    typer.Option("--false-alarms", help="Move the detectors to so many false alarms an hour.", callback=_positive),
]
PromisedOption = Annotated[
    float | None,
    typer.Option(
        "--promised",
        help="Call so few flags sure that this share of a new person's (0.8, 0.9 or 0.95) is not sure and false.",
        callback=_promise,
    ),
]
PortOption = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Port on this machine; default: the first free one from 8501."),
]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")]
HostsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="NAME",
        help="A further host name under which the app may be asked for, by a reverse proxy on this machine that "
        "asks who is there (the app itself does not); may be given several times.",
        callback=_plain_hosts,
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for the result.")]
