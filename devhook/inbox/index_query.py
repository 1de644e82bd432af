"""Finds the deliveries with certain facets and words in the search index."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import TypeAdapter

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, Row, microseconds
from devhook.inbox.index import MOST_FIELDS, ZONE, IndexPosition, index_position
from devhook.inbox.listed_row import ROWS, row_of
from devhook.webhook.subject import Subject

NO_END: Final = 2**63 - 1
FIRST_PORTION: Final = 100
"""How many deliveries the first portion has: the newest ones are often enough."""

LARGEST_PORTION: Final = 1_600
"""How many deliveries the largest portion has."""

# Up to this number, the rows of a few facets are checked one by one instead of by their words.
_FEW: Final = 1_500
# From this number of facets on, a scan of all deliveries is faster than a query for each facet.
_MANY_FACETS: Final = 100
# The facts come from a file that may be damaged.
_ROW: Final = TypeAdapter(Row)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)

_FACETS: Final = "SELECT id, facts, rows FROM search.facets WHERE rows > 0 ORDER BY rows DESC"
_FIELDS: Final = "SELECT name FROM search.fields LIMIT ?"
# The plus keeps SQLite from using the index of the answers by delivery.
_ANSWERED_SINCE: Final = """
SELECT +delivery_id AS delivery_id FROM answers
WHERE id > ? AND duration IS NOT NULL AND +delivery_id > ? AND +delivery_id < ?
"""
_REVISED_SINCE: Final = """
SELECT +delivery_id AS delivery_id FROM readings.readings
WHERE revised > ? AND +delivery_id > ? AND +delivery_id < ?
"""
_REPLAYED: Final = """
SELECT DISTINCT delivery_id FROM journal.sends WHERE delivery_id > ? AND delivery_id < ? AND origin = 'replay'
"""
_ZONES_SINCE: Final = (
    "SELECT min(zone) AS low, max(zone) AS high FROM search.zones WHERE latest >= ? AND earliest < ?"
)
_GIVEN: Final = "(SELECT value FROM json_each(?))"
_SOME_ROWS: Final = f"{ROWS} WHERE d.id IN {_GIVEN} ORDER BY d.id DESC"
_ALL: Final = """
SELECT delivery_id FROM search.listed WHERE delivery_id > ? AND delivery_id < ?
ORDER BY delivery_id DESC LIMIT ?
"""
_OF_FACET: Final = """
SELECT delivery_id FROM search.listed WHERE facet = ? AND delivery_id > ? AND delivery_id < ?
ORDER BY delivery_id DESC LIMIT ?
"""
_OF_FACETS: Final = """
SELECT delivery_id FROM search.listed
WHERE facet IN (SELECT value FROM json_each(?)) AND delivery_id > ? AND delivery_id < ?
ORDER BY +delivery_id DESC LIMIT ?
"""
_AMONG_FACETS: Final = """
SELECT delivery_id FROM search.listed NOT INDEXED
WHERE delivery_id > ?2 AND delivery_id < ?3 AND facet IN (SELECT value FROM json_each(?1))
ORDER BY delivery_id DESC LIMIT ?4
"""
_WITH_WORDS: Final = """
SELECT rowid AS delivery_id FROM search.words WHERE words MATCH ? AND rowid > ? AND rowid < ?
ORDER BY rowid DESC LIMIT ?
"""
_WITH_WORDS_OF_FACETS: Final = """
SELECT w.rowid AS delivery_id FROM search.words w CROSS JOIN search.listed l ON l.delivery_id = w.rowid
WHERE w.words MATCH ?2 AND w.rowid > ?3 AND w.rowid < ?4
    AND l.facet IN (SELECT value FROM json_each(?1))
