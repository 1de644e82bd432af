"""`devhook record`: a stretch of the inbox as a scenario."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devhook.cli.narration import note, put
from devhook.errors import InputError

if TYPE_CHECKING:
    from devhook.inbox.rows import Row
    from devhook.inbox.store import Inbox
    from devhook.sending.choosing import Chosen
    from devhook.webhook.delivery import Delivery


@click.command(short_help="Make a scenario of recorded deliveries.")
@click.argument("words", nargs=-1, metavar="[ID|WORDS]...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="-",
    metavar="FILE",
    help="Write it into this file, which must not be there yet. Default: to stdout.",
)
@click.option("--title", metavar="TEXT", help="What the scenario is called.")
@click.pass_obj
def record(inbox: Path, *, words: tuple[str, ...], out: Path, title: str | None) -> None:
    """Make a scenario of recorded deliveries: their bytes, their headers, the pauses between them.

    ID is a delivery's number (12, or 12-40); WORDS are those of a filter; without either it is everything in
    the inbox. The file can be edited: pauses, faults (fault = "duplicate"), other steps between.

    \b
      devhook record 12-40 --out busy-morning.toml
      devhook play busy-morning.toml --to 3000
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    from devhook.inbox.store import Inbox
    from devhook.sending.choosing import choose
    from devhook.sending.scenario_text import scenario_lines

    with Inbox.open(inbox) as opened:
        chosen = choose(opened, words)
        with _writing(out) as write:
            for line in scenario_lines(title or f"Recorded in {inbox.name}", _recorded(opened, chosen)):
                write(line)
    count = len(chosen.ids)
    told = f"{count:,} deliver{'y' if count == 1 else 'ies'} recorded"
    note(f"{told}, with what they say of customers." if str(out) == "-" else f"{told} in {out}.")
    if str(out) != "-":
        note(f"They hold what they say of customers. Play them: devhook play {_path(out)} --to 3000")


def _recorded(inbox: "Inbox", chosen: "Chosen") -> "Iterator[tuple[Row, Delivery]]":
    for delivery_id in chosen.ids:
        yield inbox.row(delivery_id), inbox.delivery(delivery_id)


@contextlib.contextmanager
def _writing(out: Path) -> Iterator[Callable[[str], object]]:
    """What writes a line to the file, or to stdout. Raises InputError where it is there or cannot be made."""
    if str(out) == "-":
        yield put
        return
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            yield lambda line: file.write(f"{line}\n")
    except FileExistsError as error:
        raise InputError(f"{out} is there already.", "Give another name, or remove it first.") from error
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror}.", "Give the path of a file that can."
        ) from error


def _path(out: Path) -> str:
    """The file as `play` takes it for one: a bare name without .toml would be a scenario's."""
    return str(out) if out.suffix == ".toml" or len(out.parts) > 1 else f"./{out}"
