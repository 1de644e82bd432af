"""`devhook import`: deliveries out of files into the inbox."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from devhook.cli.console import info
from devhook.cli.credentials import secrets_known
from devhook.cli.kept import open_inbox
from devhook.errors import InputError
from devhook.inbox.readings import read_everything
from devhook.recordings.importing import import_files

# Deliveries. So many are read in a second or two.
_WORTH_SAYING: Final = 1_000


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.pass_obj
def import_(inbox: Path, *, files: tuple[Path, ...]) -> None:
    """Import deliveries from recordings or HAR files.

    FILE is a recording made by devhook export, or a HAR file; - is stdin. A recording is imported byte for
    byte, with its times and answers. Of a HAR file the POST requests are imported, and their signatures are
    checked with the secrets that are set. Nothing is imported when a file has an error, or while another
    devhook receives into the same inbox.
    """
    with open_inbox(inbox) as opened:
        ids = import_files(opened, files, secrets_known(), datetime.now(UTC))
        if not ids:
            raise InputError(
                "The files contain no delivery.", "Only the POST requests of a HAR file are imported."
            )
        which = f"delivery {ids[0]}" if len(ids) == 1 else f"deliveries {ids[0]} to {ids[-1]}"
        info(f"Imported {len(ids):,} into {inbox}: {which}.")
        if len(ids) > _WORTH_SAYING:
            info("Analysing them. After Ctrl+C the next command that needs it continues.")
        read_everything(opened)
