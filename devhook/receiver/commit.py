"""The one writer of the inbox: group commits, and between them the removal of what is beyond the bounds."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Final, Self, TypeVar

from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.locks import receiving
from devhook.inbox.retention import NOTHING, Amount, recount, remove_beyond
from devhook.receiver.config import ReceiverConfig
from devhook.webhook.delivery import Arrival

# One transaction takes at most so many deliveries and, past the first, so many bytes of bodies: whoever waits
# for it waits for all of them.
_MOST: Final = 256
_MOST_BYTES: Final = 8 * 2**20
# Seconds. A step takes a few milliseconds: nine tenths of the writer's time are left to deliveries. While
# deliveries come, each transaction is followed by a step that removes as many, so the bounds hold in a flood.
_EVERY: Final = 60.0
_PAUSE: Final = 0.03

Result = TypeVar("Result")


class Batch:
    """Arrivals that share a transaction, and those who wait for it."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.size = 0
        self._waiting: list[asyncio.Future[int | InboxError]] = []

    def takes(self, arrival: Arrival) -> bool:
        """Whether there is room for one more."""
        size = self.size + len(arrival.delivery.body)
        return not self.arrivals or (len(self.arrivals) < _MOST and size <= _MOST_BYTES)

    def add(self, arrival: Arrival) -> asyncio.Future[int | InboxError]:
        """Put one more in; returns what will tell its outcome: its id once it is on disk, else why not."""
        self.arrivals.append(arrival)
        self.size += len(arrival.delivery.body)
        outcome: asyncio.Future[int | InboxError] = asyncio.get_running_loop().create_future()
        self._waiting.append(outcome)
        return outcome

    def tell(self, outcomes: Iterable[int | InboxError]) -> None:
        """Tell each outcome to whoever still waits for it."""
        for waiting, outcome in zip(self._waiting, outcomes, strict=False):
            if not waiting.done():
                waiting.set_result(outcome)


class GroupCommit:
    """The one writer of the inbox. It has a thread of its own, since a commit waits for the disk."""

    def __init__(self, inbox: Inbox, thread: ThreadPoolExecutor) -> None:
        self._inbox = inbox
        self._thread = thread
        self._waiting: deque[Batch] = deque()
        self._answers: list[Answered] = []
        self._writing: Batch | None = None
        self._all_written = asyncio.Event()
        self._all_written.set()
        self._grown = asyncio.Event()
        self._growth = NOTHING

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        """Open the inbox at `path`; at the end write what still waits, then close it. Raises InboxError."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox") as thread, ExitStack() as writer:
            inbox = await loop.run_in_executor(thread, Inbox.open, path)
            commit = cls(inbox, thread)
            try:
                await loop.run_in_executor(thread, writer.enter_context, receiving(path))
                await loop.run_in_executor(thread, recount, inbox)
                yield commit
            finally:
                await commit._all_written.wait()
                await loop.run_in_executor(thread, inbox.close)

    async def keep(self, arrival: Arrival) -> int:
        """Return its id once the arrival is on disk. InboxError when it, with its whole batch, is not.

        A caller that is cancelled while it waits takes nothing back: the arrival is written all the same.
        """
        if not (self._waiting and self._waiting[-1].takes(arrival)):
            self._waiting.append(Batch())
            self._begin()
        outcome = await self._waiting[-1].add(arrival)
        if isinstance(outcome, InboxError):
            raise outcome
        return outcome

    def note(self, answered: Answered) -> None:
        """Write an answer down with what is written next; nobody waits for that.

        A disk that takes it no more takes no deliveries either, and those who send them are told.
        """
        self._answers.append(answered)
        self._begin()

    def _begin(self) -> None:
        self._all_written.clear()
        # Not at once: the requests that came in at the same moment are on their way here.
        asyncio.get_running_loop().call_soon(self._write_next)

    async def between(self, work: Callable[[Inbox], Result]) -> Result:
        """Have something done with the inbox between two transactions, which wait for it: a short work."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._inbox)

    async def grown(self, seconds: float) -> None:
        """Wait until something was written since the last call, or so many seconds have passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._grown.wait()
        self._grown.clear()

    def growth(self) -> Amount:
        """Return what was written since the last call, with the bytes of the bodies before compression."""
        growth, self._growth = self._growth, NOTHING
        return growth

    def _write_next(self) -> None:
        if self._writing is None and (self._waiting or self._answers):
            self._writing = self._waiting.popleft() if self._waiting else Batch()
            answers, self._answers = self._answers, []
            loop = asyncio.get_running_loop()
            written = loop.run_in_executor(self._thread, self._inbox.add, self._writing.arrivals, answers)
            written.add_done_callback(self._wrote)

    def _wrote(self, written: asyncio.Future[list[int]]) -> None:
        error = written.exception()
        if error is not None and not isinstance(error, InboxError):
            failure = InboxError(f"The inbox {self._inbox.path} cannot be written: {type(error).__name__}.")
            failure.__cause__ = error
            error = failure
        if self._writing is not None:
            self._writing.tell(written.result() if error is None else repeat(error))
            self._growth = Amount(
                count=self._growth.count + len(self._writing.arrivals),
                size=self._growth.size + self._writing.size,
            )
        self._writing = None
        self._grown.set()
        if not self._waiting and not self._answers:
            self._all_written.set()
        self._write_next()


@asynccontextmanager
async def keeping_within_bounds(commit: GroupCommit, config: ReceiverConfig) -> AsyncIterator[None]:
    """Keep the inbox within the bounds that the configuration sets, as long as the block lasts."""
    work = asyncio.get_running_loop().create_task(_keep(commit, config))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait({work})


async def _keep(commit: GroupCommit, config: ReceiverConfig) -> None:
    while True:
        # The next sender gets the answer 500 while the inbox cannot be written; this waits until it can.
        with suppress(InboxError):
            while await commit.between(_removing(commit.growth(), config)):
                await commit.grown(_PAUSE)
        await commit.grown(_EVERY)


def _removing(grown: Amount, config: ReceiverConfig) -> Callable[[Inbox], int]:
    return partial(remove_beyond, keep=config.keep, now=datetime.now(UTC), grown=grown)
