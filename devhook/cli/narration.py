"""What is said on stderr: narration and failures. stdout belongs to the data."""

import click

from devhook.visible import visible


def tell(message: str, hint: str = "") -> None:
    """Say on stderr what happened and, on a line of its own, what to do next."""
    click.echo(f"devhook: {visible(message)}", err=True)
    if hint:
        click.echo(f"         {visible(hint)}", err=True)


def note(sentence: str) -> None:
    """Say on stderr what is going on."""
    click.echo(visible(sentence), err=True)
