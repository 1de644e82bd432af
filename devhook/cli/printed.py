"""Deliveries printed one under the other, as `devhook log` and `devhook wait` do."""

from collections.abc import Iterable
from datetime import date

import click

from devhook.cli.console import echo
from devhook.cli.events import as_json, as_lines, masked
from devhook.inbox.life import Around
from devhook.inbox.rows import Row
from devhook.inbox.store import Inbox
from devhook.privacy.mask import Mask


class Printed:
    """Writes rows to stdout, as lines or as JSON. A line begins with the id, which other commands ask for.

    Lines tell the time only; before those of another day than the last one's, or than today, stands the day.
    """

    def __init__(self, inbox: Inbox, *, json: bool, mask: Mask | None = None) -> None:
        self._inbox = inbox
        self._mask = mask
        self._json = json
        self._day = date.today()  # noqa: DTZ011 - the user's day

    def show(self, rows: Iterable[Row]) -> None:
        """Write the rows in their order."""
        for each in rows:
            around = Around.of(self._inbox, each, exact := self._inbox.reading(each.id))
            row, reading = masked(self._mask, each, exact)
            if self._json:
                echo(as_json(row, reading, around=around))
                continue
            day = row.received_at.astimezone().date()
            if day != self._day:
                echo(click.style(f"{day:%A, %Y-%m-%d}", dim=True))
                self._day = day
            echo(f"{click.style(f'{row.id:>5}', dim=True)} {as_lines(row, reading, around=around)}")
