"""Reading what came: the readings that are missing are made in the order of arrival."""

from devhook.inbox.rows import Row
from devhook.inbox.store import Inbox


class Reader:
    """Makes the readings that are missing and hands out the rows that are new to this face.

    Every face has its own: which face made a reading makes no difference to what each of them is handed.
    `after` is the last id that the face already shows (`inbox.newest()` to see only what comes from now on);
    the readings of what came before it are made all the same, since later ones build on them.
    """

    def __init__(self, inbox: Inbox, *, after: int = 0) -> None:
        self._inbox = inbox
        self._after = after

    def read_new(self, limit: int = 200) -> list[Row]:
        """Read on, at most `limit` deliveries, and return the rows after the last ones returned, oldest first.

        Empty when there is nothing new: cheap enough for twenty times a second.
        """
        raise NotImplementedError


def read_new(inbox: Inbox, limit: int = 200) -> list[Row]:
    """Read deliveries that have no reading yet, oldest first, at most `limit`; return their rows."""
    raise NotImplementedError
