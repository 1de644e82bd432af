"""What is written where: data to stdout, narration and failures to stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from devhook.errors import DevhookError
from devhook.text import visible


class ReaderGone(Exception):
    """Whoever read our output has had enough of it (`devhook … | head`): not a failure."""


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
        raise DevhookError(
            f"The output cannot be written: {error.strerror}.",
            "Redirect it elsewhere, and run the command again.",
        ) from error


def warn(message: str, hint: str = "") -> None:
    """Say on stderr what happened and, on a line of its own, what to do next."""
    click.echo(f"devhook: {visible(message)}", err=True)
    if hint:
        click.echo(f"         {visible(hint)}", err=True)


def info(sentence: str) -> None:
    """Say on stderr what is going on."""
    click.echo(visible(sentence), err=True)
