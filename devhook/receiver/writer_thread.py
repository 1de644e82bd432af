"""The thread that writes the inbox: it runs its tasks in order, and the event loop gets their results."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self, TypeVar

Result = TypeVar("Result")
_Work = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class WriterThread:
    """A thread for works that wait for the disk.

    An executor of one thread does the same with two futures, two locks and a semaphore for each work, and the
    threads may wait for the interpreter's lock at each of them: 5 % fewer deliveries are answered.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._works: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="inbox", daemon=True)

    @classmethod
    @asynccontextmanager
    async def start(cls) -> AsyncIterator[Self]:
        """Run the thread inside the block; at its end wait until all tasks are done."""
        writer = cls()
        writer._thread.start()
        try:
            yield writer
        finally:
            writer._works.put(None)
            writer._thread.join()

    def do(self, work: Callable[..., Result], *values: Any) -> "asyncio.Future[Result]":
        """Run `work` with these arguments in the thread; return the future of its result."""
        done: asyncio.Future[Result] = self._loop.create_future()
        self._works.put((lambda: work(*values), done))
        return done

    def _run(self) -> None:
        while (given := self._works.get()) is not None:
            work, done = given
            try:
                told, outcome = done.set_result, work()
            except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
                told, outcome = done.set_exception, error
            self._loop.call_soon_threadsafe(_tell, done, told, outcome)


def _tell(done: "asyncio.Future[Any]", told: Callable[[Any], None], outcome: Any) -> None:
    if not done.done():
        told(outcome)
