"""What a body says once it has been read: the document, and the failure to get one."""

from typing import Any, Final

# A JSON value: dict (keys are str), list, str, int, Decimal, bool or None. A number that was written with a
# point or an exponent is a Decimal and keeps its digits: `2.0` is not `2`, and neither is rounded.
Document = Any

# An order is ten levels deep. What is deeper than this is refused, so that nothing that walks through a
# document by recursion can be brought down by whoever finds the public address.
DEEPEST: Final = 100


class Unreadable(ValueError):
    """A body that no document can be read from. `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
