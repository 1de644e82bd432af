"""Finds the deliveries that match a filter, newest first, without a comparison with every delivery.

A simpler design, WHERE over indexed columns with an FTS5 trigram table, was measured too. Both measurements
ran on two cores with other work, so only large ratios are significant. tests/benchmarks/filter.py contains
the words; each search asks for the newest 50 matches.

- This index, 620,000 deliveries, load about 5, median of three rounds: half of the words within 8 ms, the
  slowest 74 ms.
- WHERE and trigrams, 1,000,000 deliveries, load above 10, fastest of up to three rounds and up to three
  forms of the query: most ids, names and rare values within 20 ms, but `q` 2,950 ms (here 3), `-lavender`
  2,870 (here 11), `body:gift is:late topic:refunds/create` 1,550 (here 13), `zz` 1,490 (here 4),
  `-shop:a -shop:b` 870, `-body:gift` 410 (here 25). `financial` 376, `since:… before:…` 238, `is:bad` 195 and
  `is:late changed:tags` 141 can be faster on idle cores.

Trigrams find no text under three characters, and no single index finds two common words, or the absence of a
common one: these searches compare every row.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from heapq import merge
from itertools import chain, groupby, islice

from devhook.analysis.diff import Change
from devhook.filter.language import Filter
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.feed import Feed
from devhook.inbox.index import IndexPosition
from devhook.inbox.index_query import FIRST_PORTION, LARGEST_PORTION, NO_END, Facet, Index
from devhook.inbox.tokens import tokens_in_body
from devhook.webhook.document import Document, Unreadable
from devhook.webhook.payload import read


@dataclass(frozen=True)
class FoundPage:
    """A page of matching rows.

    `rows`: the rows, newest first.
    `reached`: the id down to which the search is complete; 0: there are no more.
    """

    rows: tuple[Row, ...]
    reached: int


class Search:
    """A filter over an open inbox: compares given rows, and finds stored ones."""

    def __init__(self, inbox: Inbox, wanted: Filter) -> None:
        self.filter = wanted
        self._inbox = inbox
        self._index = Index(inbox)
        self._contents = _StoredContents(inbox)

    def matches(self, row: Row) -> bool:
        """Return whether `row` matches; its contents are read if the filter needs them."""
        return self.filter.matches(row, self._contents)

    def __bool__(self) -> bool:
        return bool(self.filter)

    def newest(self, limit: int, *, after: int = 0, before: int | None = None) -> list[Row]:
        """Return the newest matching rows, newest first, with ids between `after` and `before`, exclusive."""
        return list(islice(self.rows(after=after, before=before), limit))

    def rows(self, *, after: int = 0, before: int | None = None) -> Iterator[Row]:
        """Yield all matching rows, newest first. The inbox can be used between two rows."""
        for rows, _ in self._portions(after, NO_END if before is None else before):
            yield from rows

    def page(self, limit: int, *, before: int | None = None, seconds: float) -> FoundPage:
        """Return at least `limit` of the newest matching rows; fewer at the end, or after `seconds`."""
        until = time.monotonic() + seconds
        found: list[Row] = []
        for rows, reached in self._portions(0, NO_END if before is None else before):
            found += rows
            if len(found) >= limit or time.monotonic() > until:
                return FoundPage(rows=tuple(found), reached=reached)
        return FoundPage(rows=tuple(found), reached=0)

    def _portions(self, after: int, before: int) -> Iterator[tuple[list[Row], int]]:
        """Yield portions of the matching rows, newest first, each with the id that the search reached."""
        position = self._index.position()
        spans = self._spans(after, before)
        portions = chain(
            chain.from_iterable(self._not_indexed(max(low, position.delivery), high) for low, high in spans),
            chain.from_iterable(
                self._indexed(low, min(high, position.delivery + 1), position) for low, high in spans
            ),
        )
        for rows, reached in portions:
            yield [row for row in rows if self.matches(row)], reached

    def _spans(self, after: int, before: int) -> list[tuple[int, int]]:
        """Return the ids that the filter permits, as (low, high), both exclusive, newest first."""
        spans = [(after, before)]
        for term in self.filter.terms:
            bound = None if term.negated else term.word.ids()
            if bound is not None:
                each = [
                    (
                        low if ids.low is None else max(low, ids.low - 1),
                        high if ids.high is None else min(high, ids.high + 1),
                    )
                    for low, high in spans
                    for ids in bound
                ]
                spans = _disjoint((low, high) for low, high in each if low + 1 < high)
        return spans

    def _not_indexed(self, low: int, high: int) -> Iterator[tuple[list[Row], int]]:
        """Yield portions of all rows that are not indexed yet."""
        portion = FIRST_PORTION
        while rows := self._inbox.rows(after=low, before=high, limit=portion, newest_first=True):
            yield rows, rows[-1].id
            high = rows[-1].id
            portion = min(2 * portion, LARGEST_PORTION)

    def _indexed(self, low: int, high: int, position: IndexPosition) -> Iterator[tuple[list[Row], int]]:
        """Yield portions of the rows that the index finds; some of them may not match."""
        for term in self.filter.terms:
            since, until = (None, None) if term.negated else term.word.received()
            if since is not None or until is not None:
                first, last = self._index.received(since, until)
                low, high = max(low, first - 1), min(high, last + 1)
        if low + 1 >= high:
            return
        # A row that changed after it was indexed is compared anyway.
        changed = self._index.changed_since(position, low, high)
        if self.filter.asks_answers:
            changed |= self._index.replayed(low, high)  # the index has no answers to replays
        compared = sorted(changed, reverse=True)
        ids = (found for found, _ in groupby(merge(*self._streams(low, high), compared, reverse=True)))
        portion = FIRST_PORTION
        while some := list(islice(ids, portion)):
            yield self._index.rows(some), some[-1]
            portion = min(2 * portion, LARGEST_PORTION)

    def _streams(self, low: int, high: int) -> list[Iterator[int]]:
        """Return the ids of rows that may match, one stream for each expression and its facets."""
        by_expression: dict[str, list[Facet]] = {}
        facets, fields = self._index.facets(), self._index.fields()
        for facet in facets:
            expression = self._expression(facet, fields)
            if expression is not None:
                by_expression.setdefault(expression, []).append(facet)
        return [
            self._index.ids(found, expression, low, high, every=len(found) == len(facets))
            for expression, found in by_expression.items()
        ]

    def _expression(self, facet: Facet, fields: Collection[str]) -> str | None:
        """Return the FTS5 expression that a matching row of this facet fulfils; None: no row matches."""
        found = []
        for term in self.filter.terms:
            decided = term.word.of_facet(facet.row) if facet.row else None
            if decided is term.negated:
                return None
            if decided is None and not term.negated and (expression := term.word.expression(fields)):
                found.append(expression)
        return " AND ".join(dict.fromkeys(found))


class _StoredContents:
    """The contents of deliveries in an inbox. Two words that ask for one payload parse it once."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._last: tuple[int, Document | None] | None = None

    def words(self, row: Row) -> AbstractSet[str]:
        """Return the index tokens of the body."""
        delivery = self._inbox.delivery(row.id)
        return tokens_in_body(delivery.body, delivery.content_type)

    def document(self, row: Row) -> Document | None:
        """Return the payload; None if it cannot be read."""
        if self._last is None or self._last[0] != row.id:
            delivery = self._inbox.delivery(row.id)
            try:
                self._last = row.id, read(delivery.body, delivery.content_type)
            except Unreadable:
                self._last = row.id, None
        return self._last[1]

    def changes(self, row: Row) -> Sequence[Change]:
        """Return the significant changes, those whose paths the row has."""
        reading = self._inbox.reading(row.id) if row.changed else None
        return reading.changes[: len(row.changed)] if reading else ()


