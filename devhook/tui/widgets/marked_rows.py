"""Which deliveries of the list are marked: one by one, in a range, all that match. Marks are ids.

So they stay while rows arrive, are read again, or are hidden by a filter. A line that stands for an action
marks the action's deliveries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from textual.binding import Binding
from textual.message import Message

from devhook.tui import styles
from devhook.tui.notices import info
from devhook.tui.widgets.cursor_rows import CursorRows
from devhook.tui.widgets.filtered_rows import RowFilter
from devhook.tui.widgets.rows_view import Marking

# Marks of which it is told whether the filter hides them.
_LOOKED_FOR: Final = 1_000

MARK_BINDINGS: Final = (
    Binding(
        "space", "mark", "mark", tooltip="Mark the delivery or its action, and go to the next", id="list.mark"
    ),
    Binding(
        "v",
        "mark_range",
        "Mark a range",
        show=False,
        tooltip="Mark from here to where the cursor goes; v ends the range",
        id="list.mark-range",
    ),
    Binding("shift+down,J", "extend(1)", "Mark down", show=False, id="list.mark-down"),
    Binding("shift+up,K", "extend(-1)", "Mark up", show=False, id="list.mark-up"),
    Binding(
        "asterisk,ctrl+a",
        "mark_all",
        "Mark all",
        show=False,
        tooltip="Mark every delivery that matches the filter",
        id="list.mark-all",
    ),
)


@dataclass(frozen=True)
class _Range:
    """A range that is being marked: the delivery where it began, and what was marked before.

    `held`: it ends with the first move that is not made with Shift.
    """

    start: int
    before: frozenset[int]
    held: bool


@dataclass
class _Marks:
    ids: set[int] = field(default_factory=set)
    range: _Range | None = None
    gathering: bool = False  # all that match are being marked


class MarkedRows(CursorRows, inherit_bindings=False):
    """Marks deliveries of the list."""

    @dataclass
    class AllRequested(Message):
        """Every delivery that `filter` lets through is to be marked, loaded or not."""

        filter: RowFilter

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._marks = _Marks()

    @property
    def marked(self) -> Sequence[int]:
        """The ids of the marked deliveries, oldest first."""
        return sorted(self._marks.ids)

    @property
    def marked_count(self) -> int:
        """How many deliveries are marked."""
        return len(self._marks.ids)

    @property
    def picked(self) -> Sequence[int]:
        """What an action on deliveries acts on: the marked ones, else the one under the cursor."""
        if self._marks.ids or self._selected is None:
            return self.marked
        return [self._selected.id]

    @property
    def gathers(self) -> bool:
        """Whether the marking of all matching deliveries is still going on."""
        return self._marks.gathering

    def gather(self, deliveries: Iterable[int], *, last: bool) -> None:
        """Mark a portion of all that match; `last` means that there are no more."""
        self._marks.ids.update(deliveries)
        self._marks.gathering = not last
        self._marks_changed()

    def unmark(self, deliveries: Iterable[int]) -> None:
        """Remove the marks of these deliveries: they are no longer in the inbox."""
        self._marks.ids.difference_update(deliveries)
        self._marks_changed()

    def step_back(self) -> bool:
        """Give up the range that is being marked, or else all marks; False if there is nothing to give up."""
        marks = self._marks
        if not (marks.ids or marks.range or marks.gathering):
            return False
        self._marks = _Marks(set(marks.range.before) if marks.range else set())
        self._marks_changed()
        return True

    def marks_words(self) -> list[tuple[str, str]]:
        """The words about the marks in the list's title."""
        marks = self._marks
        if not (marks.ids or marks.range or marks.gathering):
            return []
        told = [(f" · {len(marks.ids):,} marked{'…' if marks.gathering else ''}", styles.WARNING)]
        if len(marks.ids) <= _LOOKED_FOR and (hidden := sum(map(self._deliveries.hides, marks.ids))):
            told.append((f", {hidden:,} hidden", styles.WARNING))
        if marks.range and not marks.range.held:
            told += [(" · ", styles.MUTED), ("v", styles.HOTKEY), (" ends the range", styles.MUTED)]
        return told

    def marking(self, line: int) -> Marking:
        """Return whether the deliveries of a line are marked."""
        if not self._marks.ids:
            return Marking.NONE
        deliveries = self._deliveries_of(line)
        marked = sum(each in self._marks.ids for each in deliveries)
        return Marking.ALL if marked == len(deliveries) else Marking.SOME if marked else Marking.NONE

    def action_mark(self) -> None:
        """Mark what the line under the cursor stands for, or unmark it, and go on; end a range."""
        if self._has_none() or self._cursor is None:
            return
        if self._marks.range:
            self.end_range()
        else:
            self.toggle_marks(self._line_of(self._cursor))
            self.action_move(1)

    def _has_none(self) -> bool:
        """Show a notice if there is no delivery to mark."""
        if not self.shown:
            info(self, "There is no delivery to mark.")
        return not self.shown

    def toggle_marks(self, line: int) -> None:
        """Mark what a line stands for; unmark it when all of it is marked."""
        every = self.marking(line) is Marking.ALL
        change = self._marks.ids.difference_update if every else self._marks.ids.update
        change(self._deliveries_of(line))
        self._marks_changed()

    def action_mark_range(self) -> None:
        """Begin a range at the cursor, or end it."""
        if self._has_none():
            return
        if self._marks.range:
            self.end_range()
        else:
            self._begin_range(held=False)

    def action_extend(self, lines: int) -> None:
        """Mark from where Shift was first pressed to the line that the cursor goes to."""
        if self._has_none():
            return
        if self._marks.range is None:
            self._begin_range(held=True)
        if self._cursor is not None:
            self._go_to_line(self._line_of(self._cursor) + lines)
            self._mark_to_cursor()

    def action_move(self, lines: int) -> None:
        """Move the cursor; a range that `v` began goes with it."""
        super().action_move(lines)
        self._moved()

    def action_newest(self) -> None:
        """Move the cursor to the newest delivery, and the range with it."""
        super().action_newest()
        self._moved()

    def action_oldest(self) -> None:
        """Move the cursor to the oldest delivery loaded so far, and the range with it."""
        super().action_oldest()
        self._moved()

    def action_mark_all(self) -> None:
        """Ask for all deliveries that match."""
        if not self._has_none():
            self.end_range()
            self._marks.gathering = True
            self.post_message(self.AllRequested(self._deliveries.filter))

    def end_range(self) -> None:
        """End the range, or the marking of all that match; the marks stay."""
        self._marks.range, self._marks.gathering = None, False
        self._marks_changed()

    def _begin_range(self, *, held: bool) -> None:
        if self._selected is not None:
            self.following = False
            self._marks.range = _Range(self._selected.id, frozenset(self._marks.ids), held)
            self._mark_to_cursor()

    def _moved(self) -> None:
        if self._marks.range is None:
            return
        if self._marks.range.held:
            self.end_range()
        else:
            self._mark_to_cursor()

    def _mark_to_cursor(self) -> None:
        marks = self._marks
        if marks.range is None or self._cursor is None:
            return
        place = self._deliveries.nearest(marks.range.start)
        start = None if place is None else self._lines.index_of(self._deliveries.shown[place])
        if start is None:
            return
        first, last = sorted((self._line_of(start), self._line_of(self._cursor)))
        marks.ids = set(marks.range.before)
        for line in range(first, last + 1):
            marks.ids.update(self._deliveries_of(line))
        self._marks_changed()

    def _deliveries_of(self, line: int) -> list[int]:
        return [row.id for row in self._lines.rows_of(self._index_of(line))]

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.SummaryChanged())
