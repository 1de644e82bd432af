"""How commands open the inbox, and the arguments that select deliveries in it."""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from devhook.cli.configuration import inbox_path
from devhook.cli.console import info
from devhook.cli.progress import Progress
from devhook.errors import DevhookError, InboxError
from devhook.filter.completion import completion, seen_in
from devhook.filter.selection import Selection
from devhook.filter.word import Seen
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.folder import is_there
from devhook.inbox.index import index_on
from devhook.inbox.readings import Reader
from devhook.text import visible

# An argument of a process cannot contain this character, so no typed word begins with it.
_MINUS: Final = "\x00"
_ANNOUNCED_FROM: Final = 1_000
_BATCH: Final = 200
# Completion looks for ids among the newest deliveries, and offers some.
_RECENT: Final = 500
_SHOWN: Final = 20
# Seconds that a command may spend on the search index; outputs continue it.
_INDEXING: Final = 0.5


class WordsCommand(click.Command):
    """A command whose words may begin with a minus, such as `-is:duplicate` and `-1`.

    An argument that begins with one minus and is not an option of the command is a word.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Replace the minus of words, because click parses `-shop:acme` as `-s -h -o …`."""
        own = {option for each in self.get_params(ctx) for option in (*each.opts, *each.secondary_opts)}
        return super().parse_args(ctx, [_hidden(each) if each not in own else each for each in args])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the options that begin with `incomplete`, and the words that begin with a minus."""
        words = next(each for each in self.params if isinstance(each.type, Words))
        found = super().shell_complete(ctx, incomplete)
        if _hidden(incomplete) != incomplete:
            found += words.type.shell_complete(ctx, words, incomplete)
        return found


class Words(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 it took no argument
    """A word as the user typed it. The shell completes ids, filter words and their values in the inbox."""

    name = "words"

    def shell_complete(
        self, ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the newest ids, and the filter words, that begin with `incomplete`."""
        path = inbox_path(ctx.find_root().params.get("inbox"))
        # Nothing is repaired here: only a command can report a repair.
        with suppress(DevhookError), Inbox.look_into(path) as inbox:
            return [*_ids(inbox, incomplete), *_filter_words(inbox, incomplete)]
        return _filter_words(None, incomplete)

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        """Return the word with its minus."""
        return re.sub(f"^{_MINUS}", "-", str(value))


def selection_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the words of a selection as arguments: ids, ranges, `last`, `-2`, filter words."""
    return click.argument("words", nargs=-1, metavar="[ID|WORD]...", type=Words())(command)


def selection_of(words: Sequence[str]) -> Selection:
    """Parse the arguments as a selection. Raise InputError for an unknown word."""
    return Selection.parse(" ".join(words), datetime.now().astimezone())


def open_existing(path: Path) -> Inbox:
    """Open an existing inbox. Raise InboxError when there is none."""
    if not is_there(path):
        raise InboxError(
            f"There is no inbox at {path}.",
            "Receive deliveries with devhook listen, or use another inbox: devhook --inbox FOLDER …",
        )
    return open_inbox(path)


def open_inbox(path: Path) -> Inbox:
    """Open an inbox, or create it. Report when an inbox of the old form was converted."""
    inbox = Inbox.open(path)
    if inbox.taken_over:
        info(inbox.taken_over)
    return inbox


def complete_readings(inbox: Inbox) -> None:
    """Make the missing readings, and show the progress when there are many."""
    newest = inbox.newest()
    reader = Reader(inbox, after=newest)
    unread = reader.behind()
    if unread > _ANNOUNCED_FROM:
        info(f"Analysing {unread:,} deliveries. After Ctrl+C the next command continues.")
    with Progress("Analysing", unread) as progress:
        for _ in range(0, unread, _BATCH):
            reader.read_new(_BATCH)
            progress.advance(min(_BATCH, unread - progress.done))
    until = time.monotonic() + _INDEXING
    while time.monotonic() < until and not reader.behind() and index_on(inbox, newest, _BATCH):
        pass


def _ids(inbox: Inbox | None, begun: str) -> list[CompletionItem]:
    if inbox is None or not re.fullmatch(r"[0-9]*|l|la|las", begun):
        return []
    rows = [row for row in inbox.rows(limit=_RECENT, newest_first=True) if str(row.id).startswith(begun)]
    last = [CompletionItem("last", help="the newest delivery")] if "last".startswith(begun) else []
    return last + [CompletionItem(str(row.id), help=_about(row)) for row in rows[:_SHOWN]]


def _about(row: Row) -> str:
    subject = row.subject.name or row.subject.id if row.subject else ""
    return visible(f"{row.topic or '(no topic)'} {subject}".rstrip())


def _filter_words(inbox: Inbox | None, begun: str) -> list[CompletionItem]:
    """Return the words that begin with `begun`. Those that need quotation marks are left out."""
    # A shell shows candidates unmasked, so values of payloads are left out.
    seen = seen_in(inbox, with_values=False) if inbox else Seen()
    found = completion(begun, len(begun), seen)
    words = [begun[: found.start] + each for each in found.candidates if '"' not in each]
    return [CompletionItem(word) for word in words if word.casefold().startswith(begun.casefold())]


def _hidden(argument: str) -> str:
    short = argument.startswith("-") and not argument.startswith("--") and len(argument) > 1
    return _MINUS + argument[1:] if short else argument
