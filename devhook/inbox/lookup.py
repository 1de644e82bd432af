"""What a reading needs from the inbox: the original, the versions around a delivery, its order's name.

Only trusted deliveries are looked at, and untrusted attempts of the same message. Whether a delivery is a
duplicate or late depends on what came before it; what it is compared with depends on its clocks, whenever
that version came (see versions.py). So a reading is the same whenever it is made and by whichever output.
`Revision` says which readings must be made again when a delivery comes after ones that it belongs before.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Self

from pydantic import BaseModel

from devhook.analysis.clocks import VersionClocks
from devhook.analysis.earlier import Earlier, Newest, Original, Previous
from devhook.analysis.order_parts import is_told_in_orders
from devhook.analysis.places import place_ids, with_places
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, shop_key, storable
from devhook.inbox.documents import DocumentCache
from devhook.inbox.failures import DamagedInbox
from devhook.inbox.versions import (
    LATEST,
    VersionKey,
    clocks_of,
    followers,
    is_later,
    newer,
    order_body,
    previous,
)
from devhook.webhook.delivery import Delivery
from devhook.webhook.subject import Subject

_ORDER: Final = "order"
_ACCEPTED: Final = range(200, 300)

# Shopify tries nine times in all; a replay may go on for ever. Where one of two attempts is not trusted,
# their bodies must be the same: ?5 is the body's digest, ?6 whether the delivery is trusted.
_ATTEMPT: Final = """
r.shop = ?1 AND r.webhook_id = ?2 AND r.delivery_id < ?3 AND d.topic IS ?4
    AND ((r.trusted AND ?6) OR r.digest = ?5)
"""
_ORIGINALS: Final = """
SELECT r.delivery_id, r.trusted, ifnull(a.status, 0) AS status, d.signature, d.received_at, r.digest
FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
LEFT JOIN answers a ON a.delivery_id = r.delivery_id AND a.by = 'receiver'
"""
ORIGINALS: Final = f"{_ORIGINALS} WHERE {_ATTEMPT} ORDER BY r.delivery_id LIMIT 20"
_ATTEMPTS: Final = """
SELECT ifnull(r.attempt, 1) AS attempt FROM readings.readings r JOIN deliveries d ON d.id = r.delivery_id
"""
ATTEMPTS: Final = f"{_ATTEMPTS} WHERE {_ATTEMPT} ORDER BY r.delivery_id DESC LIMIT 1"
NAME: Final = """
SELECT name FROM readings.readings
WHERE trusted AND name IS NOT NULL AND shop = ? AND kind = ? AND subject = ?
ORDER BY delivery_id DESC LIMIT 1
"""
PARENT: Final = """
SELECT order_id, NULL AS order_name FROM readings.parents WHERE shop = ?1 AND kind = ?2 AND id = ?3
UNION ALL
SELECT order_id, order_name FROM journal.fulfillment_orders
WHERE shop = ?1 AND id = ?3 AND ?2 = 'fulfillment_order'
"""
# What came after a delivery whose order has just become known: older versions are late, and untrusted ones
# were read beside what had come before them.
OVERTAKEN: Final = """
SELECT delivery_id FROM readings.readings
WHERE shop = ?1 AND kind = 'order' AND subject = ?3 AND trusted IN (0, 1) AND verdict <> 'duplicate'
    AND (trusted = 0 OR triggered <= ?5 OR (part = ?4 AND updated <= ?6)) AND delivery_id > ?7
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
_KEY: Final = """
SELECT r.shop, r.kind, r.subject, r.part, r.triggered, r.updated, r.delivery_id, r.name, d.topic
FROM readings.readings r JOIN deliveries d ON d.id = r.delivery_id
WHERE r.delivery_id = ? AND r.trusted AND r.verdict <> 'duplicate' AND r.kind IS NOT NULL
"""
_PARENT: Final = "INSERT OR IGNORE INTO readings.parents (shop, kind, id, order_id) VALUES (?, ?, ?, ?)"


PLACES: Final = """
SELECT id, name FROM readings.places WHERE shop = ? AND id IN (SELECT value FROM json_each(?))
"""
_PLACE: Final = """
INSERT INTO readings.places (shop, id, name) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET name = excluded.name WHERE name <> excluded.name
"""


def keep_places(inbox: Inbox, shop: str | None, names: Mapping[str, str]) -> None:
    """Store the names of locations by their ids, for the descriptions of later readings."""
    if names:
        rows = [(shop_key(shop), number, storable(name)) for number, name in names.items()]
        with inbox.writing() as connection:
            connection.executemany(_PLACE, rows)


class _Order(BaseModel):
    """The order of a part. It may come from the journal of another machine, so its types are checked."""

    id: str
    name: str | None

    @classmethod
    def of(cls, found: Found) -> Self:
        return cls(id=found["order_id"], name=found["order_name"])


