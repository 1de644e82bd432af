"""The bounds of an inbox, and the removal of the deliveries beyond them, in small steps.

The oldest are removed first. Untrusted deliveries have a quota and are removed before trusted ones, because
anyone who knows the address can send them. An id is never used again. New deliveries use the pages that
become free, so the file of a bounded inbox stops growing; only `shrink` returns the pages to the disk.
`auto_vacuum` is off: with it, every commit would write a map of the pages, and existing files would have to
be written anew.
"""

import json
import math
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, microseconds
from devhook.inbox.failures import in_plain_words, reading_rows
from devhook.inbox.folder import file_of
from devhook.inbox.index import forget_gone, forget_ids
from devhook.inbox.schema import connect
from devhook.text import byte_size, counted, listed

# What one step removes. That takes a few milliseconds, and the next acknowledgement may wait for it.
_STEP: Final = 64
_STEP_BYTES: Final = 4 * 2**20

_TOTALS: Final = "SELECT trusted, count, stored FROM totals ORDER BY trusted"
_COUNTED: Final = """
SELECT kinds.trusted, count(d.id) AS count, ifnull(sum(d.stored), 0) AS stored
FROM (SELECT 0 AS trusted UNION SELECT 1) AS kinds
LEFT JOIN deliveries d ON (d.signature NOT IN ('invalid', 'missing')) = kinds.trusted
GROUP BY kinds.trusted
"""
_CLEAR_TOTALS: Final = "DELETE FROM totals"
_COUNT_AGAIN: Final = f"INSERT INTO totals (trusted, count, stored) {_COUNTED}"
_NEWEST: Final = "SELECT ifnull(max(id), 0) AS newest FROM deliveries"
_SUM: Final = "SELECT count(*) AS count, ifnull(sum(stored), 0) AS size FROM deliveries"
_OLDEST_UNTRUSTED: Final = """
SELECT id, stored FROM deliveries WHERE signature IN ('invalid', 'missing') AND id < ? ORDER BY id
"""
_OLDEST_OF_ALL: Final = """
SELECT id, stored, ifnull(imported_at, received_at) AS at FROM deliveries WHERE id < ? ORDER BY id
"""
_OLDEST: Final = "SELECT id, stored FROM deliveries WHERE id < ? ORDER BY id LIMIT ?"
_REMOVE_ONES: Final = "DELETE FROM deliveries WHERE id = ?"
_FIRST_UNTRUSTED: Final = "SELECT min(id) AS first FROM deliveries WHERE signature IN ('invalid', 'missing')"
_READ_UNTRUSTED: Final = """
SELECT delivery_id FROM readings.readings WHERE trusted = 0 AND delivery_id < ? ORDER BY delivery_id LIMIT ?
"""
_FORGET_ONES: Final = """
DELETE FROM readings.{table} WHERE delivery_id IN (SELECT value FROM json_each(?))
"""
_REMOVE: Final = "DELETE FROM deliveries WHERE id <= ?"
_FIRST: Final = "SELECT min(id) AS first FROM deliveries"
_FIRST_READ: Final = "SELECT min(delivery_id) AS first FROM readings.readings"
_FORGET: Final = """
DELETE FROM readings.{table} WHERE delivery_id IN
    (SELECT delivery_id FROM readings.{table} WHERE delivery_id < ? ORDER BY delivery_id LIMIT ?)
"""
_FORGOTTEN_AT_ONCE: Final = 500


class Keep(BaseModel):
    """The bounds of an inbox; 0 sets no bound.

    days: the age of the oldest delivery; of an imported one it is counted from its import
    count: how many deliveries
    size: bytes of the deliveries on disk: headers, compressed bodies, answers
    untrusted: the percentage of count and size for deliveries with an invalid or missing signature

    The newest delivery stays whatever its age and size.
    """

    model_config = ConfigDict(frozen=True)

    days: int = Field(default=30, ge=0)
    count: int = Field(default=100_000, ge=0)
    size: int = Field(default=2**30, ge=0)
    untrusted: int = Field(default=10, ge=0, le=100)

    def __str__(self) -> str:
        """`at most 30 days, 100,000 deliveries and 1 GiB`, or `without a bound`."""
        bounds = [
            counted(self.days, "day") if self.days else "",
            counted(self.count, "delivery") if self.count else "",
            byte_size(self.size) if self.size else "",
        ]
        listing = listed([bound for bound in bounds if bound], "and")
        return f"at most {listing}" if listing else "without a bound"


