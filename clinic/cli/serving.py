"""The commands that open the app."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from clinic.cli.edges import actor, home_at, now, store_at
from clinic.cli.options import BrowserOption, HomeOption, HostsOption, PortOption
from clinic.cli.telling import stages
from data.errors import MotionwardError


def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Build and analyse the simulated patient, open nothing, exit 0.")
    ] = False,
    home: HomeOption = None,
    port: PortOption = None,
    browser: BrowserOption = True,
) -> None:
    """Open the app with a simulated patient.

    The patient's two weeks are made on the first start.
    """
    if check:
        from clinic.intake import make_demo

        store = store_at(home)
        outcome = make_demo(store, actor=actor(), now=now, progress=stages("demo"))
        problems = store.verify()
        sys.stdout.write(f"{outcome.sentence}\n")
        if problems:
            raise MotionwardError(f"The store is not whole: {'; '.join(problems)}.")
        return
    from clinic.serve import begin_demo
    from clinic.serve import serve as run

    begin_demo(home_at(home))
    raise typer.Exit(run(home_at(home), port=port, open_browser=browser))


def serve(
    home: HomeOption = None, port: PortOption = None, browser: BrowserOption = True, allow_host: HostsOption = None
) -> None:
    """Open the app on this machine."""
    from clinic.serve import serve as run

    # A folder that cannot be used is said here, in one line, not on every page of an app that came up.
    raise typer.Exit(run(home_at(home).made(), port=port, open_browser=browser, hosts=allow_host or ()))
