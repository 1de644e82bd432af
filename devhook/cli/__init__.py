"""Where the process begins and ends: Ctrl+C is status 130 from the first import on, and the end has a bound.

This file imports nothing that takes time, so that the guard is there before anything can be interrupted.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import NoReturn

_INTERRUPTED = 130
_FLUSHING = 1.0
"""Seconds that the last output may take."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end with its exit status.

    With `arguments` it raises SystemExit, for a program that goes on. Without them it ends the process:
    Python's own end would wait for threads that wait for a name server or a terminal.
    """
    if arguments is not None:
        sys.exit(_status(arguments))
    try:
        status = _status(None)
        _ignore_signals()
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - a bug: Python's own report of it, and the status that goes with it
        sys.excepthook(*sys.exc_info())
        status = 1
    _ignore_signals()
    # A thread that is blocked in a write has the lock of its stream, and nobody may read the stream any more.
    flushing = Thread(target=_flush, daemon=True)
    flushing.start()
    flushing.join(_FLUSHING)
    os._exit(status)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def _status(arguments: Sequence[str] | None) -> int:
    # A command line of 40 modules takes long enough to be interrupted while it is imported.
    from devhook.cli.root import run  # noqa: PLC0415

    return run(arguments)


def _ignore_signals() -> None:
    """Nothing is open any more, and a second Ctrl+C must not become a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
