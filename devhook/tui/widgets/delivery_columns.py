"""The columns of the deliveries list: one object a column, and how they share the width of the list."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, Self, TypeAlias

from rich.cells import cell_len
from textual.content import Content

from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import SIGNATURE_SIGNS
from devhook.inbox.deliveries import Row
from devhook.text import visible
from devhook.tui import styles
from devhook.tui.untrusted import cut, fitted
from devhook.tui.widgets.action_lines import Line
from devhook.webhook.delivery import Signature
from devhook.webhook.subject import Subject

# Pieces of text, each with its style.
Parts: TypeAlias = list[tuple[str, str]]

_TIME: Final = 12
_SHORT_TIME: Final = 8
_MARK: Final = 2
_ANSWER: Final = 4
_SHORTEST_TOPIC: Final = 16
_USUAL_TOPIC: Final = 26
_LONGEST_TOPIC: Final = 38
_SHORTEST_RESOURCE: Final = 4
_SHORTEST_WORDS: Final = 14
_USUAL_WORDS: Final = 30
_ROOMY_WORDS: Final = 44
_LONGEST_WORDS: Final = 60
_WHOLE_LIST: Final = 1_000  # all that is left
_NARROW_SUBJECT: Final = 7
_USUAL_SUBJECT: Final = 15
_WIDE_SUBJECT: Final = 22
_REFUSED: Final = 400
_ID_TAIL: Final = 6  # digits at the end of an id that distinguish it
_MOST_ATTEMPTS: Final = 9
_INDENT: Final = "  "
_APART: Final = 3  # blanks between what happened and a topic without a column
_TOPIC: Final = "topic"


class Growth(NamedTuple):
    """Cells that a column gets when there is room; growths are served in the order of their ranks."""

    rank: int
    cells: int
    whole: bool = False
    """Whether it gets none if there is not room for all of its cells."""

    def of(self, room: int) -> int:
        """Return the cells that it gets of `room`."""
        if self.whole and room < self.cells:
            return 0
        return max(0, min(room, self.cells))


class Drawn(NamedTuple):
    """What a cell is drawn from: a line of the list, and the topic of the line above it.

    `inline`: there is no column for the topic.
    """

    line: Line
    topic_above: str | None = None
    inline: bool = False

    @property
    def row(self) -> Row:
        """The line's row."""
        return self.line.row


@dataclass(frozen=True)
class Column:
    """One column of the list. A blank stands between two columns and at each end of a row."""

    name: str
    title: str
    width: int | None
    """The cells that it always has; None: it is left out unless it grows."""
    render: Callable[[Drawn, int], Parts]
    """Draws a line's cell in exactly so many cells. Untrusted text is made visible."""
    growth: Callable[[int], tuple[Growth, ...]] = lambda _newest: ()
    """How it grows, for the highest id in the list."""
    right: bool = False
    """Whether its cells and its title stand at its right edge."""


@dataclass(frozen=True)
class DeliveryColumns:
    """The columns that fit into the list, each with its width in cells, from left to right."""

    shown: tuple[tuple[Column, int], ...]

    @classmethod
    def within(cls, width: int, newest: int, *, app: bool = True) -> Self:
        """Divide `width` cells; `newest` is the highest id in the list.

        `app`: deliveries are forwarded, so that there are answers of an app. On a narrow list the
        milliseconds are left out first, then the id, then the topic.
        """
        return cls(_divided(width, newest, app))

    def marks_at(self, x: int) -> bool:
        """Return whether the sign that opens an action stands at `x` cells from the left, or beside it."""
        left = 1
        for column, cells in self.shown:
            if column.name == "mark":
                return left <= x <= left + cells
            left += cells + 1
        return False

    def header(self) -> Content:
        """Draw the titles of the columns."""
        parts: Parts = [(" ", "")]
        for column, cells in self.shown:
            title = column.title[:cells]
            parts += [(title.rjust(cells) if column.right else title.ljust(cells), styles.FAINT), (" ", "")]
        return Content.assemble(*parts)

    def line(self, line: Line, topic_above: str | None = None) -> Content:
        """Draw a line."""
        drawn = Drawn(line, topic_above, inline=self.shown[-1][0].name != _TOPIC)
        parts: Parts = [(" ", "")]
        for column, cells in self.shown:
            parts += [*column.render(drawn, cells), (" ", "")]
        return Content.assemble(*parts)


@lru_cache(32)
def _divided(width: int, newest: int, app: bool) -> tuple[tuple[Column, int], ...]:  # noqa: FBT001 - a key of the cache
    columns = [column for column in COLUMNS if app or column.name != "app"]
    widths = {column.name: column.width for column in columns}
    room = width - 1 - sum(each + 1 for each in widths.values() if each is not None)
    growths = [(growth, column.name) for column in columns for growth in column.growth(newest)]
    for growth, name in sorted(growths):
        before = widths[name]
        if before is None and not growth.whole:
            continue  # it is left out
        cells = growth.of(room)
        if cells:
            # The blank beside a new column is part of what it took.
            widths[name] = cells - 1 if before is None else before + cells
        room -= cells
    return tuple((column, got) for column in columns if (got := widths[column.name]) is not None)


def _id(drawn: Drawn, cells: int) -> Parts:
    return [(f"{drawn.row.id:>{cells}}", styles.FAINT)]


