"""The end of a session and its exit status: after its output, a signal, a vanished terminal, a dead receiver.

The session is always closed first. The process then ends within a bound.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from types import FrameType
from typing import Final, Protocol, Self, TypeVar

from devhook import event_loop
from devhook.errors import DevhookError, ExitStatus
from devhook.processes import ENDING_SIGNALS
from devhook.streams import watch_streams

_OUTPUT_BOUND: Final = 10.0
"""Seconds that an output may take to end once the session is stopping. Each output has a smaller bound."""
_CANCEL_BOUND: Final = 0.5
"""Seconds that an output may take to end once it is cancelled."""
_CLOSING_BOUND: Final = 45.0
"""Seconds that closing may take: 20 for the subscriptions, 14 for the receiver, the tunnel and the output."""
_EXIT_BOUND: Final = 2.0
"""Seconds that the process may take to end once the session is closed."""

Result = TypeVar("Result")


class Stoppable(Protocol):
    """A session or a presentation, which is opened before its output and closed after it.

    `failure`: the failure that ended it, if any. `stop` asks its output to end.
    """

    @property
    def failure(self) -> DevhookError | None: ...  # noqa: D102 - see above

    @property
    def is_stopping(self) -> bool: ...  # noqa: D102 - whether `stop` was called

    def stop(self, failure: DevhookError | None = None) -> None: ...  # noqa: D102 - see above

    async def wait_until_stopping(self) -> None: ...  # noqa: D102 - waits until `stop` is called


Shown = TypeVar("Shown", bound=Stoppable)


def run_session(
    opening: AbstractAsyncContextManager[Shown],
    output: Callable[[Shown], Awaitable[None]],
    streams: Sequence[int] = (),
) -> ExitStatus:
    """Return the exit status of a session that is opened, shown until it ends, and closed.

    `output` shows it until it stops or the user leaves it.

    SIGINT, SIGTERM, SIGHUP and a vanished stream (`streams` are file descriptors: a terminal that hung up, a
    pipe without a reader) have one effect: they cancel the opening, stop an open session, and are ignored
    while the session closes, because everything that closing waits for has a bound. A signal that is ignored
    from the start, as under `nohup`, stays ignored. Raise the failure that the session ended with.
    """
    watchdog = _Watchdog(_CLOSING_BOUND)
    try:
        return event_loop.run(_run_session(opening, output, streams, watchdog))
    finally:
        watchdog.disarm()


def run_screen(
    show: Callable[[asyncio.Event], Awaitable[Result]], streams: Sequence[int] = ()
) -> tuple[Result, ExitStatus]:
    """Return what a screen without a session returns, and the exit status for how it ended.

    A signal and a vanished stream set the event that `show` gets, and `show` ends then.
    """
    watchdog = _Watchdog(_OUTPUT_BOUND)
    try:
        return event_loop.run(_run_screen(show, streams, watchdog))
    finally:
        watchdog.disarm()


async def _run_screen(
    show: Callable[[asyncio.Event], Awaitable[Result]], streams: Sequence[int], watchdog: "_Watchdog"
) -> tuple[Result, ExitStatus]:
    stopping = asyncio.Event()
    with _Ending(stopping.set, streams, watchdog) as ending:
        result = await show(stopping)
    return result, ending.status


async def _run_session(
    opening: AbstractAsyncContextManager[Shown],
    output: Callable[[Shown], Awaitable[None]],
    streams: Sequence[int],
    watchdog: "_Watchdog",
) -> ExitStatus:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in a task; this tells mypy
    with _Ending(task.cancel, streams, watchdog) as ending:
        try:
            async with opening as session:
                ending.opened(session.stop)
                await _show(session, output, ending)
        except asyncio.CancelledError:
            if not ending.asked:
                raise
            return ending.status
    if not ending.asked and session.failure is not None:
        raise session.failure
    return ending.status


async def _show(session: Shown, output: Callable[[Shown], Awaitable[None]], ending: "_Ending") -> None:
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
    """Calls `stop` once, when a signal arrives or a stream vanishes.

    `asked`: whether a signal arrived or a stream vanished.
    """

    def __init__(self, stop: Callable[[], object], streams: Sequence[int], watchdog: "_Watchdog") -> None:
        self.asked = False
        self._signal: int | None = None
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._before = {
            number: handler
            for number in ENDING_SIGNALS
            if (handler := signal.getsignal(number)) is not signal.SIG_IGN
        }
        self._streams = streams
        self._watchdog = watchdog
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        for number in self._before:
            # Not `loop.add_signal_handler`: this handler also runs while a system call blocks the loop.
            signal.signal(number, self._receive)
        watch_streams(self._streams, self._ask, self._closed)
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

    def opened(self, stop: Callable[[], object]) -> None:
        """Call this `stop` from now on."""
        self._stop = stop

    def arm(self) -> None:
        """Count the seconds of closing from now on, even if the output does not end."""
        self._watchdog.arm()

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self._signal = number
            _stay_in_the_background()
            self._ask()

    def _ask(self) -> None:
        """Ask for the end. Can be called in any thread."""
        if self.asked:
            return
        self.asked = True
        self._watchdog.arm()
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._stop()


def _stay_in_the_background() -> None:
    """Prevent that a stopped program, which `kill` continues, is stopped again.

    It is in the background. There it would take the terminal over again, or give it back, and the system
    would stop it for that.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGCONT, _do_nothing)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    pass


class _Watchdog:
    """Ends the process where closing the session, or the event loop after it, exceeds its bound."""

    def __init__(self, closing_bound: float) -> None:
        self._closing_bound = closing_bound
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
        self._session_closed.wait(self._closing_bound)
        if not self._disarmed.wait(_EXIT_BOUND):
            os._exit(self._status)
