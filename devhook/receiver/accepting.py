"""Accepts connections: how many may be open, and which one is closed for a new one."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from devhook.receiver.connection import Connection

_TOO_MANY: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# Files that are no connection of a sender: the inbox, pipes, forwarding, connections that are just closing.
_OTHER_FILES: Final = 160
_FEWEST: Final = 16
# Seconds that a connection has in any case, whoever comes after it: real deliveries arrive complete within
# milliseconds. Newcomers wait in the system's queue meanwhile.
_LEAST_TIME: Final = 0.1
# Seconds until the next attempt where the system has no file left.
_EXHAUSTED: Final = 0.1


if sys.platform == "win32":

    def connections_possible(wanted: int) -> int:
        """Return how many connections may be open: Windows limits them by its memory only."""
        return wanted

else:
    import resource

    def connections_possible(wanted: int) -> int:
        """Return how many connections may be open, at most `wanted`; raise the limit of files for them."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = wanted + _OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < needed:
            raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            # macOS rejects what its kernel does not allow, whatever the hard limit says.
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
                soft = raised
        if soft == resource.RLIM_INFINITY:
            return wanted
        return min(wanted, max(_FEWEST, soft - _OTHER_FILES))


class Acceptor:
    """Accepts connections, at most `most` at a time: then the idlest of the `open_ones` gives way.

    The idlest has waited longest for the rest of a request, or for one to begin. None gives way that waits
    for an answer; where all do, the newcomer is answered 503.

    asyncio's own server accepts a thousand connections before it looks at any, and a process without a file
    left never accepts one again.
    """

    def __init__(
        self, make: Callable[[], Connection], open_ones: Callable[[], Sequence[Connection]], most: int
    ) -> None:
        self._make = make
        self._open_ones = open_ones
        self._most = most
        self._beginning: set[asyncio.Task[None]] = set()

    async def accept(self, listener: socket.socket) -> None:
        """Accept connections until this is cancelled."""
        try:
            while True:
                try:
                    accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
                except OSError:
                    await asyncio.sleep(_EXHAUSTED)
                    continue
                await self._take(accepted)
        finally:
            if self._beginning:
                await asyncio.wait(self._beginning)

    async def _take(self, accepted: socket.socket) -> None:
        try:
            make = self._make if await self._make_room() else _TurnedAway
        except asyncio.CancelledError:
            accepted.close()
            raise
        task = asyncio.get_running_loop().create_task(_begin(make, accepted))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        # A queue of newcomers must not keep the others from being read.
        await asyncio.sleep(0)

    async def _make_room(self) -> bool:
        """Close the idlest connection where there are too many; return False where none is idle."""
        while True:
            live = [
                each
                for each in self._open_ones()
                if each.transport is not None and not each.transport.is_closing()
            ]
            if len(live) + len(self._beginning) < self._most:
                return True
            idle = sorted(
                ((since, each) for each in live if (since := each.idle_since) is not None),
                key=lambda pair: pair[0],
            )
            if not idle and not self._beginning:
                return False
            until = time.monotonic() - _LEAST_TIME
            if self._closes_one(each for since, each in idle if since <= until):
                return True
            await asyncio.sleep(max(0.0, idle[0][0] - until) if idle else 0)

    @staticmethod
    def _closes_one(idle: Iterable[Connection]) -> bool:
        """Close the first connection whose bytes are all read; return whether there is one."""
        closed = next((each for each in idle if not each.has_unread_bytes), None)
        if closed is not None:
            closed.give_way()
        return closed is not None


async def _begin(make: Callable[[], asyncio.Protocol], accepted: socket.socket) -> None:
    try:
        await asyncio.get_running_loop().connect_accepted_socket(make, accepted)
    except OSError:
        accepted.close()


class _TurnedAway(asyncio.Protocol):
    """A connection beyond the number that is accepted: 503, so that the sender tries again later."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer and close."""
        if isinstance(transport, asyncio.Transport):
            transport.write(_TOO_MANY)
            transport.close()
