"""How a session ends: by its output, by a signal, or by the receiver's death; and the exit status of each."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Self

from devhook.errors import ExitStatus
from devhook.session.session import Session

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Output = Callable[[Session], Awaitable[None]]
"""One way to show a session, until it is to end or the user leaves it."""


async def run_session(opening: AbstractAsyncContextManager[Session], output: Output) -> ExitStatus:
    """Open the session, show it until the output ends or a signal comes, close it, return the exit status.

    SIGINT, SIGTERM and SIGHUP (a closed window) end it alike: while it opens they break that off, afterwards
    they stop the session, and while it closes they are ignored: all that closing waits for is bounded. One
    that is ignored from the start, as `nohup` has it, stays ignored. Raises what the session failed of.
    """
    with _Signals() as signals:
        try:
            async with opening as session:
                signals.opened(session)
                await output(session)
        except asyncio.CancelledError:
            if signals.received is None:
                raise
            return signals.status
    if signals.received is None and session.failure is not None:
        raise session.failure
    return signals.status


class _Signals:
    """The signals that end a session: they cancel the task that opens it, or stop it once it is open."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._session: Session | None = None
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.current_task()
        self._handled = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]

    def __enter__(self) -> Self:
        for number in self._handled:
            self._loop.add_signal_handler(number, self._receive, number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._handled:
            self._loop.remove_signal_handler(number)

    @property
    def status(self) -> ExitStatus:
        """What the exit status says of how the session ended."""
        return ExitStatus.INTERRUPTED if self.received is signal.SIGINT else ExitStatus.DONE

    def opened(self, session: Session) -> None:
        """From now on a signal stops this session."""
        self._session = session

    def _receive(self, number: signal.Signals) -> None:
        if self.received is not None:
            return
        self.received = number
        if self._session is not None:
            self._session.stop()
        elif self._opening is not None:
            self._opening.cancel()
