"""A receiver's process that is started before its configuration is known: it loads meanwhile.

Receiver and session take about as long to load. At the same time, `devhook listen` accepts deliveries after
little more than the half. This module loads nothing that the command line has not loaded.
"""

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import IO, Final, NamedTuple

from devhook.child_environment import child_environment
from devhook.processes import OWN_GROUP

# -P: a `json.py` in the folder where devhook is started must not become part of the receiver.
COMMAND: Final = (sys.executable, "-P", "-m", "devhook.receiver")
"""The receiver's process."""


class LoadedReceiver(NamedTuple):
    """The process, our ends of its standard input and output, and a file with its errors."""

    process: subprocess.Popen[bytes]
    stdin: socket.socket
    stdout: socket.socket
    errors: IO[bytes]


class LoadingReceiver:
    """A receiver that one session can take."""

    def __init__(self) -> None:
        self._loaded: LoadedReceiver | None = None

    def start(self) -> None:
        """Start the process, where that is possible: a session that finds none starts its own."""
        if sys.platform == "win32":
            return  # a process cannot have a socket as its standard input
        with suppress(OSError):
            self._loaded = _started()

    def take(self) -> LoadedReceiver | None:
        """Return the process, which belongs to the caller from then on; None if there is none."""
        loaded, self._loaded = self._loaded, None
        return loaded

    def end(self) -> None:
        """End the process if nobody has taken it. It has nothing open yet."""
        loaded = self.take()
        if loaded is None:
            return
        loaded.process.kill()
        loaded.process.wait()
        for each in (loaded.stdin, loaded.stdout, loaded.errors):
            each.close()


def _started() -> LoadedReceiver:
    ours, theirs = zip(socket.socketpair(), socket.socketpair(), strict=True)
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - whoever takes it closes it
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            COMMAND,
            stdin=theirs[0].fileno(),
            stdout=theirs[1].fileno(),
            stderr=errors,
            env=child_environment(os.environ),
            **OWN_GROUP,
        )
    except OSError:
        for each in (*ours, errors):
            each.close()
        raise
    finally:
        for each in theirs:
            each.close()
    return LoadedReceiver(process, *ours, errors)
