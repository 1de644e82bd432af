"""The type of a parsed payload, and the error for one that cannot be parsed."""

from decimal import Decimal
from typing import Any, Final, Self

# A JSON value: dict (keys are str), list, str, int, Decimal, bool or None. A number with a point or an
# exponent is a Decimal and keeps its digits: `2.0` is not `2`, and neither is rounded.
Document = Any

# Objects in which a key stands twice, each with all its keys and values.
Repeats = list[tuple[dict[str, Document], list[tuple[str, Document]]]]

# An order is ten levels deep. A deeper document than this is refused, so that a stranger's request cannot
# exhaust the stack of code that walks a document by recursion.
DEEPEST: Final = 100


class Number(Decimal):
    """A Decimal that Python would spell in another way than the body does: `1e3`, `1E400`, `-0`."""

    __slots__ = ("spelling",)

    spelling: str

    def __new__(cls, spelling: str) -> Self:
        """Return the number that `spelling` stands for. Raises decimal.InvalidOperation."""
        number = super().__new__(cls, spelling)
        number.spelling = spelling
        return number

    def __str__(self) -> str:
        return self.spelling

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.spelling,)


def as_number(spelling: str) -> Decimal:
    """Return a number with a point or an exponent, which keeps its spelling. Raises InvalidOperation."""
    number = Decimal(spelling)
    return number if str(number) == spelling else Number(spelling)


class Unreadable(ValueError):
    """A body that cannot be parsed. `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
