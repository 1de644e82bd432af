"""A page that shows the screen, behind a bounded queue: a slow page delays no other."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

MOST_WAITING: Final = 1_000_000
"""Bytes that wait for a page. A repaint of 250x80 cells has about 100,000; more is dropped for a repaint."""
_SENDING: Final = 20.0
"""Seconds that one message may take to be sent; a page that takes longer is gone."""
# Ends a sequence that was begun, takes the other screen, hides the cursor and clears.
_BEGIN: Final = b"\x18\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J"
_MOUSE: Final = b"\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h\x1b[?2004h"


class Viewer:
    """One page. `run` sends what `send` and `tell` queue.

    `repaint` is called when something was dropped and the page can take the whole screen again.
    """

    def __init__(self, socket: web.WebSocketResponse, repaint: Callable[[], object], *, keys: bool) -> None:
        self._socket = socket
        self._repaint = repaint
        self._begin = _BEGIN + (_MOUSE if keys else b"")
        self._waiting: deque[bytes | list[Any]] = deque()
        self._size = 0
        self._behind = False
        self._changed = asyncio.Event()

    def begin(self) -> None:
        """Show the whole screen, from its beginning."""
        self.send(self._begin)
        self._repaint()

    def send(self, data: bytes) -> None:
        """Queue output of the screen. If the queue is full, drop it, and paint the screen again later."""
        if self._size + len(data) > MOST_WAITING:
            self._waiting = deque(each for each in self._waiting if isinstance(each, list))
            self._size = 0
            self._behind = True
        if not self._behind:
            self._size += len(data)
            self._waiting.append(data)
        self._changed.set()

    def tell(self, message: list[Any]) -> None:
        """Queue a message to the page's program. It replaces one of its kind that was the last."""
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, list) and last[0] == message[0]:
            self._waiting.pop()
        self._waiting.append(message)
        self._changed.set()

    async def run(self) -> None:
        """Send until the page is closed."""
        with suppress(OSError, TimeoutError):
            while not self._socket.closed:
                await self._changed.wait()
                self._changed.clear()
                while self._waiting:
                    await self._send_next()
                if self._behind:
                    self._behind = False
                    self.begin()
        # Its handler waits for messages until the socket is closed.
        await self.close()

    async def close(self) -> None:
        """Close its socket. A page that does not answer is not waited for."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(0.2):
                await self._socket.close()

    async def _send_next(self) -> None:
        message = self._waiting.popleft()
        async with asyncio.timeout(_SENDING):
            if isinstance(message, list):
                await self._socket.send_json(message)
            else:
                self._size -= len(message)
                await self._socket.send_bytes(message)
