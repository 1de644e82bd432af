"""An open inbox: its four files as one database, which deliveries are written to and rows are read from."""

import json
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar

from devhook.analysis.comparison import Unlisted
from devhook.analysis.verdict import Reading
from devhook.errors import InboxError, InputError
from devhook.inbox.arrival_rows import ArrivalRow, add_rows
from devhook.inbox.change_columns import changes_of
from devhook.inbox.deliveries import (
    ADD_ANSWER,
    ANSWERED_AFTER,
    ANSWERS,
    COUNT_ANSWER,
    DELIVERY,
    LAST_ANSWER,
    RECEIVER,
    Answered,
    Row,
    answered_of,
    answered_values,
    delivery_of,
    subject_of,
)
from devhook.inbox.failures import DamagedInbox, in_plain_words, reading_rows
from devhook.inbox.folder import file_of, make_folder, take_over
from devhook.inbox.layouts import DELIVERIES, DERIVED, JOURNAL, Layout
from devhook.inbox.listed_row import ROWS, row_of
from devhook.inbox.locks import LivenessLock, preparing
from devhook.inbox.repair import repair
from devhook.inbox.schema import connect, last_id, prepare, prepare_derived
from devhook.inbox.seal import Sum, open_seal, write_seal
from devhook.webhook.delivery import Arrival, Delivery
from devhook.webhook.payload import read_json

_NO_END: Final = 2**63 - 1
# Pages in a receiver's write-ahead log, 16 MB, until a commit writes them into the file too. With SQLite's
# 1,000 a flood meets that three times a second and gets 10 % fewer answers; with 16,000 the slowest answer
# takes 400 ms.
_CHECKPOINT_PAGES: Final = 4_000
# Seconds between two looks for damage.
_REPAIR_EVERY: Final = 60.0
# Seconds that closing waits for a process that is opening the inbox.
_SEALING_PATIENCE: Final = 0.5

Built = TypeVar("Built")

_ROW: Final = f"{ROWS} WHERE d.id = ?"
OLDEST_FIRST: Final = f"{ROWS} WHERE d.id > ? AND d.id < ? ORDER BY d.id LIMIT ?"
NEWEST_FIRST: Final = f"{ROWS} WHERE d.id > ? AND d.id < ? ORDER BY d.id DESC LIMIT ?"
_EXISTING: Final = "SELECT id FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
_READING: Final = """
SELECT r.kind, r.subject, r.name, r.document, r.version, r.verdict, r.hint, r.original, r.attempt, r.waited,
    r.first_answer, r.redundant, r.newer, r.compared_with, r.unordered, r.unreadable,
    ifnull(c.significant, '[]') AS significant, ifnull(c.noise, '[]') AS noise,
    ifnull(c.unlisted, '[[], 0]') AS unlisted,
    ifnull(c.repeated, '[]') AS repeated, ifnull(c.remarks, '[]') AS remarks
FROM readings.readings r LEFT JOIN readings.changes c ON c.delivery_id = r.delivery_id WHERE r.delivery_id = ?
"""
_Prepare = Callable[[Path, Layout, sqlite3.Connection], None]
_SAME_IN_THE_READING: Final = (
    *("version", "verdict", "hint", "original", "attempt", "waited", "first_answer", "redundant", "newer"),
    *("compared_with", "unordered", "unreadable"),
)