class Watch:
    """Reports rows as soon as they match, of deliveries with ids above `after`.

    If the filter asks for the answer, a delivery is compared again when a target has answered it or a replay.
    """

    def __init__(self, inbox: Inbox, wanted: Filter, *, after: int) -> None:
        self._search = Search(inbox, wanted)
        self._feed = Feed(inbox, after=after)
        self._asks_answers = wanted.asks_answers
        self._waiting: set[int] = set()

    def look(self) -> tuple[list[Row], list[Row]]:
        """Return the rows that match since the last call, then the new rows that do not match.

        Cheap if nothing is new: it can be called twenty times a second.
        """
        update = self._feed.read()
        matching: list[Row] = []
        others: list[Row] = []
        for row in update.new:
            (matching if self._search.matches(row) else others).append(row)
        if self._asks_answers:
            self._waiting |= {row.id for row in others}
            told = {row.id: row for row in (*update.answered, *update.revised) if row.id in self._waiting}
            matching = [row for row in told.values() if self._search.matches(row)] + matching
            self._waiting -= {row.id for row in matching}
        return matching, others


def _disjoint(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same ids in spans that do not overlap, newest first."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(spans, reverse=True):
        if found and high > found[-1][0]:
            found[-1] = (min(low, found[-1][0]), max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
