"""The updates of an inbox for one output: new, revised and answered rows, and removed ids."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.journal import newest_send, replays_since
from devhook.inbox.readings import Reader


class FeedUpdate(NamedTuple):
    """What happened since the last update, each list in the order of the ids.

    new: rows that no earlier update contains
    revised: rows of earlier updates whose reading changed, or that were replayed since
    answered: rows of this update or of earlier ones that a target answered since
    removed: ranges of ids (first, last) that retention removed before any update contained them
    """

    new: list[Row]
    revised: list[Row]
    answered: list[Row]
    removed: list[tuple[int, int]]

    def __bool__(self) -> bool:
        return any(self)


class Feed:
    """The updates of an inbox for one output: every output has a feed of its own.

    inbox: the open inbox
    after: deliveries with higher ids are new
    at_once: how many deliveries are read before the clock is looked at
    seconds: how long one update may go on reading
    aside: whether large deliveries are read in another thread
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        after: int,
        at_once: int = 200,
        seconds: float = 0.0,
        aside: bool = False,
    ) -> None:
        self._inbox = inbox
        self._reader = Reader(inbox, after=after, aside=aside)
        self._at_once = at_once
        self._seconds = seconds
        self._answer = inbox.newest_answer()
        self._send = newest_send(inbox)
        # Ids of deliveries that were answered before an update contained them.
        self._answered_early: set[int] = set()
        # What no update contains yet, because reading the rest failed.
        self._reached = after
        self._rows: list[Row] = []
        self._revised: list[Row] = []

    def close(self) -> None:
        """Wait until no thread of this feed uses the inbox, within a bound."""
        self._reader.close()

    @property
    def behind(self) -> bool:
        """Whether there are deliveries that no update contains yet."""
        return self._inbox.newest() > self._reader.position

    def read(self) -> FeedUpdate:
        """Make the readings that are missing, and return what is new. Cheap when there is nothing.

        Where it raises, the next update contains what was read until then.
        """
        self._read_new()
        self._revised += self._reader.revised()
        self._revised += self._replayed()
        answered, ready = self._answered()
        position = self._reader.position
        update = FeedUpdate(
            self._rows, self._revised, answered, _missing(self._reached, self._rows, position)
        )
        self._answered_early.difference_update(ready)
        self._rows, self._revised, self._reached = [], [], position
        return update

    def _read_new(self) -> None:
        until = time.monotonic() + self._seconds
        while read := self._reader.read_new(self._at_once):
            self._rows += read
            if time.monotonic() >= until:
                return

    def _replayed(self) -> list[Row]:
        """Return the rows that were replayed, by whichever process."""
        replayed, self._send = replays_since(self._inbox, self._send)
        return self._rows_of(number for number in sorted(replayed) if number <= self._reader.position)

    def _rows_of(self, numbers: Iterable[int]) -> list[Row]:
        rows = []
        for number in numbers:
            with suppress(InputError):  # the receiver may have removed it
                rows.append(self._inbox.row(number))
        return rows

    def _answered(self) -> tuple[list[Row], list[int]]:
        """Return the rows that were answered, and the ids that need not be looked for again."""
        answered, self._answer = self._inbox.answered_since(self._answer)
        self._answered_early |= answered
        ready = sorted(number for number in self._answered_early if number <= self._reader.position)
        return self._rows_of(ready), ready


def _missing(before: int, rows: Sequence[Row], position: int) -> list[tuple[int, int]]:
    """Return the ranges of ids after `before` and up to `position` that `rows` do not contain."""
    edges = [before, *(row.id for row in rows), position + 1]
    return [(low + 1, high - 1) for low, high in pairwise(edges) if high - low > 1]
