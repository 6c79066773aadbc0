"""The server's process: `python -m clinic.pages.server app.py …` is `streamlit run app.py …`, only quicker.

By itself Streamlit loads the pages when the first browser asks for one; here that is done while
the browser is still fetching Streamlit's front end. Its answers go out without a pause, and it asks nobody on
the internet for its own address.
"""

from __future__ import annotations

import atexit
import gc
import socket
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from weakref import WeakSet

gc.disable()  # until all is loaded: nothing of it will ever be thrown away
# Streamlit loads plotly for its theme, which no page needs before its charts are asked for (see medication.py).
sys.modules["plotly"] = None  # type: ignore[assignment]  # Python's own sign for "not to be found"
from streamlit import net_util  # noqa: E402
from streamlit.proto.ClientState_pb2 import ClientState  # noqa: E402
from streamlit.runtime import Runtime, RuntimeState  # noqa: E402
from streamlit.runtime.app_session import AppSession  # noqa: E402
from streamlit.web import cli  # noqa: E402
from streamlit.web.server.starlette import starlette_server  # noqa: E402

del sys.modules["plotly"]
_FIRST_PAGE_S = 1.0
"""Left to the first page before the timeline's libraries are loaded."""
_LATER = ("clinic.pages.timeline", "pyarrow.dataset", "pandas")
_rerun = AppSession.request_rerun
_begun: WeakSet[AppSession] = WeakSet()
_bind = starlette_server._bind_socket  # noqa: SLF001  no setting reaches the socket; a test sees it go


def bind_without_pause(address: str, port: int, backlog: int) -> socket.socket:
    """Streamlit's listening socket, whose connections send what they have at once.

    asyncio sees to that only for a socket whose protocol is named, and Streamlit leaves it out. An answer of
    two parts then waits for the browser's delayed acknowledgement: 40 ms a file, and a hundred files are asked for.
    """
    listening = _bind(address, port, backlog)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections inherit this
    return listening


def run_whole_page_first(session: AppSession, asked: ClientState | None) -> None:
    """Streamlit's run of a page, of which the first in a session is of the whole page.

    A page that was open when its server ended asks the next server for a part of what that one never drew. Streamlit
    leaves this unanswered: what was marked from then on would be on the screen alone.
    """
    if asked is not None and session not in _begun:
        asked.fragment_id = ""
    _begun.add(session)
    _rerun(session, asked)


def main() -> None:
    """Run the server until it is stopped."""
    starlette_server._bind_socket = bind_without_pause  # noqa: SLF001  see above
    AppSession.request_rerun = run_whole_page_first  # type: ignore[method-assign, assignment]
    # Asked from a page that is not ours, Streamlit asks an address service on the internet who it is itself.
    net_util.get_external_ip = _unknown
    threading.Thread(target=_get_ready, name="get ready", daemon=True).start()
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    cli.main(prog_name="streamlit")


def _unknown() -> None:
    """This machine's address on the internet: nobody is asked for it."""


def _get_ready() -> None:
    """Load what the first page will ask for, then what the timeline will.

    What is read of the store here is good only while its head stands, as ever.
    """
    # Not sooner: it would keep the server from its start, and a component is registered with a server.
    while not Runtime.exists() or Runtime.instance().state is RuntimeState.INITIAL:
        time.sleep(0.01)
    from clinic.pages import patients  # noqa: PLC0415  the point of this function
    from data.errors import MotionwardError  # noqa: PLC0415

    with suppress(MotionwardError):  # the page will say it
        patients.looks()
    time.sleep(_FIRST_PAGE_S)
    for name in _LATER:
        import_module(name)
    # Streamlit collects after every run of a page: without this each click would look through every module again.
    gc.freeze()
    atexit.register(gc.unfreeze)  # else DuckDB complains at the end that nobody cleared up
    gc.enable()


if __name__ == "__main__":
    main()
