"""`devhook record`: a stretch of the inbox as a scenario, or as a recording."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from devhook.cli.console import info
from devhook.cli.export import Counted, print_pieces, require_free, some, write_file
from devhook.cli.kept import Words, WordsCommand, open_inbox
from devhook.cli.options import NearestChoice, out_options
from devhook.inbox.recorded import Recorded
from devhook.recordings.masked import TEST_SECRET, masking
from devhook.recordings.recording import write_recording
from devhook.recordings.selection import meant
from devhook.scenario.writer import scenario_lines


@click.command(cls=WordsCommand)
@click.argument("words", nargs=-1, metavar="[WORDS]...", type=Words())
@click.option(
    "--as",
    "wanted",
    type=NearestChoice(["scenario", "jsonl"]),
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
    """Write recorded deliveries as a scenario.

    WORDS are ids (devhook record 12 15) and the words of a filter; without any it is everything in the inbox.
    A scenario can be edited: pauses, faults (fault = "duplicate"), steps of the simulated shop between.

    \b
      devhook record '#1001' --out order-1001.toml
      devhook play order-1001.toml --to 3000
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    if out is not None:
        require_free(out, force=force)
    as_recording = wanted == "jsonl" or (wanted is None and out is not None and out.suffix == ".jsonl")
    with open_inbox(inbox) as opened:
        counted = Counted(some(meant(opened, words), words, inbox))
        deliveries = masking(counted) if mask else counted
        lines = _recording(deliveries) if as_recording else _scenario(deliveries, title or inbox.stem)
        if out is None:
            print_pieces(lines)
        else:
            write_file(out, lines)
            info(f"Wrote {counted} to {out}.")
    if out is not None and not as_recording:
        info(f"Play it: devhook play {_path(out)} --to 3000")
    if mask:
        info(f"Masked, and signed anew with {TEST_SECRET.name}: that is the secret's name and its value.")
    elif out is not None:
        info("It holds personal data as it came. For sharing: --mask")


def _scenario(deliveries: Iterable[Recorded], title: str) -> Iterator[str]:
    return scenario_lines(title, deliveries)


def _recording(deliveries: Iterable[Recorded]) -> Iterable[str]:
    return write_recording(deliveries)


def _path(out: Path) -> str:
    """The file as `play` takes it for one: a bare name without .toml would be a scenario's."""
    return str(out) if out.suffix == ".toml" or len(out.parts) > 1 else f"./{out}"
