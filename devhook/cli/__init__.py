"""The process of a command: how signals end it, its exit status, and an end that has a bound."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Final, NoReturn

from devhook.cli.interrupts import Interrupts

_FLUSHING: Final = 1.0
"""Seconds that the last output may take."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end with its exit status.

    With `arguments` it raises SystemExit, for a program that goes on. Without them it ends the process:
    Python's own end would wait for threads that wait for a name server or a terminal.
    """
    # Until the command line is imported, a signal ends the process.
    from devhook.cli.root import run  # noqa: PLC0415

    if arguments is not None:
        sys.exit(run(arguments))
    _open_standard_streams()
    interrupts = Interrupts()
    try:
        interrupts.catch()
        status = interrupts.status(run(None))
    except KeyboardInterrupt:
        status = interrupts.status()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - a bug: Python's own report of it, and the status that goes with it
        sys.excepthook(*sys.exc_info())
        status = 1
    interrupts.ignore()
    # A thread that is blocked in a write has the lock of its stream, and nobody may read the stream any more.
    flushing = Thread(target=_flush, daemon=True)
    flushing.start()
    flushing.join(_FLUSHING)
    os._exit(status)


def _open_standard_streams() -> None:
    """Open the standard streams that are closed (`devhook log <&-`): no other file may take their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest free descriptor is the one that is missing.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
