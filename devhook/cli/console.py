"""Output streams: data to stdout, progress and failures to stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from devhook.errors import DevhookError
from devhook.text import visible


class ReaderGone(Exception):
    """The reader of stdout closed the pipe (`devhook … | head`). This is not a failure."""


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
        raise DevhookError(
            f"The output cannot be written: {error.strerror}.",
            "Redirect it elsewhere, and run the command again.",
        ) from error


def warn(message: str, hint: str = "") -> None:
    """Write a failure to stderr and, on a second line, what to do next."""
    click.echo(f"devhook: {visible(message)}", err=True)
    if hint:
        click.echo(f"         {visible(hint)}", err=True)


def info(sentence: str) -> None:
    """Write a sentence about progress to stderr."""
    click.echo(visible(sentence), err=True)
