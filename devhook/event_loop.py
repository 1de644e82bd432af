"""An event loop whose end waits for no thread, and whose beginning no signal interrupts.

asyncio asks name servers in threads, and waits for those threads when a loop ends: 300 s, or without a bound
before Python 3.12. A name server that does not answer holds a thread for minutes.
"""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from devhook.processes import ENDING_SIGNALS

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` in a new event loop, as asyncio.run does, and return its result.

    A signal is held back until the loop runs and handles it: it would leave half a loop, whose end prints a
    traceback.
    """
    runner = asyncio.Runner()
    begun: Coroutine[Any, Any, Result] | None = None
    try:
        with _held_back() as received:
            runner.get_loop()
        begun = _begin(work, received)
        return runner.run(begun)
    finally:
        runner.close()
        # A signal may come before they are begun; to close what has ended does nothing.
        if begun is not None:
            begun.close()
        work.close()


@contextmanager
def _held_back() -> Iterator[list[int]]:
    """Note the signals that come in the block. To block them is not enough: another thread gets them then."""
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    for number, handler in before.items():
        if handler not in {signal.SIG_IGN, None}:
            signal.signal(number, lambda number, _frame: received.append(number))
    try:
        yield received
    finally:
        for number, handler in before.items():
            if handler not in {signal.SIG_IGN, None}:
                signal.signal(number, handler)


async def _begin(work: Coroutine[Any, Any, Result], received: list[int]) -> Result:
    asyncio.get_running_loop().set_default_executor(_UnjoinedThreads())
    for number in received:
        signal.raise_signal(number)
    return await work


class _UnjoinedThreads(ThreadPoolExecutor):
    """A pool of threads that are not joined at its end."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().shutdown(wait=False, cancel_futures=True)
