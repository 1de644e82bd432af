"""JSON as an outline: its objects and lists fold, each line has a path and a value. Pure of widgets."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from textual.content import Content

from devhook.analysis.diff import Kind
from devhook.tui.tabs.json_lines import JsonLine, json_lines
from devhook.tui.tabs.outline import Outline, Step
from devhook.webhook.payload import write_pretty

# Wider lines are not measured one by one: nobody scrolls this far to the right.
WIDEST: Final = 2_000


class JsonOutline(Outline):
    """The lines of a document; the fields at the pointers (RFC 6901) in `marks` carry their mark."""

    def __init__(self, document: Any, marks: Mapping[str, Kind]) -> None:
        self._document = document
        self._lines = json_lines(document, marks)
        self.ends = _ends(self._lines)
        width = min(WIDEST, max(line.length for line in self._lines))
        super().__init__(len(self._lines), width, lambda number: self._lines[number].content())

    @cached_property
    def marked(self) -> tuple[int, ...]:
        """The lines where a changed field begins."""
        return tuple(number for number, line in enumerate(self._lines) if line.begins)

    def folded(self, first: int) -> Content:
        """Return the line that an object or a list is folded into."""
        last = self.ends[first]
        inside = {line.mark for line in self._lines[first:last] if line.mark}
        mark = (inside.pop() if len(inside) == 1 else Kind.CHANGED) if inside else None
        return self._lines[first].folded(sum(1 for _ in self.inner(first)), self._lines[last], mark)

    def texts(self) -> Iterable[str]:
        """Return the text of every line."""
        return (line.plain() for line in self._lines)

    def steps(self, number: int) -> tuple[Step, ...] | None:
        """Return the way to the value that a line begins, or ends."""
        if self._lines[number].closes:
            number = self.around(number) or 0
        steps: list[Step] = []
        while (outer := self.around(number)) is not None:
            key = self._lines[number].key
            steps.append(
                next(place for place, line in enumerate(self.inner(outer)) if line == number)
                if key is None
                else key
            )
            number = outer
        return tuple(reversed(steps))

    def value(self, number: int) -> str | None:
        """Return a string as it is, and anything else as JSON."""
        value = self._document
        for step in self.steps(number) or ():
            value = value[step]
        return value if isinstance(value, str) else write_pretty(value)


def _ends(lines: list[JsonLine]) -> dict[int, int]:
    """Return the last line of each object and list, by its first."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for number, line in enumerate(lines):
        if line.opens:
            opened.append(number)
        elif line.closes:
            ends[opened.pop()] = number
    return ends
