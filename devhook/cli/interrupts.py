"""SIGINT, SIGTERM and SIGHUP while a command runs: each ends it as Ctrl+C does, so that it can clean up.

A session handles them itself (see `session.lifetime`).
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Final

from devhook.errors import ExitStatus
from devhook.processes import ENDING_SIGNALS
from devhook.streams import watch_streams

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_BY_SIGNAL: Final = 128
"""The exit status of a program that a signal ended is this number and the signal's (as in a shell)."""


class Interrupts:
    """The signals of this process. One that is ignored from the start, as under `nohup`, stays ignored."""

    def __init__(self) -> None:
        self._received: int = signal.SIGINT

    def catch(self) -> None:
        """Raise KeyboardInterrupt for each of the signals, or do what an event loop does for Ctrl+C."""
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                is_ctrl_c = number == signal.SIGINT
                signal.signal(number, signal.default_int_handler if is_ctrl_c else self._receive)
        sys.unraisablehook = self._end_at_once
        terminals = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]
        watch_streams(terminals, _hang_up, Event())

    def ignore(self) -> None:
        """Ignore the signals: nothing is open any more, and another one must not become a traceback."""
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def status(self, status: int = ExitStatus.INTERRUPTED) -> int:
        """Return the exit status of the process for that of the command."""
        return _BY_SIGNAL + self._received if status == ExitStatus.INTERRUPTED else status

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = number
        # While an event loop runs, this is the loop's handler, which cancels its main task.
        ctrl_c = signal.getsignal(signal.SIGINT)
        (ctrl_c if callable(ctrl_c) else signal.default_int_handler)(number, frame)

    def _end_at_once(self, raised: "UnraisableHookArgs") -> None:
        """End the process where a signal arrives in a finalizer, out of which nothing can be raised."""
        if raised.exc_type is KeyboardInterrupt:
            os._exit(self.status())
        sys.__unraisablehook__(raised)


def _hang_up() -> None:
    if sys.platform != "win32":
        # To the main thread: it may be blocked in a system call, which no other thread's signal ends.
        signal.pthread_kill(main_thread().ident or 0, signal.SIGHUP)


@contextmanager
def uninterrupted(signals: Sequence[signal.Signals] = ENDING_SIGNALS) -> Iterator[None]:
    """Let these signals end the process without an exception: it is only importing, and has nothing open.

    An exception at any point of an import may be swallowed, or printed, by the module that is imported.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in signals}
    caught = {number: handler for number, handler in before.items() if callable(handler)}
    for number in caught:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
