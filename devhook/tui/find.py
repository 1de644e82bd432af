"""Finds text in lines: where it occurs, which hit is the current one, and what is said of it. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, islice
from typing import Final, NamedTuple, Self

_MOST: Final = 10_000
"""Hits that are counted and marked."""


class Hit(NamedTuple):
    """Where the text occurs: the line, and its part from `start` to `end`."""

    line: int
    start: int
    end: int


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
    def of(cls, query: str, text: str, line: int = 0) -> Self:
        """Find `query` in the lines of `text`; the current hit is the first one from `line` on.

        Lower case finds upper case too, as in ripgrep's and Vim's smart case.
        """
        flags = re.IGNORECASE if query == query.lower() else 0
        starts = [0, *accumulate(len(each) + 1 for each in text.split("\n"))]
        matches = re.finditer(re.escape(query), text, flags) if query else ()
        hits = []
        for match in islice(matches, _MOST + 1):
            number = bisect_right(starts, match.start()) - 1
            hits.append(Hit(number, match.start() - starts[number], match.end() - starts[number]))
        return cls(query, hits[:_MOST], more=len(hits) > _MOST).at(line)

    def at(self, line: int, start: int = 0) -> Self:
        """Return the same with the first hit from there on as the current one."""
        place = bisect_left(self.hits, (line, start))
        beyond = place == len(self.hits)
        return replace(self, current=0 if beyond else place, wrapped=int(beyond and bool(self.hits)))

    def unwrapped(self) -> Self:
        """Return the same without a word on where the search went on."""
        return replace(self, wrapped=0)

    def stepped(self, steps: int, beside: int | None = None) -> Self:
        """Return the same with the next hit (1) or the previous one (-1) as the current one.

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
            lines.setdefault(hit.line, []).append(hit)
        return lines

    def words(self) -> str:
        """Return the place of the current hit among all: `3 of 12`."""
        if not self.query:
            return ""
        if not self.hits:
            return "not found"
        count = f"{self.current + 1:,} of {'more than ' if self.more else ''}{len(self.hits):,}"
        again = {1: " · from the beginning again", -1: " · from the end again"}.get(self.wrapped, "")
        return count + again
