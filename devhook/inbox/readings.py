"""Makes the readings that are missing, in the order of arrival."""

import hashlib
import time
from collections import deque
from contextlib import suppress
from functools import partial
from sqlite3 import Connection
from typing import Final

from devhook.analysis.clocks import VersionClocks
from devhook.analysis.comparison import repeated_changes
from devhook.analysis.places import places
from devhook.analysis.story import Summary, summarize
from devhook.analysis.verdict import Reading, Verdict, conclude
from devhook.errors import DevhookError, InputError
from devhook.inbox.aside import LARGE, Aside
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, Row, Values, microseconds, storable
from devhook.inbox.documents import Body, DocumentCache
from devhook.inbox.failures import DamagedInbox
from devhook.inbox.index import index_on
from devhook.inbox.lookup import LINKED, ORPHANS, Lookup, Revision, keep_places
from devhook.inbox.reading_row import ADD_READING, REVISE, Content, keep_changes, values_of
from devhook.inbox.retention import forget_removed
from devhook.inbox.versions import VersionKey
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.document import Unreadable
from devhook.webhook.remarks import remarks
from devhook.webhook.subject import subject_of, triggered_of, updated_of, version_of

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
# Seconds: whoever reads may be the loop that answers keys.
_INDEXING_TIME: Final = 0.02
# Seconds that a transaction of readings lasts: another output may wait for it. One for each reading takes a
# tenth of the time of all.
_LOCKED_TIME: Final = 0.02
_DIGEST: Final = 16
_FULFILLMENT_ORDER: Final = "fulfillment_order"
_TAKE_LOCK: Final = "UPDATE readings.source SET inbox = inbox"

_NO_BODY: Final = Body(None)

LAST_READ: Final = "SELECT ifnull(max(delivery_id), 0) AS number FROM readings.readings"
UNREAD: Final = (
    "SELECT id, signature, size > ?3 AS is_large FROM deliveries WHERE id > ?1 ORDER BY id LIMIT ?2"
)
COUNT_UNREAD: Final = "SELECT count(*) AS number FROM deliveries WHERE id > ?"
_SIGNATURE: Final = "SELECT signature FROM deliveries WHERE id = ?"
MARK_REVISED: Final = """
UPDATE readings.readings SET revised = (
    SELECT ifnull(max(revised), 0) + 1 FROM readings.readings WHERE revised > 0
)
WHERE delivery_id = ?
"""
# A delivery that tells what the others of its action leave out: their summaries give it as the reason.
_MARK_EXPLAINED: Final = """
UPDATE readings.readings SET revised = (
    SELECT ifnull(max(revised), 0) + 1 FROM readings.readings WHERE revised > 0
)
WHERE trusted AND shop = :shop AND event_id = :event_id AND verdict = 'unchanged'
    AND delivery_id <> :delivery_id
"""
_REVISED: Final = "SELECT delivery_id, revised FROM readings.readings WHERE revised > ? ORDER BY revised"
_LAST_REVISION: Final = "SELECT ifnull(max(revised), 0) AS number FROM readings.readings WHERE revised > 0"


