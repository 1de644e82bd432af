"""What a reading needs from the inbox: the original, the versions around a delivery, its order's name.

Only trusted deliveries are looked at. Whether a delivery is a duplicate or late depends on what came before
it; what it is compared with depends on its version, whenever that version came. So a reading is the same
whenever it is made and by whichever output. `Revision` says which readings must be made again when a delivery
comes after ones that it belongs before.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from devhook.analysis.earlier import Earlier, Newest, Original, Previous
from devhook.analysis.order_parts import is_told_in_orders
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, shop_key, storable
from devhook.inbox.failures import DamagedInbox
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import Document, read
from devhook.webhook.subject import Subject

# Bytes of bodies whose documents are kept, for the next version of the same subject to be compared with.
_REMEMBERED: Final = 4 * 2**20
LATEST: Final = 2**63 - 1
_ORDER: Final = "order"
_ACCEPTED: Final = range(200, 300)

# Shopify tries nine times in all; a replay may go on for ever.
ORIGINALS: Final = """
SELECT r.delivery_id, ifnull(a.status, 0) AS status, d.signature, d.received_at, r.digest
FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
LEFT JOIN answers a ON a.delivery_id = r.delivery_id AND a.by = 'receiver'
WHERE r.trusted AND r.shop = ? AND r.webhook_id = ? AND r.delivery_id < ? ORDER BY r.delivery_id LIMIT 20
"""
ATTEMPTS: Final = """
SELECT ifnull(attempt, 1) AS attempt FROM readings.readings
WHERE trusted AND shop = ? AND webhook_id = ? AND delivery_id < ? ORDER BY delivery_id DESC LIMIT 1
"""
PREVIOUS: Final = """
SELECT r.delivery_id, d.topic, d.event_id, r.version, r.document FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted AND r.verdict <> 'duplicate'
    AND r.shop = ? AND r.kind = ? AND r.subject = ? AND r.part = ?
    AND (r.version, r.updated, r.delivery_id) < (?, ?, ?) AND r.delivery_id < ?
ORDER BY r.version DESC, r.updated DESC, r.delivery_id DESC LIMIT 1
"""
# Not an order's body of the same moment: one action tells of the order and of the part in no certain order.
ORDER: Final = """
SELECT r.delivery_id, d.topic, d.event_id, r.version, r.document FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted AND r.verdict <> 'duplicate'
    AND r.shop = ? AND r.kind = ? AND r.subject = ? AND r.part = 'order'
    AND r.version < ? AND r.delivery_id < ?
ORDER BY r.version DESC, r.updated DESC, r.delivery_id DESC LIMIT 1
"""
NEWER: Final = """
SELECT r.delivery_id, d.topic, r.version FROM readings.readings r JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted = 1 AND r.verdict <> 'duplicate' AND r.shop = ? AND r.kind = ? AND r.subject = ?
    AND r.version >= ? AND (r.version > ? OR (r.part = ? AND r.updated > ?)) AND r.delivery_id < ?
ORDER BY r.version DESC, r.delivery_id DESC LIMIT 1
"""
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
# What came after a delivery whose order has just become known: older versions are late, and untrusted ones
# were read beside what had come before them.
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
_KEY: Final = """
SELECT shop, kind, subject, part, version, updated, delivery_id, name FROM readings.readings
WHERE delivery_id = ? AND trusted AND verdict <> 'duplicate' AND kind IS NOT NULL
"""
_PARENT: Final = "INSERT OR IGNORE INTO readings.parents (shop, kind, id, order_id) VALUES (?, ?, ?, ?)"


class Moment(NamedTuple):
    """When a delivery happened (`version`, nanoseconds), and the document's own time (0: none)."""

    version: int
    updated: int


