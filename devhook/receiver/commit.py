"""The one writer of the inbox: group commits, and between them the removal of what is beyond the bounds."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Final, Self, TypeVar

from devhook.errors import InboxError
from devhook.inbox.arrival_rows import ArrivalRow
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.locks import receiving
from devhook.inbox.receiver_inbox import ReceiverInbox
from devhook.inbox.retention import NO_ROOM, NOTHING, Amount, Room, recount, remove_beyond, room_within
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.writer_thread import WriterThread

# One transaction takes at most so many deliveries and, past the first, so many bytes of bodies: whoever waits
# for it waits for all of them.
_MOST: Final = 256
_MOST_BYTES: Final = 8 * 2**20
# Bytes of bodies that are inserted in the event loop's thread: a batch of small ones takes 20 us for each.
_MOST_BYTES_HERE: Final = 2**20
# Seconds. A step takes a few milliseconds: nine tenths of the writer's time are left to deliveries. While
# deliveries come, each transaction is followed by a step that removes as many, so the bounds hold in a flood.
_EVERY: Final = 60.0
_PAUSE: Final = 0.03

Result = TypeVar("Result")


class Batch:
    """Deliveries that share a transaction, and the futures that wait for it."""

    def __init__(self) -> None:
        self.rows: list[ArrivalRow] = []
        self.size = 0
        self._waiting: list[asyncio.Future[int | InboxError]] = []

    def takes(self, row: ArrivalRow) -> bool:
        """Whether there is room for one more."""
        return not self.rows or (len(self.rows) < _MOST and self.size + row.listed.size <= _MOST_BYTES)

    def add(self, row: ArrivalRow) -> asyncio.Future[int | InboxError]:
        """Put one more in; returns what will tell its outcome: its id once it is on disk, else why not."""
        self.rows.append(row)
        self.size += row.listed.size
        outcome: asyncio.Future[int | InboxError] = asyncio.get_running_loop().create_future()
        self._waiting.append(outcome)
        return outcome

    def tell(self, outcomes: Iterable[int | InboxError]) -> None:
        """Tell each outcome to whoever still waits for it."""
        for waiting, outcome in zip(self._waiting, outcomes, strict=False):
            if not waiting.done():
                waiting.set_result(outcome)


class GroupCommit:
    """The one writer of the inbox: inserts rows in the event loop, and commits in a thread of its own.

    A commit waits for the disk. With the INSERTs in the thread too, both threads wait for the interpreter's
    lock for each of them, and 1.15 (busy machine) to 1.3 times (quiet) fewer deliveries are answered.
    """

    def __init__(self, inbox: ReceiverInbox, thread: WriterThread) -> None:
        self._inbox = inbox
        self._thread = thread
        self._waiting: deque[Batch] = deque()
        self._answers: list[Answered] = []
        self._writer: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._all_written = asyncio.Event()
        self._all_written.set()
        self._grown = asyncio.Event()
        self._growth = NOTHING
        self._room = NO_ROOM

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        """Open the inbox at `path`; at the end write what still waits, then close it. Raises InboxError."""
        async with WriterThread.start() as thread:
            with ExitStack() as receiver:
                inbox = await thread.do(ReceiverInbox.open, path)
                commit = cls(inbox, thread)
                try:
                    await thread.do(receiver.enter_context, receiving(path))
                    await thread.do(recount, inbox)
                    yield commit
                finally:
                    await commit._all_written.wait()
                    await thread.do(inbox.close)

    async def keep(self, row: ArrivalRow) -> int:
        """Return its id once the delivery is on disk. InboxError when it, with its whole batch, is not.

        A caller that is cancelled while it waits takes nothing back: the arrival is written all the same.
        """
        if not (self._waiting and self._waiting[-1].takes(row)):
            self._waiting.append(Batch())
            self._begin()
        outcome = await self._waiting[-1].add(row)
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
        # It begins in the loop's next iteration, with all requests that arrived at the same moment.
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_all())

    async def between(self, work: Callable[[Inbox], Result]) -> Result:
        """Have something done with the inbox between two transactions, which wait for it: a short work."""
        async with self._turn:
            done = self._thread.do(work, self._inbox)
            try:
                return await asyncio.shield(done)
            except asyncio.CancelledError:
                # The thread uses the inbox until then.
                await asyncio.wait({done})
                raise

    async def grown(self, seconds: float, room: Room = NO_ROOM) -> None:
        """Wait until more than `room` was written since the last call, or until the timeout in seconds."""
        self._room = room
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._grown.wait()
        self._grown.clear()

    def growth(self) -> Amount:
        """Return what was written since the last call; answers of targets are not counted."""
        growth, self._growth = self._growth, NOTHING
        return growth

    async def _write_all(self) -> None:
        while self._waiting or self._answers:
            async with self._turn:
                batch = self._waiting.popleft() if self._waiting else Batch()
                answers, self._answers = self._answers, []
                batch.tell(await self._written(batch, answers))
            self._growth = Amount(
                count=self._growth.count + len(batch.rows),
                size=self._growth.size + sum(row.stored for row in batch.rows),
            )
            if answers or not self._room.holds(self._growth):
                self._grown.set()
        self._writer = None
        self._all_written.set()

    async def _written(self, batch: Batch, answers: Sequence[Answered]) -> Iterable[int | InboxError]:
        """Write a batch; return the outcome of each delivery."""
        inbox = self._inbox
        try:
            ids = inbox.begin_rows(batch.rows, answers) if batch.size <= _MOST_BYTES_HERE else None
            if ids is None:
                return await self._thread.do(inbox.add_rows, batch.rows, answers)
            await self._thread.do(inbox.commit_rows)
        except InboxError as error:
            return repeat(error)
        except Exception as error:  # noqa: BLE001 - a bug fails its own deliveries and not the writer
            failure = InboxError(f"The inbox {inbox.path} cannot be written: {type(error).__name__}.")
            failure.__cause__ = error
            return repeat(failure)
        return ids


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
        room = NO_ROOM
        # The next sender gets the answer 500 while the inbox cannot be written; this waits until it can.
        with suppress(InboxError):
            while await commit.between(_removing(commit.growth(), config)):
                await commit.grown(_PAUSE)
            room = await commit.between(partial(room_within, keep=config.keep))
        await commit.grown(_EVERY, room)


def _removing(grown: Amount, config: ReceiverConfig) -> Callable[[Inbox], int]:
    return partial(remove_beyond, keep=config.keep, now=datetime.now(UTC), grown=grown)
