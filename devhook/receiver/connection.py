"""A connection of a sender: the limits of a request's head, and since when it waits for bytes."""

import asyncio
import math
import select
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from aiohttp import StreamReader, web

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LONG: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
# Seconds. How long further bytes are read and dropped, so that the sender gets to read the answer: closing a
# socket with unread bytes resets the connection, and the answer is lost.
_LINGERING: Final = 2.0
_HEAD_END: Final = b"\r\n\r\n"


class Connection(web.RequestHandler):
    """aiohttp's connection with limits on a request's head: its size, its time, the time to its first byte.

    aiohttp itself limits only how long a connection may be idle between requests. The handler calls `begin`
    when it gets a request, whose headers are complete then, `body_read` once its body is complete, and `end`
    when it has its answer.

    `half_closed`: whether the sender has ended its side; it still reads the answer.
    """

    __slots__ = (
        "_begun",
        "_busy",
        "_content",
        "_deadline",
        "_draining",
        "_expired",
        "_given_up",
        "_head",
        "_head_complete",
        "_head_size",
        "_header_limit",
        "_header_timeout",
        "_idle_since",
        "_timer",
        "half_closed",
    )

    def __init__(
        self,
        server: web.Server,
        *,
        loop: asyncio.AbstractEventLoop,
        header_timeout: float,
        header_limit: int,
        **options: Any,
    ) -> None:
        super().__init__(server, loop=loop, **options)
        self._header_timeout = header_timeout
        self._header_limit = header_limit
        self._begun = False
        self._busy = False
        self._draining = False
        self._given_up = False
        self._head = b""
        self._head_size = 0
        self._head_complete = False
        self._content: StreamReader | None = None
        self._idle_since: float | None = time.monotonic()
        # One timer that is moved when it fires: to set and to cancel one for each request takes 1.4 us.
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = math.inf
        self._expired: Callable[[], None] = self.force_close
        self.half_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock for a connection that sends nothing."""
        super().connection_made(transport)
        self._set_deadline(self._header_timeout, self.force_close)

    def data_received(self, data: bytes) -> None:
        """Start the clock with the first byte of a request, and count the bytes of its head."""
        if self._given_up:
            return
        if not self._busy and not self._draining:
            if not self._begun:
                self._begun = True
                self._head, self._head_size, self._head_complete = b"", 0, False
                self._set_deadline(self._header_timeout, self._give_up_late)
            if self._is_head_too_long(data):
                self._give_up(_TOO_LONG)
                return
            if self._head_complete:
                self._idle_since = time.monotonic()
        super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio reads it: True keeps our side open
        """Keep the connection open for the answer: a sender may end its side after its request.

        A body that is not complete by then never will be.
        """
        self.half_closed = True
        self._fail_incomplete_body()
        return self._busy or self._begun

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    @property
    def busy(self) -> bool:
        """Whether a request has begun that has no answer yet."""
        return self._busy

    @property
    def idle_since(self) -> float | None:
        """When it began to wait for bytes (monotonic); None while a complete request waits for its answer.

        The end of a head counts as a beginning, a single byte does not: a stranger may send one every second.
        """
        return self._idle_since

    @property
    def has_unread_bytes(self) -> bool:
        """Whether bytes have arrived that the event loop did not get to read."""
        if self.transport is None:
            return False
        listened = self.transport.get_extra_info("socket")
        if sys.platform == "win32":
            return bool(select.select([listened], [], [], 0)[0])
        # select takes no file number above 1,023.
        unread = select.poll()
        unread.register(listened, select.POLLIN)
        return bool(unread.poll(0))

    def begin(self, request: web.BaseRequest) -> None:
        """Note that the headers are complete."""
        self._busy = True
        self._begun = False
        self._content = request.content
        self._deadline = math.inf
        if self.half_closed:
            self._fail_incomplete_body()

    def body_read(self) -> None:
        """Note that the body is complete: from now on the sender waits for us."""
        self._idle_since = None

    def end(self) -> None:
        """Note that the next byte belongs to another request."""
        self._busy = False
        # The rest of a rejected body is no head.
        self._draining = self._content is not None and not self._content.is_eof()
        self._content = None
        self._idle_since = time.monotonic()

    def give_way(self) -> None:
        """Close the connection at once."""
        self._given_up = True
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _is_head_too_long(self, data: bytes) -> bool:
        """Count the bytes up to the empty line that ends the head."""
        if self._head_complete:
            return False
        # The end of the head may be split over two pieces.
        seen = self._head + data
        end = seen.find(_HEAD_END)
        self._head_size += max(0, end - len(self._head)) if end >= 0 else len(data)
        self._head_complete = end >= 0
        self._head = seen[-len(_HEAD_END) + 1 :]
        return self._head_size > self._header_limit

    def _fail_incomplete_body(self) -> None:
        if self._content is not None and not self._content.is_eof():
            self._content.set_exception(ConnectionResetError("The sender ended its side early."))

    def _set_deadline(self, seconds: float, expired: Callable[[], None]) -> None:
        """Call `expired` after these seconds, unless another deadline is set before."""
        self._deadline = time.monotonic() + seconds
        self._expired = expired
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._start_timer()

    def _start_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(self._deadline, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if time.monotonic() >= self._deadline:
            self._deadline = math.inf
            self._expired()
        elif self._deadline < math.inf:
            self._start_timer()

    def _give_up_late(self) -> None:
        self._give_up(_TOO_SLOW)

    def _give_up(self, answer: bytes) -> None:
        self._given_up = True
        self._set_deadline(_LINGERING, self.force_close)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(answer)
            # The sender may have closed the connection already.
            with suppress(OSError):
                self.transport.write_eof()
