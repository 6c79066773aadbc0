"""The server is this machine's own: who may connect, and what it may say."""

from __future__ import annotations

import socket
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from streamlit import config
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed
from streamlit.web.server import server_util

from clinic import serve
from clinic.home import Home
from clinic.pages import server
from data.errors import MotionwardError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server started as `motionward serve` starts it, from a folder that is not the project's."""
    home = Home(tmp_path_factory.mktemp("home"))
    port = serve.free_port()
    child = subprocess.Popen(
        serve.command(port),
        env=serve.environment(home),
        cwd=tmp_path_factory.mktemp("elsewhere"),
        stdout=subprocess.DEVNULL,
    )
    try:
        serve.wait_until_up(child, port)
        yield port
    finally:
        serve.end(child)


def handshake(port: int, *, host: str, origin: str) -> int:
    """The status with which the server answers a websocket handshake."""
    request = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: streamlit\r\n\r\n"
    )
    with socket.create_connection((serve.ADDRESS, port), timeout=20) as connection:
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


def test_own_page_by_address_is_let_in(port: int) -> None:
    assert handshake(port, host=f"127.0.0.1:{port}", origin=f"http://127.0.0.1:{port}") == 101


def test_own_page_by_name_is_let_in(port: int) -> None:
    assert handshake(port, host=f"localhost:{port}", origin=f"http://localhost:{port}") == 101


def test_rebound_name_is_refused(port: int) -> None:
    # DNS rebinding: the stranger's name leads to loopback, so Host and Origin agree.
    assert handshake(port, host=f"evil.example:{port}", origin=f"http://evil.example:{port}") == 403


def test_foreign_origin_is_refused(port: int) -> None:
    assert handshake(port, host=f"localhost:{port}", origin="http://evil.example") == 403


def test_server_listens_on_one_loopback_address_alone(port: int) -> None:
    # A server on every interface would answer here too.
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=5):  # noqa: PT011  # refused or no such address: both are right
        pass


def test_taken_port_is_said_in_one_sentence(port: int) -> None:
    with pytest.raises(MotionwardError, match=f"^Port {port} on this machine is taken by another program: .*\\.$"):
        serve.claim(port)
    assert serve.free_port() != port


def test_app_that_ends_at_once_is_reported() -> None:
    child = subprocess.Popen(["false"])
    with pytest.raises(MotionwardError, match="ended while starting"):
        serve.wait_until_up(child, serve.free_port())


def test_launcher_and_config_say_the_same() -> None:
    written = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    stated: dict[str, list[str]] = {}
    for flag in serve.command(1):
        name, is_flag, value = flag.removeprefix("--").partition("=")
        if is_flag:
            stated.setdefault(name, []).append(value)
    del stated["server.port"]
    for section in ("browser", "client", "global", "logger", "server", "theme"):
        for name, value in written[section].items():
            values = value if isinstance(value, list) else [value]
            texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
            assert stated.pop(f"{section}.{name}") == texts, name
    assert stated == {}


def test_nothing_is_shown_or_told_to_strangers() -> None:
    flags = serve.command(1, ["ward.example"])
    assert "--client.showErrorDetails=none" in flags
    assert "--browser.gatherUsageStats=false" in flags
    assert "--server.allowedHosts=ward.example" in flags
    spec = find_spec("app")
    assert spec is not None
    assert flags[1:5] == ["-P", "-m", "clinic.pages.server", spec.origin]


def test_answers_do_not_wait_for_an_acknowledgement() -> None:
    with server.bind_without_pause("127.0.0.1", 0, 1) as listening, socket.socket() as client:
        listening.setblocking(True)
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_page_of_a_strangers_makes_the_server_ask_nobody_for_its_address(monkeypatch):
    asked = []
    monkeypatch.setattr(server.net_util, "get_external_ip", lambda: asked.append("asked"))
    monkeypatch.setattr(server.starlette_server, "_bind_socket", server._bind)
    monkeypatch.setattr(server.AppSession, "request_rerun", server._rerun)
    monkeypatch.setattr(server.cli, "main", lambda **_: None)
    monkeypatch.setattr(server.threading, "Thread", lambda **_: type("Idle", (), {"start": lambda _: None})())
    monkeypatch.setattr("sys.argv", ["server", "app.py"])
    server.main()
    assert not server_util.is_url_from_allowed_origins("http://a-stranger.example")
    assert asked == []


def test_the_first_run_of_a_session_is_of_the_whole_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(server, "_rerun", lambda _, state: asked.append(state.fragment_id))
    one, other = (type("Session", (), {})() for _ in range(2))
    for session in (one, one, other):
        server.run_whole_page_first(session, ClientState(fragment_id="the canvas"))
    assert asked == ["", "the canvas", ""]


def test_no_message_is_sent_by_its_hash_alone() -> None:
    """A browser that dropped it would show *Cached ForwardMsg MISS* and nothing more."""
    (said,) = (
        float(c.partition("=")[2]) for c in serve.command(8501) if c.startswith("--global.minCachedMessageSize=")
    )
    message = ForwardMsg()
    message.delta.new_element.markdown.body = "x" * 1_000_000
    before = config.get_option("global.minCachedMessageSize")
    config.set_option("global.minCachedMessageSize", said)
    try:
        populate_hash_if_needed(message)
    finally:
        config.set_option("global.minCachedMessageSize", before)
    assert message.hash
    assert not message.metadata.cacheable