class Reader:
    """Makes the readings that are missing, and returns the rows that are new to one output.

    Every output has its own: it gets every delivery once, whichever output made the reading. `after` is the
    id from which on it wants them (`inbox.newest()`: only what comes from now on); the readings of what came
    before are made all the same, since later ones build on them. With `aside` another thread makes the
    readings of large deliveries, and `read_new` goes on behind them once they are made; `close` ends it.
    """

    def __init__(self, inbox: Inbox, *, after: int = 0, aside: bool = False) -> None:
        self._inbox = inbox
        self._aside = Aside(inbox, _read_next) if aside else None
        self._after = after
        self._documents = DocumentCache(inbox)
        self._lookup = Lookup(inbox, self._documents)
        self._last_read = 0
        self._linked = 0
        self._revision = _number(inbox, _LAST_REVISION)

    def close(self) -> None:
        """Wait until no other thread uses the inbox, within a bound."""
        if self._aside is not None:
            self._aside.close()

    @property
    def position(self) -> int:
        """The highest id that `read_new` has passed; what it did not return up to here is removed."""
        return self._after

    def read_new(self, limit: int = 200) -> list[Row]:
        """Read at most `limit` deliveries on, and return at most so many rows that are new, oldest first.

        Cheap when there is nothing to read: fit for twenty times a second.
        """
        return self._inbox.repaired(lambda: self._read_new(limit))

    def _read_new(self, limit: int) -> list[Row]:
        self._follow_links()
        last_read = self._read_on(limit)
        idle, self._last_read = last_read == self._last_read, last_read
        index_on(
            self._inbox,
            last_read,
            max(limit, _WORTH_INDEXING),
            self._documents,
            at_least=1 if idle else _WORTH_INDEXING,
            seconds=_INDEXING_TIME,
        )
        if last_read <= self._after:
            return []
        rows = self._inbox.rows(after=self._after, before=last_read + 1, limit=limit)
        self._after = rows[-1].id if rows else last_read
        return rows

    def behind(self) -> int:
        """How many deliveries are not read yet."""
        return _number(self._inbox, COUNT_UNREAD, _number(self._inbox, LAST_READ))

    def revised(self) -> list[Row]:
        """The rows whose readings were made again since the last call, for an output that still shows them.

        That happens when a delivery comes after ones that it belongs before, or tells what they left out.
        """
        found = self._inbox.query(_REVISED, self._revision)
        if not found:
            # In readings that were made anew after damage the revisions are counted from 1.
            self._revision = min(self._revision, _number(self._inbox, _LAST_REVISION))
            return []
        rows = []
        for delivery_id in sorted(
            {each["delivery_id"] for each in found if each["delivery_id"] <= self._after}
        ):
            with suppress(InputError):  # the receiver may have removed it
                rows.append(self._inbox.row(delivery_id))
        self._revision = found[-1]["revised"]
        return rows

    def _read_on(self, limit: int) -> int:
        """Read what is unread, and return the id of the last delivery that is read.

        Readings are written in the order of the ids, so there are never holes. What another output reads at
        the same time is read twice, with the same result, and written once.
        """
        last_read = _number(self._inbox, LAST_READ)
        unread = deque(self._inbox.query(UNREAD, last_read, limit, LARGE))
        if unread:
            forget_removed(self._inbox)
        while unread:
            if unread[0]["is_large"]:
                # No other process waits for this transaction.
                if self._aside is not None and self._aside.is_reading(unread[0]["id"]):
                    break
                last_read = self._read_one(unread.popleft(), last_read)
                continue
            with self._inbox.writing() as connection:
                # The first statement must be a write: it takes the lock that makes the rest consistent.
                connection.execute(_TAKE_LOCK)
                until = time.monotonic() + _LOCKED_TIME
                while unread and not unread[0]["is_large"] and time.monotonic() < until:
                    last_read = self._read_one(unread.popleft(), last_read)
        return last_read

    def _read_one(self, unread: Found, last_read: int) -> int:
        """Read a delivery, and return the id of the last one that is read then.

        What the receiver removes at this moment (see retention) is passed over.
        """
        delivery_id = int(unread["id"])
        try:
            delivery = self._inbox.delivery(delivery_id)
        except InputError:
            return last_read
        except DamagedInbox:
            # The bytes of this one cannot be read; the others can.
            return delivery_id
        values, reading = self._read(delivery_id, delivery, Signature(unread["signature"]))
        with self._inbox.writing() as connection:
            if connection.execute(ADD_READING, values).rowcount:
                keep_changes(connection, delivery_id, reading)
                if values["says"] and values["trusted"] and values["event_id"] is not None:
                    connection.execute(_MARK_EXPLAINED, values)
                if key := _version_key(values, delivery.topic, reading):
                    revision = Revision(connection, partial(self._revise, connection))
                    revision.after(key)
        return delivery_id

    def _follow_links(self) -> None:
        """Put fulfilment orders under the orders that Shopify has named meanwhile."""
        for link in self._inbox.query(LINKED, self._linked):
            if self._inbox.query(ORPHANS, link["shop"], _FULFILLMENT_ORDER, link["id"]):
                with self._inbox.writing() as connection:
                    # The first statement must be a write: it takes the lock that makes the rest consistent.
                    connection.execute(_TAKE_LOCK)
                    revision = Revision(connection, partial(self._revise, connection))
                    revision.adopt(link["shop"], _FULFILLMENT_ORDER, link["id"], link["order_id"])
            self._linked = link["number"]

    def _revise(self, connection: Connection, delivery_id: int) -> None:
        """Make a reading again. What is no longer in the inbox is left: its reading will be forgotten."""
        found = self._inbox.query(_SIGNATURE, delivery_id)
        if not found:
            return
        delivery = self._inbox.delivery(delivery_id)
        values, reading = self._read(delivery_id, delivery, Signature(found[0]["signature"]))
        connection.execute(REVISE, values)
        connection.execute(MARK_REVISED, (delivery_id,))
        keep_changes(connection, delivery_id, reading)

    def _read(self, delivery_id: int, delivery: Delivery, signature: Signature) -> tuple[Values, Reading]:
        """Return what is written of a delivery's reading, and the reading."""
        content = self._content(delivery_id, delivery, keep=signature.trusted)
        try:
            reading, summary = self._conclusion(delivery_id, delivery, content, signature)
        except DevhookError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile payload must not keep all later ones from being read
            reading = Reading(
                subject=None,
                version=microseconds(delivery.received_at) * 1000,
                verdict=Verdict.FIRST,
                unreadable=_bug(error),
            )
            summary = summarize(delivery.topic, signature, reading, None)
        values = values_of(delivery_id, delivery, content, signature, reading, summary)
        if signature.trusted:
            keep_places(self._inbox, delivery.shop, places(delivery.topic, content.body.document))
        for name in ("says", "summary", "discreet"):
            values[name] = self._lookup.with_places(delivery.shop, str(values[name]))
        return values, reading

    def _content(self, delivery_id: int, delivery: Delivery, *, keep: bool) -> Content:
        digest = hashlib.sha256(delivery.body).digest()[:_DIGEST]
        try:
            return Content(self._documents.read(delivery_id, delivery, keep=keep), "", digest)
        except Unreadable as error:
            return Content(_NO_BODY, error.reason, digest)
        except Exception as error:  # noqa: BLE001 - see _read
            return Content(_NO_BODY, _bug(error), digest)

    def _conclusion(
        self, delivery_id: int, delivery: Delivery, content: Content, signature: Signature
    ) -> tuple[Reading, Summary]:
        document, subject = content.body.document, None
        if not content.unreadable:
            subject = subject_of(delivery.topic, document)
        if subject is not None:
            subject = self._lookup.placed(delivery.shop, subject)
        version = version_of(delivery.triggered_at, document, delivery.received_at)
        clocks = VersionClocks(triggered_of(delivery.triggered_at), updated_of(document))
        earlier = self._lookup.around(
            delivery_id, delivery, subject, clocks, content.digest, trusted=signature.trusted
        )
        if len(delivery.body) > _LARGEST_COMPARED.get(signature, len(delivery.body)):
            earlier = earlier.model_copy(update={"previous": None, "same_topic": None, "order": None})
        reading = conclude(
            topic=delivery.topic,
            signature=signature,
            event_id=delivery.event_id,
            subject=subject,
            version=version,
            document=document,
            earlier=earlier,
            received_at=microseconds(delivery.received_at),
        )
        reading = reading.model_copy(
            update={
                "unreadable": content.unreadable,
                "repeated": repeated_changes(content.body.repeated),
                "remarks": remarks(delivery, document, unreadable=bool(content.unreadable)),
            }
        )
        same_action = delivery.event_id is not None and any(
            each.id == reading.compared_with and each.event_id == delivery.event_id
            for each in (earlier.previous, earlier.order)
            if each is not None
        )
        return reading, summarize(delivery.topic, signature, reading, document, same_action=same_action)


def _version_key(values: Values, topic: str | None, reading: Reading) -> VersionKey | None:
    """The delivery's place among the versions of its subject; None where it has none."""
    if reading.subject is None or reading.verdict is Verdict.DUPLICATE or not values["trusted"]:
        return None
    known = values | {"topic": storable(topic)}
    return VersionKey(**{name: known[name] for name in VersionKey._fields})  # type: ignore[arg-type]


def _bug(error: Exception) -> str:
    return f"devhook failed to read it: {type(error).__name__}, a bug in devhook."


def _read_next(inbox: Inbox) -> None:
    Reader(inbox).read_new(1)


def _number(inbox: Inbox, statement: str, *values: int) -> int:
    """Return the one number that a statement finds."""
    (found,) = inbox.query(statement, *values)
    return int(found["number"])


def read_everything(inbox: Inbox) -> None:
    """Make all readings that are missing: for a command that asks what only readings tell."""
    last_read = _number(inbox, LAST_READ)
    reader = Reader(inbox, after=last_read)
    while reader.read_new():
        pass
