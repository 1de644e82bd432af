"""`devhook export`: deliveries of the inbox into a file, or to stdout."""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click

from devhook.cli.console import echo, info
from devhook.cli.kept import WordsCommand, open_inbox, selection_argument, selection_of
from devhook.cli.options import NearestChoice, out_options
from devhook.errors import DevhookError, InputError
from devhook.filter.selection import Selection
from devhook.inbox.database import Inbox
from devhook.inbox.recorded import Recorded, recorded
from devhook.recordings.export_format import ExportOptions
from devhook.recordings.formats import FORMATS, format_of
from devhook.recordings.masked import TEST_SECRET, masking
from devhook.sender.target import target_url
from devhook.text import counted, visible


@click.command(cls=WordsCommand)
@selection_argument
@click.option(
    "--as",
    "wanted",
    type=NearestChoice(["jsonl", "har", "curl", "http", "pytest"]),
    help="The format. Default: by the suffix of FILE (.har .sh .http .py), else jsonl.",
)
@click.option("--mask", is_flag=True, help="Replace personal data, and sign again with a test secret.")
@click.option("--to", metavar="URL", help="The address that har, curl and http send to.")
@out_options
@click.pass_obj
def export(
    inbox: Path,
    *,
    words: tuple[str, ...],
    wanted: str | None,
    mask: bool,
    to: str | None,
    out: Path | None,
    force: bool,
) -> None:
    """Write deliveries as a recording, HAR, curl, .http or pytest.

    They are selected by ids (12, 12-40, last, -2) and filter words (topic:orders/* '#1001'), which must all
    match; without either it is everything in the inbox.

    \b
      jsonl   a recording, which devhook import reads without loss
      har     an HTTP archive, for browsers and other tools
      curl    one bash command for each, which sends it again
      http    requests for VS Code and JetBrains
      pytest  a module with each delivery as a fixture, ready to run
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    chosen = FORMATS[wanted] if wanted else format_of(out)
    if to is not None and not chosen.takes_address:
        raise InputError(f"--to cannot be used with --as {chosen.name}.", "Remove --to.")
    selection = selection_of(words)
    if out is not None:
        require_free(out, force=force)
    with open_inbox(inbox) as opened:
        counted = Counted(some(opened, selection))
        options = ExportOptions(
            to=to and target_url(to, allow_remote=True), test_secret=TEST_SECRET if mask else None
        )
        if out is not None:
            options = options._replace(file_name=out.name)
        pieces = chosen.write(masking(counted) if mask else counted, options)
        if out is None:
            print_pieces(pieces)
        else:
            write_file(out, pieces)
            info(f"Wrote {counted} to {out}.")
    if mask:
        info(f"Masked, and signed again with the test secret {TEST_SECRET.name} (that string is the secret).")
    elif out is not None:
        info("The file contains personal data. To share it, use --mask.")


class Counted:
    """Deliveries on their way, counted."""

    def __init__(self, deliveries: Iterable[Recorded]) -> None:
        self._deliveries = deliveries
        self._count = 0

    def __iter__(self) -> Iterator[Recorded]:
        for each in self._deliveries:
            self._count += 1
            yield each

    def __str__(self) -> str:
        return counted(self._count, "delivery")


def require_free(out: Path, *, force: bool) -> None:
    """Raise InputError where the file is there already and is not to be overwritten."""
    if out.exists() and not force:
        raise InputError(f"{out} already exists.", "Overwrite it with --force, or use another name.")


def some(inbox: Inbox, selection: Selection) -> Iterator[Recorded]:
    """The selected deliveries, oldest first. Raises DevhookError where there are none."""
    selected = selection.resolve(inbox)
    rows = selected.rows()
    first = next(rows, None)
    if first is None:
        raise DevhookError(*selected.nothing())
    return (recorded(inbox, row.id) for row in chain([first], rows))


def print_pieces(pieces: Iterable[str]) -> None:
    """Write to stdout; in a terminal nothing of what strangers sent may act on it."""
    looked_at = sys.stdout.isatty()
    for piece in pieces:
        echo("\n".join(map(visible, piece.split("\n"))) if looked_at else piece)


def write_file(out: Path, pieces: Iterable[str]) -> None:
    """Write the file beside its place and move it there when it is whole; it is the user's alone (0600)."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        beside.touch(mode=0o600, exist_ok=False)
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(f"{piece}\n" for piece in pieces)
        beside.replace(out)
    except OSError as error:
        raise DevhookError(
            f"{out} cannot be written: {error.strerror}.", "Use another file: --out FILE"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
