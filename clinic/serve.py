"""Starts the app for one person at one machine: Streamlit in a child process that listens on loopback alone."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Sequence
from importlib.util import find_spec
from types import FrameType

from clinic import jobs
from clinic.home import Home
from clinic.intake import DEMO_PATIENT
from clinic.store import Store
from data.errors import MotionwardError

ADDRESS = "127.0.0.1"
FIRST_PORT = 8501
_PORTS_TRIED = 50
_START_S = 60.0


def serve(home: Home, *, port: int | None = None, open_browser: bool = True, hosts: Sequence[str] = ()) -> int:
    """Run the app on the data folder ``home`` until it is stopped; returns its exit code.

    Parameters
    ----------
    port
        None takes the first free one from 8501.
    open_browser
        Open the page in this machine's browser once it answers.
    hosts
        Further host names under which a reverse proxy on this machine may ask.

    Raises
    ------
    MotionwardError
        If the port is taken, or the app does not come up.
    """
    port = free_port() if port is None else claim(port)
    child = subprocess.Popen(command(port, hosts), env=environment(home), stdout=subprocess.DEVNULL)
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        wait_until_up(child, port)
        address = f"http://{ADDRESS}:{port}"
        sys.stdout.write(f"motionward is open at {address} (Ctrl+C ends it)\n")
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(address)
        return child.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        end(child)


def begin_demo(home: Home) -> str | None:
    """Start making the simulated patient in a process of its own; its job's name, or None when it is already there.

    The app may open at once: its pages show how far the job is. One that is under way is not started again.
    """
    store = Store.open(home)
    if any(store.runs(recording.id) for recording in store.recordings(DEMO_PATIENT)):
        return None
    under_way = [job.job for job in jobs.all_jobs(home) if job.kind == "demo" and not job.is_over]
    return under_way[0] if under_way else jobs.start(home, "demo", {"actor": "demo", "patient": DEMO_PATIENT})


def command(port: int, hosts: Sequence[str] = ()) -> list[str]:
    """The command line of the server, with every setting that keeps it private.

    The same settings stand in ``.streamlit/config.toml`` for `streamlit run app.py`; that file is looked up in the
    folder the program is started from, so an installed program cannot rely on it.
    """
    app = find_spec("app")  # not imported: that would run the page
    if app is None or app.origin is None:
        raise MotionwardError("The module 'app' is missing beside the package 'clinic': install motionward again.")
    flags = {
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.toolbarMode": "viewer",
        # Streamlit names a large message that the browser had before by its hash alone. Where a run is broken off by
        # the next click the browser may have dropped it by then, and the page is dead: "Cached ForwardMsg MISS".
        "global.minCachedMessageSize": "1000000000000",
        "logger.level": "warning",
        "server.address": ADDRESS,
        "server.enableAgentApi": "false",
        "server.enableStaticServing": "false",
        "server.fileWatcherType": "none",
        "server.headless": "true",
        "server.maxUploadSize": "200",
        "server.port": str(port),
        "theme.base": "light",
        "theme.primaryColor": "#1F2933",
        "theme.textColor": "#1F2933",
        "theme.backgroundColor": "#FFFFFF",
        "theme.secondaryBackgroundColor": "#F5F6F8",
        "theme.borderColor": "#DCE1E6",
        "theme.baseRadius": "4px",
        "theme.baseFontSize": "14",
    }
    allowed = [f"--server.allowedHosts={host}" for host in ("localhost", ADDRESS, *hosts)]
    # -P: a stranger's data.py or models.py in the present folder must not be taken for ours.
    start = [sys.executable, "-P", "-m", "clinic.pages.server", app.origin]
    return [*start, *(f"--{name}={value}" for name, value in flags.items()), *allowed]


def environment(home: Home) -> dict[str, str]:
    """The environment of the server: this one, and which data folder to open."""
    return {**os.environ, "MOTIONWARD_HOME": str(home.root)}


def claim(port: int) -> int:
    """Return ``port`` if a server may take it, else say so in one sentence."""
    if not _is_free(port):
        raise MotionwardError(
            f"Port {port} on this machine is taken by another program: "
            "leave --port out to take a free one, or end that program."
        )
    return port


def free_port() -> int:
    """Return the first free port from 8501."""
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        if _is_free(port):
            return port
    raise MotionwardError(
        f"No port from {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1} is free on this machine: "
        "name another with --port."
    )


def wait_until_up(child: subprocess.Popen[bytes], port: int, limit_s: float = _START_S) -> None:
    """Return when the server answers; raise if it ends or does not answer in time."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise MotionwardError(f"The app ended while starting (exit code {child.returncode}): see the lines above.")
        if _answers(port):
            return
        time.sleep(0.01)
    raise MotionwardError(f"The app did not answer on port {port} within {limit_s:.0f} s: end it and start again.")


def end(child: subprocess.Popen[bytes]) -> None:
    """End the server, kindly first."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False  # not yet
    finally:
        connection.close()


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server does: a port whose last connections are still fading away counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
