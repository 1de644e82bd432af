"""A payload in the user's editor: opened as JSON, checked, asked for again while it is broken."""

import sys

import click

from devhook.cli.narration import tell
from devhook.errors import DevhookError
from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read_json, write_pretty


def edited(document: Document) -> Document:
    """Return what the user makes of `document` in $VISUAL or $EDITOR.

    Raises DevhookError where nothing was changed, where everything was deleted, and where the editor failed
    or left something that is not JSON and nobody can be asked to mend it.
    """
    opened = write_pretty(document) + "\n"
    text = opened
    while True:
        try:
            # None where the file was not written at all.
            text = click.edit(text, extension=".json", require_save=False) or ""
        except click.ClickException as error:
            raise DevhookError(
                f"The editor failed: {error.format_message()}",
                "Say which to use: EDITOR=nano devhook forge …",
            ) from error
        if text == opened or not text.strip():
            raise DevhookError(
                "Nothing was altered, so nothing is made.", "Without --edit it is made as it is."
            )
        try:
            return read_json(text.encode("utf-8", "surrogatepass"))
        except Unreadable as error:
            _ask_again(error.reason)


def _ask_again(reason: str) -> None:
    """Say what is broken and where; return when the user wants to mend it, else raise DevhookError."""
    sentence = f"This is not JSON yet. {reason}"
    if not sys.stdin.isatty():
        raise DevhookError(sentence, "Nothing is made of it.")
    tell(sentence)
    if not click.confirm("Edit it again?", default=True, err=True):
        raise DevhookError("The payload was left broken, so nothing is made.")