class Lookup:
    """Looks up what a reading needs. The documents seen last are kept: an order's versions come in bursts."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._documents: OrderedDict[int, tuple[int, Document]] = OrderedDict()
        self._remembered = 0

    def placed(self, shop: str | None, subject: Subject) -> Subject:
        """The subject under its order and with its name, as far as other deliveries or Shopify told them."""
        name = subject.name
        if subject.kind != _ORDER:
            found = self._inbox.query(PARENT, shop_key(shop), storable(subject.kind), storable(subject.id))
            if found:
                subject, name = subject.of_order(found[0]["order_id"]), found[0]["order_name"]
        if subject.name is not None:
            return subject
        return subject.model_copy(update={"name": self._name(shop, subject) or name})

    def around(
        self,
        delivery_id: int,
        delivery: Delivery,
        subject: Subject | None,
        moment: Moment,
        digest: bytes,
        *,
        trusted: bool,
    ) -> Earlier:
        """Everything that a reading of a delivery about `subject` needs.

        One that is not `trusted` is seen beside what came before it, and never looked at again.
        """
        original = self._original(delivery_id, delivery, digest)
        if subject is None:
            return Earlier(original=original)
        key = (shop_key(delivery.shop), storable(subject.kind), storable(subject.id))
        part = storable(subject.part)
        bound = LATEST if trusted else delivery_id
        previous = self._inbox.query(PREVIOUS, *key, part, *moment, delivery_id, bound)
        order: list[Found] = []
        if is_told_in_orders(subject.part):
            order = self._inbox.query(ORDER, *key, moment.version, bound)
            if order and previous and order[0]["version"] <= previous[0]["version"]:
                order = []
        newer = self._inbox.query(
            NEWER, *key, moment.version, moment.version, part, moment.updated or LATEST, delivery_id
        )
        return Earlier(
            original=original,
            previous=self._version(previous),
            order=self._version(order),
            newer=_newest(newer[0]) if newer else None,
        )

    def remember(self, delivery_id: int, size: int, document: Document) -> None:
        """Keep a document at hand; `size` is its body's, in bytes. The ones not used for longest give way."""
        if delivery_id in self._documents:
            return
        self._documents[delivery_id] = (size, document)
        self._remembered += size
        while self._remembered > _REMEMBERED:
            _, (gone, _) = self._documents.popitem(last=False)
            self._remembered -= gone

    def _name(self, shop: str | None, subject: Subject) -> str | None:
        """The name that the subject goes by: refunds and transactions leave their order's out."""
        found = self._inbox.query(NAME, shop_key(shop), storable(subject.kind), storable(subject.id))
        return found[0]["name"] if found else None

    def _original(self, delivery_id: int, delivery: Delivery, digest: bytes) -> Original | None:
        if delivery.webhook_id is None:
            return None
        key = (shop_key(delivery.shop), storable(delivery.webhook_id), delivery_id)
        found = self._inbox.query(ORIGINALS, *key)
        if not found:
            return None
        first = found[0]
        ((attempts,),) = self._inbox.query(ATTEMPTS, *key)
        return Original(
            id=first["delivery_id"],
            status=first["status"],
            signature=first["signature"],
            accepted=any(each["status"] in _ACCEPTED for each in found),
            attempts=attempts,
            at=first["received_at"],
            other_body=first["digest"] != digest,
        )

    def _version(self, found: list[Found]) -> Previous | None:
        if not found:
            return None
        version = found[0]
        try:
            document = self._document(version["delivery_id"])
        except (InputError, DamagedInbox):
            # The receiver removed it between the two looks, or its bytes are damaged.
            return None
        return Previous(
            id=version["delivery_id"],
            topic=version["topic"],
            event_id=version["event_id"],
            version=version["version"],
            shape=version["document"],
            document=document,
        )

    def _document(self, delivery_id: int) -> Document:
        if delivery_id in self._documents:
            self._documents.move_to_end(delivery_id)
            return self._documents[delivery_id][1]
        delivery = self._inbox.delivery(delivery_id)
        document = read(delivery.body, delivery.content_type)
        self.remember(delivery_id, len(delivery.body), document)
        return document


def _newest(found: Found) -> Newest:
    return Newest(id=found["delivery_id"], topic=found["topic"], version=found["version"])


class VersionKey(NamedTuple):
    """Where a trusted delivery stands among the versions of its subject, as the readings hold it."""

    shop: str
    kind: str
    subject: str
    part: str
    version: int
    updated: int
    delivery_id: int
    name: str | None

    @property
    def subject_key(self) -> tuple[str, str, str]:
        """What identifies the subject."""
        return self.shop, self.kind, self.subject


class Revision:
    """Makes readings again, inside the transaction in which something new was written.

    `read` makes one reading again and writes it down. Everything is looked up in the same transaction, so
    that of two outputs that read at once neither writes what the other has made out of date.
    """

    def __init__(self, connection: sqlite3.Connection, read: Callable[[int], None]) -> None:
        self._connection = connection
        self._read = read

    def after(self, key: VersionKey, *, late: bool) -> None:
        """Make the readings again that a delivery, just read for the first time, makes out of date.

        Only one that is `late` has others after it.
        """
        if late:
            self._again(self._followers(key))
        self._name(key)
        if key.kind == "order" and key.part.startswith("return "):
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
                overtaken = self._ids(OVERTAKEN, shop, order_id, key.version, orphan)
                self._again([*self._followers(key), *overtaken])
                self._name(key)

    def _followers(self, key: VersionKey) -> list[int]:
        place = (key.version, key.updated, key.delivery_id)
        following = self._connection.execute(FOLLOWER, (*key.subject_key, key.part, *place)).fetchall()
        numbers = [each["delivery_id"] for each in following]
        if key.part == "order":
            until = following[0]["version"] if following else LATEST
            numbers += self._ids(PARTS, *key.subject_key, key.version, until)
        return numbers

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
        return [found["delivery_id"] for found in self._connection.execute(statement, values)]
