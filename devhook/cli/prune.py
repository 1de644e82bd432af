"""`devhook prune`: removes the oldest deliveries from the inbox."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from devhook.cli.console import echo, info
from devhook.cli.inbox_access import open_inbox
from devhook.cli.options import keep_options
from devhook.cli.progress import Progress
from devhook.inbox import retention
from devhook.inbox.database import Inbox
from devhook.inbox.locks import alone
from devhook.text import byte_size, counted


@click.command()
@keep_options
@click.option("--all", "all_of_them", is_flag=True, help="Remove everything.")
@click.option("--dry-run", is_flag=True, help="Report what would be removed, and remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with what was removed.")
@click.pass_obj
def prune(inbox: Path, *, keep: retention.Keep, all_of_them: bool, dry_run: bool, as_json: bool) -> None:
    """Remove the oldest deliveries from the inbox.

    Deliveries beyond the limits are removed, and the disk space is freed. devhook listen applies the same
    limits while it runs, but keeps the space for new deliveries. The limits of listen in the config file
    apply here too.
    """
    now = datetime.now(UTC)
    freed = 0
    with open_inbox(inbox) as opened, nullcontext() if dry_run else alone(opened.path):
        if not dry_run:
            retention.recount(opened)
        found = retention.everything(opened.path) if all_of_them else retention.beyond(opened.path, keep, now)
        what = f"{counted(found.count, 'delivery')} with {byte_size(found.size)}"
        if not found.count:
            why = "The inbox is empty." if all_of_them else f"The limits are {keep}."
            info(f"There is nothing to remove from {inbox}. {why}")
        elif dry_run:
            info(f"Would remove {what} from {inbox}: those without a valid signature first, then the oldest.")
        else:
            remove = (
                partial(retention.remove_oldest, opened, opened.newest() + 1)
                if all_of_them
                else partial(retention.remove_beyond, opened, keep, now)
            )
            freed = _remove(opened, remove, found.count)
            gain = (
                f"this frees {byte_size(freed)} on disk"
                if freed
                else "the space is reused for new deliveries"
            )
            info(f"Removed {what} from {inbox}; {gain}.")
    if as_json:
        content = {"removed": found.count, "bytes": found.size, "freed": freed, "dry_run": dry_run}
        echo(content | {"inbox": str(inbox)})


def _remove(inbox: Inbox, remove: Callable[[], int], total: int) -> int:
    """Remove all that `remove` finds, and return the bytes freed. Report how many an interrupt left."""
    with Progress("Removing", total) as progress:

        def step() -> int:
            removed = remove()
            progress.advance(removed)
            return removed

        try:
            return retention.prune(inbox, step)
        except KeyboardInterrupt:
            progress.close()
            info(f"Interrupted: removed {progress.done:,} of {counted(total, 'delivery')}.")
            raise
