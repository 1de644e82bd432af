"""Two version numbers typed digit by digit, without a key between them where none is needed."""

from dataclasses import dataclass, replace
from typing import Final, Self

_TWO: Final = 2


@dataclass(frozen=True)
class VersionNumbers:
    """What has been typed so far; versions count from 1 to `count`.

    A digit continues the last number as long as a version has the longer number, else it begins the next.
    `is_ended`: the last number gets no further digit.
    """

    count: int
    numbers: tuple[int, ...] = ()
    is_ended: bool = False

    @property
    def pair(self) -> tuple[int, int] | None:
        """Both numbers, once the second one is there."""
        return (self.numbers[0], self.numbers[1]) if len(self.numbers) == _TWO else None

    @property
    def is_complete(self) -> bool:
        """Whether both are there and no digit can continue the second."""
        return len(self.numbers) == _TWO and self.numbers[-1] * 10 > self.count

    def typed(self, digit: int) -> Self:
        """Return what is typed with one digit more; a digit that names no version changes nothing."""
        if self.numbers and not self.is_ended and (longer := self.numbers[-1] * 10 + digit) <= self.count:
            return replace(self, numbers=(*self.numbers[:-1], longer))
        if len(self.numbers) == _TWO or not 1 <= digit <= self.count:
            return self
        return replace(self, numbers=(*self.numbers, digit), is_ended=False)

    def ended(self) -> Self:
        """Return the same with the last number ended."""
        return replace(self, is_ended=bool(self.numbers))

    def words(self) -> str:
        """Say what is typed and which keys go on."""
        if len(self.numbers) == _TWO:
            return f"compare {self.numbers[0]} and {self.numbers[1]}: Enter compares, t cancels"
        more = "type the second number" if self.is_ended or self.numbers[0] * 10 > self.count else ""
        return f"compare {self.numbers[0]} and …: {more or 'a comma ends this number'}, t cancels"
