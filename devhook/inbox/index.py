"""Writes the search index of the deliveries that are read.

The process that reads a delivery indexes it, after the acknowledgement. A facet is what many deliveries have
in common (topic, shop, signature, …): an inbox has a few dozen facets, and most filter words are decided by
the facets alone (see `index_query`).
"""

import json
import math
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Final, NamedTuple

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row, microseconds
from devhook.inbox.documents import DocumentCache
from devhook.inbox.failures import DamagedInbox, damaged
from devhook.inbox.tokens import (
    LARGEST_BODY,
    field_tokens,
    folded,
    gram_tokens,
    id_token,
    own_texts,
    own_values,
    tokens_in_body,
)

ZONE: Final = 256
"""How many ids make a zone."""

# Anyone who knows the address can send any topic and shop. Deliveries beyond the bound have the facet without
# facts.
_MOST_FACETS: Final = 5_000
MOST_FIELDS: Final = 5_000
"""How many names of fields are stored, for the same reason; an order has about 400."""
_NO_FACET: Final = "null"
_CHANGES_AT_ONCE: Final = 1_000
_ROWS_AT_ONCE: Final = 32
_FORGOTTEN_AT_ONCE: Final = 500
_WORTH_BEGINNING_ANEW: Final = 20_000
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)

# The revisions of remade readings are counted from 1 again.
_PROGRESS: Final = """
SELECT delivery, answer, iif(
    revised > (SELECT ifnull(max(revised), 0) FROM readings.readings WHERE revised > 0), 0, revised
) AS revised
FROM search.progress
"""
_LOCK: Final = "UPDATE search.progress SET delivery = delivery"
_MOVE: Final = "UPDATE search.progress SET delivery = ?, answer = ?, revised = ?"
_COUNT_INDEXED: Final = "UPDATE search.progress SET indexed = indexed + ?"
_REVISED: Final = """
SELECT delivery_id, revised FROM readings.readings WHERE revised > ? ORDER BY revised LIMIT ?
"""
_FACET: Final = "SELECT id FROM search.facets WHERE facts = ?"
_COUNT_FACETS: Final = "SELECT count(*) AS count FROM search.facets"
_ADD_FACET: Final = "INSERT INTO search.facets (facts, rows) VALUES (?, 0)"
_COUNT: Final = "UPDATE search.facets SET rows = rows + ? WHERE id = ?"
_LIST: Final = "INSERT INTO search.listed (delivery_id, facet) VALUES (?, ?)"
_LISTED: Final = "SELECT facet FROM search.listed WHERE delivery_id = ?"
_RELIST: Final = "UPDATE search.listed SET facet = ? WHERE delivery_id = ?"
_ADD_ZONE: Final = """
INSERT INTO search.zones (zone, earliest, latest) VALUES (?1, ?2, ?2)
ON CONFLICT (zone) DO UPDATE SET earliest = min(earliest, ?2), latest = max(latest, ?2)
"""
_FIRST_LISTED: Final = "SELECT min(delivery_id) AS first FROM search.listed"
_GONE: Final = (
    "SELECT delivery_id, facet FROM search.listed WHERE delivery_id < ? ORDER BY delivery_id LIMIT ?"
)
_LISTED_ONES: Final = """
SELECT delivery_id, facet FROM search.listed WHERE delivery_id IN (SELECT value FROM json_each(?))
"""
_UNLIST_ONES: Final = "DELETE FROM search.listed WHERE delivery_id IN (SELECT value FROM json_each(?))"
_UNLIST: Final = "DELETE FROM search.listed WHERE delivery_id <= ?"
_STALE: Final = """
SELECT indexed - rows AS stale, rows AS kept
FROM search.progress, (SELECT ifnull(sum(rows), 0) AS rows FROM search.facets)
"""
_EMPTY: Final = (
    "INSERT INTO search.words (words) VALUES ('delete-all')",
    "DELETE FROM search.listed",
    "DELETE FROM search.facets",
    "DELETE FROM search.zones",
    "DELETE FROM search.fields",
)
_BEGIN: Final = "UPDATE search.progress SET delivery = ?1, answer = 0, revised = 0, indexed = 0"
_ADD_FIELD: Final = "INSERT OR IGNORE INTO search.fields (name) VALUES (?)"
_FIELDS: Final = "SELECT name FROM search.fields LIMIT ?"
_ADD_WORDS: Final = "INSERT INTO search.words (rowid, tokens) VALUES (?, ?)"


