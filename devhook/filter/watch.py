"""What a filter lets through of what comes from now on, each delivery once."""

from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.feed import Feed


class Watch:
    """Hands out rows as soon as they match. `after` is the id from which on deliveries are watched.

    Where the filter asks for the answer, a delivery is looked at again when a target has answered it.
    """

    def __init__(self, inbox: Inbox, wanted: Filter, *, after: int) -> None:
        self._search = Search(inbox, wanted)
        self._feed = Feed(inbox, after=after)
        self._asks_answers = wanted.asks_answers
        self._waiting: set[int] = set()

    def look(self) -> tuple[list[Row], list[Row]]:
        """What is new since the last call: the rows that match, then those that came and do not.

        Cheap when there is nothing: fit for twenty times a second.
        """
        update = self._feed.read()
        matching: list[Row] = []
        others: list[Row] = []
        for row in update.new:
            (matching if self._search.matches(row) else others).append(row)
        if self._asks_answers:
            self._waiting |= {row.id for row in others}
            answered = [row for row in update.answered if row.id in self._waiting]
            matching = [row for row in answered if self._search.matches(row)] + matching
            self._waiting -= {row.id for row in matching}
        return matching, others
