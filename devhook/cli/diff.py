"""`devhook diff`: the differences between two deliveries, or between the shapes of two payloads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from devhook.analysis.comparison import Comparison
from devhook.analysis.shapes import ShapeChange, ShapeComparison, ShapeDifference, compare_shapes, shape_of
from devhook.analysis.wording import change_words, unlisted_words, without_mirrors
from devhook.cli.console import echo, info
from devhook.cli.events import change_object, unlisted_objects
from devhook.cli.inbox_access import (
    Words,
    WordsCommand,
    complete_readings,
    open_existing,
    selection_of,
)
from devhook.cli.masking import run_mask
from devhook.cli.options import TopicName
from devhook.errors import InputError
from devhook.filter.selection import reads_as_selection
from devhook.forge.source import sample, sample_caveat
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.timeline import mask_of
from devhook.recordings.recording import is_recording, read_recording
from devhook.text import visible
from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read, read_json
from devhook.webhook.topics import name_meant

_WIDTH: Final = 200


class _Sides(Words):
    """The words of a selection; with --shape also topics and files, which the shell completes."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the topics that begin with `incomplete`, and a request for the files that do."""
        if not ctx.params.get("shape"):
            return []
        found = TopicName().shell_complete(ctx, param, incomplete)
        return [*found, CompletionItem(incomplete, type="file")]


@click.command(cls=WordsCommand)
@click.argument("words", nargs=-1, required=True, metavar="ID|WORD...", type=_Sides())
@click.option("--shape", is_flag=True, help="Compare fields and types only. Accepts topics and files too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def diff(inbox: Path, *, words: tuple[str, ...], shape: bool, as_json: bool) -> None:
    """Show the differences between two deliveries.

    They are selected by ids, by last, -2 (the one before the last), or by filter words that match one or two
    deliveries. Of one delivery the differences from its previous version are shown. With --shape the fields
    and types of two payloads are compared: each of the two is an id, a topic (its payload as Shopify
    documents it), a file with a payload in JSON, or a recording that devhook export made.

    \b
      devhook diff last
      devhook diff 39 41
      devhook diff --shape orders/updated last
      devhook diff --shape 2026-07.jsonl 2026-10.jsonl
    """  # noqa: D301 - click requires the character itself
    if shape:
        if len(words) != 2:  # noqa: PLR2004 - a pair
            raise InputError(
                f"--shape compares two payloads; {len(words)} {'is' if len(words) == 1 else 'are'} given.",
                "devhook diff --shape orders/updated last",
            )
        _shapes(inbox, words, as_json=as_json)
        return
    selected = selection_of(words)
    with open_existing(inbox) as opened:
        complete_readings(opened)
        rows = selected.resolve(opened).few(2, as_given=True)
        since, compared = _own_changes(opened, rows[0]) if len(rows) == 1 else _between(opened, *rows)
        mask = run_mask()
        if mask is not None:
            known = mask_of(mask, opened, *(row.id for row in rows))
            compared = known.comparison(compared, rows[-1].topic)
    _print_changes(since, rows[-1], compared, as_json=as_json)


def _own_changes(inbox: Inbox, row: Row) -> tuple[int | None, Comparison]:
    """Return the previous version's id and the changes since it, from the delivery's reading."""
    reading = inbox.reading(row.id)
    compared = reading.comparison if reading else Comparison()
    if row.compared_with is None:
        info(f"Delivery {row.id} was not compared with another delivery. {row.hint}".rstrip())
    return row.compared_with, compared


def _between(inbox: Inbox, before: Row, after: Row) -> tuple[int | None, Comparison]:
    return before.id, Comparison.of(_document(inbox, before), _document(inbox, after))


def _print_changes(since: int | None, row: Row, compared: Comparison, *, as_json: bool) -> None:
    changes = (*compared.changes, *compared.noise)
    if as_json:
        content = {
            "before": since,
            "after": row.id,
            "changes": [change_object(change) for change in changes],
            "unlisted": unlisted_objects(compared.unlisted),
        }
        echo(content)
        return
    if since is not None:
        info(f"{row.topic or 'Delivery'} {row.id} compared with delivery {since}:")
        if compared.is_empty:
            info("No differences.")
    for change, mirrored in without_mirrors(changes):
        line = f"{visible(change_words(change, _WIDTH))}{' (and its _set)' if mirrored else ''}"
        echo(click.style(line, dim=change.noise))
    if more := unlisted_words(compared.unlisted):
        echo(visible(more))


def _document(inbox: Inbox, row: Row) -> Document:
    delivery = inbox.delivery(row.id)
    try:
        return read(delivery.body, delivery.content_type)
    except Unreadable as error:
        raise InputError(
            f"Delivery {row.id} cannot be compared. {error.reason}", f"devhook show {row.id} --raw"
        ) from error


def _shapes(inbox: Path, asked: Sequence[str], *, as_json: bool) -> None:
    before, after = (shape_of(_documents(inbox, each)) for each in asked)
    comparison = compare_shapes(before, after)
    if as_json:
        echo(comparison.model_dump(mode="json"))
        return
    _print_shapes(comparison, *asked)


def _print_shapes(comparison: ShapeComparison, before: str, after: str) -> None:
    if comparison.changes:
        info(f"- is only in {before}, + is only in {after}, ~ has another type there.")
    for change in comparison.changes:
        echo(visible(_shape_words(change)))
    if not comparison.changes:
        info("The shapes are equal.")
    if comparison.unknown:
        info(f"Not compared, because they are empty or null in one payload: {', '.join(comparison.unknown)}")


def _shape_words(change: ShapeChange) -> str:
    before, after = " or ".join(change.before), " or ".join(change.after)
    if change.kind is ShapeDifference.ADDED:
        return f"+ {change.path}  {after}"
    if change.kind is ShapeDifference.GONE:
        return f"- {change.path}  {before}"
    return f"~ {change.path}  {before} → {after}"


def _documents(inbox: Path, asked: str) -> list[Document]:
    """Return the documents of a file, that of one delivery, or devhook's payload of a topic."""
    file = Path(asked)
    if file.is_file():
        return _in_file(file)
    if not reads_as_selection(asked):
        return [_of_topic(asked)]
    with open_existing(inbox) as opened:
        return [_document(opened, row) for row in selection_of([asked]).resolve(opened).few(1)]


def _of_topic(asked: str) -> Document:
    try:
        topic = name_meant(asked)
    except InputError as error:
        raise InputError(
            f"{asked} is neither a file, nor a topic, nor the id of a delivery.", error.hint
        ) from error
    if caveat := sample_caveat(topic):
        info(caveat)
    return sample(topic)


def _in_file(file: Path) -> list[Document]:
    """Return a JSON payload, or the payloads of a recording."""
    try:
        with file.open("rb") as opened:
            if is_recording(opened.readline()):
                opened.seek(0)
                deliveries = [each.delivery for each in read_recording(opened, str(file))]
                if not deliveries:
                    raise InputError(f"The recording {file} contains no delivery.", "Use another file.")
                return [read(delivery.body, delivery.content_type) for delivery in deliveries]
            opened.seek(0)
            return [read_json(opened.read())]
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Use another file.") from error
    except Unreadable as error:
        raise InputError(
            f"{file} contains no payload that can be compared. {error.reason}",
            "Use a file with a JSON payload, or a recording made by devhook export.",
        ) from error
