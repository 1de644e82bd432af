"""The cursor of a list that grows above it: which row is selected, and whether the newest is followed.

It follows the newest delivery until the cursor is moved; then the selection stays on its delivery, and the
rows in sight stay where they are, while others arrive above.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.reactive import reactive

from devhook.inbox.deliveries import Row
from devhook.tui.widgets.action_lines import ActionLines
from devhook.tui.widgets.filtered_rows import FilteredRows
from devhook.tui.widgets.rows_view import RowsView


class CursorRows(RowsView, inherit_bindings=False):
    """Keeps a cursor on a delivery while the rows around it change."""

    following: reactive[bool] = reactive(True, init=False)
    """Whether the newest delivery is selected as it comes."""

    @dataclass
    class Selected(Message):
        """Another delivery is selected: its row, or None when there is none."""

        row: Row | None

    class SummaryChanged(Message):
        """`DeliveryList.summary` or `columns` has changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._deliveries = FilteredRows()
        self._selected: Row | None = None
        self._cursor: int | None = None
        self._seen = 0  # the newest id when following stopped

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        return self._selected

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that the filter lets through, oldest first."""
        return self._deliveries.shown

    @property
    def new_above(self) -> int:
        """How many shown rows came since following stopped."""
        if self.following:
            return 0
        shown = self._deliveries.shown
        index = self._deliveries.nearest(self._seen)
        if index is None:
            return 0
        return len(shown) - index - (1 if shown[index].id <= self._seen else 0)

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    @property
    def cursor_line(self) -> int | None:
        """The line that has the cursor."""
        return None if self._cursor is None else self._line_of(self._cursor)

    def follow(self) -> None:
        """Go to the newest delivery and follow new ones."""
        self.following = True
        self._place_cursor(len(self._lines) - 1)
        self.scroll_to(y=0, animate=False, force=True)

    def go_to(self, delivery: int) -> bool:
        """Select a delivery by its id; False when it is not among those shown."""
        if (place := self._deliveries.place(delivery)) is None:
            return False
        row = self._deliveries.shown[place]
        index = self._lines.index_of(row)
        if index is not None and self._lines.rows[index].id != delivery:
            self._lines.toggle(row)
            self.resize_content()
            index = self._lines.index_of(row)
        if index is not None:
            self._go_to_line(self._line_of(index))
        return True

    # The cursor. Lines count from the top, where the newest is; indexes count from the oldest

    @property
    def _lines(self) -> ActionLines:
        return self._deliveries.lines

    def _line_of(self, index: int) -> int:
        return len(self._lines) - 1 - index

    def _index_of(self, line: int) -> int:
        return len(self._lines) - 1 - line

    def _place_cursor(self, index: int | None) -> None:
        lines = self._lines
        self._cursor = index if index is not None and 0 <= index < len(lines) else None
        row = None if self._cursor is None else lines.rows[self._cursor]
        if row is not self._selected:
            self._selected = row
            self.post_message(self.Selected(row))
        self.refresh()

    def _place_cursor_on(self, delivery: int | None) -> None:
        """Place the cursor on a delivery, or on the next older one that is shown; None: on the newest."""
        place = None if delivery is None else self._deliveries.nearest(delivery)
        if place is None:
            self._place_cursor(len(self._lines) - 1)
        else:
            self._place_cursor(self._lines.index_of(self._deliveries.shown[place]))

    def _anchor(self) -> tuple[Row | None, int]:
        """Return the first visible row, and its line; no row at the top of the list."""
        top = self.top
        index = self._index_of(top)
        return (self._lines.rows[index] if top and 0 <= index < len(self._lines) else None), top

    def _hold(self, row: Row | None, line: int) -> None:
        """Scroll so that `row`, which stood at `line`, stands where it stood."""
        index = self._lines.index_of(row) if row else None
        if index is not None and self._line_of(index) != line:
            self.scroll_to_line(self._line_of(index))

    def _go_to_line(self, line: int) -> None:
        """Move the cursor on a request of the user, which ends the following."""
        if not self._deliveries.shown:
            return
        self.following = False
        self._place_cursor(self._index_of(max(0, min(line, len(self._lines) - 1))))
        self.show_cursor()

    def watch_following(self) -> None:
        """Count new deliveries from here when following stops, and post that the title changed."""
        if not self.following and self._deliveries.shown:
            self._seen = self._deliveries.shown[-1].id
        self.post_message(self.SummaryChanged())

    def action_move(self, lines: int) -> None:
        """Move the cursor by `lines` lines; down is older."""
        if self._cursor is not None:
            self._go_to_line(self._line_of(self._cursor) + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by `pages` pages."""
        self.action_move(pages * max(1, self.page - 1))

    def action_newest(self) -> None:
        """Move the cursor to the newest delivery, without following."""
        self._go_to_line(0)

    def action_oldest(self) -> None:
        """Move the cursor to the oldest delivery loaded so far."""
        self._go_to_line(len(self._lines) - 1)
