"""Lines to be drawn: how many, how wide, and a way to make each one when it is needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

from textual.content import Content


@dataclass(frozen=True)
class Lines:
    """`count` lines, the widest of `width` cells; `line` makes one of them.

    `stops` are the numbers of those that begin something which can be picked.
    """

    count: int
    width: int
    line: Callable[[int], Content]
    stops: tuple[int, ...] = ()

    @classmethod
    def of(cls, contents: Sequence[Content], stops: Sequence[int] = ()) -> Self:
        """Return lines that are all made already."""
        widest = max((each.cell_length for each in contents), default=0)
        return cls(len(contents), widest, contents.__getitem__, tuple(stops))

    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join(self.line(number).plain for number in range(self.count))


# Lays something out for a width in cells.
Layout: TypeAlias = Callable[[int], Lines]


def nothing(_width: int) -> Lines:
    """Lay out nothing at all."""
    return Lines.of(())
