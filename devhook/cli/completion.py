"""`devhook completion`: prints the script that bash, zsh or fish loads to complete commands."""

import os
import sys
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

from devhook.cli.console import info, write
from devhook.errors import InputError

_INSTALL: Final = {
    "bash": 'In ~/.bashrc:  eval "$(devhook completion bash)"',
    "zsh": 'In ~/.zshrc, after compinit:  eval "$(devhook completion zsh)"',
    "fish": "devhook completion fish > ~/.config/fish/completions/devhook.fish",
}
SHELLS: Final = tuple(_INSTALL)
"""The shells that have a script."""
_VARIABLE: Final = "_DEVHOOK_COMPLETE"


@click.command()
@click.argument("shell", required=False, type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, *, shell: str | None) -> None:
    """Print the script that completes devhook's commands in a shell.

    It completes commands, options, topics, scenarios, checks, ids and filter words. SHELL is the one in
    $SHELL unless given.

      eval "$(devhook completion bash)"
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise InputError(
            f"$SHELL is {name or 'not set'}, and devhook has completion for {', '.join(SHELLS)}.",
            "devhook completion bash",
        )
    found = get_completion_class(name)
    assert found is not None  # noqa: S101 - click has a class for each of them; this tells mypy
    write(found(context.find_root().command, {}, "devhook", _VARIABLE).source().rstrip())
    if sys.stdout.isatty():
        info(_INSTALL[name])
