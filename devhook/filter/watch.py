"""What a filter lets through of what comes from now on, each delivery once."""

from typing import Final

from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.reader import Reader
from devhook.inbox.rows import Row
from devhook.inbox.store import Inbox

_AT_ONCE: Final = 1_000


class Watch:
    """Hands out rows as soon as they match. `after` is the id from which on deliveries are watched.

    Where the filter asks for the answer, a delivery is looked at again when a target has answered it.
    """

    def __init__(self, inbox: Inbox, wanted: Filter, *, after: int) -> None:
        self._inbox = inbox
        self._search = Search(inbox, wanted)
        self._reader = Reader(inbox, after=after)
        self._asks_answers = wanted.asks_answers
        self._answer = inbox.newest_answer()
        self._waiting: set[int] = set()

    def look(self) -> tuple[list[Row], list[Row]]:
        """What is new since the last call: the rows that match, then those that came and do not.

        Cheap when there is nothing: fit for twenty times a second.
        """
        matching = [row for row in self._answered() if self._search.matches(row)]
        self._waiting -= {row.id for row in matching}
        others: list[Row] = []
        for row in self._reader.read_new():
            (matching if self._search.matches(row) else others).append(row)
        if self._asks_answers:
            self._waiting |= {row.id for row in others}
        return matching, others

    def _answered(self) -> list[Row]:
        """The rows handed out already that did not match, and were answered since."""
        if not self._asks_answers:
            return []
        newest = self._inbox.newest_answer()
        answers = self._inbox.answered_after(self._answer, _AT_ONCE)
        self._answer = answers[-1][0] if len(answers) == _AT_ONCE else max(newest, self._answer)
        found = sorted({delivery for _, delivery in answers if delivery in self._waiting})
        return [self._inbox.row(delivery) for delivery in found]
