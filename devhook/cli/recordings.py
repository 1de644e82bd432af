"""`devhook export` and `devhook import`: write deliveries to a file, and read them from files."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import click

from devhook.cli.console import echo, info, write
from devhook.cli.credentials import secrets_known
from devhook.cli.inbox_access import (
    WordsCommand,
    complete_readings,
    open_inbox,
    selection_argument,
    selection_of,
)
from devhook.cli.masking import run_mask
from devhook.cli.options import NearestChoice, out_options
from devhook.cli.progress import Progress
from devhook.errors import DevhookError, InputError
from devhook.files import write_whole
from devhook.filter.selection import Selection
from devhook.inbox.database import Inbox
from devhook.inbox.recorded import Recorded, recorded
from devhook.inbox.salvage import Salvage, describe_damage
from devhook.recordings.export_format import ExportOptions
from devhook.recordings.formats import FORMATS, format_of
from devhook.recordings.importing import import_files
from devhook.recordings.masked import TEST_SECRET, masking
from devhook.sender.target import target_url
from devhook.text import counted, visible


@click.command(cls=WordsCommand)
@selection_argument
@click.option(
    "--as",
    "wanted",
    type=NearestChoice(["jsonl", "har", "curl", "http", "pytest", "k6"]),
    help="The format. Default: by the suffix of FILE (.har .sh .http .py .js), else jsonl.",
)
@click.option("--to", metavar="URL", help="The address that har, curl, http and k6 send to.")
@click.option("--salvage", is_flag=True, help="Export what can be read of a damaged inbox.")
@out_options
@click.pass_obj
def export(
    inbox: Path,
    *,
    words: tuple[str, ...],
    wanted: str | None,
    to: str | None,
    salvage: bool,
    out: Path | None,
    force: bool,
) -> None:
    """Write deliveries as a recording, HAR, curl, .http, pytest or k6.

    They are selected by ids (12, 12-40, last, -2) and filter words (topic:orders/* '#1001'), which must all
    match; without either it is everything in the inbox.

    \b
      jsonl   a recording, which devhook import reads without loss
      har     an HTTP archive, for browsers and other tools
      curl    one shell command for each, which sends it again
      http    requests for VS Code and JetBrains
      pytest  a module with each delivery as a fixture, ready to run
      k6      a load script, which signs with the secret of the environment
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    chosen = FORMATS[wanted] if wanted else format_of(out)
    if to is not None and not chosen.takes_address:
        raise InputError(f"--to cannot be used with --as {chosen.name}.", "Remove --to.")
    if salvage and words:
        raise InputError("--salvage exports everything that can be read.", "Remove the words.")
    mask = run_mask()
    selection = selection_of(words)
    if out is not None:
        require_free(out, force=force)
    with _salvaged(inbox, out) if salvage else _selected(inbox, selection, out) as exported:
        options = ExportOptions(
            to=to and target_url(to, allow_remote=True), test_secret=TEST_SECRET if mask else None
        )
        if out is not None:
            options = options._replace(file_name=out.name)
        pieces = chosen.write(masking(exported, mask) if mask else exported, options)
        if out is None:
            print_pieces(pieces)
        else:
            write_file(out, pieces)
            info(f"Wrote {exported} to {out}.")
    if mask:
        info(f"Masked, and signed again with the test secret {TEST_SECRET.name} (that string is the secret).")
    elif out is not None:
        info("The file contains personal data. To share it, use --mask.")


@contextmanager
def _selected(inbox: Path, selection: Selection, out: Path | None) -> Iterator["Counted"]:
    with open_inbox(inbox) as opened:
        yield selected_deliveries(opened, selection, out)


@contextmanager
def _salvaged(inbox: Path, out: Path | None) -> Iterator["Counted"]:
    with Salvage.open(inbox) as salvage:
        if not salvage.readable:
            raise DevhookError(*describe_damage(inbox))
        yield Counted(salvage.deliveries(), total=len(salvage.readable), beside_data=out is None)
        if salvage.damaged:
            info(f"{counted(len(salvage.damaged), 'delivery')} cannot be read.")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with the new ids.")
@click.pass_obj
def import_(inbox: Path, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Import deliveries from recordings or HAR files.

    FILE is a recording made by devhook export, or a HAR file; - is stdin. A recording is imported byte for
    byte, with its times and answers. Of a HAR file the POST requests are imported, and their signatures are
    checked with the secrets that are set. Nothing is imported when a file has an error, or while another
    devhook receives into the same inbox.
    """
    with open_inbox(inbox) as opened:
        ids = _imported(opened, files)
        if not ids:
            raise InputError(
                "The files contain no delivery.", "Only the POST requests of a HAR file are imported."
            )
        which = f"delivery {ids[0]}" if len(ids) == 1 else f"deliveries {ids[0]} to {ids[-1]}"
        info(f"Imported {len(ids):,} into {inbox}: {which}.")
        if as_json:
            echo({"imported": len(ids), "first": ids[0], "last": ids[-1], "inbox": str(inbox)})
        complete_readings(opened)


def _imported(inbox: Inbox, files: Sequence[Path]) -> list[int]:
    """Import the files and return the new ids. Report an interrupted import, which imports nothing."""
    before = inbox.newest()
    size = sum(file.stat().st_size for file in files if file.is_file())
    try:
        with Progress("Importing", size, unit=None) as progress:
            return import_files(inbox, files, secrets_known(), datetime.now(UTC), advance=progress.advance)
    except KeyboardInterrupt:
        if inbox.newest() == before:
            info("Interrupted: nothing was imported.")
        raise


class Counted:
    """An iterator of deliveries that counts them and shows its progress; as text, the count: `3 deliveries`.

    `first`, `total`: the id that the iteration starts with, and the number of ids from there on; None: the
    deliveries are counted instead of their ids.
    """

    def __init__(
        self, deliveries: Iterable[Recorded], *, total: int, first: int | None = None, beside_data: bool
    ) -> None:
        self.count = 0
        self._deliveries = deliveries
        self._first = first
        self._progress = Progress("Writing", total, beside_data=beside_data)

    def __iter__(self) -> Iterator[Recorded]:
        with self._progress as progress:
            for each in self._deliveries:
                self.count += 1
                done = self.count if self._first is None else each.id - self._first + 1
                progress.advance(max(0, done - progress.done))
                yield each

    def __str__(self) -> str:
        return counted(self.count, "delivery")


def require_free(out: Path, *, force: bool) -> None:
    """Raise InputError when the file exists and `force` is not set, and for a pipe or a device."""
    if out.exists() and not force:
        raise InputError(f"{out} already exists.", "Overwrite it with --force, or use another name.")
    if out.exists() and not out.is_file():
        raise InputError(f"{out} is not a regular file.", f"Redirect the output instead of --out: > {out}")


def selected_deliveries(inbox: Inbox, selection: Selection, out: Path | None) -> Counted:
    """Return the selected deliveries, oldest first. Raise InputError when there are none."""
    if selection.filter:
        complete_readings(inbox)
    selected = selection.resolve(inbox)
    rows = selected.rows()
    first = next(rows, None)
    if first is None:
        raise InputError(*selected.nothing())
    return Counted(
        (recorded(inbox, row.id) for row in chain([first], rows)),
        first=first.id,
        total=inbox.newest() - first.id + 1,
        beside_data=out is None,
    )


def print_pieces(pieces: Iterable[str]) -> None:
    """Write what is masked as a whole, or not at all, to stdout; in a terminal with controls made visible."""
    to_terminal = sys.stdout.isatty()
    for piece in pieces:
        write("\n".join(map(visible, piece.split("\n"))) if to_terminal else piece)


def write_file(out: Path, pieces: Iterable[str]) -> None:
    """Write a file of mode 0600 that is at `out` once it is complete."""
    try:
        write_whole(out, (f"{piece}\n".encode() for piece in pieces))
    except KeyboardInterrupt:
        info(f"Interrupted: {out} was not written.")
        raise
    except OSError as error:
        raise DevhookError(
            f"{out} cannot be written: {error.strerror}.", "Use another file: --out FILE"
        ) from error
