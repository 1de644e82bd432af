"""What is written where: data to stdout, narration and failures to stderr."""

import click

from devhook.errors import DevhookError
from devhook.visible import visible


class ReaderGone(Exception):
    """Whoever read our output has had enough of it (`devhook … | head`): not a failure."""


def put(line: str) -> None:
    """Write a line of data to stdout at once. Raises ReaderGone, or says why it cannot be written."""
    put_exactly(f"{line}\n")


def put_exactly(content: bytes | str) -> None:
    """Write data to stdout at once, and nothing after it. Raises as `put` does."""
    try:
        click.echo(content, nl=False)
    except BrokenPipeError as error:
        raise ReaderGone from error
    except OSError as error:
        raise DevhookError(
            f"The output cannot be written: {error.strerror}.", "Send it somewhere else, and run this again."
        ) from error


def tell(message: str, hint: str = "") -> None:
    """Say on stderr what happened and, on a line of its own, what to do next."""
    click.echo(f"devhook: {visible(message)}", err=True)
    if hint:
        click.echo(f"         {visible(hint)}", err=True)


def note(sentence: str) -> None:
    """Say on stderr what is going on."""
    click.echo(visible(sentence), err=True)
