"""The lines of the list: one for each row, and one for all deliveries of an action while it is closed. Pure.

The deliveries of an action share shop and `X-Shopify-Event-Id`
(https://shopify.dev/docs/apps/build/webhooks). Their line shows the one that says most, so that a later one
that says nothing new neither replaces nor moves it. A retry has a line of its own: it is news.

Lines stand in the order of the ids, oldest first, as rows do; the other deliveries of an open action stand
before the one that leads them, below it on the screen.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from devhook.analysis.verdict import Verdict
from devhook.inbox.deliveries import Row

Action = tuple[str | None, str]
Place = tuple[int, bool, int]

_ORDER: Final = "order"
# How much a delivery says, if its body is the whole resource, and if it is a part of an order or less.
_WORTH: Final = {
    Verdict.CHANGED: (4, 3),
    Verdict.LATE: (4, 3),
    Verdict.FIRST: (3, 1),
    Verdict.UNCHANGED: (2, 0),
}


class Line(NamedTuple):
    """One line: its row, how many other deliveries its action has, and how it stands to them.

    `others` is 0 for a delivery of its own. `is_open`: the others have lines below it. `is_member`: it is one
    of those.
    """

    row: Row
    others: int = 0
    is_open: bool = False
    is_member: bool = False


class ActionLines:
    """The rows of the list, put together by action."""

    def __init__(self) -> None:
        self._lines: list[Row] = []
        self._members: dict[Action, list[Row]] = {}
        self._leads: dict[Action, int] = {}
        self._open: set[Action] = set()
        # The actions of the rows that have one, by their ids.
        self._actions: dict[int, Action] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that have a line, oldest first."""
        return self._lines

    def line(self, index: int) -> Line:
        """Return the line at `index`, counted from the oldest."""
        row = self._lines[index]
        action = self._actions.get(row.id)
        if action is None or len(self._members[action]) == 1:
            return Line(row)
        if self._leads[action] != row.id:
            return Line(row, is_member=True)
        return Line(row, others=len(self._members[action]) - 1, is_open=action in self._open)

    def rows_of(self, index: int) -> Sequence[Row]:
        """Return the rows that a line stands for: those of its action if it leads them, else its own."""
        line = self.line(index)
        return self._members[self._actions[line.row.id]] if line.others else [line.row]

    def index_of(self, row: Row) -> int | None:
        """Return the index of the line that shows `row`: its own, or that of its closed action."""
        action = self._actions.get(row.id)
        lead = self._leads[action] if action else row.id
        for place in (self._place(row), (lead, True, lead)):
            index = self._index(place)
            if index < len(self._lines) and self._lines[index].id == place[-1]:
                return index
        return None

    def toggle(self, row: Row) -> bool:
        """Open the action of `row`, or close it; False if it has no other delivery."""
        action = self._actions.get(row.id)
        if action is None or len(self._members[action]) == 1:
            return False
        self._take_out(action)
        self._open ^= {action}
        self._put_in(action)
        return True

    def toggle_all(self) -> bool:
        """Close all actions; if none is open, open them all. Return whether there are any."""
        several = {action for action, members in self._members.items() if len(members) > 1}
        alone = [row for row in self._lines if row.id not in self._actions]
        rows = chain(alone, *self._members.values())
        self._open = set() if self._open & several else several
        self.replace_all(sorted(rows, key=lambda row: row.id))
        return bool(several)

    def replace_all(self, rows: Sequence[Row]) -> None:
        """Start again with `rows`, oldest first. What is open stays open."""
        self._members, self._leads, self._actions = {}, {}, {}
        self._lines = self._first_lines(rows)

    def extend(self, rows: Sequence[Row]) -> None:
        """Add rows that are newer than all others, oldest first."""
        others, joining = self._parted(rows)
        self._lines += self._first_lines(others)
        self._join(joining)

    def prepend(self, rows: Sequence[Row]) -> None:
        """Add rows that are older than all others, oldest first."""
        others, joining = self._parted(rows)
        self._lines[:0] = self._first_lines(others)
        self._join(joining)

    def put(self, row: Row) -> None:
        """Add a row, or take what is known anew of one."""
        self.remove(row)
        others, joining = self._parted([row])
        self._insert(self._first_lines(others))
        self._join(joining)

    def remove(self, row: Row) -> None:
        """Remove the row with this id, if there is one."""
        action = self._actions.get(row.id)
        if action is not None:
            self._take_out(action)
            del self._actions[row.id]
            self._members[action] = [each for each in self._members[action] if each.id != row.id]
            self._put_in(action)
            return
        index = self._index((row.id, True, row.id))
        if index < len(self._lines) and self._lines[index].id == row.id:
            del self._lines[index]

    def _parted(self, rows: Sequence[Row]) -> tuple[list[Row], list[tuple[Action, Row]]]:
        """Return the rows whose actions are new or none, and those whose actions are known."""
        others = []
        joining = []
        for row in rows:
            action = _action(row)
            if action is None or action not in self._members:
                others.append(row)
            else:
                joining.append((action, row))
        return others, joining

    def _join(self, joining: Iterable[tuple[Action, Row]]) -> None:
        for action, row in joining:
            self._take_out(action)
            self._actions[row.id] = action
            insort(self._members[action], row, key=lambda each: each.id)
            self._put_in(action)

    def _first_lines(self, rows: Sequence[Row]) -> list[Row]:
        """Return the lines of rows whose actions are new."""
        new: dict[Action, list[Row]] = {}
        lines = []
        for row in rows:
            action = _action(row)
            if action is None:
                lines.append(row)
            else:
                new.setdefault(action, []).append(row)
                self._actions[row.id] = action
        for action, members in new.items():
            self._members[action] = members
            self._leads[action] = _lead(members)
            lines += self._shown(action)
        return sorted(lines, key=self._place)

    def _shown(self, action: Action) -> list[Row]:
        members, lead = self._members[action], self._leads[action]
        return [row for row in members if action in self._open or row.id == lead]

    def _take_out(self, action: Action) -> None:
        for row in self._shown(action):
            del self._lines[self._index(self._place(row))]

    def _put_in(self, action: Action) -> None:
        if not self._members[action]:
            del self._members[action], self._leads[action]
            return
        self._leads[action] = _lead(self._members[action])
        self._insert(self._shown(action))

    def _insert(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._lines.insert(self._index(self._place(row)), row)

    def _index(self, place: Place) -> int:
        return bisect_left(self._lines, place, key=self._place)

    def _place(self, row: Row) -> Place:
        action = self._actions.get(row.id)
        lead = self._leads[action] if action else row.id
        return lead, row.id == lead, row.id


def _action(row: Row) -> Action | None:
    """Return what the deliveries of one action share; None for a row that stands alone."""
    if row.event_id is None or not row.signature.trusted or row.verdict in {None, Verdict.DUPLICATE}:
        return None
    return row.shop, row.event_id


def _lead(members: Sequence[Row]) -> int:
    """Return the id of the delivery that says most; of several, the first that came."""
    return max(members, key=lambda row: (_worth(row), -row.id)).id


def _worth(row: Row) -> int:
    whole, part = _WORTH.get(row.verdict, (0, 0)) if row.verdict else (0, 0)
    subject = row.subject
    if subject is None:
        return part
    if subject.document == subject.kind:
        return whole
    return part + (1 if subject.kind == _ORDER and row.verdict is Verdict.FIRST else 0)
