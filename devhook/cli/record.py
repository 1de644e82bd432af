"""`devhook record`: a stretch of the inbox as a scenario, or as a recording."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from devhook.cli.export import Counted, print_pieces, require_free, some, write_file
from devhook.cli.kept import Words, WordsCommand
from devhook.cli.narration import note
from devhook.cli.options import out_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devhook.inbox.recorded import Recorded


@click.command(cls=WordsCommand, short_help="Make a scenario of recorded deliveries.")
@click.argument("words", nargs=-1, metavar="[WORDS]...", type=Words())
@click.option(
    "--as",
    "wanted",
    type=click.Choice(["scenario", "jsonl"]),
    help="A scenario, for devhook play; or a recording, as devhook export writes it. Default: what the "
    "file's name asks for (.jsonl), else a scenario.",
)
@click.option("--title", metavar="TEXT", help="What the scenario is called.")
@click.option("--mask", is_flag=True, help="Mask personal data, and sign anew with a test secret.")
@out_options
@click.pass_obj
def record(
    inbox: Path,
    *,
    words: tuple[str, ...],
    wanted: str | None,
    title: str | None,
    mask: bool,
    out: Path | None,
    force: bool,
) -> None:
    """Make a scenario of recorded deliveries: their bytes, their headers, the pauses between them.

    WORDS are ids (devhook record 12 15) and the words of a filter; without any it is everything in the inbox.
    A scenario can be edited: pauses, faults (fault = "duplicate"), steps of the simulated shop between.

    \b
      devhook record '#1001' --out order-1001.toml
      devhook play order-1001.toml --to 3000
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    from devhook.inbox.store import Inbox
    from devhook.recordings.masked import TEST_SECRET, masking
    from devhook.recordings.selection import meant

    if out is not None:
        require_free(out, force=force)
    as_recording = wanted == "jsonl" or (wanted is None and out is not None and out.suffix == ".jsonl")
    with Inbox.open(inbox) as opened:
        counted = Counted(some(meant(opened, words), words, inbox))
        deliveries = masking(counted) if mask else counted
        lines = _recording(deliveries) if as_recording else _scenario(deliveries, title or inbox.stem)
        if out is None:
            print_pieces(lines)
        else:
            write_file(out, lines)
            note(f"Wrote {counted} to {out}.")
    if out is not None and not as_recording:
        note(f"Play it: devhook play {_path(out)} --to 3000")
    if mask:
        note(f"Masked, and signed anew with {TEST_SECRET.name}: that is the secret's name and its value.")
    elif out is not None:
        note("It holds personal data as it came. For sharing: --mask")


def _scenario(deliveries: "Iterable[Recorded]", title: str) -> "Iterator[str]":
    from devhook.scenario.writer import scenario_lines

    return scenario_lines(title, deliveries)


def _recording(deliveries: "Iterable[Recorded]") -> "Iterable[str]":
    from devhook.recordings.formats import Format, written

    return written(deliveries, Format.JSONL, name="", to=None, test_secret=None)


def _path(out: Path) -> str:
    """The file as `play` takes it for one: a bare name without .toml would be a scenario's."""
    return str(out) if out.suffix == ".toml" or len(out.parts) > 1 else f"./{out}"
