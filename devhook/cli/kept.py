"""The inbox as commands open it, and the arguments that select deliveries in it."""

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

import click

from devhook.cli.console import info
from devhook.errors import InboxError
from devhook.filter.selection import Selection
from devhook.inbox.database import Inbox
from devhook.inbox.folder import is_there
from devhook.inbox.index import index_on
from devhook.inbox.readings import Reader
from devhook.privacy.mask import Mask

# No argument of a process can hold this character, so no word begins with it by itself.
_MINUS: Final = "\x00"
_WORTH_SAYING: Final = 1_000
_AT_ONCE: Final = 200
# Seconds that a command may spend on the search index, which an output goes on with.
_INDEXING: Final = 0.5


class WordsCommand(click.Command):
    """A command whose words may begin with a minus, as `-is:duplicate` and `-1` do.

    What begins with one minus and is none of the command's own options is a word.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Hide the minus of words from click, which would take `-shop:acme` for `-s -h -o …`."""
        own = {option for each in self.get_params(ctx) for option in (*each.opts, *each.secondary_opts)}
        return super().parse_args(ctx, [_hidden(each) if each not in own else each for each in args])


class Words(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 it took no argument
    """A word as it was typed."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the minus back."""
        del param, ctx
        return re.sub(f"^{_MINUS}", "-", str(value))


def selection_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the words of a selection as arguments: ids, ranges, `last`, `-2`, filter words."""
    return click.argument("words", nargs=-1, metavar="[ID|WORD]...", type=Words())(command)


def selection_of(words: Sequence[str]) -> Selection:
    """The selection that the arguments make. Raises InputError where one means nothing."""
    return Selection.parse(" ".join(words), datetime.now().astimezone())


def kept(path: Path) -> Inbox:
    """Open an inbox that is there. Raises InboxError where it is not."""
    if not is_there(path):
        raise InboxError(
            f"There is no inbox at {path}.",
            "Receive deliveries with devhook listen, or use another inbox: devhook --inbox FOLDER …",
        )
    return open_inbox(path)


def open_inbox(path: Path) -> Inbox:
    """Open an inbox, made if it is not there, and say so where one of the old form was taken over."""
    inbox = Inbox.open(path)
    if inbox.taken_over:
        info(inbox.taken_over)
    return inbox


def read_on(inbox: Inbox) -> None:
    """Make the readings that are missing, and say so where that takes a while."""
    newest = inbox.newest()
    reader = Reader(inbox, after=newest)
    unread = reader.behind()
    if unread > _WORTH_SAYING:
        info(f"Analysing {unread:,} deliveries first.")
    for _ in range(0, unread, _AT_ONCE):
        reader.read_new(_AT_ONCE)
    until = time.monotonic() + _INDEXING
    while time.monotonic() < until and not reader.behind() and index_on(inbox, newest, _AT_ONCE):
        pass


def mask_for(*, asked: bool) -> Mask | None:
    """The mask that is asked for; its pseudonyms hold for this run only."""
    return Mask(token_bytes(32)) if asked else None


def _hidden(argument: str) -> str:
    alone = argument.startswith("-") and not argument.startswith("--") and len(argument) > 1
    return _MINUS + argument[1:] if alone else argument
