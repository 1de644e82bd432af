"""Finds the deliveries that match a filter, newest first, without looking at everything in the inbox.

The simpler way, a WHERE over indexed columns with an FTS5 trigram table beside it, was measured too. Both ran
on two cores that other work shared, so only large ratios mean anything; tests/benchmarks/filter.py has the
words, and each asks for its newest 50 matches.

- This index, 620,000 deliveries, load about 5, median of three rounds: half of the words within 8 ms, the
  slowest 74 ms.
- WHERE and trigrams, 1,000,000 deliveries, load above 10, fastest of up to three rounds and up to three
  forms of the query: most ids, names and rare values within 20 ms, but `q` 2,950 ms (here 3), `-lavender`
  2,870 (here 11), `body:gift is:late topic:refunds/create` 1,550 (here 13), `zz` 1,490 (here 4),
  `-shop:a -shop:b` 870, `-body:gift` 410 (here 25). `financial` 376, `since:… before:…` 238, `is:bad` 195 and
  `is:late changed:tags` 141 might pass on idle cores.

Trigrams find no text under three characters, and no single index answers two common words, or the absence of
a common one: every row is looked at then.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import chain, groupby, islice

from devhook.filter.language import Filter
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.feed import Feed
from devhook.inbox.index import Progress
from devhook.inbox.index_query import FIRST_PORTION, LARGEST_PORTION, NO_END, Facet, Index
from devhook.inbox.tokens import tokens_in_body


@dataclass(frozen=True)
class FoundPage:
    """Rows that were found, newest first. `reached` is the id down to which all were, 0 for the end."""

    rows: tuple[Row, ...]
    reached: int


class Search:
    """A filter over an open inbox: for rows that are at hand, and for those that are not."""

    def __init__(self, inbox: Inbox, wanted: Filter) -> None:
        self.filter = wanted
        self._inbox = inbox
        self._index = Index(inbox)

    def matches(self, row: Row) -> bool:
        """Whether `row` matches; its body is fetched where the filter asks for it."""
        return self.filter.matches(row, self._body_words)

    def __bool__(self) -> bool:
        return bool(self.filter)

    def newest(self, limit: int, *, after: int = 0, before: int | None = None) -> list[Row]:
        """The newest matching rows, newest first, with ids between `after` and `before` (exclusive)."""
        return list(islice(self.rows(after=after, before=before), limit))

    def rows(self, *, after: int = 0, before: int | None = None) -> Iterator[Row]:
        """All of them, newest first. Between two rows the inbox may be used for anything else."""
        for rows, _ in self._portions(after, NO_END if before is None else before):
            yield from rows

    def page(self, limit: int, *, before: int | None = None, seconds: float) -> FoundPage:
        """At least `limit` of the newest ones; fewer where there are no more, or so much time has passed."""
        until = time.monotonic() + seconds
        found: list[Row] = []
        for rows, reached in self._portions(0, NO_END if before is None else before):
            found += rows
            if len(found) >= limit or time.monotonic() > until:
                return FoundPage(rows=tuple(found), reached=reached)
        return FoundPage(rows=tuple(found), reached=0)

    def _portions(self, after: int, before: int) -> Iterator[tuple[list[Row], int]]:
        """The matching rows, newest first, one portion after another, each with the id that it reached."""
        progress = self._index.progress()
        spans = self._spans(after, before)
        portions = chain(
            chain.from_iterable(self._behind(max(low, progress.delivery), high) for low, high in spans),
            chain.from_iterable(
                self._indexed(low, min(high, progress.delivery + 1), progress) for low, high in spans
            ),
        )
        for rows, reached in portions:
            yield [row for row in rows if self.matches(row)], reached

    def _spans(self, after: int, before: int) -> list[tuple[int, int]]:
        """The ids that the filter is bound to, as (low, high), both exclusive, newest first."""
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

    def _behind(self, low: int, high: int) -> Iterator[tuple[list[Row], int]]:
        """What is not indexed yet: all of it is looked at."""
        portion = FIRST_PORTION
        while rows := self._inbox.rows(after=low, before=high, limit=portion, newest_first=True):
            yield rows, rows[-1].id
            high = rows[-1].id
            portion = min(2 * portion, LARGEST_PORTION)

    def _indexed(self, low: int, high: int, progress: Progress) -> Iterator[tuple[list[Row], int]]:
        """What the index finds; others may be among it."""
        for term in self.filter.terms:
            since, until = (None, None) if term.negated else term.word.received()
            if since is not None or until is not None:
                first, last = self._index.received(since, until)
                low, high = max(low, first - 1), min(high, last + 1)
        if low + 1 >= high:
            return
        # What the index holds an older state of is looked at anyway.
        changed = sorted(self._index.changed_since(progress, low, high), reverse=True)
        ids = (found for found, _ in groupby(merge(*self._streams(low, high), changed, reverse=True)))
        portion = FIRST_PORTION
        while some := list(islice(ids, portion)):
            yield self._index.rows(some), some[-1]
            portion = min(2 * portion, LARGEST_PORTION)

    def _streams(self, low: int, high: int) -> list[Iterator[int]]:
        """The ids of what may match: of each facet that has some, by what its rows must hold."""
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
        """The FTS5 expression that a matching row of this facet fulfils; None: no row of it matches."""
        found = []
        for term in self.filter.terms:
            decided = term.word.of_facet(facet.row) if facet.row else None
            if decided is term.negated:
                return None
            if decided is None and not term.negated and (expression := term.word.expression(fields)):
                found.append(expression)
        return " AND ".join(dict.fromkeys(found))

    def _body_words(self, row: Row) -> Collection[str]:
        delivery = self._inbox.delivery(row.id)
        return tokens_in_body(delivery.body, delivery.content_type)


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


def _disjoint(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same ids in spans that do not overlap, newest first."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(spans, reverse=True):
        if found and high > found[-1][0]:
            found[-1] = (min(low, found[-1][0]), max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
