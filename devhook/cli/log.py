"""`devhook log`: lists the deliveries in the inbox, and follows new ones."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from devhook.cli.console import info
from devhook.cli.credentials import credentials
from devhook.cli.events import DeliveryTable
from devhook.cli.inbox_access import (
    WordsCommand,
    complete_readings,
    open_existing,
    selection_argument,
    selection_of,
)
from devhook.filter.search import Search, Watch
from devhook.filter.words import help_entries
from devhook.inbox.deliveries import Row
from devhook.inbox.mistakes import explained
from devhook.webhook.signature import Secret

_EVERY: Final = 0.05
_EMPTY: Final = "The inbox is empty. To receive deliveries: devhook listen"
_WIDEST_EXAMPLES: Final = 36
# Seconds for diagnosing the wrong signatures of one listing; the next `log` or `show` diagnoses the rest.
_DIAGNOSING: Final = 0.5


class _LogCommand(WordsCommand):
    """A command whose help lists the filter words."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help text, and a line for each filter word."""
        super().format_help_text(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_dl(list(help_entries()), col_max=_WIDEST_EXAMPLES)


@click.command(cls=_LogCommand)
@selection_argument
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="Show the newest N deliveries that match.",
)
@click.option("--all", "everything", is_flag=True, help="Show all deliveries that match.")
@click.option("-f", "--follow", is_flag=True, help="Then show new deliveries as they arrive, until Ctrl+C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per delivery.")
@click.pass_obj
def log(
    inbox: Path,
    *,
    words: tuple[str, ...],
    limit: int,
    everything: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """List the deliveries in the inbox.

    Without ids and words it lists the newest; every word must match:
    """
    selection = selection_of(words)
    with open_existing(inbox) as opened:
        complete_readings(opened)
        newest = opened.newest()
        selected = selection.resolve(opened, upcoming=follow)
        wanted = selected.filter
        watch = Watch(opened, wanted, after=newest)
        search = Search(opened, wanted)
        rows = list(search.rows(before=newest + 1)) if everything else search.newest(limit, before=newest + 1)
        table = DeliveryTable(opened, json=as_json)
        # The newest first, because the time is limited.
        table.show(list(explained(opened, rows, _secrets_of, _DIAGNOSING))[::-1])
        if rows and not follow and not as_json and sys.stdout.isatty():
            info("On a screen: devhook open")
        if not rows and not follow:
            info(f"No delivery matches. {selected.question()}".rstrip() if newest else _EMPTY)
        while follow:
            matching, others = watch.look()
            table.show(explained(opened, matching, _secrets_of, _DIAGNOSING))
            if not matching and not others:
                time.sleep(_EVERY)


def _secrets_of(row: Row) -> tuple[Sequence[Secret], Sequence[Secret]]:
    known = credentials(row.shop or "")
    return known.secrets(), known.mistakable()
