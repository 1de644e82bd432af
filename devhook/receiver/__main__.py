"""`python -m devhook.receiver`: the process that accepts deliveries; its stdin controls it."""

import asyncio
import gc
import os
import signal
import sys
from typing import Final

from devhook import event_loop
from devhook.errors import DevhookError, ExitStatus, InboxError
from devhook.receiver.protocol import (
    Event,
    Failed,
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
_BY_HAND: Final = """\
This is the part of devhook that accepts deliveries; devhook starts it and controls it through its
standard input. To see deliveries, type: devhook listen
"""


class EventPipe:
    """Writes events to a file descriptor and never blocks: an event that does not fit is dropped."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
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
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if sys.stdin is None or sys.stdin.isatty():
        sys.stderr.write(_BY_HAND)
        return ExitStatus.USAGE
    return event_loop.run(_run(EventPipe(sys.stdout.fileno())))


async def _run(event_pipe: EventPipe) -> ExitStatus:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=_LONGEST_LINE)
    try:
        stdin, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    except ValueError:
        sys.stderr.write(_BY_HAND)
        return ExitStatus.USAGE
    loop.add_signal_handler(signal.SIGTERM, stdin.close)
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
    finally:
        stdin.close()
    return ExitStatus.DONE


def _spare_garbage_collector() -> None:
    """Let the collector look at what deliveries leave behind only, and less often.

    A collection of everything that was imported holds up the answers, and hardly anything that a delivery
    leaves behind needs the collector: 12 % of the time for a delivery, and a third of the 99th percentile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_AT_ONCE)


async def _follow_stdin(lines: asyncio.StreamReader, receiver: Receiver, event_pipe: EventPipe) -> None:
    """Follow the lines of standard input until it ends."""
    while True:
        try:
            line = await lines.readline()
            if not line:
                return
            receiver.answer_with(faults_of(line).faults)
        except Unintelligible as error:
            event_pipe.write(Notice(message=f"The receiver cannot use a line of its configuration: {error}."))
        except ValueError:
            event_pipe.write(Notice(message=f"The receiver got a line of more than {_LONGEST_LINE} bytes."))


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Python's own end would wait for the threads that wait for a name server.
    os._exit(status)
