"""Reading what came: the readings that are missing are made, in the order of arrival."""

from typing import Final

from devhook.errors import DevhookError, InputError
from devhook.inbox.index import index_on
from devhook.inbox.past import Past, shop_key
from devhook.inbox.retention import forget_removed
from devhook.inbox.rows import Row, changes_text, microseconds, paths_text, storable
from devhook.inbox.store import Inbox
from devhook.reading.verdict import Reading, Verdict, conclude
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.payload import Document, Unreadable, read
from devhook.webhook.subject import subject_of, version_of

# Bytes of the largest bodies compared with the version before. Two of 4 MB, made to differ everywhere, took
# 12 s and 1.2 GB, and anybody who finds the address can send them; an order of 250 lines is 350 KB. What
# the shop signed is compared in any size.
_LARGEST_COMPARED: Final = {
    Signature.INVALID: 128 * 2**10,
    Signature.MISSING: 128 * 2**10,
    Signature.UNCHECKED: 2**20,
}

# A transaction of the index costs more than what is in it; so it waits for more, or for a pause.
_WORTH_INDEXING: Final = 32

LAST_READ: Final = "SELECT ifnull(max(delivery_id), 0) FROM readings.readings"
UNREAD: Final = "SELECT id, signature FROM deliveries WHERE id > ? ORDER BY id LIMIT ?"
COUNT_UNREAD: Final = "SELECT count(*) FROM deliveries WHERE id > ?"
_ADD_READING: Final = """
INSERT OR IGNORE INTO readings.readings
    (delivery_id, trusted, shop, webhook_id, kind, subject, name, document, version, verdict, change_count,
    hint, twin, compared_with, unreadable, changed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_CHANGES: Final = "INSERT OR IGNORE INTO readings.changes (delivery_id, loud, quiet) VALUES (?, ?, ?)"


class Reader:
    """Makes the readings that are missing, and hands out the rows that are new to one face.

    Every face has its own: it is handed every delivery once, whichever face made the reading. `after` is the
    id from which on it wants them (`inbox.newest()`: only what comes from now on); the readings of what came
    before are made all the same, since later ones build on them.
    """

    def __init__(self, inbox: Inbox, *, after: int = 0) -> None:
        self._inbox = inbox
        self._after = after
        self._past = Past(inbox)
        self._last_read = 0

    def read_new(self, limit: int = 200) -> list[Row]:
        """Read at most `limit` deliveries on, and return at most so many rows that are new, oldest first.

        Cheap when there is nothing to read: fit for twenty times a second.
        """
        last_read = self._read_on(limit)
        idle, self._last_read = last_read == self._last_read, last_read
        index_on(self._inbox, last_read, max(limit, _WORTH_INDEXING), at_least=1 if idle else _WORTH_INDEXING)
        if last_read <= self._after:
            return []
        rows = self._inbox.rows(after=self._after, before=last_read + 1, limit=limit)
        self._after = rows[-1].id if rows else last_read
        return rows

    def behind(self) -> int:
        """How many deliveries are not read yet."""
        ((last_read,),) = self._inbox.query(LAST_READ)
        ((unread,),) = self._inbox.query(COUNT_UNREAD, last_read)
        return int(unread)

    def _read_on(self, limit: int) -> int:
        """Read what is unread, and return the id of the last delivery that is read.

        Readings are written one by one in the order of the ids, so there are never holes. What another face
        is reading at this moment is read twice, with the same result, and written once. What the receiver
        removes at this moment (see retention) is passed over.
        """
        ((last_read,),) = self._inbox.query(LAST_READ)
        unread = self._inbox.query(UNREAD, last_read, limit)
        if unread:
            forget_removed(self._inbox)
        for delivery_id, signature in unread:
            try:
                delivery = self._inbox.delivery(delivery_id)
            except InputError:
                continue
            reading = self._read(delivery_id, delivery, Signature(signature))
            self._keep(delivery_id, delivery, Signature(signature), reading)
            last_read = delivery_id
        return int(last_read)

    def _read(self, delivery_id: int, delivery: Delivery, signature: Signature) -> Reading:
        try:
            return self._conclusion(delivery_id, delivery, signature)
        except DevhookError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile payload must not keep all later ones from being read
            return Reading(
                subject=None,
                version=microseconds(delivery.received_at) * 1000,
                verdict=Verdict.FIRST,
                unreadable=f"devhook failed to read it: {type(error).__name__}, a bug in devhook.",
            )

    def _conclusion(self, delivery_id: int, delivery: Delivery, signature: Signature) -> Reading:
        document: Document = None
        subject = None
        unreadable = ""
        try:
            document = read(delivery.body, delivery.content_type)
        except Unreadable as error:
            unreadable = error.reason
        else:
            subject = subject_of(delivery.topic, document)
            if signature.trusted:
                self._past.remember(delivery_id, len(delivery.body), document)
        if subject is not None and subject.name is None:
            subject = subject.model_copy(
                update={"name": self._past.name(delivery_id, delivery.shop, subject)}
            )
        version = version_of(delivery.triggered_at, document, delivery.received_at)
        earlier = self._past.before(delivery_id, delivery, subject, version)
        if len(delivery.body) > _LARGEST_COMPARED.get(signature, len(delivery.body)):
            earlier = earlier.model_copy(update={"previous": None})
        reading = conclude(
            topic=delivery.topic,
            signature=signature,
            event_id=delivery.event_id,
            subject=subject,
            version=version,
            document=document,
            earlier=earlier,
        )
        return reading.model_copy(update={"unreadable": unreadable})

    def _keep(self, delivery_id: int, delivery: Delivery, signature: Signature, reading: Reading) -> None:
        subject = reading.subject
        columns = (
            delivery_id,
            signature.trusted,
            shop_key(delivery.shop),
            storable(delivery.webhook_id),
            storable(subject.kind) if subject else None,
            storable(subject.id) if subject else None,
            storable(subject.name) if subject else None,
            storable(subject.document) if subject else None,
            reading.version,
            reading.verdict.value,
            len(reading.changes),
            storable(reading.hint),
            reading.twin,
            reading.compared_with,
            storable(reading.unreadable),
            storable(paths_text(reading.changes)),
        )
        loud, quiet = changes_text(reading.changes), changes_text(reading.quiet)
        with self._inbox.writing() as connection:
            connection.execute(_ADD_READING, columns)
            if reading.changes or reading.quiet:
                connection.execute(_ADD_CHANGES, (delivery_id, loud, quiet))


def read_new(inbox: Inbox, limit: int = 200) -> list[Row]:
    """Read at most `limit` deliveries that have no reading, oldest first, and return their rows.

    For a command that looks once. A face that stays needs a Reader: here, what another face has read is not
    new.
    """
    ((last_read,),) = inbox.query(LAST_READ)
    return Reader(inbox, after=last_read).read_new(limit)


def read_everything(inbox: Inbox) -> None:
    """Make all readings that are missing: for a command that asks what only readings tell."""
    ((last_read,),) = inbox.query(LAST_READ)
    face = Reader(inbox, after=last_read)
    while face.read_new():
        pass
