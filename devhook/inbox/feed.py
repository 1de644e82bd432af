"""What happened in an inbox since an output last looked: rows that are new, revised, or answered."""

import time
from contextlib import suppress
from typing import NamedTuple

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.readings import Reader


class FeedUpdate(NamedTuple):
    """What happened since the last update, each list in the order of the ids.

    `new`: rows that were never handed out. `revised`: rows handed out before whose reading is another now.
    `answered`: rows handed out, in this update or before, that a target answered since.
    """

    new: list[Row]
    revised: list[Row]
    answered: list[Row]

    def __bool__(self) -> bool:
        return any(self)


class Feed:
    """Hands out what comes into an inbox, for one output: every output has a feed of its own.

    `after` is the id from which on deliveries are new. `at_once` deliveries are read at a time, and as many
    more times as fit into `seconds`: so an output bounds how long an update may hold it up.
    """

    def __init__(self, inbox: Inbox, *, after: int, at_once: int = 200, seconds: float = 0.0) -> None:
        self._inbox = inbox
        self._reader = Reader(inbox, after=after)
        self._at_once = at_once
        self._seconds = seconds
        self._handed_out = after
        self._answer = inbox.newest_answer()
        # Deliveries with answers that are not handed out themselves yet.
        self._answered_early: set[int] = set()

    @property
    def behind(self) -> bool:
        """Whether there are deliveries that no update has handed out yet."""
        return self._inbox.newest() > self._handed_out

    def read(self) -> FeedUpdate:
        """Make the readings that are missing, and return what is new. Cheap when there is nothing."""
        return FeedUpdate(self._new(), self._reader.revised(), self._answered())

    def _new(self) -> list[Row]:
        until = time.monotonic() + self._seconds
        rows = read = self._reader.read_new(self._at_once)
        while read and time.monotonic() < until:
            read = self._reader.read_new(self._at_once)
            rows = rows + read
        if rows:
            self._handed_out = rows[-1].id
        return rows

    def _answered(self) -> list[Row]:
        answered, self._answer = self._inbox.answered_since(self._answer)
        self._answered_early |= answered
        ready = sorted(number for number in self._answered_early if number <= self._handed_out)
        self._answered_early.difference_update(ready)
        rows = []
        for number in ready:
            with suppress(InputError):  # the receiver may have removed it
                rows.append(self._inbox.row(number))
        return rows
