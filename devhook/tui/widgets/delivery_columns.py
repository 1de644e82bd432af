"""The columns of the deliveries list: one object a column, and how they share the width of the list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, TypeAlias

from rich.cells import cell_len
from textual.content import Content

from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import SIGNATURE_SIGNS
from devhook.inbox.deliveries import Row
from devhook.text import visible
from devhook.tui import styles
from devhook.tui.untrusted import cut, fitted
from devhook.webhook.subject import Subject

# Pieces of text, each with its style.
Parts: TypeAlias = list[tuple[str, str]]

_TIME: Final = 12
_SHORT_TIME: Final = 8
_SHORTEST_TOPIC: Final = 18
_SHORTEST_RESOURCE: Final = len("orders")
_USUAL_TOPIC: Final = 26
_LONGEST_TOPIC: Final = 34
_NARROW_SUBJECT: Final = 7
_USUAL_SUBJECT: Final = 14
_WIDE_SUBJECT: Final = 22
_REFUSED: Final = 400
_ID_TAIL: Final = 6  # digits at an id's end that tell it from its neighbours


class Growth(NamedTuple):
    """Cells that a column gets when there is room; growths are served in the order of their ranks."""

    rank: int
    cells: int
    leaves: int | None = None
    """The cells that must be left afterwards, else it gets none. None: it takes what there is of `cells`."""

    def of(self, room: int) -> int:
        """Return the cells that it gets of `room`."""
        if self.leaves is not None:
            return self.cells if room >= self.cells + self.leaves else 0
        return max(0, min(room, self.cells))


@dataclass(frozen=True)
class Column:
    """One column of the list. A blank stands between two columns and at each end of a row."""

    name: str
    width: int | None
    """The cells that it always has; None: it is left out unless it grows."""
    render: Callable[[Row, int], Parts]
    """Draws a row's cell in exactly so many cells. Untrusted text is made visible."""
    growth: Callable[[int], tuple[Growth, ...]] = lambda _newest: ()
    """How it grows, for the highest id in the list."""


@dataclass(frozen=True)
class DeliveryColumns:
    """The columns that fit into the list, each with its width in cells, from left to right."""

    shown: tuple[tuple[Column, int], ...]

    @classmethod
    def within(cls, width: int, newest: int) -> Self:
        """Divide `width` cells; `newest` is the highest id in the list.

        On a narrow list the answer's status is left out first, then the id, the milliseconds, and the end of
        the topic.
        """
        widths = {column.name: column.width for column in COLUMNS}
        room = width - 1 - sum(each + 1 for each in widths.values() if each is not None)
        growths = [(growth, column.name) for column in COLUMNS for growth in column.growth(newest)]
        for growth, name in sorted(growths):
            cells = growth.of(room)
            before = widths[name]
            if cells and before is None:
                widths[name] = cells - 1  # the blank beside it is part of what it took
            elif before is not None:
                widths[name] = before + cells
            room -= cells
        return cls(tuple((column, got) for column in COLUMNS if (got := widths[column.name]) is not None))

    def line(self, row: Row) -> Content:
        """Draw a row."""
        parts: Parts = [(" ", "")]
        for column, cells in self.shown:
            parts += [*column.render(row, cells), (" ", "")]
        return Content.assemble(*parts)


def _id(row: Row, cells: int) -> Parts:
    return [(f"{row.id:>{cells}}", styles.FAINT)]


def _time(row: Row, cells: int) -> Parts:
    return [(row.received_at.astimezone().strftime("%H:%M:%S.%f")[:cells], styles.MUTED)]


def _signature(row: Row, _cells: int) -> Parts:
    return [(SIGNATURE_SIGNS[row.signature], styles.SIGNATURES[row.signature])]


def _topic(row: Row, cells: int) -> Parts:
    """Draw the resource muted and the event plain.

    Where room is short the resource is cut first, to `fulfi…/moved`: the event says more.
    """
    resource, slash, event = (row.topic or "").partition("/")
    if not slash:
        return [(fitted(row.topic or "no topic", cells), styles.PLAIN if row.topic else styles.MUTED)]
    spared = max(_SHORTEST_RESOURCE, cells - 1 - len(visible(event)))
    resource = cut(cut(resource, spared) + slash, cells)
    return [(resource, styles.MUTED), (fitted(event, cells - cell_len(resource)), styles.PLAIN)]


def _subject(row: Row, cells: int) -> Parts:
    return [(fitted(subject_words(row.subject, cells), cells), styles.STRONG)]


def _status(row: Row, cells: int) -> Parts:
    """Draw the target's status, else the one that the sender got; a cross where there was no answer."""
    failed = row.target is not None and row.target.failure is not None
    if failed or row.answered == 0:
        return [(f"{'✗':<{cells}}", styles.ERROR)]
    if row.answered is None:
        return [(" " * cells, "")]
    return [(f"{row.answered:<{cells}}", styles.ERROR if row.answered >= _REFUSED else styles.FAINT)]


def _verdict(row: Row, cells: int) -> Parts:
    words = row.words
    if row.signature.trusted and row.verdict is Verdict.UNCHANGED and row.hint:
        words += " ?"
    if not row.signature.trusted or row.unreadable:
        style = styles.ERROR
    else:
        style = styles.VERDICTS[row.verdict] if row.verdict else styles.MUTED
    return [(fitted(words, cells), style)]


COLUMNS: Final = (
    Column("id", None, _id, lambda newest: (Growth(2, max(3, len(str(newest))) + 1, leaves=0),)),
    Column("time", _SHORT_TIME, _time, lambda _: (Growth(1, _TIME - _SHORT_TIME, leaves=0),)),
    Column("signature", 1, _signature),
    Column(
        "topic",
        0,
        _topic,
        lambda _: (
            Growth(0, _SHORTEST_TOPIC),
            Growth(4, _USUAL_TOPIC - _SHORTEST_TOPIC),
            Growth(6, _LONGEST_TOPIC - _USUAL_TOPIC),
        ),
    ),
    Column(
        "subject",
        _NARROW_SUBJECT,
        _subject,
        lambda _: (Growth(5, _USUAL_SUBJECT - _NARROW_SUBJECT), Growth(7, _WIDE_SUBJECT - _USUAL_SUBJECT)),
    ),
    Column("status", None, _status, lambda _: (Growth(3, 3 + 1, leaves=_LONGEST_TOPIC - _SHORTEST_TOPIC),)),
    Column("verdict", 15, _verdict),
)
"""The columns from left to right."""


def subject_words(subject: Subject | None, cells: int) -> str:
    """Return the subject's name, else its kind and id, in about `cells` cells. The text is untrusted."""
    if subject is None:
        return ""
    if subject.name:
        return subject.name
    for shown in (f"{subject.noun} {subject.id}", f"{subject.noun} …{subject.id[-_ID_TAIL:]}"):
        if len(shown) <= cells:
            return shown
    return f"…{subject.id[-_ID_TAIL:]}" if len(subject.id) > _ID_TAIL else subject.id
