"""One inbox, open: deliveries in, rows and readings out."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from devhook.analysis.verdict import Reading
from devhook.errors import InboxError, InputError
from devhook.inbox.answers import (
    ADD_ANSWER,
    ANSWERED_AFTER,
    ANSWERS,
    LAST_ANSWER,
    Answered,
    answered_columns,
    answered_of,
)
from devhook.inbox.failures import in_plain_words
from devhook.inbox.layouts import DELIVERIES, JOURNAL, READINGS, SEARCH
from devhook.inbox.leases import ASK, CONFIRM, MOVE, OPEN, STRIKE, Lease, LeaseState
from devhook.inbox.locks import Claim, is_alive, preparing
from devhook.inbox.rows import (
    ROWS,
    Row,
    changes_of,
    columns_of,
    delivery_of,
    moment,
    row_of,
    subject_of_columns,
)
from devhook.inbox.schema import connect, file_of, last_id, make_folder, prepare, prepare_derived
from devhook.inbox.takeover import take_over
from devhook.webhook.delivery import Arrival, Delivery

_NO_END: Final = 2**63 - 1

_ADD_DELIVERY: Final = """
INSERT INTO deliveries
    (received_at, method, path, topic, shop, webhook_id, event_id, signature, signed_with, origin, size)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_BODY: Final = "INSERT INTO bodies (delivery_id, headers, body) VALUES (?, ?, ?)"
_ADD_STATUS: Final = "INSERT INTO answers (delivery_id, by, status, at) VALUES (?, 'receiver', ?, ?)"
_DELIVERY: Final = """
SELECT d.received_at, d.method, d.path, b.headers, b.body
FROM deliveries d JOIN bodies b ON b.delivery_id = d.id WHERE d.id = ?
"""
_ROW: Final = f"{ROWS} WHERE d.id = ?"
OLDEST_FIRST: Final = f"{ROWS} WHERE d.id > ? AND d.id < ? ORDER BY d.id LIMIT ?"
NEWEST_FIRST: Final = f"{ROWS} WHERE d.id > ? AND d.id < ? ORDER BY d.id DESC LIMIT ?"
_READING: Final = """
SELECT r.kind, r.subject, r.name, r.document, r.version, r.verdict, r.hint, r.original, r.attempt, r.waited,
    r.first_answer, r.redundant, r.newer, r.compared_with, r.unreadable,
    ifnull(c.significant, '[]'), ifnull(c.noise, '[]')
FROM readings.readings r LEFT JOIN readings.changes c ON c.delivery_id = r.delivery_id WHERE r.delivery_id = ?
"""
_CONCLUDED: Final = (
    *("version", "verdict", "hint", "original", "attempt", "waited", "first_answer", "redundant", "newer"),
    *("compared_with", "unreadable"),
)


