"""`python -m devhook.receiver`: the process that accepts deliveries; its stdin controls it."""

import asyncio
import gc
import os
import signal
import stat
import sys
from contextlib import suppress
from threading import Thread
from typing import Final

from devhook import event_loop
from devhook.errors import DevhookError, ExitStatus, InboxError
from devhook.processes import HANG_UP
from devhook.receiver.protocol import (
    Event,
    Failed,
    FaultsLeft,
    Notice,
    Ready,
    Unintelligible,
    config_of,
    event_line,
    faults_of,
)
from devhook.receiver.server import Receiver, serving

_LONGEST_LINE: Final = 2**20
# New objects between two collections; Python's own number is 700.
_OBJECTS_AT_ONCE: Final = 50_000
_CHUNK: Final = 2**16
_STDIN: Final = 0
_BY_HAND: Final = """\
This is the part of devhook that accepts deliveries; devhook starts it and controls it through its
standard input. To see deliveries, type: devhook listen
"""


class EventPipe:
    """Writes events to a file descriptor and never blocks: an event that does not fit is dropped."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        # Python has non-blocking pipes on Windows since 3.12. Before, the session must read them in time.
        if sys.platform != "win32" or sys.version_info >= (3, 12):
            os.set_blocking(descriptor, False)

    def write(self, event: Event) -> None:
        """Write one complete line, or none: half a line would make the next one unreadable too."""
        self._flush()
        if not self._rest:
            self._rest = event_line(event)
            self._flush()

    def _flush(self) -> None:
        try:
            while self._rest:
                self._rest = self._rest[os.write(self._descriptor, self._rest) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            # The session is gone, and stdin is about to end.
            self._rest = b""


def main() -> int:
    """Run the receiver until its standard input ends or SIGTERM arrives; return the exit status."""
    # The session handles Ctrl+C and a closed terminal; it then closes our stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(HANG_UP, signal.SIG_IGN)
    if not _is_pipe(_STDIN):
        sys.stderr.write(_BY_HAND)
        return ExitStatus.USAGE
    return event_loop.run(_run(EventPipe(sys.stdout.fileno())))


async def _run(event_pipe: EventPipe) -> ExitStatus:
    lines = asyncio.StreamReader(limit=_LONGEST_LINE)
    _read_stdin(lines)
    try:
        config = config_of(await lines.readline())
    except Unintelligible as error:
        event_pipe.write(
            Failed(what="receiver", message=f"The receiver cannot use a line of its configuration: {error}.")
        )
        return ExitStatus.USAGE
    try:
        async with Receiver.open(config, event_pipe.write) as receiver, serving(receiver, config) as port:
            _spare_garbage_collector()
            event_pipe.write(Ready(port=port))
            await _follow_stdin(lines, receiver, event_pipe)
    except DevhookError as error:
        what = "inbox" if isinstance(error, InboxError) else "receiver"
        event_pipe.write(Failed(what=what, message=error.message, hint=error.hint))
        return error.status
    return ExitStatus.DONE


def _spare_garbage_collector() -> None:
    """Limit the garbage collector to the objects that deliveries leave behind, and run it less often.

    A collection of everything that was imported holds up the answers, and hardly anything that a delivery
    leaves behind needs the collector: 12 % of the time for a delivery, and a third of the 99th percentile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_AT_ONCE)


def _read_stdin(lines: asyncio.StreamReader) -> None:
    """Feed standard input to `lines`, until it ends or SIGTERM arrives.

    A thread reads it: the event loop of Windows reads only pipes that were opened for it.
    """
    loop = asyncio.get_running_loop()

    def feed(chunk: bytes) -> None:
        if chunk:
            lines.feed_data(chunk)
        else:
            lines.feed_eof()

    def feed_from_elsewhere(chunk: bytes) -> None:
        # The loop may be closed already.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(feed, chunk)

    def read() -> None:
        chunk = b"."
        while chunk:
            chunk = os.read(_STDIN, _CHUNK)
            feed_from_elsewhere(chunk)

    Thread(target=read, name="devhook-stdin", daemon=True).start()
    signal.signal(signal.SIGTERM, lambda _number, _frame: feed_from_elsewhere(b""))


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


async def _follow_stdin(lines: asyncio.StreamReader, receiver: Receiver, event_pipe: EventPipe) -> None:
    """Follow the lines of standard input until it ends."""
    while True:
        try:
            line = await lines.readline()
            if not line:
                return
            faults = faults_of(line).faults
            receiver.answer_with(faults)
            event_pipe.write(FaultsLeft(faults=tuple(map(str, faults))))
        except Unintelligible as error:
            event_pipe.write(Notice(message=f"The receiver cannot use a line of its configuration: {error}."))
        except ValueError:
            event_pipe.write(Notice(message=f"The receiver got a line of more than {_LONGEST_LINE} bytes."))


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Python's own end would wait for the threads that wait for a name server.
    os._exit(status)
