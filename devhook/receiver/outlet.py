"""The receiver's standard output: lines for the run, which may be stopped and read none of them."""

import os

from devhook.receiver.lines import Event, event_line


class Outlet:
    """Says events on a file descriptor without ever waiting for the reader: what does not fit is dropped."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        os.set_blocking(descriptor, False)

    def say(self, event: Event) -> None:
        """Write one line, or none: half a line would make the next one unreadable too."""
        self._write()
        if not self._rest:
            self._rest = event_line(event)
            self._write()

    def _write(self) -> None:
        try:
            while self._rest:
                self._rest = self._rest[os.write(self._descriptor, self._rest) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            # The run is gone; the end of stdin is about to say so.
            self._rest = b""
