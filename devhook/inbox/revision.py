"""Which readings a delivery makes out of date that comes after them, though it belongs before them."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

# The next version of the same part, which was compared with the one before.
FOLLOWER: Final = """
SELECT delivery_id, version FROM readings.readings
WHERE trusted AND verdict <> 'duplicate' AND shop = ? AND kind = ? AND subject = ? AND part = ?
    AND (version, updated, delivery_id) > (?, ?, ?)
ORDER BY version, updated, delivery_id LIMIT 1
"""
# The parts of an order that were told after one of its bodies and before the next.
PARTS: Final = """
SELECT delivery_id FROM readings.readings
WHERE trusted = 1 AND verdict <> 'duplicate' AND shop = ? AND kind = ? AND subject = ? AND part <> 'order'
    AND version > ? AND version <= ? ORDER BY version, delivery_id
"""
# What came after a delivery that has just found its order: older ones are late, and those that nobody vouches
# for were read beside what had come before them.
OVERTAKEN: Final = """
SELECT delivery_id FROM readings.readings
WHERE shop = ? AND kind = 'order' AND subject = ? AND trusted IN (0, 1) AND verdict <> 'duplicate'
    AND (trusted = 0 OR version <= ?) AND delivery_id > ?
"""
NAMELESS: Final = """
UPDATE readings.readings SET name = ?, revised = (
    SELECT ifnull(max(revised), 0) + 1 FROM readings.readings WHERE revised > 0
)
WHERE shop = ? AND kind = ? AND subject = ? AND name IS NULL
"""
ORPHANS: Final = """
SELECT delivery_id FROM readings.readings INDEXED BY timeline WHERE shop = ? AND kind = ? AND subject = ?
"""
ADOPT: Final = """
UPDATE readings.readings SET kind = 'order', subject = ? WHERE shop = ? AND kind = ? AND subject = ?
"""
LINKED: Final = """
SELECT f.number, f.shop, f.id, f.order_id FROM journal.fulfillment_orders f
WHERE f.number > ? ORDER BY f.number
"""
_PLACE: Final = """
SELECT shop, kind, subject, part, version, updated, delivery_id, name FROM readings.readings
WHERE delivery_id = ? AND trusted AND verdict <> 'duplicate' AND kind IS NOT NULL
"""
_PARENT: Final = "INSERT OR IGNORE INTO readings.parents (shop, kind, id, order_id) VALUES (?, ?, ?, ?)"
_LATEST: Final = 2**63 - 1

Read = Callable[[int], None]


class Placed(NamedTuple):
    """A trusted version in its subject's life, as the readings hold it."""

    shop: str
    kind: str
    subject: str
    part: str
    version: int
    updated: int
    delivery_id: int
    name: str | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the subject."""
        return self.shop, self.kind, self.subject


class Revision:
    """Makes readings again, inside the transaction in which something new was written.

    `read` makes one reading again and writes it down. Everything is looked up in the same transaction, so
    that of two faces that read at once neither writes what the other has made out of date.
    """

    def __init__(self, connection: sqlite3.Connection, read: Read) -> None:
        self._connection = connection
        self._read = read

    def after(self, placed: Placed, *, late: bool) -> None:
        """Let those follow that a delivery, just read for the first time, bears on.

        Only one that is `late` has others after it.
        """
        if late:
            self._again(self._followers(placed))
        self._name(placed)
        if placed.kind == "order" and placed.part.startswith("return "):
            self._parent(placed, "return", placed.part.removeprefix("return "))

    def adopt(self, shop: str, kind: str, own_id: str, order_id: str) -> None:
        """Put what was told of a thing under its own id under its order, and let those follow it bears on."""
        orphans = [number for (number,) in self._rows(ORPHANS, shop, kind, own_id)]
        if not orphans:
            return
        self._connection.execute(ADOPT, (order_id, shop, kind, own_id))
        self._again(orphans)
        for orphan in orphans:
            for columns in self._rows(_PLACE, orphan):
                placed = Placed(*columns)
                overtaken = self._rows(OVERTAKEN, shop, order_id, placed.version, orphan)
                self._again([*self._followers(placed), *(number for (number,) in overtaken)])
                self._name(placed)

    def _followers(self, placed: Placed) -> list[int]:
        place = (placed.version, placed.updated, placed.delivery_id)
        following = self._rows(FOLLOWER, *placed.key, placed.part, *place)
        numbers = [number for number, _ in following]
        if placed.part == "order":
            until = following[0][1] if following else _LATEST
            numbers += [number for (number,) in self._rows(PARTS, *placed.key, placed.version, until)]
        return numbers

    def _name(self, placed: Placed) -> None:
        if placed.name is not None:
            self._connection.execute(NAMELESS, (placed.name, *placed.key))

    def _parent(self, placed: Placed, kind: str, own_id: str) -> None:
        if self._connection.execute(_PARENT, (placed.shop, kind, own_id, placed.subject)).rowcount:
            self.adopt(placed.shop, kind, own_id, placed.subject)

    def _again(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._read(number)

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()
