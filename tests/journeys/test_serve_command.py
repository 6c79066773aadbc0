"""`motionward serve` from the command line to a browser's handshake."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clinic import serve
from tests.clinic.commanded import motionward

COMMAND = [sys.executable, "-P", "-c", "from clinic.cli import main; main()", "serve", "--no-browser"]


@contextmanager
def served(home: Path, *options: str) -> Iterator[int]:
    """The port of a running app; it is ended at the end."""
    child = subprocess.Popen([*COMMAND, "--home", str(home), *options], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line.startswith("motionward is open at http://127.0.0.1:"), line
        yield int(line.split()[4].rpartition(":")[2])
    finally:
        child.terminate()
        child.communicate(timeout=30)


def handshake(port: int, host: str) -> int:
    """The status with which the app answers the websocket of a page that was asked for under a host name."""
    connection = http.client.HTTPConnection(serve.ADDRESS, port, timeout=20)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in {
        "Host": host, "Origin": f"https://{host}", "Connection": "Upgrade", "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "streamlit",
    }.items():  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_second_start_takes_the_next_port_and_named_hosts_alone_are_let_in(tmp_path: Path) -> None:
    with (
        served(tmp_path / "one") as plain,
        served(tmp_path / "two", "--allow-host", "ward.example.org", "--allow-host", "other.example.org") as named,
    ):
        assert plain != named
        assert handshake(plain, "ward.example.org") == 403
        assert handshake(named, "ward.example.org") == 101
        assert handshake(named, "other.example.org") == 101
        assert handshake(named, "example.org") == 403
        assert handshake(named, "a.ward.example.org") == 403
        said = motionward("serve", "--no-browser", "--home", tmp_path / "three", "--port", str(plain))
        assert (said.code, len(said.lines)) == (1, 1)
        assert f"Port {plain} on this machine is taken" in said.err


def test_a_data_folder_that_cannot_be_used_is_said_and_no_app_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "serve", lambda *_, **__: pytest.fail("an app was opened"))
    (tmp_path / "taken").write_text("")
    said = motionward("serve", "--home", tmp_path / "taken")
    assert (said.code, len(said.lines)) == (1, 1)
    assert "cannot be written" in said.err
