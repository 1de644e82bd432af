"""Output streams: data to stdout, progress and failures to stderr."""

import errno
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import click

from devhook.errors import DevhookError
from devhook.text import visible

_PATIENCE: Final = 1.0
"""Seconds until a sentence is dropped where stderr accepts nothing (Ctrl+S, a paused reader)."""


class ReaderGone(Exception):
    """The reader of our output is gone (`devhook … | head`, a closed terminal). This is not a failure."""


def echo(line: str) -> None:
    """Write a line of data to stdout and flush. Raise ReaderGone, or DevhookError when the write fails."""
    with _written():
        click.echo(line)


def echo_bytes(data: bytes) -> None:
    """Write bytes to stdout unchanged and flush. Raise as `echo` does."""
    with _written():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error
    except OSError as error:
        if error.errno == errno.EIO:
            # A terminal that hung up.
            raise ReaderGone from error
        raise DevhookError(
            f"The output cannot be written: {error.strerror}.",
            "Redirect it elsewhere, and run the command again.",
        ) from error


def warn(message: str, hint: str = "") -> None:
    """Write a failure to stderr and, on a second line, what to do next."""
    _write_stderr(f"devhook: {visible(message)}")
    if hint:
        _write_stderr(f"         {visible(hint)}")


def info(sentence: str) -> None:
    """Write a sentence about progress to stderr."""
    _write_stderr(visible(sentence))


def _write_stderr(line: str) -> None:
    """Write a line, or drop it where nobody can read it: it must not delay the end of a session."""
    with suppress(OSError):
        if _accepts_text():
            click.echo(line, err=True)


def _accepts_text() -> bool:
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError):
        # No file of the operating system: it cannot block.
        return True
    return bool(select.select([], [descriptor], [], _PATIENCE)[1])
