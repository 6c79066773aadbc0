"""The commands of trust: what leaves the store, whether it is whole, its copy and the way back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from clinic.cli.edges import actor, home_at, now, store_at
from clinic.cli.options import AsJson, HomeOption, NewZoneOption, Patient
from clinic.cli.telling import say
from data.errors import MotionwardError


def export(
    patient: Patient,
    formats: Annotated[str, typer.Option("--format", help="Of html, pdf, csv, separated by commas.")] = "html,csv",
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default exports/ in the data folder.")] = None,
    recording: Annotated[
        str | None,
        typer.Option(
            "--recording",
            help="The file (or the start of its SHA-256) that the report is about; default: all with a date, else the "
            "newest.",
        ),
    ] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Write a patient's report and tables."""
    from clinic.reports.files import FORMATS, export_patient

    wanted = [f.strip().lower() for f in formats.split(",") if f.strip()]
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown or not wanted:
        raise typer.BadParameter(
            f"unknown format {', '.join(unknown) or 'none'}; use html, pdf or csv", param_hint="--format"
        )
    store = store_at(home, must_exist=True)
    if patient not in {p.code for p in store.patients()}:
        raise MotionwardError(f"There is no patient {patient!r} in {store.home.root}: see `motionward serve`.")
    files = [str(path) for path in export_patient(store, patient, wanted, out or store.home.exports, recording)]
    say(as_json, {"patient": patient, "files": files}, "\n".join(files))


def verify_audit(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Check that no row was altered, lost, inserted or cut off."""
    store = store_at(home, must_exist=True)
    problems, head, root = store.verify(), store.head(), store.home.root
    if as_json or not problems:
        say(
            as_json,
            {"home": str(root), "whole": not problems, "entries": head.seq, "head": head.hash, "problems": problems},
            f"{root}: whole, {head.seq} entries, head {head.hash[:16]}",
        )
    for problem in problems:
        sys.stderr.write(f"{root}: {problem}: keep the folder as it is and restore the newest backup elsewhere\n")
    if problems:
        raise typer.Exit(1)


def backup(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Copy the store, then open and verify the copy."""
    from clinic.store.backup import backup as run

    made = run(home_at(home), target)
    say(as_json, {"home": str(home_at(home).root), "backup": str(made)}, str(made))


def restore(
    source: Annotated[Path, typer.Argument(help="A folder made by backup.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Verify a backup and put it into an empty data folder."""
    from clinic.store.backup import restore as run

    root = home_at(home).root
    run(source, home_at(home))
    say(as_json, {"home": str(root), "backup": str(source)}, f"{root}: restored and whole")


def tidy(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Remove what a crash left behind and no row names."""
    removed = [str(path) for path in store_at(home, must_exist=True).tidy()]
    count = "1 left-over" if len(removed) == 1 else f"{len(removed)} left-overs"
    say(as_json, {"removed": removed}, f"{count} removed")


def patients(
    patient: Annotated[str | None, typer.Option("--patient", help="This patient alone.")] = None,
    zone: NewZoneOption = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """List the patients with their zones, or change the zone of one."""
    store = store_at(home, must_exist=True)
    if zone is not None:
        if patient is None:
            raise typer.BadParameter("say of whom: --patient CODE", param_hint="--zone")
        store.change_zone(patient, zone, actor=actor(), now_us=now())
    found = [p for p in store.patients() if patient in (None, p.code)]
    if not found and patient is not None:
        raise MotionwardError(f"There is no patient {patient!r} in {store.home.root}: see `motionward patients`.")
    width = max((len(p.code) for p in found), default=0)
    said = [{"patient": p.code, "zone": p.zone, "simulated": p.is_simulated} for p in found]
    say(as_json, said, "\n".join(f"{p.code:{width}}  {p.zone}" for p in found) or "No patient yet.")


def reassign(
    recording: Annotated[str, typer.Argument(help="The file's name, or the beginning of its SHA-256.")],
    patient: Annotated[str | None, typer.Option("--patient", help="Whose it is.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It is nobody's, and counts nowhere.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Give a recording that was imported for the wrong patient to another, or withdraw it."""
    from clinic.reports.files import named
    from clinic.stored import reassign as run

    if bool(patient) is withdraw:
        raise typer.BadParameter("say whose it is, --patient CODE, or --withdraw", param_hint="--patient")
    store = store_at(home, must_exist=True)
    every = [*store.recordings(), *store.withdrawn()]
    (found,) = named(every, recording, "In this data folder", "recording")
    said = run(store, found.id, patient or "", actor=actor(), now=now)
    say(as_json, {"recording": found.id, "file": found.file, "patient": patient or None, "said": said}, said)


def site(
    zone: Annotated[str | None, typer.Option(help="Remember this IANA zone for files that name none.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Show, or set, what holds for the whole site: its time zone and its saved column profiles."""
    from clinic.site import remember_zone, saved_profiles, site_zone

    place = home_at(home)
    if zone is not None:
        remember_zone(place, zone)
    known, saved = site_zone(place), saved_profiles(place)
    lines = [f"zone       {known or 'not given yet: files that name none are taken as UTC'}"]
    lines += [f"profile    {p.name}: {p.title}" for p in saved]
    said = {"home": str(place.root), "zone": known, "profiles": [p.name for p in saved]}
    say(as_json, said, "\n".join(lines))
