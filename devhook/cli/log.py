"""`devhook log`: what is in the inbox, and what comes into it."""

import time
from pathlib import Path
from typing import Final

import click

from devhook.cli.console import info
from devhook.cli.kept import WordsCommand, filter_of, kept, mask_for, read_on, words_argument
from devhook.cli.options import mask_option
from devhook.cli.printed import Printed
from devhook.filter.search import Search
from devhook.filter.watch import Watch

_EVERY: Final = 0.05


@click.command(cls=WordsCommand)
@words_argument
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="Show the newest N that match.",
)
@click.option("--all", "everything", is_flag=True, help="Show all that match.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl+C.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per delivery.")
@mask_option
@click.pass_obj
def log(
    inbox: Path,
    *,
    words: tuple[str, ...],
    limit: int,
    everything: bool,
    follow: bool,
    as_json: bool,
    mask: bool,
) -> None:
    """List the deliveries in the inbox.

    \b
      topic:orders/*  order:#1001  shop:acme        what it is about; * and ? are wild
      is:late,duplicate  is:bad                     first changed unchanged duplicate late,
                                                    valid invalid missing unchecked, bad unreadable
      answered:>=400  answered:5xx  answered:none   by your app where it was forwarded, else by devhook
      changed:financial_status  changed:price       a field that changed, or what it stands in
      since:10m  before:14:30  since:2026-07-04     so long ago, on the clock, or a date
      origin:forged  id:41..50  webhook:…  event:…  where it comes from, and its ids
      body:gift  body:ship*                         words of the payload
      orders/*  #1001  late                         without a name: topics, what the list shows, ids
      -is:duplicate                                 a minus turns a word round
      "two words"                                   blanks stand in quotation marks (in a shell: '"…"')
    """  # noqa: D301 - click wants the character itself
    wanted = filter_of(words)
    with kept(inbox) as opened:
        read_on(opened)
        newest = opened.newest()
        watch = Watch(opened, wanted, after=newest)
        search = Search(opened, wanted)
        rows = list(search.rows(before=newest + 1)) if everything else search.newest(limit, before=newest + 1)
        printed = Printed(opened, json=as_json, mask=mask_for(asked=mask))
        printed.show(reversed(rows))
        if not rows and not follow:
            info("No delivery matches." if newest else "The inbox is empty: nothing was delivered yet.")
        while follow:
            matching, others = watch.look()
            printed.show(matching)
            if not matching and not others:
                time.sleep(_EVERY)