def _mark(drawn: Drawn, cells: int) -> Parts:
    """Draw whether the action can be opened, and the number of a retry."""
    line = drawn.line
    if line.others:
        return [(fitted("▾" if line.is_open else "▸", cells), styles.ACCENT)]
    attempt = drawn.row.attempt or 1
    if attempt == 1:
        return [(" " * cells, "")]
    return [(fitted(f"↻{attempt if attempt <= _MOST_ATTEMPTS else '+'}", cells), styles.WARNING)]


def _time(drawn: Drawn, cells: int) -> Parts:
    shown = drawn.row.received_at.astimezone().strftime("%H:%M:%S.%f")[:cells]
    return [(shown, styles.FAINT if drawn.line.is_member else styles.MUTED)]


def _shop(drawn: Drawn, cells: int) -> Parts:
    """Draw devhook's answer to the shop, with the sign of a signature that is not valid."""
    row = drawn.row
    refused = row.status is not None and not 0 < row.status < _REFUSED
    sign = SIGNATURE_SIGNS[row.signature]
    style = styles.SIGNATURES[row.signature]
    if row.signature is Signature.VALID and refused:
        sign, style = "✗", styles.ERROR
    told = "" if row.status is None else str(row.status or "–")
    return [(fitted(f"{sign}{told}", cells), style)]


def _app(drawn: Drawn, cells: int) -> Parts:
    """Draw what the app answered last, to a replay too: a status, a cross for none, a dash if not asked."""
    row = drawn.row
    if row.replayed:
        status: int | None = row.replayed[0]
    elif row.target is None:
        return [(fitted("–", cells), styles.FAINT)]
    else:
        status = None if row.target.failure is not None else row.target.status
    if not status:
        return [(fitted("✗", cells), styles.ERROR)]
    sign, style = ("✗", styles.ERROR) if status >= _REFUSED else ("✓", styles.SUCCESS)
    return [(fitted(f"{sign}{status}", cells), style)]


def _subject(drawn: Drawn, cells: int) -> Parts:
    if drawn.line.is_member:
        return [(" " * cells, "")]
    return [(fitted(subject_words(drawn.row.subject, cells), cells), styles.STRONG)]


def _words(drawn: Drawn, cells: int) -> Parts:
    """Draw what happened; behind it the topic if that has no column and the words leave room for it."""
    row = drawn.row
    indent = _INDENT if drawn.line.is_member else ""
    words = cut(indent + row.happened, cells)
    topic = cut(row.topic or "", cells) if drawn.inline else ""
    room = cells - cell_len(words) - cell_len(topic)
    if not topic or room < _APART:
        return [(fitted(words, cells), words_style(row))]
    return [(words + " " * room, words_style(row)), (topic, styles.FAINT)]


def words_style(row: Row) -> str:
    """Return the style of what happened: what needs attention stands out, what says nothing new is dim."""
    if not row.signature.trusted or row.unreadable:
        return styles.ERROR
    if row.verdict is Verdict.CHANGED:
        return styles.PLAIN
    return styles.WARNING if row.verdict is Verdict.LATE else styles.MUTED


def _topic(drawn: Drawn, cells: int) -> Parts:
    """Draw the resource muted, or faint where the line above has the same, and the event plain.

    Where room is short the resource is cut first, to `fulfi…/moved`: the event says more.
    """
    row = drawn.row
    more = f" +{drawn.line.others}" if drawn.line.others and not drawn.line.is_open else ""
    room = cells - len(more)
    resource, slash, event = (row.topic or "").partition("/")
    if not slash:
        shown = cut(row.topic or "no topic", room)
        parts = [(shown, styles.MUTED)]
    else:
        spared = max(_SHORTEST_RESOURCE, room - 1 - len(visible(event)))
        repeated = (drawn.topic_above or "").partition("/")[0] == resource
        resource = cut(cut(resource, spared) + slash, room)
        shown = cut(event, room - cell_len(resource))
        parts = [(resource, styles.FAINT if repeated else styles.MUTED), (shown, styles.MUTED)]
    used = sum(cell_len(text) for text, _ in parts)
    return [*parts, (more, styles.ACCENT), (" " * (cells - used - len(more)), "")]


COLUMNS: Final = (
    Column(
        "id",
        "#",
        None,
        _id,
        lambda newest: (Growth(2, max(3, len(str(newest))) + 1, whole=True),),
        right=True,
    ),
    Column("mark", "", _MARK, _mark),
    Column("time", "time", _SHORT_TIME, _time, lambda _: (Growth(9, _TIME - _SHORT_TIME, whole=True),)),
    Column("shop", "shop", _ANSWER, _shop),
    Column("app", "app", _ANSWER, _app),
    Column(
        "subject",
        "order",
        _NARROW_SUBJECT,
        _subject,
        lambda _: (Growth(6, _USUAL_SUBJECT - _NARROW_SUBJECT), Growth(9, _WIDE_SUBJECT - _USUAL_SUBJECT)),
    ),
    Column(
        "words",
        "what happened",
        _SHORTEST_WORDS,
        _words,
        lambda _: (
            Growth(1, _USUAL_WORDS - _SHORTEST_WORDS),
            Growth(4, _ROOMY_WORDS - _USUAL_WORDS),
            Growth(7, _LONGEST_WORDS - _ROOMY_WORDS),
            Growth(10, _WHOLE_LIST),
        ),
    ),
    Column(
        _TOPIC,
        "topic",
        None,
        _topic,
        lambda _: (
            Growth(3, _SHORTEST_TOPIC + 1, whole=True),
            Growth(5, _USUAL_TOPIC - _SHORTEST_TOPIC),
            Growth(8, _LONGEST_TOPIC - _USUAL_TOPIC),
        ),
    ),
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