class IndexPosition(NamedTuple):
    """The last delivery, answer and revision in the index."""

    delivery: int
    answer: int
    revised: int


def index_position(inbox: Inbox) -> IndexPosition:
    """Return the last delivery, answer and revision in the index."""
    for found in inbox.select(_position_of, _PROGRESS):
        return found
    raise damaged(inbox.path)


def _position_of(found: sqlite3.Row) -> IndexPosition:
    return IndexPosition(**{name: int(found[name]) for name in IndexPosition._fields})


def index_on(
    inbox: Inbox,
    last_read: int,
    limit: int,
    documents: DocumentCache | None = None,
    *,
    at_least: int = 1,
    seconds: float = math.inf,
) -> int:
    """Index at most `limit` more deliveries that are read, and update those that were answered or read again.

    Returns the number of deliveries that were added. It begins no further one after `seconds`: a body of
    350 KB takes 5 ms. Cheap when there is nothing to do, or fewer deliveries than `at_least`. It waits for a
    process that is indexing at the moment, so that a delivery is indexed once. `documents` that are kept are
    not read again.
    """
    come = index_position(inbox)
    if at_least > 1 and last_read - come.delivery < at_least:
        return 0
    if (
        come.delivery >= last_read
        and not inbox.answered_since(come.answer, 1)[0]
        and not inbox.query(_REVISED, come.revised, 1)
    ):
        return 0
    documents = documents or DocumentCache(inbox)
    with inbox.writing() as connection:
        connection.execute(_LOCK)
        come = index_position(inbox)
        answered, answer = inbox.answered_since(come.answer, _CHANGES_AT_ONCE)
        for delivery_id in answered:
            if delivery_id <= come.delivery:
                _relist(connection, inbox, delivery_id)
        revisions = inbox.query(_REVISED, come.revised, _CHANGES_AT_ONCE)
        for again in {each["delivery_id"] for each in revisions if each["delivery_id"] <= come.delivery}:
            _relist(connection, inbox, again)
            _reword(connection, inbox, again)
        until = time.monotonic() + seconds
        rows = takewhile(lambda _: time.monotonic() <= until, _rows(inbox, come.delivery, last_read, limit))
        said = [(row, _said(inbox, row, documents)) for row in rows]
        add_rows(connection, said)
        last = said[-1][0].id if said else come.delivery
        connection.execute(_MOVE, (last, answer, revisions[-1]["revised"] if revisions else come.revised))
    return len(said)


def _rows(inbox: Inbox, after: int, last: int, limit: int) -> Iterator[Row]:
    """Yield the next rows up to `last`, a few at a time: where time runs out, the others are read in vain."""
    while rows := inbox.rows(after=after, before=last + 1, limit=min(limit, _ROWS_AT_ONCE)):
        yield from rows
        after, limit = rows[-1].id, limit - len(rows)