ORDER BY w.rowid DESC LIMIT ?5
"""


@dataclass(frozen=True)
class Facet:
    """What `rows` deliveries have in common.

    `row` contains these facts and nothing else. It is None for the facet of all deliveries beyond the bound
    on the number of facets.
    """

    id: int
    row: Row | None
    rows: int


class Index:
    """The search index of an open inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def position(self) -> IndexPosition:
        """Return the last delivery, answer and revision in the index."""
        return index_position(self._inbox)

    def facets(self) -> list[Facet]:
        """Return all facets, those with the most rows first."""
        return self._inbox.select(_facet_of, _FACETS)

    def fields(self) -> list[str]:
        """Return the names of all fields that ever changed; none where there are more than are stored."""
        known = [found["name"] for found in self._inbox.query(_FIELDS, MOST_FIELDS)]
        return known if len(known) < MOST_FIELDS else []

    def received(self, since: datetime | None, before: datetime | None) -> tuple[int, int]:
        """Return the lowest and the highest id that may have been received in this time; (1, 0) for none."""
        first = microseconds(since) if since else -NO_END
        last = microseconds(before) if before else NO_END
        (zones,) = self._inbox.query(_ZONES_SINCE, first, last)
        return (1, 0) if zones["low"] is None else (zones["low"] * ZONE, (zones["high"] + 1) * ZONE - 1)

    def changed_since(self, position: IndexPosition, low: int, high: int) -> set[int]:
        """Return the ids between `low` and `high` (exclusive) that were answered or read again since then."""
        answered = self._inbox.query(_ANSWERED_SINCE, position.answer, low, high)
        revised = self._inbox.query(_REVISED_SINCE, position.revised, low, high)
        return {found["delivery_id"] for found in (*answered, *revised)}

    def replayed(self, low: int, high: int) -> set[int]:
        """Return the ids between `low` and `high` (exclusive) of deliveries that were sent again."""
        return {found["delivery_id"] for found in self._inbox.query(_REPLAYED, low, high)}

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """Return the rows with these ids that still exist, newest first."""
        return self._inbox.select(row_of, _SOME_ROWS, json.dumps(ids))

    def ids(
        self, facets: Sequence[Facet], expression: str, low: int, high: int, *, every: bool
    ) -> Iterator[int]:
        """Yield the ids of the rows with these facets that match the FTS5 `expression`, newest first.

        Only ids between `low` and `high` (exclusive); they are fetched in portions. `every` means that
        `facets` are all facets. An empty expression matches every row.
        """
        portion = FIRST_PORTION
        while found := self._portion(facets, expression, (low, high, portion), every=every):
            yield from found
            high = found[-1]
            portion = min(2 * portion, LARGEST_PORTION)

    def _portion(
        self, facets: Sequence[Facet], expression: str, bounds: tuple[int, int, int], *, every: bool
    ) -> list[int]:
        rows = sum(facet.rows for facet in facets)
        of_them = json.dumps([facet.id for facet in facets])
        query = self._inbox.query
        if expression and every:
            found = query(_WITH_WORDS, expression, *bounds)
        elif expression and rows > _FEW:
            found = query(_WITH_WORDS_OF_FACETS, of_them, expression, *bounds)
        elif every:
            found = query(_ALL, *bounds)
        elif rows <= _FEW:
            found = query(_OF_FACETS, of_them, *bounds)
        elif len(facets) > _MANY_FACETS:
            found = query(_AMONG_FACETS, of_them, *bounds)
        else:
            found = [each for facet in facets for each in query(_OF_FACET, facet.id, *bounds)]
            return sorted((each["delivery_id"] for each in found), reverse=True)[: bounds[-1]]
        return [each["delivery_id"] for each in found]


def _facet_of(found: Found) -> Facet:
    return Facet(found["id"], _facet_row(found["facts"]), found["rows"])


def _facet_row(facts: str) -> Row | None:
    shared = json.loads(facts)
    if shared is None:
        return None
    kind = shared.pop("kind")
    unreadable = "unreadable" if shared.pop("unreadable") else ""
    return _ROW.validate_python(
        shared
        | {
            "id": 0,
            "received_at": _START,
            "webhook_id": None,
            "event_id": None,
            "signed_with": None,
            "path": "",
            "size": 0,
            "subject": None if kind is None else Subject(kind=kind, id="", document=""),
            "unreadable": unreadable,
        }
    )
