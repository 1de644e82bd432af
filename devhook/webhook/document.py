"""The type of a parsed payload, and the error for one that cannot be parsed."""

from typing import Any, Final

# A JSON value: dict (keys are str), list, str, int, Decimal, bool or None. A number with a point or an
# exponent is a Decimal and keeps its digits: `2.0` is not `2`, and neither is rounded.
Document = Any

# An order is ten levels deep. A deeper document than this is refused, so that a stranger's request cannot
# exhaust the stack of code that walks a document by recursion.
DEEPEST: Final = 100


class Unreadable(ValueError):
    """A body that cannot be parsed. `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
