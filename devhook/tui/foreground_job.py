"""A child process in the foreground of the terminal, in its own process group, as a shell runs a job.

Ctrl+C reaches it alone, and Ctrl+Z does not leave the terminal to nobody.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Final

from devhook.errors import DevhookError

assert sys.platform != "win32", "Windows has no process groups of a terminal."  # noqa: S101 - this tells mypy

# Seconds that it has to end itself when the screen closes.
_ENDING: Final = 0.3


async def run_job(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a program in the foreground until it ends. Raise DevhookError when it cannot be started."""
    before = signal.getsignal(signal.SIGTTOU)
    try:
        job = _Job(words, environment)
    except OSError as error:
        raise DevhookError(f"{words[0]} cannot be started: {error.strerror}.") from error
    # This process is in the background until it takes the terminal back.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        await job.ended.wait()
    finally:
        await job.end()
        signal.signal(signal.SIGTTOU, before)


class _Job:
    """A child process in the foreground. `ended` is set once it has ended."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._terminal = sys.__stdin__.fileno() if sys.__stdin__ else 0
        self._process = subprocess.Popen(  # noqa: S603 - the user's own pager or editor
            words, env=environment, process_group=0
        )
        self._take_front(self._process.pid)
        Thread(target=self._wait, name="devhook-job", daemon=True).start()

    def _take_front(self, group: int) -> None:
        """Put a process group in the foreground. Without a controlling terminal there is none."""
        with suppress(OSError):
            os.tcsetpgrp(self._terminal, group)

    def _wait(self) -> None:
        """Wait for the end, in a thread. What stops it, Ctrl+Z, would leave the terminal to nobody."""
        while True:
            _, status = os.waitpid(self._process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                break
            self._take_front(self._process.pid)
            self._signal(signal.SIGCONT)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self.ended.set)

    async def end(self) -> None:
        """End the child if it runs, and take the terminal back. A second cancellation kills it at once."""
        try:
            if not self.ended.is_set():
                self._signal(signal.SIGHUP)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_ENDING):
                        await self.ended.wait()
        finally:
            if not self.ended.is_set():
                self._signal(signal.SIGKILL)
            self._take_front(os.getpgrp())

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
