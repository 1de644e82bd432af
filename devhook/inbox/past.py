"""What the inbox knows that bears on a delivery: its originals, the versions around it, its order's name.

Only trusted deliveries are looked at. What a delivery repeats and whether it is late goes by what came before
it; what it is compared with goes by its place in its subject's life, whenever that came. So a reading is the
same whenever and by whichever face it is made.
"""

from collections import OrderedDict
from typing import Any, Final, NamedTuple

from devhook.analysis.earlier import Earlier, Newest, Original, Previous
from devhook.analysis.order_parts import is_told_in_orders
from devhook.errors import InputError
from devhook.inbox.rows import storable
from devhook.inbox.store import Inbox
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import Document, read
from devhook.webhook.subject import Subject

# Bytes of bodies whose documents are kept, for the next version of the same subject to be compared with.
_REMEMBERED: Final = 4 * 2**20
LATEST: Final = 2**63 - 1
_ORDER: Final = "order"
_VERSION: Final = 3  # the column of PREVIOUS and ORDER
_ACCEPTED: Final = range(200, 300)

# Shopify tries nine times in all; a replay may go on for ever.
TWINS: Final = """
SELECT r.delivery_id, ifnull(a.status, 0), d.signature, d.received_at, r.digest FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
LEFT JOIN answers a ON a.delivery_id = r.delivery_id AND a.by = 'receiver'
WHERE r.trusted AND r.shop = ? AND r.webhook_id = ? AND r.delivery_id < ? ORDER BY r.delivery_id LIMIT 20
"""
ATTEMPTS: Final = """
SELECT ifnull(attempt, 1) FROM readings.readings
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
SELECT order_id, NULL FROM readings.parents WHERE shop = ?1 AND kind = ?2 AND id = ?3
UNION ALL
SELECT order_id, order_name FROM journal.fulfillment_orders
WHERE shop = ?1 AND id = ?3 AND ?2 = 'fulfillment_order'
"""


class Moment(NamedTuple):
    """A delivery's place in its subject's life: when it happened, and the document's own time (0: none)."""

    version: int
    updated: int


class Past:
    """What lies around a delivery. The documents seen last are kept: an order's versions come in bursts."""

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
                subject, name = subject.of_order(found[0][0]), found[0][1]
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
        """Everything that bears on a delivery that speaks of `subject`.

        One that is not `trusted` is seen beside what came before it: it is nobody's business to look again.
        """
        original = self._original(delivery_id, delivery, digest)
        if subject is None:
            return Earlier(original=original)
        key = (shop_key(delivery.shop), storable(subject.kind), storable(subject.id))
        part = storable(subject.part)
        bound = LATEST if trusted else delivery_id
        previous = self._inbox.query(PREVIOUS, *key, part, *moment, delivery_id, bound)
        order: list[tuple[Any, ...]] = []
        if is_told_in_orders(subject.part):
            order = self._inbox.query(ORDER, *key, moment.version, bound)
            if order and previous and order[0][_VERSION] <= previous[0][_VERSION]:
                order = []
        newer = self._inbox.query(
            NEWER, *key, moment.version, moment.version, part, moment.updated or LATEST, delivery_id
        )
        return Earlier(
            original=original,
            previous=self._version(previous),
            order=self._version(order),
            newer=Newest(id=newer[0][0], topic=newer[0][1], version=newer[0][2]) if newer else None,
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
        return found[0][0] if found else None

    def _original(self, delivery_id: int, delivery: Delivery, digest: bytes) -> Original | None:
        if delivery.webhook_id is None:
            return None
        key = (shop_key(delivery.shop), storable(delivery.webhook_id), delivery_id)
        found = self._inbox.query(TWINS, *key)
        if not found:
            return None
        first, status, signature, at, of_first = found[0]
        ((attempts,),) = self._inbox.query(ATTEMPTS, *key)
        return Original(
            id=first,
            status=status,
            signature=signature,
            accepted=any(answer in _ACCEPTED for _, answer, *_ in found),
            attempts=attempts,
            at=at,
            other_body=of_first != digest,
        )

    def _version(self, found: list[tuple[Any, ...]]) -> Previous | None:
        if not found:
            return None
        delivery_id, topic, event_id, version, shape = found[0]
        try:
            document = self._document(delivery_id)
        except InputError:
            # The receiver removed it between the two looks.
            return None
        return Previous(
            id=delivery_id,
            topic=topic,
            event_id=event_id,
            version=version,
            shape=shape,
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


def shop_key(shop: str | None) -> str:
    """The shop as the readings hold it: deliveries that name none are of one shop too."""
    return storable(shop) or ""