class Inbox:
    """An open inbox. It belongs to the thread that opened it; several processes may have the same one open.

    Whatever cannot be opened, read or written is an InboxError.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, taken_over: str = "") -> None:
        self.path = path
        self.taken_over = taken_over
        self._connection = connection
        self._file = file_of(path, "deliveries")
        found = self._file.stat()
        self._place = (found.st_dev, found.st_ino)
        self._seen: tuple[int, int] | None = None
        self._claim: Claim | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the inbox in the folder `path`; make it if it is not there. A context manager.

        An inbox of the old form is taken over first: `taken_over` says so in a sentence, and is "" otherwise.
        """
        path = path.absolute()
        derived = {"readings": READINGS, "search": SEARCH}
        with in_plain_words(path):
            taken_over = take_over(path)
            make_folder(path)
            with preparing(path):
                prepare(file_of(path, "deliveries"), DELIVERIES)
                prepare(file_of(path, "journal"), JOURNAL)
                connection = connect(file_of(path, "deliveries"))
                try:
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("PRAGMA foreign_keys = ON")
                    connection.execute("ATTACH ? AS journal", (os.fsencode(file_of(path, "journal")),))
                    connection.execute("PRAGMA journal.synchronous = FULL")
                    for name, layout in derived.items():
                        file = file_of(path, name)
                        prepare_derived(file, layout, connection)
                        connection.execute(f"ATTACH ? AS {name}", (os.fsencode(file),))
                        connection.execute(f"PRAGMA {name}.synchronous = NORMAL")
                    return cls(path, connection, taken_over=taken_over)
                except BaseException:
                    connection.close()
                    raise

    def close(self) -> None:
        """Close the files, and release this run's claim to its leases."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None
        with in_plain_words(self.path):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, arrivals: Sequence[Arrival], answers: Sequence[Answered] = ()) -> list[int]:
        """Write deliveries and answers down in one transaction, on disk when this returns.

        Returns the ids of the deliveries. An answer to a delivery that is gone is left out. For the receiver
        alone.
        """
        written = [columns_of(arrival) for arrival in arrivals]
        ids: list[int] = []
        with self.writing() as connection:
            self._require_in_place()
            for columns in written:
                delivery_id = connection.execute(_ADD_DELIVERY, columns.facts).lastrowid
                assert delivery_id is not None  # noqa: S101 - an INSERT always has one; this tells mypy
                connection.execute(_ADD_BODY, (delivery_id, columns.headers, columns.body))
                if columns.status is not None:
                    connection.execute(_ADD_STATUS, (delivery_id, columns.status, _now()))
                ids.append(delivery_id)
            connection.executemany(ADD_ANSWER, answered_columns(answers))
        return ids

    def answers(self, delivery_id: int) -> list[Answered]:
        """What the targets answered that it was forwarded to, in the order of their answers."""
        return [answered_of(columns) for columns in self.query(ANSWERS, delivery_id)]

    def answered_after(self, answer_id: int, limit: int = 1000) -> list[tuple[int, int]]:
        """The answers that came to deliveries of before, after one: each answer's id and its delivery's."""
        return [(number, delivery) for number, delivery in self.query(ANSWERED_AFTER, answer_id, limit)]

    def newest_answer(self) -> int:
        """The highest id of an answer, 0 before the first."""
        ((newest,),) = self.query(LAST_ANSWER)
        return int(newest)

    def changed(self) -> bool:
        """Whether another process or connection wrote since the last call; True the first time."""
        ((inbox,),) = self.query("PRAGMA main.data_version")
        ((readings,),) = self.query("PRAGMA readings.data_version")
        seen, self._seen = self._seen, (inbox, readings)
        return seen != self._seen

    def delivery(self, delivery_id: int) -> Delivery:
        """The request as it came. InputError when there is no such delivery."""
        with in_plain_words(self.path):
            return delivery_of(self._one(_DELIVERY, delivery_id))

    def arrival(self, delivery_id: int) -> Arrival:
        """The delivery with what its check showed and what its sender was answered."""
        row = self.row(delivery_id)
        return Arrival(
            delivery=self.delivery(delivery_id),
            signature=row.signature,
            signed_with=row.signed_with,
            origin=row.origin,
            status=row.status,
        )

    def reading(self, delivery_id: int) -> Reading | None:
        """What was concluded of it; None as long as it is not read."""
        for *columns, significant, noise in self.query(_READING, delivery_id):
            return Reading(
                subject=subject_of_columns(columns[:4]),
                changes=changes_of(significant),
                noise=changes_of(noise),
                **dict(zip(_CONCLUDED, columns[4:], strict=True)),
            )
        return None

    def row(self, delivery_id: int) -> Row:
        """The delivery as a line of the list. InputError when there is no such delivery."""
        return row_of(self._one(_ROW, delivery_id))

    def rows(
        self, *, after: int = 0, before: int | None = None, limit: int = 1000, newest_first: bool = False
    ) -> list[Row]:
        """The deliveries with ids between `after` and `before` (both exclusive), at most `limit`."""
        statement = NEWEST_FIRST if newest_first else OLDEST_FIRST
        end = _NO_END if before is None else before
        return [row_of(columns) for columns in self.query(statement, after, end, limit)]

    def newest(self) -> int:
        """The highest id that was given, 0 before the first."""
        with in_plain_words(self.path):
            return last_id(self._connection)

    def ask_lease(self, *, shop: str, topic: str, uri: str, api_version: str, name: str) -> int:
        """Write down, on disk when this returns, that Shopify is about to be asked for a subscription."""
        with in_plain_words(self.path):
            self._claim = self._claim or Claim.of(self.path)
        asked = (shop, topic, uri, api_version, name, self._claim.token, _now())
        with self.writing() as connection:
            lease_id = connection.execute(ASK, asked).lastrowid
        assert lease_id is not None  # noqa: S101 - an INSERT always has one; this tells mypy
        return lease_id

    def confirm_lease(self, lease_id: int, subscription_id: str) -> None:
        """Shopify made the subscription and gave it this id."""
        with self.writing() as connection:
            connection.execute(CONFIRM, (subscription_id, lease_id))

    def move_lease(self, lease_id: int, uri: str) -> None:
        """The subscription delivers to another address from now on."""
        with self.writing() as connection:
            connection.execute(MOVE, (uri, lease_id))

    def strike_lease(self, lease_id: int, state: LeaseState = LeaseState.REMOVED) -> None:
        """Shopify confirmed that the subscription is gone, or it never came to be (`vanished`)."""
        with self.writing() as connection:
            connection.execute(STRIKE, (state.value, lease_id))

    def open_leases(self, shop: str | None = None) -> list[Lease]:
        """The leases that Shopify may still know, oldest first."""
        return [
            Lease(**dict(zip(Lease.model_fields, columns, strict=False)) | {"asked_at": moment(columns[-1])})
            for columns in self.query(OPEN, shop, shop)
        ]

    def orphaned_leases(self, shop: str) -> list[Lease]:
        """Those of them whose run has ended without removing them, as `kill -9` makes it."""
        leases = self.open_leases(shop)
        own = self._claim.token if self._claim else None
        others = {lease.owner for lease in leases} - {own}
        with in_plain_words(self.path):
            dead = {token for token in others if not is_alive(self.path, token)}
        return [lease for lease in leases if lease.owner in dead]

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Everything that a SELECT finds; no read transaction stays open. For the rooms that know SQL."""
        with in_plain_words(self.path):
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on an error. For the rooms that know SQL.

        It must begin with a write. BEGIN IMMEDIATE would lock all three files; so only the one that is
        written is locked, and a face that stops here stops nobody's acknowledgement.
        """
        with in_plain_words(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has already rolled it back.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _one(self, statement: str, delivery_id: int) -> tuple[Any, ...]:
        found = self.query(statement, delivery_id) if 0 < delivery_id < _NO_END else []
        if not found:
            raise InputError(f"The inbox holds no delivery {delivery_id}.")
        return found[0]

    def _require_in_place(self) -> None:
        """SQLite goes on writing into a file that was removed, and nobody would ever see it."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._place:
            raise InboxError(
                f"The inbox {self.path} was removed or replaced while it was in use.",
                "End devhook and start it again.",
            )


def _now() -> int:
    return time.time_ns() // 1000
