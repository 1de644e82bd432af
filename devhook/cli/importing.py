"""`devhook import`: deliveries out of files into the inbox."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from devhook.cli.console import info
from devhook.cli.credentials import secrets_known
from devhook.cli.kept import open_inbox
from devhook.errors import InputError
from devhook.inbox.reader import read_everything
from devhook.recordings.importing import import_files

# Deliveries. So many are read in a second or two.
_WORTH_SAYING: Final = 1_000


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.pass_obj
def import_(inbox: Path, *, files: tuple[Path, ...]) -> None:
    """Import deliveries from recordings or HAR files.

    A recording's deliveries are afterwards what they were, byte for byte, with their times and answers. Of a
    HAR file the POSTs are taken, and their signatures are checked with the secrets that are known. Nothing is
    taken when anything is wrong, nor while a devhook receives into the same inbox.
    """
    with open_inbox(inbox) as opened:
        ids = import_files(opened, files, secrets_known(), datetime.now(UTC))
        if not ids:
            raise InputError("There is no delivery in it.", "Of a HAR file only POSTs are taken.")
        which = f"delivery {ids[0]}" if len(ids) == 1 else f"deliveries {ids[0]} to {ids[-1]}"
        info(f"Imported {len(ids):,} into {inbox}: {which}.")
        if len(ids) > _WORTH_SAYING:
            info("Reading what they say. Ctrl+C leaves that to whoever looks at them next.")
        read_everything(opened)
