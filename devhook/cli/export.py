"""`devhook export`: deliveries of the inbox into a file, or to stdout."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from devhook.cli.console import echo, info
from devhook.cli.kept import Words, WordsCommand, open_inbox
from devhook.cli.options import NearestChoice, out_options
from devhook.errors import DevhookError, InputError
from devhook.inbox.recorded import Recorded
from devhook.recordings.export_format import ExportOptions
from devhook.recordings.formats import FORMATS, format_of
from devhook.recordings.masked import TEST_SECRET, masking
from devhook.recordings.selection import meant
from devhook.sender.target import target_url
from devhook.text import counted, visible


@click.command(cls=WordsCommand)
@click.argument("words", nargs=-1, metavar="[WORDS]...", type=Words())
@click.option(
    "--as",
    "wanted",
    type=NearestChoice(["jsonl", "har", "curl", "http", "pytest"]),
    help="The format. Default: what the file's name asks for (.har .sh .http .py), else jsonl.",
)
@click.option("--mask", is_flag=True, help="Mask personal data, and sign anew with a test secret.")
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

    WORDS are ids (devhook export 12 15) and the words of a filter (devhook export topic:orders/* '#1001').

    \b
      jsonl   a recording: exact, and devhook import takes it in again
      har     an HTTP archive, for browsers and other tools
      curl    a line of bash for each, that sends it again
      http    requests for VS Code and JetBrains
      pytest  a module with each delivery as a fixture, that runs as it is
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    chosen = FORMATS[wanted] if wanted else format_of(out)
    if to is not None and not chosen.takes_address:
        raise InputError(f"--to has no use with --as {chosen.name}.", "Leave it out.")
    if out is not None:
        require_free(out, force=force)
    with open_inbox(inbox) as opened:
        counted = Counted(some(meant(opened, words), words, inbox))
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
        info(f"Masked, and signed anew with {TEST_SECRET.name}: that is the secret's name and its value.")
    elif out is not None:
        info("It holds personal data as it came. For sharing: --mask")


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
        raise InputError(f"{out} is there already.", "Overwrite it with --force, or choose another name.")


def some(deliveries: Iterator[Recorded], words: tuple[str, ...], inbox: Path) -> Iterator[Recorded]:
    """The deliveries, of which there must be one before a file is made."""
    first = next(deliveries, None)
    if first is None:
        if words:
            raise DevhookError(
                f"No delivery in {inbox} matches {' '.join(words)}.", "Fewer words match more: devhook log"
            )
        raise DevhookError(f"The inbox {inbox} is empty.", "Receive something first: devhook listen")
    return _again(first, deliveries)


def _again(first: Recorded, others: Iterator[Recorded]) -> Iterator[Recorded]:
    yield first
    yield from others


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
            f"{out} cannot be written: {error.strerror}.", "Choose another place: --out FILE"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
