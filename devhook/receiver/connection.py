"""Connections: the time limits of a request, and which connection is closed when there are too many."""

import asyncio
from typing import Any, Final

from aiohttp import web

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# Seconds. How long what still comes is read and thrown away, so that its sender gets to read the answer: to
# close a socket on unread bytes resets the connection, and the answer is lost.
_LINGERING: Final = 2.0
_TOO_MANY: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(web.RequestHandler):
    """aiohttp's connection with a limit on the time from a request's first byte to the end of its headers.

    aiohttp itself limits only how long a connection may be idle between requests. The handler calls `begin`
    when it is given a request, whose headers are complete then, and `end` when it has its answer.
    """

    __slots__ = ("_begun", "_busy", "_deadline", "_given_up", "_header_timeout")

    def __init__(
        self, server: web.Server, *, loop: asyncio.AbstractEventLoop, header_timeout: float, **options: Any
    ) -> None:
        super().__init__(server, loop=loop, **options)
        self._header_timeout = header_timeout
        self._begun = False
        self._busy = False
        self._given_up = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock for those who never say anything."""
        super().connection_made(transport)
        self._deadline = asyncio.get_running_loop().call_later(self.keepalive_timeout, self.force_close)

    def data_received(self, data: bytes) -> None:
        """Start the clock with the first byte of a request."""
        if self._given_up:
            return
        if not self._busy and not self._begun:
            self._begun = True
            self._stop_clock()
            self._deadline = asyncio.get_running_loop().call_later(self._header_timeout, self._give_up)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    @property
    def busy(self) -> bool:
        """Whether a request has begun that has no answer yet."""
        return self._busy

    def begin(self) -> None:
        """The headers are complete."""
        self._busy = True
        self._begun = False
        self._stop_clock()

    def end(self) -> None:
        """The next byte belongs to another request."""
        self._busy = False

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._given_up = True
        self._deadline = asyncio.get_running_loop().call_later(_LINGERING, self.force_close)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(_TOO_SLOW)
            self.transport.write_eof()


class TurnedAway(asyncio.Protocol):
    """A connection beyond the number that is taken: 503, so that the sender tries again later."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and hang up."""
        if isinstance(transport, asyncio.Transport):
            transport.write(_TOO_MANY)
            transport.close()
