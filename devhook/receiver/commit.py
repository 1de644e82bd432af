"""Group commit: what waits while one transaction is written goes into the next one, all together."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from devhook.errors import InboxError
from devhook.inbox.store import Inbox
from devhook.webhook.delivery import Arrival

# One transaction takes at most so many deliveries and, past the first, so many bytes of bodies: whoever waits
# for it waits for all of them.
_MOST: Final = 256
_MOST_BYTES: Final = 8 * 2**20


class Batch:
    """Arrivals that share a transaction, and its outcome: None once they are on disk, else why not."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.outcome: asyncio.Future[InboxError | None] = asyncio.get_running_loop().create_future()
        self._size = 0

    def takes(self, arrival: Arrival) -> bool:
        """Put one more in; False when there is no room for it."""
        size = len(arrival.delivery.body)
        if self.arrivals and (len(self.arrivals) >= _MOST or self._size + size > _MOST_BYTES):
            return False
        self.arrivals.append(arrival)
        self._size += size
        return True


class GroupCommit:
    """The one writer of the inbox. It has a thread of its own, since a commit waits for the disk."""

    def __init__(self, inbox: Inbox, thread: ThreadPoolExecutor) -> None:
        self._inbox = inbox
        self._thread = thread
        self._waiting: deque[Batch] = deque()
        self._writing: Batch | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        """Open the inbox at `path`; at the end write what still waits, then close it. Raises InboxError."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox") as thread:
            inbox = await loop.run_in_executor(thread, Inbox.open, path)
            commit = cls(inbox, thread)
            try:
                yield commit
            finally:
                while commit._writing is not None:
                    await asyncio.wait([commit._writing.outcome])
                await loop.run_in_executor(thread, inbox.close)

    async def keep(self, arrival: Arrival) -> None:
        """Return once the arrival is on disk. InboxError when it, and with it its whole batch, is not.

        A caller that is cancelled while it waits takes nothing back: the arrival is written all the same.
        """
        if not (self._waiting and self._waiting[-1].takes(arrival)):
            batch = Batch()
            batch.takes(arrival)
            self._waiting.append(batch)
        batch = self._waiting[-1]
        self._write_next()
        error = await asyncio.shield(batch.outcome)
        if error is not None:
            raise error

    def _write_next(self) -> None:
        if self._writing is None and self._waiting:
            self._writing = self._waiting.popleft()
            loop = asyncio.get_running_loop()
            loop.run_in_executor(self._thread, self._inbox.add, self._writing.arrivals).add_done_callback(
                self._wrote
            )

    def _wrote(self, written: asyncio.Future[list[int]]) -> None:
        batch, self._writing = self._writing, None
        error = written.exception()
        if error is not None and not isinstance(error, InboxError):
            failure = InboxError(f"The inbox {self._inbox.path} cannot be written: {type(error).__name__}.")
            failure.__cause__ = error
            error = failure
        if batch is not None:
            batch.outcome.set_result(error)
        self._write_next()
