"""Finds text in lines: where it occurs, and which hit is the current one. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, islice
from types import MappingProxyType
from typing import Final, NamedTuple, Self

_MOST: Final = 10_000
"""Hits that are counted and marked."""


class Hit(NamedTuple):
    """Where the text occurs: a line, the part from `start` to `end`, the `rest` on lines that continue it."""

    line: int
    start: int
    end: int
    rest: tuple["Hit", ...] = ()


class Haystack:
    """The lines of a text to be searched. Lines that are continued are whole in it.

    `joins` are the lines that continue the one before, with the number of characters that they begin with.
    """

    def __init__(self, text: str, joins: Mapping[int, int] = MappingProxyType({})) -> None:
        lines = text.split("\n")
        self._leads = [joins.get(number, 0) for number in range(len(lines))]
        ends = ["" if number in joins else "\n" for number in range(1, len(lines))]
        pieces = [line[lead:] + end for line, lead, end in zip(lines, self._leads, [*ends, ""], strict=True)]
        self.text = "".join(pieces)
        self._starts = [0, *accumulate(map(len, pieces))]

    def hit(self, start: int, end: int) -> Hit:
        """Return where a part of the text is."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._starts, end) - 1
        parts = []
        for line in range(first, last + 1):
            shift = self._leads[line] - self._starts[line]
            begins, stops = max(start, self._starts[line]), min(end, self._starts[line + 1])
            parts.append(Hit(line, begins + shift, stops + shift))
        return parts[0]._replace(rest=tuple(parts[1:]))


@dataclass(frozen=True)
class Find:
    """What was found of `query`, in the order of the lines; `current` is the number of a hit.

    `wrapped`: 1 where the search went on at the beginning, -1 where it went on at the end.
    """

    query: str
    hits: Sequence[Hit]
    current: int = 0
    wrapped: int = 0
    more: bool = False

    @classmethod
    def of(cls, query: str, haystack: Haystack, line: int = 0) -> Self:
        """Find `query`; the current hit is the first one from `line` on.

        Lower case finds upper case too, as in ripgrep's and Vim's smart case.
        """
        if not query:
            return cls(query, ())
        flags = re.IGNORECASE if query == query.lower() else 0
        matches = islice(re.finditer(re.escape(query), haystack.text, flags), _MOST + 1)
        hits = [haystack.hit(*match.span()) for match in matches]
        return cls(query, hits[:_MOST], more=len(hits) > _MOST).at(line)

    def at(self, line: int, start: int = 0) -> Self:
        """Return this search with the first hit from there on as the current one."""
        place = bisect_left(self.hits, (line, start))
        beyond = place == len(self.hits)
        return replace(self, current=0 if beyond else place, wrapped=int(beyond and bool(self.hits)))

    def unwrapped(self) -> Self:
        """Return this search without the note that it continued at the other end."""
        return replace(self, wrapped=0)

    def stepped(self, steps: int, beside: int | None = None) -> Self:
        """Return this search with the next hit (1) or the previous one (-1) as the current one.

        It is the next one from the line `beside`, where that is given.
        """
        if not self.hits:
            return self
        place = self.current
        if beside is not None and beside != self.hits[place].line:
            place = (
                bisect_left(self.hits, (beside + 1,)) - 1 if steps > 0 else bisect_left(self.hits, (beside,))
            )
        place += steps
        wrapped = (place >= len(self.hits)) - (place < 0)
        return replace(self, current=place % len(self.hits), wrapped=wrapped)

    @property
    def hit(self) -> Hit | None:
        """The current hit; None where there is none."""
        return self.hits[self.current] if self.hits else None

    @cached_property
    def by_line(self) -> Mapping[int, Sequence[Hit]]:
        """The hits of each line that has some."""
        lines: dict[int, list[Hit]] = {}
        for hit in self.hits:
            for part in (hit, *hit.rest):
                lines.setdefault(part.line, []).append(hit)
        return lines

    def words(self) -> str:
        """Return the place of the current hit among all: `3 of 12`."""
        if not self.query:
            return ""
        if not self.hits:
            return "not found"
        count = f"{self.current + 1:,} of {'more than ' if self.more else ''}{len(self.hits):,}"
        again = {1: " · continued from the beginning", -1: " · continued from the end"}.get(self.wrapped, "")
        return count + again
