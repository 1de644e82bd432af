"""Locust's page with the charts, on loopback only. It shows the run; of its buttons only Stop works."""

import contextlib
import sys
from collections.abc import Callable
from typing import Any, Final

from flask import abort, request
from gevent.socket import SO_REUSEADDR, SOL_SOCKET, socket
from locust.env import Environment

_HOST: Final = "127.0.0.1"
_PORT: Final = 8089
"""Locust's own port."""


def open_page(environment: Environment, stop: Callable[[], None]) -> tuple[Any, str]:
    """Open the page; return it and its address. Its Stop calls `stop`.

    By itself Locust's page listens at every address, and whoever reaches it can start and stop runs.
    """
    port = _free_port()
    page = environment.create_web_ui(host=_HOST, port=port, delayed_start=True)
    hosts = {f"{_HOST}:{port}", f"localhost:{port}"}

    def check() -> dict[str, Any] | None:
        # A page of another site may ask this address, under the name of its own site too.
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.host not in hosts or site not in {"none", "same-origin"}:
            abort(403)
        if request.path == "/stop":
            stop()
            return {"success": True, "message": "Test stopped"}
        if request.method != "GET" or request.path.startswith("/stats/reset"):
            abort(403)
        return None

    page.app.before_request(check)
    page.start()
    return page, f"http://{_HOST}:{port}/"


def _free_port() -> int:
    """Return Locust's own port, or another one where that is in use."""
    for port in (_PORT, 0):
        with contextlib.closing(socket()) as probe:
            if sys.platform != "win32":
                # A port of connections that have ended is free; on Windows this would share a port in use.
                probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return _PORT
