"""The end of a session and its exit status: after its output, a signal, a vanished terminal, a dead receiver.

The session is always closed first. The process then ends within a bound.
"""

import asyncio
import os
import select
import signal
import stat
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from types import FrameType
from typing import Final, Self

from devhook import event_loop
from devhook.errors import ExitStatus
from devhook.session.session import Session

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OUTPUT_BOUND: Final = 10.0
"""Seconds that an output may take to end once the session is stopping. Each output has a smaller bound."""
_CANCEL_BOUND: Final = 0.5
"""Seconds that an output may take to end once it is cancelled."""
_CLOSING_BOUND: Final = 45.0
"""Seconds that closing may take: 20 for the subscriptions, 14 for the receiver, the tunnel and the output."""
_EXIT_BOUND: Final = 2.0
"""Seconds that the process may take to end once the session is closed."""
_CHECK_INTERVAL: Final = 0.25
"""Seconds between two checks whether the session is closed."""

Output = Callable[[Session], Awaitable[None]]
"""Shows a session until the session stops or the user leaves it."""


def run_session(
    opening: AbstractAsyncContextManager[Session], output: Output, streams: Sequence[int] = ()
) -> ExitStatus:
    """Return the exit status of a session that is opened, shown until it ends, and closed.

    SIGINT, SIGTERM, SIGHUP and a vanished stream (`streams` are file descriptors: a terminal that hung up, a
    pipe without a reader) have one effect: they cancel the opening, stop an open session, and are ignored
    while the session closes, because everything that closing waits for has a bound. A signal that is ignored
    from the start, as under `nohup`, stays ignored. Raise the failure that the session ended with.
    """
    watchdog = _Watchdog()
    try:
        return event_loop.run(_run_session(opening, output, streams, watchdog))
    finally:
        watchdog.disarm()


async def _run_session(
    opening: AbstractAsyncContextManager[Session],
    output: Output,
    streams: Sequence[int],
    watchdog: "_Watchdog",
) -> ExitStatus:
    with _Ending(streams, watchdog) as ending:
        try:
            async with opening as session:
                ending.opened(session)
                await _show(session, output, ending)
        except asyncio.CancelledError:
            if not ending.asked:
                raise
            return ending.status
    if not ending.asked and session.failure is not None:
        raise session.failure
    return ending.status


async def _show(session: Session, output: Output, ending: "_Ending") -> None:
    """Wait for the output's end. Cancel an output that exceeds its bound, then abandon it."""
    loop = asyncio.get_running_loop()
    showing = loop.create_task(_awaited(output(session)))
    stopping = loop.create_task(session.wait_until_stopping())
    try:
        await asyncio.wait({showing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        # From here on everything has a bound, and a loop that blocks would not notice it.
        ending.arm()
        if not showing.done():
            await asyncio.wait({showing}, timeout=_OUTPUT_BOUND)
    finally:
        stopping.cancel()
        showing.cancel()
        await asyncio.wait({showing, stopping}, timeout=_CANCEL_BOUND)
    if showing.done() and not showing.cancelled():
        showing.result()


async def _awaited(work: Awaitable[None]) -> None:
    await work


class _Ending:
    """Ends the session on a signal or a vanished stream: cancels its opening, or stops it once it is open.

    `asked`: whether a signal arrived or a stream vanished.
    """

    def __init__(self, streams: Sequence[int], watchdog: "_Watchdog") -> None:
        self.asked = False
        self._signal: int | None = None
        self._session: Session | None = None
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.current_task()
        self._before = {
            number: handler
            for number in _SIGNALS
            if (handler := signal.getsignal(number)) is not signal.SIG_IGN
        }
        self._streams = [stream for stream in streams if _can_vanish(stream)]
        self._watchdog = watchdog
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        for number in self._before:
            # Not `loop.add_signal_handler`: this handler also runs while a system call blocks the loop.
            signal.signal(number, self._receive)
        if self._streams:
            threading.Thread(target=self._watch_streams, name="devhook-streams", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._watchdog.closed(self.status)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def status(self) -> ExitStatus:
        """The exit status: INTERRUPTED after SIGINT, else DONE."""
        return ExitStatus.INTERRUPTED if self._signal == signal.SIGINT else ExitStatus.DONE

    def opened(self, session: Session) -> None:
        """Stop this session from now on, instead of cancelling its opening."""
        self._session = session

    def arm(self) -> None:
        """Count the seconds of closing from now on, even if the output does not end."""
        self._watchdog.arm()

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self._signal = number
            self._ask()

    def _watch_streams(self) -> None:
        """Wait until one of the streams vanishes. A mask of 0 selects only errors and a hang-up."""
        poll = select.poll()
        for stream in self._streams:
            poll.register(stream, 0)
        while not self._closed.wait(0):
            for stream, event in poll.poll(_CHECK_INTERVAL * 1000):
                if event & (select.POLLHUP | select.POLLERR):
                    self._ask()
                    return
                # Some systems cannot poll a terminal.
                poll.unregister(stream)

    def _ask(self) -> None:
        """Ask for the end. Can be called in any thread."""
        if self.asked:
            return
        self.asked = True
        self._watchdog.arm()
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self._session is not None:
            self._session.stop()
        elif self._opening is not None:
            self._opening.cancel()


class _Watchdog:
    """Ends the process where closing the session, or the event loop after it, exceeds its bound."""

    def __init__(self) -> None:
        self._session_closed = threading.Event()
        self._disarmed = threading.Event()
        self._armed = False
        self._status = ExitStatus.FAILED

    def arm(self) -> None:
        """Start to count the seconds of closing."""
        if not self._armed:
            self._armed = True
            threading.Thread(target=self._run, name="devhook-watchdog", daemon=True).start()

    def closed(self, status: ExitStatus) -> None:
        """Count the seconds of the event loop's end from now on."""
        self._status = status
        self._session_closed.set()

    def disarm(self) -> None:
        """Stop counting, because the event loop has ended."""
        self._session_closed.set()
        self._disarmed.set()

    def _run(self) -> None:
        self._session_closed.wait(_CLOSING_BOUND)
        if not self._disarmed.wait(_EXIT_BOUND):
            os._exit(self._status)


def _can_vanish(stream: int) -> bool:
    """Return whether the stream is a device, a pipe or a socket. `isatty` is false after a hang-up."""
    try:
        mode = os.fstat(stream).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
