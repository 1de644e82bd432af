"""`devhook wait`: waits in scripts and CI until a matching delivery arrives."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from devhook.cli.console import info, warn
from devhook.cli.events import DeliveryTable, as_lines, masked
from devhook.cli.inbox_access import (
    WordsCommand,
    complete_readings,
    open_inbox,
    selection_argument,
    selection_of,
)
from devhook.cli.options import A_DAY, NumberRange
from devhook.errors import ExitStatus
from devhook.filter.search import Search, Watch
from devhook.inbox.deliveries import Row
from devhook.text import duration

_EVERY: Final = 0.05
_LISTED: Final = 10


@click.command(cls=WordsCommand)
@selection_argument
@click.option(
    "--timeout",
    type=NumberRange(0, A_DAY),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="Stop after this time, with exit status 124.",
)
@click.option(
    "--count",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Wait for N deliveries.",
)
@click.option("--include-past", is_flag=True, help="Count deliveries that are already in the inbox.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per delivery.")
@click.pass_obj
def wait(
    inbox: Path,
    *,
    words: tuple[str, ...],
    timeout: float,
    count: int,
    include_past: bool,
    as_json: bool,
) -> ExitStatus:
    """Wait for a delivery that matches, and print it.

    All words must match (see devhook log --help); an id may be a future one. Only deliveries that arrive
    from now on count; devhook listen must receive into the same inbox. The exit status is 0 when one
    arrived and 124 when none did; stderr then lists the deliveries that arrived but did not match.

    \b
      devhook wait orders/paid order:#1001 changed:financial_status --timeout 30
    """  # noqa: D301 - click requires the character itself
    selection = selection_of(words)
    with open_inbox(inbox) as opened:
        newest = opened.newest()
        wanted = selection.resolve(opened, upcoming=True).filter
        watch = Watch(opened, wanted, after=newest)
        complete_readings(opened)
        until = time.monotonic() + timeout
        past = Search(opened, wanted).newest(count, before=newest + 1)[::-1] if include_past else []
        table = DeliveryTable(opened, json=as_json)
        table.show(past)
        missing = count - len(past)
        instead: dict[int, Row] = {}
        while missing:
            matching, others = watch.look()
            table.show(matching[:missing])
            missing -= len(matching[:missing])
            instead |= {row.id: row for row in others}
            for row in matching:
                instead.pop(row.id, None)
            if missing and time.monotonic() >= until:
                others = [masked(opened, row, None)[0] for row in instead.values()]
                _warn_timed_out(inbox, count - missing, count, others, timeout)
                return ExitStatus.TIMED_OUT
            if not matching and not others:
                time.sleep(_EVERY)
    return ExitStatus.DONE


def _warn_timed_out(path: Path, came: int, count: int, instead: Sequence[Row], seconds: float) -> None:
    """Report that the time ran out, and the newest deliveries that did not match."""
    waited = (
        f"{came} of {count} came in {duration(seconds)}"
        if count > 1
        else f"No delivery that matches came in {duration(seconds)}"
    )
    if not instead:
        warn(f"{waited}, and no other one.", f"Check that devhook listen receives into this inbox: {path}")
        return
    others = "this one did" if len(instead) == 1 else f"these {len(instead)} did"
    newest = f" (the newest {_LISTED} of them)" if len(instead) > _LISTED else ""
    warn(f"{waited}; {others}{newest}:")
    for row in instead[-_LISTED:]:
        info(f"{row.id:>5} {click.unstyle(as_lines(row, None))}")