def add_rows(connection: sqlite3.Connection, rows: Iterable[tuple[Row, Iterable[str]]]) -> None:
    """Add rows, each with the tokens of its body."""
    counts: Counter[int] = Counter()
    fields: set[str] = set()
    for row, said in rows:
        facet = _facet(connection, row)
        counts[facet] += 1
        connection.execute(_LIST, (row.id, facet))
        connection.execute(_ADD_ZONE, (row.id // ZONE, microseconds(row.received_at)))
        own, changed = _words(row)
        connection.execute(_ADD_WORDS, (row.id, " ".join(own.union(changed, said))))
        fields |= changed
    _add_fields(connection, fields)
    connection.executemany(_COUNT, [(count, facet) for facet, count in counts.items()])
    connection.execute(_COUNT_INDEXED, (counts.total(),))


def forget_gone(inbox: Inbox, first: int) -> bool:
    """Remove some of the deliveries before `first`; return whether any was removed.

    Their words cannot be removed, because FTS5 would need a copy of them. When most words belong to removed
    deliveries, the index is emptied and made again.
    """
    (listed,) = inbox.query(_FIRST_LISTED)
    removed = 0
    if listed["first"] is None or listed["first"] >= first:
        return False
    with inbox.writing() as connection:
        connection.execute(_LOCK)
        gone = connection.execute(_GONE, (first, _FORGOTTEN_AT_ONCE)).fetchall()
        if gone:
            removed = connection.execute(_UNLIST, (gone[-1]["delivery_id"],)).rowcount
            counts = Counter(each["facet"] for each in gone)
            connection.executemany(_COUNT, [(-count, facet) for facet, count in counts.items()])
            _begin_anew_where_stale(connection, first)
    return removed > 0


def forget_ids(inbox: Inbox, ids: Sequence[int]) -> None:
    """Remove the deliveries with these ids from the index."""
    given = json.dumps(ids)
    (listed,) = inbox.query(_FIRST_LISTED)
    with inbox.writing() as connection:
        connection.execute(_LOCK)
        gone = connection.execute(_LISTED_ONES, (given,)).fetchall()
        connection.execute(_UNLIST_ONES, (given,))
        counts = Counter(each["facet"] for each in gone)
        connection.executemany(_COUNT, [(-count, facet) for facet, count in counts.items()])
        _begin_anew_where_stale(connection, listed["first"] or 1)


def _begin_anew_where_stale(connection: sqlite3.Connection, first: int) -> None:
    found = connection.execute(_STALE).fetchone()
    if found["stale"] > max(found["kept"], _WORTH_BEGINNING_ANEW):
        for statement in _EMPTY:
            connection.execute(statement)
        connection.execute(_BEGIN, (first - 1,))


def _said(inbox: Inbox, row: Row, documents: DocumentCache) -> set[str]:
    if row.size > LARGEST_BODY:
        return set()
    kept = documents.tokens(row.id)
    if kept is not None:
        return kept
    try:
        delivery = inbox.delivery(row.id)
    except DamagedInbox:
        return set()
    return tokens_in_body(delivery.body, delivery.content_type)


def _relist(connection: sqlite3.Connection, inbox: Inbox, delivery_id: int) -> None:
    """Give a delivery its current facet after another answer."""
    found = inbox.query(_LISTED, delivery_id)
    if not found:
        return
    before, after = found[0]["facet"], _facet(connection, inbox.row(delivery_id))
    connection.execute(_RELIST, (after, delivery_id))
    connection.executemany(_COUNT, [(-1, before), (1, after)])


def _reword(connection: sqlite3.Connection, inbox: Inbox, delivery_id: int) -> None:
    """Add the current words of a delivery that was read again; its former words remain.

    The matcher checks every row that the index finds. FTS5 accepts more words for a row that it has.
    """
    if inbox.query(_LISTED, delivery_id):
        own, changed = _words(inbox.row(delivery_id))
        connection.execute(_ADD_WORDS, (delivery_id, " ".join(own | changed)))
        _add_fields(connection, changed)


def _words(row: Row) -> tuple[set[str], set[str]]:
    """Return the tokens of a row's own texts and ids, and those of the fields that changed."""
    changed = {token for path in row.changed for token in field_tokens(folded(path))}
    return gram_tokens(own_texts(row)).union(map(id_token, own_values(row))), changed


def _add_fields(connection: sqlite3.Connection, changed: Iterable[str]) -> None:
    known = connection.execute(_FIELDS, (MOST_FIELDS,)).fetchall()
    if len(known) < MOST_FIELDS:
        connection.executemany(_ADD_FIELD, [(token[1:],) for token in changed])


def _facet(connection: sqlite3.Connection, row: Row) -> int:
    facts = json.dumps(
        {
            "topic": row.topic,
            "shop": row.shop,
            "signature": row.signature,
            "verdict": row.verdict,
            "origin": row.origin,
            "status": row.answered,
            "kind": row.subject.kind if row.subject else None,
            "unreadable": bool(row.unreadable),
            "redundant": row.redundant,
        }
    )
    found = connection.execute(_FACET, (facts,)).fetchone()
    if not found and connection.execute(_COUNT_FACETS).fetchone()["count"] >= _MOST_FACETS:
        facts = _NO_FACET
        found = connection.execute(_FACET, (facts,)).fetchone()
    if found:
        return int(found["id"])
    added = connection.execute(_ADD_FACET, (facts,)).lastrowid
    assert added is not None  # noqa: S101 - an INSERT always has one; this tells mypy
    return added
