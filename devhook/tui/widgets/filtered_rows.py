"""The rows that the list knows, and which of them its filter lets through. Pure.

Rows stand in the order of their ids, oldest first, so that the newest is appended and an index stays right
while others arrive. Rows that a new filter has not been tried on yet are looked at in portions, newest first:
a hundred thousand of them at once would hold the screen up. What is older than all known rows is found in
the inbox under a filter; it is shown as long as that filter is, and not known, since others lie between.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Protocol

from devhook.filter.language import Filter
from devhook.inbox.deliveries import Row
from devhook.tui.widgets.action_lines import ActionLines


class RowFilter(Protocol):
    """A filter, or one with the inbox at hand; false when it lets everything through."""

    def matches(self, row: Row) -> bool:
        """Whether `row` is let through."""

    def __bool__(self) -> bool: ...


class FilteredRows:
    """All known rows, the shown ones among them, and the lines that show these."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self.lines = ActionLines()
        self._unexamined = 0
        self._reached: int | None = None
        self._filter: RowFilter = Filter()

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that the filter lets through, as far as they have been examined, oldest first."""
        return self._shown

    @property
    def known(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._rows)

    @property
    def unexamined(self) -> int:
        """How many of the oldest rows the filter has still to be tried on."""
        return self._unexamined

    @property
    def oldest(self) -> int | None:
        """The id down to which rows are known, or found under the filter; None where there are none."""
        if self._reached is not None:
            return self._reached
        return self._rows[0].id if self._rows else None

    @property
    def filter(self) -> RowFilter:
        """The filter that is tried on every row."""
        return self._filter

    def add(self, rows: Sequence[Row]) -> int:
        """Take in newer rows, oldest first; return how many of them are shown.

        A row that is known already takes the place of what was known of it: it has been read meanwhile.
        """
        newest = self._rows[-1].id if self._rows else 0
        new = []
        for row in rows:
            if row.id > newest:
                new.append(row)
            else:
                self._renew(row)
        shown = [row for row in new if self._filter.matches(row)]
        self._rows += new
        self._shown += shown
        self.lines.extend(shown)
        return len(shown)

    def add_older(self, rows: Sequence[Row]) -> None:
        """Take in rows from before the oldest known one, oldest first; they are still to be examined."""
        oldest = self._rows[0].id if self._rows else None
        older = [row for row in rows if oldest is None or row.id < oldest]
        self._rows[:0] = older
        self._unexamined += len(older)

    def add_found(self, rows: Sequence[Row], reached: int) -> None:
        """Show rows from before all known ones that the inbox found under the filter, oldest first.

        `reached` is the id down to which it has looked.
        """
        self._shown[:0] = rows
        self.lines.prepend(rows)
        self._reached = reached

    def narrow(self, to: RowFilter, *, found: bool = False) -> None:
        """Start again with another filter: nothing is shown until it has been examined.

        Where it cannot be told from the rows, what is `found` in the inbox is all that is to be shown.
        """
        self._filter = to
        self._shown = []
        self.lines.replace_all([])
        self._reached = self._rows[-1].id + 1 if found and self._rows else None
        self._unexamined = 0 if found else len(self._rows)

    def examine(self, portion: int) -> int:
        """Try the filter on the newest `portion` of the unexamined rows; return how many more are shown."""
        start = max(0, self._unexamined - portion)
        found = [row for row in self._rows[start : self._unexamined] if self._filter.matches(row)]
        self._shown[:0] = found
        self.lines.prepend(found)
        self._unexamined = start
        return len(found)

    def _renew(self, row: Row) -> None:
        """Take what is known anew of a row; the filter may let it through now, or no longer."""
        known = _place(self._rows, row.id)
        if known is not None:
            self._rows[known] = row
        shown = _place(self._shown, row.id)
        let_through = self._filter.matches(row)
        if shown is not None:
            self._shown[shown : shown + 1] = [row] if let_through else []
            if let_through:
                self.lines.put(row)
            else:
                self.lines.remove(row)
        elif (
            let_through and known is not None and known >= self._unexamined and row.id >= (self._reached or 0)
        ):
            insort(self._shown, row, key=_id_of)
            self.lines.put(row)

    def place(self, delivery: int) -> int | None:
        """The index among the shown rows of the one with the id `delivery`, or None."""
        return _place(self._shown, delivery)

    def hides(self, delivery: int) -> bool:
        """Whether a known row does not match the filter, as far as it has been examined."""
        known = _place(self._rows, delivery)
        examined = known is not None and known >= self._unexamined and delivery >= (self._reached or 0)
        return examined and self.place(delivery) is None

    def nearest(self, delivery: int) -> int | None:
        """The index of `delivery`, or of the next older shown row, or of the oldest; None: none is shown."""
        index = bisect_left(self._shown, delivery + 1, key=_id_of) - 1
        return max(0, index) if self._shown else None

    def position(self, delivery: int) -> int:
        """How many known rows are older than `delivery`."""
        return bisect_left(self._rows, delivery, key=_id_of)


def _id_of(row: Row) -> int:
    return row.id


def _place(rows: Sequence[Row], delivery: int) -> int | None:
    index = bisect_left(rows, delivery, key=_id_of)
    return index if index < len(rows) and rows[index].id == delivery else None
