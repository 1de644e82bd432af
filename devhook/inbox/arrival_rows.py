"""Rows of arrivals: made without the inbox, so that any thread can make them, and written many at a time."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple, Self

from devhook.inbox.checksums import ANSWER_SUMS, DELIVERY_SUMS, ListedDelivery
from devhook.inbox.deliveries import RECEIVER, compress, headers_value, microseconds, storable
from devhook.inbox.schema import last_id
from devhook.webhook.delivery import Arrival, Signature

# Bytes that SQLite uses for a row of each table and its indexes, in addition to headers and body.
_ROW_BYTES: Final = 400
_TRUSTED: Final = frozenset(each.value for each in Signature if each.trusted)


class _Insert:
    """An INSERT of any number of rows in few statements.

    A row takes 13 us in three of them, 15 us by executemany, and 24 us in a statement of its own.
    """

    # 64 rows of 16 columns have fewer values than the least that SQLite allows (999).
    _SIZES: Final = (64, 32, 16, 8, 4, 2, 1)

    def __init__(self, table: str, *columns: str) -> None:
        row = f"({', '.join('?' * len(columns))})"
        self._statements = {
            size: f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * size)}"  # noqa: S608
            for size in self._SIZES
        }

    def execute(self, connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        done = 0
        while done < len(rows):
            size = next(each for each in self._SIZES if each <= len(rows) - done)
            values = list(chain.from_iterable(rows[done : done + size]))
            connection.execute(self._statements[size], values)
            done += size


_DELIVERIES: Final = _Insert("deliveries", "id", *ListedDelivery._fields, "stored", "checksum", "answers")
_BODIES: Final = _Insert("bodies", "delivery_id", *DELIVERY_SUMS.body, "body_checksum")
# devhook's own answer is stored with the delivery, and without a duration.
_STATUSES: Final = _Insert("answers", "delivery_id", "by", "status", "at", "checksum", "body_checksum")
_COUNT: Final = "UPDATE totals SET count = count + ?, stored = stored + ? WHERE trusted = ?"


class ArrivalRow(NamedTuple):
    """A delivery as it is written.

    `listed`: the columns that the list shows.
    `body`: headers, compressed body, and the checksum of both.
    `stored`: bytes on disk.
    `checksum`: the checksum of `listed`.
    `status`: the HTTP status that is answered once the row is on disk; None: a target is asked first.
    """

    listed: ListedDelivery
    body: tuple[str | bytes, bytes, int]
    stored: int
    checksum: int
    status: int | None

    @classmethod
    def of(cls, arrival: Arrival, imported_at: datetime | None = None) -> Self:
        """Return the row of an arrival, whatever a stranger has sent.

        The age of an imported delivery is counted from `imported_at`; None for one that was received.
        """
        delivery = arrival.delivery
        listed = ListedDelivery(
            received_at=microseconds(delivery.received_at),
            method=storable(delivery.method) or "",
            path=storable(delivery.path) or "",
            topic=storable(delivery.topic),
            shop=storable(delivery.shop),
            webhook_id=storable(delivery.webhook_id),
            event_id=storable(delivery.event_id),
            signature=arrival.signature.value,
            signed_with=storable(arrival.signed_with),
            origin=arrival.origin.value,
            size=len(delivery.body),
            imported_at=None if imported_at is None else microseconds(imported_at),
        )
        return cls.made_of(listed, headers_value(delivery.headers), delivery.body, arrival.status)

    @classmethod
    def made_of(cls, listed: ListedDelivery, headers: str | bytes, body: bytes, status: int | None) -> Self:
        """Return the row of a delivery whose columns are known; `body` is not compressed yet."""
        compressed = compress(body)
        return cls(
            listed,
            (headers, compressed, DELIVERY_SUMS.of_body((headers, compressed))),
            _ROW_BYTES + len(listed.path) + len(headers) + len(compressed),
            DELIVERY_SUMS.of_listed(listed),
            status,
        )


def add_rows(connection: sqlite3.Connection, rows: Sequence[ArrivalRow], at: int) -> range:
    """Write deliveries inside a transaction, answered `at` (in microseconds); return their ids."""
    for trusted in (0, 1):
        counted = [row.stored for row in rows if (row.listed.signature in _TRUSTED) == trusted]
        if counted:
            connection.execute(_COUNT, (len(counted), sum(counted), trusted))
    first = last_id(connection) + 1
    ids = range(first, first + len(rows))
    given = list(zip(ids, rows, strict=True))
    _DELIVERIES.execute(
        connection,
        [(each, *row.listed, row.stored, row.checksum, int(row.status is not None)) for each, row in given],
    )
    _BODIES.execute(connection, [(each, *row.body) for each, row in given])
    _STATUSES.execute(connection, _statuses(given, at))
    return ids


def _statuses(given: Sequence[tuple[int, ArrivalRow]], at: int) -> list[tuple[Any, ...]]:
    """Return the rows of devhook's own answers."""
    columns = dict.fromkeys(ANSWER_SUMS.columns) | {"at": at, "cut": 0}
    of_body = ANSWER_SUMS.of_body([columns[name] for name in ANSWER_SUMS.body])
    return [
        (
            each,
            RECEIVER,
            row.status,
            at,
            ANSWER_SUMS.of_listed((each, RECEIVER, row.status, None, None)),
            of_body,
        )
        for each, row in given
        if row.status is not None
    ]