class Inbox:
    """An open inbox. It belongs to the thread that opened it; several processes may have the same one open.

    Whatever cannot be opened, read or written is an InboxError.
    """

    # Whether several threads use the connection, one at a time.
    _shared: ClassVar = False

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        *,
        taken_over: str = "",
        repairs: bool = True,
        sums: dict[str, Sum] | None = None,
    ) -> None:
        self.path = path
        self.taken_over = taken_over
        self._connection = connection
        self._sums = sums
        self._file = file_of(path, "deliveries")
        found = self._file.stat()
        self._place = (found.st_dev, found.st_ino)
        self._alive: LivenessLock | None = None
        self._repaired_at = -math.inf if repairs else math.inf

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the inbox in the folder `path`; make it if it is not there. A context manager.

        An inbox of the old form is converted first, and damaged files but the deliveries are repaired:
        `taken_over` reports both in a sentence, and is "" otherwise.
        """
        path = path.absolute()
        with in_plain_words(path):
            reports = [take_over(path)]
            make_folder(path)
            with preparing(path):
                sums = open_seal(path)
                try:
                    connection = _connect(path, shared=cls._shared)
                except DamagedInbox:
                    damaged, report = repair(path)
                    reports.append(report)
                    if not damaged:
                        raise
                    connection = _connect(path, shared=cls._shared)
            return cls(path, connection, taken_over=" ".join(filter(None, reports)), sums=sums)

    @classmethod
    def look_into(cls, path: Path) -> Self:
        """Open an existing inbox; nothing in it is made, repaired or migrated. A context manager."""
        path = path.absolute()
        with in_plain_words(path):
            for name in ("deliveries", "journal", *DERIVED):
                file_of(path, name).stat()
            connection = _attached(path)
            connection.execute("PRAGMA query_only = ON")
            return cls(path, connection, repairs=False)

    def beside(self) -> Self:
        """Open the same files once more, for another thread; it repairs nothing."""
        with in_plain_words(self.path):
            return type(self)(self.path, _attached(self.path), repairs=False)

    def close(self) -> None:
        """Close the files and release the lock of this run's leases."""
        if self._alive is not None:
            self._alive.release()
            self._alive = None
        with ExitStack() as seal:
            if self._sums is not None and self.path.is_dir():
                # A process that is opening the inbox meanwhile has the files open, and will seal them.
                with suppress(InboxError, OSError):
                    seal.enter_context(preparing(self.path, patience=_SEALING_PATIENCE))
                    seal.callback(write_seal, self.path, self._sums)
            with in_plain_words(self.path):
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, arrivals: Sequence[Arrival], answers: Sequence[Answered] = ()) -> list[int]:
        """Write deliveries and answers in one transaction; see `add_rows`."""
        return list(self.add_rows([ArrivalRow.of(each) for each in arrivals], answers))

    def add_rows(self, rows: Sequence[ArrivalRow], answers: Sequence[Answered] = ()) -> Sequence[int]:
        """Write deliveries and answers in one transaction, which is on disk when this returns.

        Return the ids of the deliveries. An answer to a removed delivery is left out. Only for receivers.
        """
        with self.writing() as connection:
            self._require_in_place()
            return self._insert(connection, rows, answers)

    def _insert(
        self, connection: sqlite3.Connection, rows: Sequence[ArrivalRow], answers: Sequence[Answered]
    ) -> Sequence[int]:
        with reading_rows(self.path):
            ids = add_rows(connection, rows, _now())
        values_of_answers = [answered_values(each) for each in answers]
        connection.executemany(ADD_ANSWER, values_of_answers)
        connection.executemany(COUNT_ANSWER, values_of_answers)
        return ids

    def _roll_back(self) -> None:
        # A full disk has already rolled it back.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def answers(self, delivery_id: int) -> list[Answered]:
        """Return the answers of the targets, in the order in which they came."""
        found = self.select(answered_of, ANSWERS, delivery_id)
        return [answered for answered in found if answered.by != RECEIVER]

    def answered_since(self, answer_id: int, limit: int = 1000) -> tuple[set[int], int]:
        """Return the deliveries with answers after the answer `answer_id`, and the newest answer of these.

        devhook's own answer to the sender is not among them. At most `limit` answers are read.
        """
        # Read first: later answers have higher ids.
        newest = self.newest_answer()
        found = self.query(ANSWERED_AFTER, answer_id, limit)
        reached = found[-1]["id"] if len(found) == limit else max(newest, answer_id)
        return {each["delivery_id"] for each in found}, reached

    def newest_answer(self) -> int:
        """Return the highest id of an answer, 0 before the first."""
        (found,) = self.query(LAST_ANSWER)
        return int(found["newest"])

    def delivery(self, delivery_id: int) -> Delivery:
        """Return the request as it arrived. Raise InputError when there is no such delivery."""
        found = self._one(DELIVERY, delivery_id)
        with reading_rows(self.path):
            return delivery_of(found)

    def reading(self, delivery_id: int) -> Reading | None:
        """Return the reading of a delivery; None until it is made."""
        return next(iter(self.select(_reading_of, _READING, delivery_id)), None)

    def row(self, delivery_id: int) -> Row:
        """Return a delivery as a row of the list. Raise InputError when there is no such delivery."""
        rows = self.select(row_of, _ROW, delivery_id) if 0 < delivery_id < _NO_END else []
        if not rows:
            raise _no_delivery(delivery_id)
        return rows[0]

    def rows(
        self, *, after: int = 0, before: int | None = None, limit: int = 1000, newest_first: bool = False
    ) -> list[Row]:
        """Return at most `limit` deliveries with ids between `after` and `before` (both exclusive)."""
        statement = NEWEST_FIRST if newest_first else OLDEST_FIRST
        end = _NO_END if before is None else before
        return self.select(row_of, statement, after, end, limit)

    def existing(self, ids: Sequence[int]) -> list[int]:
        """Return those of the ids that deliveries have, in ascending order."""
        return [found["id"] for found in self.query(_EXISTING, json.dumps(list(ids)))]

    def newest(self) -> int:
        """Return the highest id that was ever used, 0 before the first."""
        with in_plain_words(self.path), reading_rows(self.path):
            return last_id(self._connection)

    def run_token(self, *, claim: bool = False) -> str | None:
        """Return the token of this run's lock file (see locks); None until it is claimed."""
        if claim and self._alive is None:
            with in_plain_words(self.path):
                self._alive = LivenessLock.of(self.path)
        return self._alive.token if self._alive else None

    def query(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows that a SELECT finds; no read transaction stays open. For this room only."""

        def found() -> list[sqlite3.Row]:
            with in_plain_words(self.path):
                return self._connection.execute(statement, values).fetchall()

        return self.repaired(found)

    def reading_connection(self) -> sqlite3.Connection:
        """Return the connection, for a SELECT that is not read to its end. For this room only."""
        return self._connection

    def select(self, build: Callable[[sqlite3.Row], Built], statement: str, *values: Any) -> list[Built]:
        """Return what `build` makes of each row that a SELECT finds. DamagedInbox where it cannot."""

        def built() -> list[Built]:
            found = self.query(statement, *values)
            with reading_rows(self.path):
                return [build(each) for each in found]

        return self.repaired(built)

    def repaired(self, work: Callable[[], Built]) -> Built:
        """Return what `work` returns. Where a damaged file stops it, repair the inbox and do it once more.

        Raises DamagedInbox where the deliveries themselves are damaged, and inside a transaction.
        """
        try:
            return work()
        except DamagedInbox:
            if not self._repair():
                raise
        return work()

    def _repair(self) -> bool:
        """Repair all files but the deliveries. Return whether any was damaged."""
        # A repair reads all rows, so it is not tried for each error while the deliveries are damaged.
        if self._connection.in_transaction or time.monotonic() - self._repaired_at < _REPAIR_EVERY:
            return False
        with in_plain_words(self.path), preparing(self.path):
            damaged, _ = repair(self.path)
            self._repaired_at = time.monotonic()
            if damaged:
                self._connection.close()
                self._connection = _connect(self.path, shared=self._shared)
        return damaged

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: committed at the end, rolled back on an error. For this room only.

        Inside another one it is a part of that.

        Its first statement must be a write. BEGIN IMMEDIATE would lock all four files; without it only the
        written file is locked, and an output that is stopped here delays no acknowledgement.
        """
        if self._connection.in_transaction:
            yield self._connection
            return
        with in_plain_words(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _one(self, statement: str, delivery_id: int) -> sqlite3.Row:
        found = self.query(statement, delivery_id) if 0 < delivery_id < _NO_END else []
        if not found:
            raise _no_delivery(delivery_id)
        return found[0]

    def _require_in_place(self) -> None:
        """Raise InboxError for a file that was removed or replaced: SQLite would write into the old one."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._place:
            raise InboxError(
                f"The inbox {self.path} was removed or replaced while it was in use.",
                "End devhook and start it again.",
            )


def _connect(path: Path, *, shared: bool = False) -> sqlite3.Connection:
    """Open the four files as one database. Only inside `locks.preparing`."""
    prepare(file_of(path, "deliveries"), DELIVERIES)
    prepare(file_of(path, "journal"), JOURNAL)
    return _attached(path, prepare_derived, shared=shared)


def _attached(path: Path, prepared: _Prepare | None = None, *, shared: bool = False) -> sqlite3.Connection:
    """Open the four files as one database; `prepared` prepares a derived file before it is opened."""
    connection = connect(file_of(path, "deliveries"), shared=shared)
    connection.row_factory = sqlite3.Row
    try:
        with in_plain_words(path):
            if shared:
                connection.execute("PRAGMA cache_spill = OFF")
                connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute("PRAGMA synchronous = FULL")
            # Only for macOS: https://www.sqlite.org/pragma.html#pragma_fullfsync
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("ATTACH ? AS journal", (os.fsencode(file_of(path, "journal")),))
            connection.execute("PRAGMA journal.synchronous = FULL")
            for name, layout in DERIVED.items():
                file = file_of(path, name)
                if prepared is not None:
                    prepared(file, layout, connection)
                connection.execute(f"ATTACH ? AS {name}", (os.fsencode(file),))
                connection.execute(f"PRAGMA {name}.synchronous = NORMAL")
                # Opens the file, so that no other process takes it for closed.
                connection.execute(f"PRAGMA {name}.schema_version").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _reading_of(found: sqlite3.Row) -> Reading:
    unlisted, unlisted_noise = json.loads(found["unlisted"])
    return Reading(
        subject=subject_of(*(found[name] for name in ("kind", "subject", "name", "document"))),
        changes=changes_of(found["significant"]),
        noise=changes_of(found["noise"]),
        repeated=changes_of(found["repeated"]),
        remarks=read_json(found["remarks"].encode()),
        unlisted=tuple(Unlisted(part, count) for part, count in unlisted),
        unlisted_noise=unlisted_noise,
        **{name: found[name] for name in _SAME_IN_THE_READING},
    )


def _no_delivery(delivery_id: int) -> InputError:
    return InputError(f"The inbox contains no delivery {delivery_id}.")


def _now() -> int:
    return time.time_ns() // 1000