class Lookup:
    """Looks up what a reading needs; `documents` are those of the inbox."""

    def __init__(self, inbox: Inbox, documents: DocumentCache) -> None:
        self._inbox = inbox
        self._documents = documents

    def placed(self, shop: str | None, subject: Subject) -> Subject:
        """The subject under its order and with its name, as far as other deliveries or Shopify told them."""
        name = subject.name
        if subject.kind != _ORDER:
            key = shop_key(shop), storable(subject.kind), storable(subject.id)
            for order in self._inbox.select(_Order.of, PARENT, *key)[:1]:
                subject, name = subject.of_order(order.id), order.name
        if subject.name is not None:
            return subject
        return subject._replace(name=self._name(shop, subject) or name)

    def with_places(self, shop: str | None, text: str) -> str:
        """Return a text with the names of locations in place of their ids, as far as they are known."""
        ids = place_ids(text)
        if not ids:
            return text
        found = self._inbox.query(PLACES, shop_key(shop), json.dumps(ids))
        return with_places(text, {each["id"]: each["name"] for each in found})

    def around(
        self,
        delivery_id: int,
        delivery: Delivery,
        subject: Subject | None,
        clocks: VersionClocks,
        digest: bytes,
        *,
        trusted: bool,
    ) -> Earlier:
        """Everything that a reading of a delivery about `subject` needs.

        One that is not `trusted` is seen beside what came before it, and never looked at again.
        """
        original = self._original(delivery_id, delivery, digest, trusted=trusted)
        if subject is None:
            return Earlier(original=original)
        key = VersionKey(
            shop=shop_key(delivery.shop),
            kind=storable(subject.kind) or "",
            subject=storable(subject.id) or "",
            part=storable(subject.part) or "",
            triggered=clocks.triggered,
            updated=clocks.updated,
            delivery_id=delivery_id,
            name=None,
            topic=storable(delivery.topic),
        )
        query, bound = self._inbox.query, LATEST if trusted else delivery_id
        before = previous(query, key, bound)
        of_topic = None
        if before is not None and before["topic"] != key.topic:
            of_topic = previous(query, key, bound, of_topic=True)
        order = order_body(query, key, bound) if is_told_in_orders(subject.part) else None
        if order is not None and before is not None:
            if not is_later(order, before):
                order = None
            elif of_topic is None and order["topic"] != key.topic:
                of_topic = before
        overtaking = newer(query, key, storable(delivery.event_id))
        return Earlier(
            original=original,
            previous=self._version(before, key),
            same_topic=self._version(of_topic, key),
            order=self._version(order, key),
            newer=overtaking and Newest(id=overtaking["delivery_id"], topic=overtaking["topic"]),
        )

    def _name(self, shop: str | None, subject: Subject) -> str | None:
        """The name that the subject goes by: refunds and transactions leave their order's out."""
        found = self._inbox.query(NAME, shop_key(shop), storable(subject.kind), storable(subject.id))
        return found[0]["name"] if found else None

    def _original(
        self, delivery_id: int, delivery: Delivery, digest: bytes, *, trusted: bool
    ) -> Original | None:
        if delivery.webhook_id is None:
            return None
        ids = (shop_key(delivery.shop), storable(delivery.webhook_id), delivery_id, storable(delivery.topic))
        found = self._inbox.query(ORIGINALS, *ids, digest, trusted)
        if not found:
            return None
        first = next((each for each in found if each["trusted"]), found[0])
        last = self._inbox.query(ATTEMPTS, *ids, digest, trusted)
        return Original(
            id=first["delivery_id"],
            status=first["status"],
            signature=first["signature"],
            accepted=any(each["status"] in _ACCEPTED for each in found),
            # The receiver may have removed it between the two looks.
            attempts=last[0]["attempt"] if last else 1,
            at=first["received_at"],
            other_body=first["digest"] != digest,
        )

    def _version(self, version: Found | None, key: VersionKey) -> Previous | None:
        if version is None:
            return None
        try:
            document = self._documents.document(version["delivery_id"])
        except (InputError, DamagedInbox):
            # The receiver removed it between the two looks, or its bytes are damaged.
            return None
        return Previous(
            id=version["delivery_id"],
            topic=version["topic"],
            event_id=version["event_id"],
            order=key.clocks.beside(clocks_of(version)),
            shape=version["document"],
            document=document,
        )


class Revision:
    """Makes readings again, inside the transaction in which something new was written.

    `read` makes one reading again and writes it down. Everything is looked up in the same transaction, so
    that of two outputs that read at once neither writes what the other has made out of date.
    """

    def __init__(self, connection: sqlite3.Connection, read: Callable[[int], None]) -> None:
        self._connection = connection
        self._read = read

    def after(self, key: VersionKey) -> None:
        """Make the readings again that a delivery, just read for the first time, makes out of date."""
        self._again(followers(self._find, key))
        self._name(key)
        if key.kind == _ORDER and key.part.startswith("return "):
            self._parent(key, "return", key.part.removeprefix("return "))

    def adopt(self, shop: str, kind: str, own_id: str, order_id: str) -> None:
        """Move what is known under a part's own id to its order, and make again what depends on it."""
        orphans = self._ids(ORPHANS, shop, kind, own_id)
        if not orphans:
            return
        self._connection.execute(ADOPT, (order_id, shop, kind, own_id))
        self._again(orphans)
        for orphan in orphans:
            for found in self._connection.execute(_KEY, (orphan,)).fetchall():
                key = VersionKey(**{name: found[name] for name in VersionKey._fields})
                overtaken = self._ids(OVERTAKEN, *key.values(0)[:-1])
                self._again([*followers(self._find, key), *overtaken])
                self._name(key)

    def _find(self, statement: str, *values: Any) -> list[Found]:
        return self._connection.execute(statement, values).fetchall()

    def _name(self, key: VersionKey) -> None:
        if key.name is not None:
            self._connection.execute(NAMELESS, (key.name, *key.subject_key))

    def _parent(self, key: VersionKey, kind: str, own_id: str) -> None:
        if self._connection.execute(_PARENT, (key.shop, kind, own_id, key.subject)).rowcount:
            self.adopt(key.shop, kind, own_id, key.subject)

    def _again(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._read(number)

    def _ids(self, statement: str, *values: Any) -> list[int]:
        return [found["delivery_id"] for found in self._find(statement, *values)]
