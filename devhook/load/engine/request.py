"""Sends one request over Locust's HTTP parser, with exactly the given headers and Shopify's time limits."""

import ssl
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import gevent
from geventhttpclient._parser import HTTPParseError
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool
from geventhttpclient.response import HTTPSocketPoolResponse

from devhook.sender.retries import CONNECT_TIMEOUT, TOTAL_TIMEOUT
from devhook.sender.target import host_and_port
from devhook.webhook.answer import Failure

MOST_CONNECTIONS: Final = 8_000
"""Connections of one worker at the same time. A worker that needs more cannot hold its schedule."""

ACTED_HEADER: Final = "X-Devhook-Acted"
"""The header of an answer in which the app says whether it acted on the delivery: `1` or `0`."""

_LARGEST_ANSWER: Final = 256 * 1024


class _OutOfTime(Exception):
    """The time for the connection, or for the answer, ran out."""


class Result(NamedTuple):
    """What came of one request: a status, or why there is none; whether it connected, and the app acted."""

    status: int | None
    failure: Failure | None
    connected: bool
    acted: bool = False

    @property
    def accepted(self) -> bool:
        """Return whether Shopify counts it as a success."""
        return self.failure is None and self.status is not None and 200 <= self.status <= 299  # noqa: PLR2004 - the definition of 2xx

    @property
    def error(self) -> str:
        """Return what is wrong with it, for the table of errors; empty for nothing."""
        return self.failure.words if self.failure else "" if self.accepted else f"answered {self.status}"


class Endpoint:
    """The endpoint: its address, and the connections to it, which are kept between requests."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host, port = host_and_port(url)
        self._host = parts.netloc
        limits = {
            "size": MOST_CONNECTIONS,
            "connection_timeout": CONNECT_TIMEOUT,
            "network_timeout": TOTAL_TIMEOUT,
        }
        self._pool: Any = (
            SSLConnectionPool(
                host, port, host, port, ssl_context_factory=ssl.create_default_context, **limits
            )
            if parts.scheme == "https"
            else ConnectionPool(host, port, host, port, **limits)
        )

    def post(self, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> Result:
        """Send one request and return what came of it. Nothing is raised, and no redirect is followed."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers]
        lines += [f"Content-Length: {len(body)}", "", ""]
        request = "\r\n".join(lines).encode("latin-1") + body
        connection: Any = None
        try:
            with gevent.Timeout(TOTAL_TIMEOUT, _OutOfTime):
                connection = self._connect()
                return self._answer(self._ask(connection, request))
        except Exception as error:  # noqa: BLE001 - a request never ends the run
            return Result(None, _failure(error, connection), connected=connection is not None)

    def _connect(self) -> Any:
        """Return a connection that is open already, or one that is made within Shopify's second."""
        with gevent.Timeout(CONNECT_TIMEOUT, _OutOfTime):
            return self._pool.get_socket()

    def _ask(self, connection: Any, request: bytes) -> Any:
        try:
            connection.sendall(request)
        except BaseException:
            self._pool.release_socket(connection)
            raise
        # It gives the connection back at the end of the answer, and closes it after a failure.
        return HTTPSocketPoolResponse(connection, self._pool, method="POST")

    def _answer(self, response: Any) -> Result:
        try:
            size = 0
            while size <= _LARGEST_ANSWER and (chunk := response.read(8192)):
                size += len(chunk)
            acted = str(response.get(ACTED_HEADER.lower(), "")).strip().lower() in {"1", "true", "yes"}
            return Result(response.get_code(), None, connected=True, acted=acted)
        finally:
            response.release()


def _failure(error: Exception, connection: Any) -> Failure:
    """Return the kind of failure for what was raised while connecting (`connection` is None) or later."""
    match error:
        case _OutOfTime() | TimeoutError():
            return Failure.NO_CONNECTION if connection is None else Failure.NO_ANSWER
        case ConnectionRefusedError():
            return Failure.REFUSED
        case ssl.SSLError():
            return Failure.TLS
        case HTTPParseError():
            return Failure.BROKEN
    return Failure.UNREACHABLE if connection is None else Failure.BROKEN
