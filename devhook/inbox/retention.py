"""How much an inbox keeps, and how what is beyond that is removed: the oldest first, in small steps.

Deliveries are removed in the order of their ids, never from the middle, and an id is never given again. The
pages that become free are used by what comes next, so the file of a bounded inbox stops growing; only
`shrink` gives them back to the disk. `auto_vacuum` is left off: it would have every commit write a map of the
pages, and a file that was made without it would have to be made anew.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import microseconds
from devhook.inbox.failures import in_plain_words
from devhook.inbox.folder import file_of
from devhook.inbox.index import forget_gone
from devhook.inbox.schema import connect, last_id
from devhook.text import byte_size, counted, listed

# What one step removes: so much takes a few milliseconds, which the next acknowledgement may wait for.
_STEP: Final = 64
_STEP_BYTES: Final = 4 * 2**20

_FIRST_YOUNG: Final = """
SELECT id FROM deliveries WHERE ifnull(imported_at, received_at) >= ? ORDER BY id LIMIT 1
"""
_FIRST_OF_THE_NEWEST: Final = "SELECT id FROM deliveries ORDER BY id DESC LIMIT 1 OFFSET ?"
_LAST_BEYOND_BYTES: Final = """
SELECT max(id) FROM (SELECT id, sum(size) OVER (ORDER BY id DESC) AS total FROM deliveries) WHERE total > ?
"""
_NEWEST: Final = "SELECT max(id) FROM deliveries"
_SUM: Final = "SELECT count(*), ifnull(sum(size), 0) FROM deliveries WHERE id < ?"
_OLDEST: Final = "SELECT id, size FROM deliveries WHERE id < ? ORDER BY id LIMIT ?"
_REMOVE: Final = "DELETE FROM deliveries WHERE id <= ?"
_FIRST: Final = "SELECT min(id) FROM deliveries"
_FIRST_READ: Final = "SELECT min(delivery_id) FROM readings.readings"
_FORGET: Final = """
DELETE FROM readings.{table} WHERE delivery_id IN
    (SELECT delivery_id FROM readings.{table} WHERE delivery_id < ? ORDER BY delivery_id LIMIT ?)
"""
_FORGOTTEN_AT_ONCE: Final = 500


class Keep(BaseModel):
    """How much an inbox keeps: so many days, deliveries, bytes of bodies as they came. 0 sets no bound.

    On disk the bodies are compressed, to about a fifth. The age of an imported delivery is counted from its
    import. The newest delivery is kept whatever its age and size: outputs know by it how far they are.
    """

    model_config = ConfigDict(frozen=True)

    days: int = Field(default=30, ge=0)
    count: int = Field(default=100_000, ge=0)
    size: int = Field(default=2**30, ge=0)

    def __str__(self) -> str:
        """`at most 30 days, 100,000 deliveries and 1 GiB of bodies`, or `without a bound`."""
        bounds = [
            counted(self.days, "day") if self.days else "",
            counted(self.count, "delivery") if self.count else "",
            f"{byte_size(self.size)} of bodies" if self.size else "",
        ]
        said = listed([bound for bound in bounds if bound], "and")
        return f"at most {said}" if said else "without a bound"


UNBOUNDED: Final = Keep(days=0, count=0, size=0)


class Beyond(BaseModel):
    """What an inbox holds beyond its bounds: every delivery with a smaller id than `before`."""

    model_config = ConfigDict(frozen=True)

    before: int
    count: int
    size: int


def beyond(inbox: Path, keep: Keep, now: datetime) -> Beyond:
    """Find what is beyond the bounds, on a connection of its own: it keeps no writer waiting."""
    with _looking_into(inbox) as connection:

        def first(statement: str, *values: int) -> int | None:
            found = connection.execute(statement, values).fetchone()
            return None if found is None else found[0]

        newest = first(_NEWEST) or 0
        firsts = [0]
        if keep.days:
            oldest = microseconds(now - timedelta(days=keep.days))
            firsts.append(first(_FIRST_YOUNG, oldest) or newest)
        if keep.count:
            firsts.append(first(_FIRST_OF_THE_NEWEST, keep.count - 1) or 0)
        if keep.size:
            firsts.append((first(_LAST_BEYOND_BYTES, keep.size) or 0) + 1)
        before = min(max(firsts), newest)
        count, size = connection.execute(_SUM, (before,)).fetchone()
    return Beyond(before=before, count=count, size=size)


def everything(inbox: Path) -> Beyond:
    """All that the inbox holds."""
    with _looking_into(inbox) as connection:
        before = last_id(connection) + 1
        count, size = connection.execute(_SUM, (before,)).fetchone()
    return Beyond(before=before, count=count, size=size)


def remove_oldest(inbox: Inbox, before: int) -> int:
    """Remove a few of the deliveries with smaller ids than `before`, with their answers; returns how many."""
    size, last, count = 0, 0, 0
    for oldest in inbox.query(_OLDEST, before, _STEP):
        if count and size + oldest["size"] > _STEP_BYTES:
            break
        size, last, count = size + oldest["size"], oldest["id"], count + 1
    if count:
        with inbox.writing() as connection:
            connection.execute(_REMOVE, (last,))
    return count


def forget_removed(inbox: Inbox) -> bool:
    """Remove some of what was concluded of deliveries that are gone; True when it found any. For an output.

    Cheap when there is none: three steps into three indexes.
    """
    ((first,),) = inbox.query(_FIRST)
    first = inbox.newest() + 1 if first is None else first
    return forget_gone(inbox, first) | _forget_readings(inbox, first)


def _forget_readings(inbox: Inbox, first: int) -> bool:
    ((first_read,),) = inbox.query(_FIRST_READ)
    if first_read is None or first_read >= first:
        return False
    for table in ("changes", "readings"):
        with inbox.writing() as connection:
            connection.execute(_FORGET.format(table=table), (first, _FORGOTTEN_AT_ONCE))
    return True


def shrink(inbox: Inbox) -> None:
    """Give the pages that became free back to the disk: the files are written anew. For one who is alone."""
    with in_plain_words(inbox.path):
        for file in ("main", "readings", "search"):
            inbox.query(f"VACUUM {file}")
            inbox.query(f"PRAGMA {file}.wal_checkpoint(TRUNCATE)")


def prune(inbox: Inbox, before: int) -> int:
    """Remove the deliveries with smaller ids than `before`, with their readings; returns the bytes freed.

    For one who is `locks.alone` in the inbox.
    """
    held = on_disk(inbox.path)
    while remove_oldest(inbox, before):
        pass
    while forget_removed(inbox):
        pass
    shrink(inbox)
    return max(0, held - on_disk(inbox.path))


def on_disk(inbox: Path) -> int:
    """Return how many bytes the files of an inbox take."""
    files = [file_of(inbox, name) for name in ("deliveries", "readings", "search", "journal")]
    logs = [file.with_name(f"{file.name}-wal") for file in files]
    return sum(file.stat().st_size for file in (*files, *logs) if file.exists())


@contextmanager
def _looking_into(inbox: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the deliveries alone, which makes no file where there is none any more."""
    with in_plain_words(inbox), closing(connect(file_of(inbox, "deliveries"))) as connection:
        yield connection