UNBOUNDED: Final = Keep(days=0, count=0, size=0)


class Amount(BaseModel):
    """A number of deliveries, and their bytes on disk."""

    model_config = ConfigDict(frozen=True)

    count: int
    size: int


NOTHING: Final = Amount(count=0, size=0)


@dataclass(frozen=True, slots=True)
class Room:
    """How much an inbox can store until a limit is reached; infinite if no limit is set."""

    count: float
    size: float

    def holds(self, amount: Amount) -> bool:
        """Return whether there is room for this count and size."""
        return amount.count <= self.count and amount.size <= self.size


NO_ROOM: Final = Room(0, 0)


def beyond(inbox: Path, keep: Keep, now: datetime) -> Amount:
    """Return what is beyond the bounds. It uses its own connection, so that no writer waits for it."""
    with _looking_into(inbox) as connection:
        surplus = [each["stored"] for each in _surplus(connection, keep, now)]
        return Amount(count=len(surplus), size=sum(surplus))


def everything(inbox: Path) -> Amount:
    """Return how much the inbox stores."""
    with _looking_into(inbox) as connection:
        found = connection.execute(_SUM).fetchone()
        return Amount(count=found["count"], size=found["size"])


def remove_beyond(inbox: Inbox, keep: Keep, now: datetime, grown: Amount = NOTHING) -> int:
    """Remove some of the deliveries beyond the bounds; return how many. Cheap when there is none.

    It removes at least as many as the inbox has `grown` by since the last time, so that the bounds hold. It
    counts the rows that were removed: where a damaged table lists rows that SQLite cannot remove, the
    removal still ends.
    """
    # Closed before the next write: it may not be read to its end.
    surplus = _surplus(inbox.reading_connection(), keep, now)
    with in_plain_words(inbox.path), reading_rows(inbox.path), closing(surplus):
        ids = _step(surplus, max(_STEP, grown.count), max(_STEP_BYTES, grown.size))
    if ids:
        with inbox.writing() as connection:
            return connection.executemany(_REMOVE_ONES, [(each,) for each in ids]).rowcount
    return 0


def room_within(inbox: Inbox, keep: Keep) -> Room:
    """Return the room within the limits of count and size, for trusted and untrusted deliveries."""
    totals = {found["trusted"]: found for found in inbox.query(_TOTALS)}
    with reading_rows(inbox.path):
        most, most_untrusted = _most(keep)
        count, size = (sum(found[name] for found in totals.values()) for name in ("count", "stored"))
        return Room(
            min(most.count - count, most_untrusted.count - totals[0]["count"]),
            min(most.size - size, most_untrusted.size - totals[0]["stored"]),
        )


def _most(keep: Keep) -> tuple[Room, Room]:
    """Return the limits of all deliveries, and of untrusted ones."""
    most = Room(keep.count or math.inf, keep.size or math.inf)
    share = keep.untrusted / 100
    return most, Room(
        keep.count * share if keep.count else math.inf, keep.size * share if keep.size else math.inf
    )


def recount(inbox: Inbox) -> None:
    """Correct the totals if they are damaged, before deliveries are removed because of them.

    Takes 30 ms for 100,000 deliveries.
    """
    if list(map(tuple, inbox.query(_TOTALS))) != list(map(tuple, inbox.query(_COUNTED))):
        with inbox.writing() as connection:
            connection.execute(_CLEAR_TOTALS)
            connection.execute(_COUNT_AGAIN)


def _surplus(connection: sqlite3.Connection, keep: Keep, now: datetime) -> Generator[Found, None, None]:
    """Yield the deliveries beyond the bounds, in the order in which they are removed."""
    most, quota = _most(keep)
    counts, sizes = {}, {}
    for found in connection.execute(_TOTALS).fetchall():
        counts[found["trusted"]], sizes[found["trusted"]] = found["count"], found["stored"]
    newest = connection.execute(_NEWEST).fetchone()["newest"]
    gone = set()
    for found in connection.execute(_OLDEST_UNTRUSTED, (newest,)):
        within_quota = counts[0] <= quota.count and sizes[0] <= quota.size
        if within_quota and sum(counts.values()) <= most.count and sum(sizes.values()) <= most.size:
            break
        counts[0] -= 1
        sizes[0] -= found["stored"]
        gone.add(found["id"])
        yield found
    count, size = sum(counts.values()), sum(sizes.values())
    oldest = microseconds(now - timedelta(days=keep.days)) if keep.days else -math.inf
    for found in connection.execute(_OLDEST_OF_ALL, (newest,)):
        if found["id"] in gone:
            continue
        if count <= most.count and size <= most.size and found["at"] >= oldest:
            break
        count -= 1
        size -= found["stored"]
        yield found


