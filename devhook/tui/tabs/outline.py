"""A document as lines that fold: the lines of each node, its path, what is visible. Pure of widgets."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from textual.content import Content

from devhook.analysis.paths import spelled
from devhook.tui.widgets.lines_view import Lines

Step: TypeAlias = str | int
"""A key, or an item's index."""


class Outline:
    """The lines of a document, counted from 0 and unfolded. This one has no nodes: a text, or bytes.

    `count`, `width`: how many there are, and the cells of the widest.
    `ends`: the last line of each node, by its first.
    """

    ends: Mapping[int, int] = {}

    def __init__(self, count: int, width: int, draw: Callable[[int], Content]) -> None:
        self.count: Final = count
        self.width: Final = width
        self._draw = draw

    def line(self, number: int) -> Content:
        """Return a line as it is drawn."""
        return self._draw(number)

    def folded(self, first: int) -> Content:
        """Return the line that a node is folded into."""
        raise NotImplementedError

    def texts(self) -> Iterable[str]:
        """Return the text of every line."""
        return (self.line(number).plain for number in range(self.count))

    def steps(self, number: int) -> tuple[Step, ...] | None:  # noqa: ARG002 - where there are nodes
        """Return the way to the value on a line; None where there is none."""
        return None

    def value(self, number: int) -> str | None:  # noqa: ARG002 - where there are nodes
        """Return the value on a line as text, of a node the whole of it; None where there is none."""
        return None

    def path(self, number: int) -> str | None:
        """Return the path of a line, `line_items[2].price`; empty: the whole document, None: no value."""
        steps = self.steps(number)
        if not steps:
            return None if steps is None else ""
        return spelled((str(step), isinstance(step, int)) for step in steps)

    @cached_property
    def _firsts(self) -> tuple[int, ...]:
        return tuple(sorted(self.ends))

    @cached_property
    def outermost(self) -> frozenset[int]:
        """The first lines of the nodes that are in no other one."""
        found, last = [], -1
        for first in self._firsts:
            if first > last:
                found.append(first)
                last = self.ends[first]
        return frozenset(found)

    def node(self, number: int) -> int | None:
        """Return the first line of the node that begins on a line, or else of the one that the line is in."""
        return number if number in self.ends else self.around(number)

    def around(self, number: int) -> int | None:
        """Return the first line of the innermost node that a line is in and does not begin."""
        for place in range(bisect_left(self._firsts, number) - 1, -1, -1):
            first = self._firsts[place]
            if self.ends[first] >= number:
                return first
        return None

    def nodes_around(self, number: int) -> Iterator[int]:
        """Yield the first lines of all nodes that a line is in and does not begin, the innermost first."""
        first = self.around(number)
        while first is not None:
            yield first
            first = self.around(first)

    def inner(self, first: int) -> Iterator[int]:
        """Yield the first line of each field or item of a node."""
        line, last = first + 1, self.ends[first]
        while line < last:
            yield line
            line = self.ends.get(line, line) + 1


class Folds(NamedTuple):
    """An outline with some of its nodes `closed`, below the lines of `head`.

    `shown` are the lines of the outline that are in sight.
    """

    outline: Outline
    closed: frozenset[int]
    head: tuple[Content, ...]
    shown: Sequence[int]

    @classmethod
    def of(cls, outline: Outline, closed: frozenset[int], head: tuple[Content, ...]) -> "Folds":
        """Fold the nodes that begin on the lines `closed`."""
        if not closed:
            return cls(outline, closed, head, range(outline.count))
        shown, number = [], 0
        while number < outline.count:
            shown.append(number)
            number = outline.ends[number] + 1 if number in closed else number + 1
        return cls(outline, closed, head, shown)

    def lines(self) -> Lines:
        """Return the visible lines; each line of the outline can be selected."""
        above = len(self.head)
        width = max([self.outline.width, *(each.cell_length for each in self.head)])
        count = above + len(self.shown)
        return Lines(count, width, self._line, range(above, count))

    def _line(self, number: int) -> Content:
        if number < len(self.head):
            return self.head[number]
        line = self.shown[number - len(self.head)]
        return self.outline.folded(line) if line in self.closed else self.outline.line(line)

    def line_of(self, number: int) -> int:
        """Return the visible line for line `number` of the outline: itself, or what it is folded into."""
        return len(self.head) + bisect_right(self.shown, number) - 1

    def with_line(self, number: int) -> "Folds":
        """Open every node that hides a line."""
        hiding = self.closed.intersection(self.outline.nodes_around(number))
        return Folds.of(self.outline, self.closed - hiding, self.head) if hiding else self

    def toggled(self, first: int) -> "Folds":
        """Fold the node that begins on a line, or open it."""
        return Folds.of(self.outline, self.closed ^ {first}, self.head)

    def all_toggled(self) -> "Folds":
        """Open all nodes; where all are open, fold each but the outermost."""
        ends = self.outline.ends
        closed = frozenset() if self.closed else frozenset(ends) - self.outline.outermost
        return Folds.of(self.outline, closed, self.head)
