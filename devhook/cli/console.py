"""Output streams: data to stdout, progress and failures to stderr; all of it through the mask of the run.

Every command writes here and nowhere else, so that none can forget the mask. A command that knows the fields
of what it shows masks names and notes before; here goes what has the shape of personal data.
"""

import errno
import os
import select
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO

import click

from devhook.cli.masking import masked_line, masked_object
from devhook.errors import DevhookError
from devhook.signs import has_utf8, in_ascii
from devhook.text import visible

_PATIENCE: Final = 1.0
"""Seconds until a sentence is dropped where stderr accepts nothing (Ctrl+S, a paused reader)."""


class ReaderGone(Exception):
    """The reader of our output is gone (`devhook … | head`, a closed terminal). This is not a failure."""


Data = str | Mapping[str, Any]
"""A line of text, or an object that is written as one line of JSON."""


def echo(data: Data) -> None:
    """Write to stdout and flush. Raise ReaderGone, or DevhookError when the write fails."""
    write(as_line(data))


def as_line(data: Data) -> str:
    """Return data as the masked line that `echo` writes; JSON in ASCII only."""
    if isinstance(data, str):
        return masked_line(data)
    # `devhook --help` reads no documents.
    from devhook.webhook.payload import write_line  # noqa: PLC0415

    return write_line(masked_object(data))


def write(line: str) -> None:
    """Write a line that is masked already. Raise as `echo` does."""
    with _written():
        click.echo(_in_locale(line, sys.stdout))


def echo_bytes(data: bytes) -> None:
    """Write bytes to stdout unchanged and flush: a body, or a file that is signed. Raise as `echo` does."""
    with _written():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask on stderr and return the answer. Raise click.Abort at the end of stdin."""
    return click.confirm(masked_line(visible(question)), default=default, err=True)


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
    """Write a failure, which can have several lines, and what to do next to stderr."""
    first, *others = message.split("\n")
    _write_stderr(f"devhook: {visible(first)}")
    for line in [*others, *([hint] if hint else [])]:
        _write_stderr(f"         {visible(line)}")


def info(sentence: str) -> None:
    """Write a sentence about progress to stderr."""
    _write_stderr(visible(sentence))


def redraw(lines: Sequence[str], before: int) -> int:
    """Write lines to the terminal of stderr in place of the `before` last ones; return how many they are now.

    They are cut at its width, so that none takes two rows. Where nobody reads, they are dropped.
    """
    columns = shutil.get_terminal_size().columns
    shown = [masked_line(visible(line))[: columns - 1] for line in lines]
    with suppress(OSError):
        if _accepts_text():
            up = f"\x1b[{before}F" if before else ""
            click.echo(f"{up}\x1b[J" + "\n".join(_in_locale(line, sys.stderr) for line in shown), err=True)
    return len(shown)


def _write_stderr(line: str) -> None:
    """Write a line, or drop it where nobody can read it: it must not delay the end of a session."""
    line = masked_line(line)
    with suppress(OSError):
        if _accepts_text():
            click.echo(_in_locale(line, sys.stderr), err=True)


def _in_locale(line: str, stream: TextIO) -> str:
    """Return a line with the signs that the locale and the stream have."""
    if line.isascii() or (has_utf8(os.environ) and "utf" in (stream.encoding or "utf-8").lower()):
        return line
    return in_ascii(line)


def _accepts_text() -> bool:
    if sys.platform == "win32":
        # On Windows select supports sockets only, and no Ctrl+S stops the output of a console.
        return True
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError):
        # No file of the operating system: it cannot block.
        return True
    return bool(select.select([], [descriptor], [], _PATIENCE)[1])