def _step(surplus: Iterable[Found], most: int = _STEP, most_bytes: int = _STEP_BYTES) -> list[int]:
    """Return the ids of the first ones: as many as one transaction removes."""
    ids: list[int] = []
    size = 0
    for found in surplus:
        if ids and (len(ids) == most or size + found["stored"] > most_bytes):
            break
        size += found["stored"]
        ids.append(found["id"])
    return ids


def remove_oldest(inbox: Inbox, before: int) -> int:
    """Remove a few of the deliveries with smaller ids than `before`, with their answers; return how many."""
    found = inbox.query(_OLDEST, before, _STEP)
    with reading_rows(inbox.path):
        ids = _step(found)
    if ids:
        with inbox.writing() as connection:
            return connection.execute(_REMOVE, (ids[-1],)).rowcount
    return 0


def forget_removed(inbox: Inbox) -> bool:
    """Remove some readings of removed deliveries; return whether any was removed. For an output.

    Cheap when there is none.
    """
    first = _first_of(inbox, _FIRST)
    return forget_gone(inbox, first) | _forget_readings(inbox, first) | _forget_untrusted(inbox)


def _first_of(inbox: Inbox, statement: str) -> int:
    """Return the first id that a statement finds, else the id of the next delivery."""
    (found,) = inbox.query(statement)
    return inbox.newest() + 1 if found["first"] is None else int(found["first"])


def _forget_readings(inbox: Inbox, first: int) -> bool:
    (found,) = inbox.query(_FIRST_READ)
    if found["first"] is None or found["first"] >= first:
        return False
    for table in ("mistakes", "changes", "readings"):
        with inbox.writing() as connection:
            deleting = connection.execute(_FORGET.format(table=table), (first, _FORGOTTEN_AT_ONCE))
    return deleting.rowcount > 0


def _forget_untrusted(inbox: Inbox) -> bool:
    """Remove some readings of untrusted deliveries that were removed before older trusted ones."""
    first = _first_of(inbox, _FIRST_UNTRUSTED)
    gone = [found["delivery_id"] for found in inbox.query(_READ_UNTRUSTED, first, _FORGOTTEN_AT_ONCE)]
    if not gone:
        return False
    forget_ids(inbox, gone)
    for table in ("mistakes", "changes", "readings"):
        with inbox.writing() as connection:
            deleting = connection.execute(_FORGET_ONES.format(table=table), (json.dumps(gone),))
    return deleting.rowcount > 0


def shrink(inbox: Inbox) -> None:
    """Write the files anew, which returns free pages to the disk. Only inside `locks.alone`."""
    with in_plain_words(inbox.path):
        for file in ("main", "readings", "search"):
            inbox.query(f"VACUUM {file}")
            inbox.query(f"PRAGMA {file}.wal_checkpoint(TRUNCATE)")


def prune(inbox: Inbox, remove: Callable[[], int]) -> int:
    """Call `remove` until it removes nothing, then forget the readings; return the bytes freed on disk.

    Only inside `locks.alone`.
    """
    before = on_disk(inbox.path)
    while remove():
        pass
    while forget_removed(inbox):
        pass
    shrink(inbox)
    return max(0, before - on_disk(inbox.path))


def on_disk(inbox: Path) -> int:
    """Return how many bytes the files of an inbox take."""
    files = [file_of(inbox, name) for name in ("deliveries", "readings", "search", "journal")]
    logs = [file.with_name(f"{file.name}-wal") for file in files]
    return sum(file.stat().st_size for file in (*files, *logs) if file.exists())


@contextmanager
def _looking_into(inbox: Path) -> Iterator[sqlite3.Connection]:
    """Connect to the deliveries only, without making a missing file."""
    with (
        in_plain_words(inbox),
        reading_rows(inbox),
        closing(connect(file_of(inbox, "deliveries"))) as connection,
    ):
        connection.row_factory = sqlite3.Row
        yield connection
