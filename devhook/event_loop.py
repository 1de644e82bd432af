"""An event loop whose end waits for no thread.

asyncio asks name servers in threads, and waits for those threads when a loop ends: 300 s, or without a bound
before Python 3.12. A name server that does not answer holds a thread for minutes.
"""

import asyncio
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` in a new event loop, as asyncio.run does, and return its result.

    A signal is held back until the loop runs and handles it: it would leave half a loop, whose end prints a
    traceback.
    """
    held = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        return asyncio.run(_begin(work, held))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


async def _begin(work: Coroutine[Any, Any, Result], held: set[int]) -> Result:
    asyncio.get_running_loop().set_default_executor(_UnjoinedThreads())
    signal.pthread_sigmask(signal.SIG_SETMASK, held)
    return await work


class _UnjoinedThreads(ThreadPoolExecutor):
    """A pool of threads that are not joined at its end."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().shutdown(wait=False, cancel_futures=True)
