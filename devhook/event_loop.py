"""An event loop whose end waits for no thread.

asyncio asks name servers in threads, and waits for those threads when a loop ends: 300 s, or without a bound
before Python 3.12. A name server that does not answer holds a thread for minutes.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` in a new event loop, as asyncio.run does, and return its result."""
    return asyncio.run(_with_unjoined_threads(work))


async def _with_unjoined_threads(work: Coroutine[Any, Any, Result]) -> Result:
    asyncio.get_running_loop().set_default_executor(_UnjoinedThreads())
    return await work


class _UnjoinedThreads(ThreadPoolExecutor):
    """A pool of threads that are not joined at its end."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().shutdown(wait=False, cancel_futures=True)
