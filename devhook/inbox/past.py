"""What the inbox knows of the time before a delivery: its twin, the earlier versions, its order's name.

Only trusted deliveries are looked at, and only those that came before: so a reading is the same whenever and
by whichever face it is made.
"""

from collections import OrderedDict
from typing import Final

from devhook.errors import InputError
from devhook.inbox.rows import storable
from devhook.inbox.store import Inbox
from devhook.reading.verdict import Earlier, Newest, Previous, Twin
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import Document, read
from devhook.webhook.subject import Subject

# Bytes of bodies whose documents are kept, for the next version of the same subject to be compared with.
_REMEMBERED: Final = 4 * 2**20
_LATEST: Final = 2**63 - 1

# The first of the earlier ones, with the best answer that any of them got: a copy of what was once answered
# 200 is no retry of the failures before.
TWIN: Final = """
SELECT min(r.delivery_id), min(ifnull(a.status, 0)), min(d.signature) FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
LEFT JOIN answers a ON a.delivery_id = r.delivery_id AND a.by = 'receiver'
WHERE r.trusted AND r.shop = ? AND r.webhook_id = ? AND r.delivery_id < ?
"""
VERSION: Final = """
SELECT r.delivery_id, d.topic, d.event_id, r.version FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted AND r.verdict <> 'duplicate'
    AND r.shop = ? AND r.kind = ? AND r.subject = ? AND r.document = ? AND r.version <= ?
    AND r.delivery_id < ?
ORDER BY r.version DESC, r.delivery_id DESC LIMIT 1
"""
NAME: Final = """
SELECT name FROM readings.readings
WHERE trusted AND name IS NOT NULL AND shop = ? AND kind = ? AND subject = ? AND delivery_id < ?
ORDER BY delivery_id DESC LIMIT 1
"""


class Past:
    """What lies before a delivery. The documents seen last are kept: an order's versions come in bursts."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._documents: OrderedDict[int, tuple[int, Document]] = OrderedDict()
        self._remembered = 0

    def name(self, delivery_id: int, shop: str | None, subject: Subject) -> str | None:
        """The name that the subject went by before: refunds and transactions leave their order's out."""
        found = self._inbox.query(
            NAME, shop_key(shop), storable(subject.kind), storable(subject.id), delivery_id
        )
        return found[0][0] if found else None

    def before(self, delivery_id: int, delivery: Delivery, subject: Subject | None, version: int) -> Earlier:
        """Everything that bears on a delivery that speaks of `subject` in this `version`."""
        newest = self._version(delivery_id, delivery.shop, subject, _LATEST)
        return Earlier(
            twin=self._twin(delivery_id, delivery),
            previous=self._previous(delivery_id, delivery.shop, subject, version),
            newest=newest and Newest(id=newest[0], version=newest[3]),
        )

    def remember(self, delivery_id: int, size: int, document: Document) -> None:
        """Keep a document at hand; `size` is its body's, in bytes. The ones not used for longest give way."""
        self._documents[delivery_id] = (size, document)
        self._remembered += size
        while self._remembered > _REMEMBERED:
            _, (gone, _) = self._documents.popitem(last=False)
            self._remembered -= gone

    def _twin(self, delivery_id: int, delivery: Delivery) -> Twin | None:
        if delivery.webhook_id is None:
            return None
        key = (shop_key(delivery.shop), storable(delivery.webhook_id))
        ((twin, status, signature),) = self._inbox.query(TWIN, *key, delivery_id)
        return None if twin is None else Twin(id=twin, status=status, signature=signature)

    def _previous(
        self, delivery_id: int, shop: str | None, subject: Subject | None, version: int
    ) -> Previous | None:
        found = self._version(delivery_id, shop, subject, version)
        if found is None:
            return None
        earlier, topic, event_id, its_version = found
        try:
            document = self._document(earlier)
        except InputError:
            # The receiver removed it between the two looks.
            return None
        return Previous(id=earlier, topic=topic, event_id=event_id, version=its_version, document=document)

    def _version(
        self, delivery_id: int, shop: str | None, subject: Subject | None, up_to: int
    ) -> tuple[int, str | None, str | None, int] | None:
        if subject is None:
            return None
        key = (shop_key(shop), storable(subject.kind), storable(subject.id), storable(subject.document))
        found = self._inbox.query(VERSION, *key, up_to, delivery_id)
        return (found[0][0], found[0][1], found[0][2], found[0][3]) if found else None

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
