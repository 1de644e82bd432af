"""Another program in the terminal while the screen is away: a pager, an editor.

It runs in a process group of its own in front of the terminal, as a shell runs its jobs: Ctrl+C reaches it
alone. One that never ends holds nothing up: devhook goes on receiving, and ends it when it ends itself.
"""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, Final, NamedTuple

from textual.app import App, SuspendNotSupported

from devhook.child_environment import child_environment
from devhook.errors import DevhookError

# What pagers and editors are set up with, and what those with windows of their own need.
_OWN: Final = (
    "COLORTERM",
    "DBUS_",
    "DISPLAY",
    "EMACS",
    "LESS",
    "LINES",
    "NANO",
    "NVIM",
    "PAGER",
    "TERMINFO",
    "TMUX",
    "VIM",
    "WAYLAND_",
    "XAUTHORITY",
)
# Seconds that it has to end itself when the screen closes.
_ENDING: Final = 0.3


class Kind(NamedTuple):
    """A kind of program: variables that name one, and what is tried without them, an example last."""

    variables: tuple[str, ...]
    others: tuple[str, ...]


PAGER: Final = Kind(("PAGER",), ("less", "more", "less"))
EDITOR: Final = Kind(("VISUAL", "EDITOR"), ("sensible-editor", "vi", "nano"))


def program(kind: Kind, environment: Mapping[str, str]) -> list[str]:
    """Return the command of a pager or an editor. Raise DevhookError when there is none."""
    path = environment.get("PATH")
    for name in kind.variables:
        if not environment.get(name, "").strip():
            continue
        use = f"Set {name}={kind.others[-1]}"
        try:
            words = shlex.split(environment[name])
        except ValueError as error:
            raise DevhookError(f"${name} is not a command: {error}.", use) from error
        if not words or shutil.which(words[0], path=path) is None:
            raise DevhookError(f"${name} names no program: {environment[name]}", use)
        return words
    for name in kind.others:
        if shutil.which(name, path=path):
            return [name]
    raise DevhookError(f"There is no {kind.others[-1]}.", f"Name another program in ${kind.variables[-1]}.")


def job_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the program sees: no secret; less does not leave at once, and passes no escapes on."""
    seen = child_environment(environment, _OWN)
    return seen | {"LESS": f"{seen.get('LESS', '')} -+F -+r -+R".strip()}


async def run_in_terminal(app: App[Any], words: Sequence[str]) -> None:
    """Suspend the app, run a program until it ends, and come back. Raise DevhookError."""
    try:
        with app.suspend():
            await _run(words)
    except SuspendNotSupported as error:
        raise DevhookError(
            "No other program can be opened in a browser.", "Copy it with y, or save it with w."
        ) from error


async def _run(words: Sequence[str]) -> None:
    before = signal.getsignal(signal.SIGTTOU)
    try:
        job = _Job(words)
    except OSError as error:
        raise DevhookError(f"{words[0]} cannot be started: {error.strerror}.") from error
    # This process is behind the job until it takes the terminal back.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        await job.ended.wait()
    finally:
        await job.end()
        signal.signal(signal.SIGTTOU, before)


class _Job:
    """A child in front of the terminal. `ended` is set once it has ended."""

    def __init__(self, words: Sequence[str]) -> None:
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._terminal = sys.__stdin__.fileno() if sys.__stdin__ else 0
        self._process = subprocess.Popen(  # noqa: S603 - the user's own pager or editor
            words, env=job_environment(os.environ), process_group=0
        )
        self._take_front(self._process.pid)
        Thread(target=self._wait, name="devhook-job", daemon=True).start()

    def _take_front(self, group: int) -> None:
        """Put a process group in front of the terminal. Without one that controls it there is no front."""
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
        """End it where it goes on, and take the terminal back. A second cancellation ends it at once."""
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
