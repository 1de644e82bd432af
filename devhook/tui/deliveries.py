"""The rows that the list knows, and which of them its filter lets through. Pure.

Rows stand in the order of their ids, oldest first, so that the newest is appended and an index stays right
while others arrive. Rows that a new filter has not been tried on yet are looked at in portions, newest first:
a hundred thousand of them at once would hold the screen up.
"""

from bisect import bisect_left
from collections.abc import Sequence

from devhook.inbox.filter import Filter
from devhook.inbox.rows import Row


class Deliveries:
    """All known rows, and the shown ones among them."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self._unexamined = 0
        self._filter = Filter()

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
        """The id of the oldest known row."""
        return self._rows[0].id if self._rows else None

    @property
    def filter(self) -> Filter:
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
                _replace(self._rows, row)
                _replace(self._shown, row)
        shown = [row for row in new if self._filter.matches(row)]
        self._rows += new
        self._shown += shown
        return len(shown)

    def add_older(self, rows: Sequence[Row]) -> None:
        """Take in rows from before the oldest known one, oldest first; they are still to be examined."""
        oldest = self._rows[0].id if self._rows else None
        older = [row for row in rows if oldest is None or row.id < oldest]
        self._rows[:0] = older
        self._unexamined += len(older)

    def narrow(self, to: Filter) -> None:
        """Start again with another filter: nothing is shown until it has been examined."""
        self._filter = to
        self._shown = []
        self._unexamined = len(self._rows)

    def examine(self, portion: int) -> int:
        """Try the filter on the newest `portion` of the unexamined rows; return how many more are shown."""
        start = max(0, self._unexamined - portion)
        found = [row for row in self._rows[start : self._unexamined] if self._filter.matches(row)]
        self._shown[:0] = found
        self._unexamined = start
        return len(found)

    def place(self, delivery: int) -> int | None:
        """The index among the shown rows of the one with the id `delivery`, or None."""
        return _place(self._shown, delivery)

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


def _replace(rows: list[Row], row: Row) -> None:
    if (index := _place(rows, row.id)) is not None:
        rows[index] = row
