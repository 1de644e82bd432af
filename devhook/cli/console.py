"""What is written where: data to stdout, narration and failures to stderr."""

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
    """The reader of our output has gone (`devhook … | head`, a closed terminal): not a failure."""


def echo(line: str) -> None:
    """Write a line of data to stdout at once. Raises ReaderGone, or says why it cannot be written."""
    with _written():
        click.echo(line)


def echo_bytes(data: bytes) -> None:
    """Write bytes to stdout as they are, in the same way."""
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
    """Write to stderr what happened and, on a line of its own, what to do next."""
    _write_stderr(f"devhook: {visible(message)}")
    if hint:
        _write_stderr(f"         {visible(hint)}")


def info(sentence: str) -> None:
    """Write to stderr what is going on."""
    _write_stderr(visible(sentence))


def _write_stderr(line: str) -> None:
    """Write a line, or drop it where nobody can read it: no sentence may hold up the end of a session."""
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
