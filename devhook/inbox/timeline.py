"""The timeline of a subject: its versions in order, what came with one, one field's values.

Also what explains a delivery: the companions of its action, the copies and attempts with its ids.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from devhook.analysis.causes import MOMENT, Cause, CompanionDelivery, causes
from devhook.analysis.clocks import in_order
from devhook.analysis.comparison import Comparison
from devhook.analysis.history import Value, values
from devhook.analysis.order_parts import in_the_shape_of, part_in
from devhook.analysis.order_tracks import OrderSnapshot
from devhook.analysis.verdict import Reading, Verdict
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, Row, microseconds, shop_key, storable
from devhook.inbox.failures import DamagedInbox
from devhook.inbox.listed_row import ROWS, row_of
from devhook.inbox.refusals import app_answers
from devhook.privacy.mask import Mask, values_of
from devhook.signature_doctor.case import Case, OtherBody
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.document import Unreadable
from devhook.webhook.payload import Document, read

_ORDER: Final = "order"
_COMPANIONS: Final = 50
_ATTEMPTS: Final = 50
# So many bodies of an order are read at once for its tracks, the newest.
_STATES: Final = 200

_NEWEST: Final = """
SELECT delivery_id FROM readings.readings INDEXED BY timeline
WHERE shop = ? AND kind = ? AND subject = ? AND trusted = 1 ORDER BY version DESC, delivery_id DESC LIMIT ?
"""
TIMELINE: Final = f"{ROWS} WHERE d.id IN ({_NEWEST}) ORDER BY d.id"
# Puzzling: nothing visible changed, and no message of its action had told it or tells why.
_BESIDE: Final = """
SELECT r.delivery_id, d.topic, d.received_at, r.webhook_id, r.version, r.triggered, r.updated, r.says,
    r.digest = (SELECT digest FROM readings.readings WHERE delivery_id = ?1) AS identical,
    r.event_id IS NOT NULL AND r.event_id = ?2 AS same_action,
    r.verdict = 'unchanged' AND NOT EXISTS (
        SELECT 1 FROM readings.readings p
        WHERE p.trusted AND p.shop = r.shop AND p.event_id = r.event_id
            AND (p.delivery_id = r.compared_with OR (p.says <> '' AND p.delivery_id <> ?1))
    ) AS puzzling
FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
"""
SAME_ACTION: Final = f"""{_BESIDE}
WHERE r.trusted AND r.verdict <> 'duplicate' AND r.shop = ?3 AND r.event_id = ?2 AND r.delivery_id <> ?1
ORDER BY r.delivery_id LIMIT {_COMPANIONS}
"""
# ?8, ?9: only what carries the same clocks is known to be of the same moment.
SAME_MOMENT: Final = f"""{_BESIDE}
WHERE r.trusted = 1 AND r.verdict <> 'duplicate' AND r.shop = ?3 AND r.kind = ?4 AND r.subject = ?5
    AND r.version BETWEEN ?6 AND ?7 AND r.delivery_id <> ?1
    AND (r.triggered IS NULL) = ?8 AND (NOT ?8 OR (r.updated IS NULL) = ?9)
ORDER BY r.version, r.delivery_id LIMIT {_COMPANIONS}
"""
COPIES: Final = """
SELECT r.delivery_id FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted AND r.shop = ?1 AND r.event_id = ?2 AND d.topic IS ?3
    AND r.digest = (SELECT digest FROM readings.readings WHERE delivery_id = ?4)
ORDER BY r.delivery_id LIMIT ?5
"""
# One that is not trusted is an attempt of the same message if its body is the same.
SAME_ID: Final = """
SELECT r.delivery_id FROM readings.readings r JOIN deliveries d ON d.id = r.delivery_id
WHERE r.shop = ?1 AND r.webhook_id = ?2 AND d.topic IS ?3
    AND (r.trusted OR r.digest = (SELECT digest FROM readings.readings WHERE delivery_id = ?4))
ORDER BY r.delivery_id LIMIT ?5
"""
EVENT: Final = "SELECT event_id FROM deliveries WHERE id = ?"
# Only trusted ones: what a stranger sent explains no signature, and the index holds no others.
SAME_WEBHOOK_ID: Final = """
SELECT r.delivery_id, d.signature, d.topic FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted AND r.shop = ? AND r.webhook_id = ? AND r.delivery_id <> ? ORDER BY r.delivery_id LIMIT 3
"""
SAME_BODY: Final = """
SELECT r.delivery_id, d.signature, d.topic FROM readings.readings r
JOIN deliveries d ON d.id = r.delivery_id
JOIN readings.readings own ON own.delivery_id = ?
WHERE r.shop = own.shop AND r.kind = own.kind AND r.subject = own.subject AND r.trusted = 1
    AND r.digest = own.digest AND r.delivery_id <> own.delivery_id ORDER BY r.version, r.delivery_id LIMIT 3
"""


class Around(BaseModel):
    """What came beside a delivery by now, and what that makes of it.

    `causes` are given where nothing visible changed. `explains` are the deliveries in which nothing visible
    changed and whose reason this one tells.
    """

    model_config = ConfigDict(frozen=True)

    companions: tuple[CompanionDelivery, ...] = ()
    causes: tuple[Cause, ...] = ()
    explains: tuple[CompanionDelivery, ...] = ()

    @classmethod
    def of(cls, inbox: Inbox, row: Row, reading: Reading | None) -> Self:
        """Look at what came beside the delivery of `row`."""
        beside = companions(inbox, row)
        likely = _causes(inbox, row, reading, beside)
        return cls(
            companions=beside,
            causes=likely,
            explains=tuple(each for each in beside if each.puzzling) if row.says else (),
        )

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences that others give this delivery, or that it gives them."""
        proven = [each.words() for cause in self.causes for each in cause.shown_by]
        explained = [
            f"That may be why nothing visible changed in delivery {each.id} ({each.topic})."
            for each in self.explains
        ]
        return (*(f"{words}." for words in proven), *explained)


class Evidence(BaseModel):
    """What speaks for a delivery's being the same as others, by either of the documented readings of the ids.

    `attempts` are the deliveries with its Webhook-Id and topic, in the order they came, itself among them.
    `copies` are those with its Event-Id, topic and body, whatever their Webhook-Id.
    https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    """

    model_config = ConfigDict(frozen=True)

    attempts: tuple[int, ...] = ()
    copies: tuple[int, ...] = ()


def timeline(inbox: Inbox, row: Row, limit: int = 500) -> list[Row]:
    """The newest `limit` deliveries of the subject of `row`, of whatever topic, oldest version first.

    Versions that no clock orders stand in the order of their arrival.
    """
    if row.subject is None:
        return []
    return in_order(inbox.select(row_of, TIMELINE, *_key(row), limit), lambda each: each.clocks)


def companions(inbox: Inbox, row: Row) -> tuple[CompanionDelivery, ...]:
    """The deliveries of the same action, and of the same moment of the same subject, nearest first.

    An untrusted delivery has none.
    """
    if not row.signature.trusted or row.version is None:
        return ()
    beside: dict[int, Found] = {}
    own = (row.id, storable(row.event_id))
    if row.subject is not None:
        span = (row.version - MOMENT, row.version + MOMENT)
        clocks = (row.clocks.triggered is None, row.clocks.updated is None)
        for found in inbox.query(SAME_MOMENT, *own, *_key(row), *span, *clocks):
            beside[found["delivery_id"]] = found
    if row.event_id is not None:
        for found in inbox.query(SAME_ACTION, *own, shop_key(row.shop)):
            beside[found["delivery_id"]] = found
    together = [
        CompanionDelivery(
            id=found["delivery_id"],
            topic=found["topic"],
            webhook_id=found["webhook_id"],
            after=_after(row, found),
            same_action=bool(found["same_action"]),
            identical=bool(found["identical"]),
            says=found["says"],
            puzzling=bool(found["puzzling"]),
        )
        for found in beside.values()
        if found["webhook_id"] is None or (found["webhook_id"], found["topic"]) != (row.webhook_id, row.topic)
    ]
    return tuple(sorted(together, key=lambda each: (not each.same_action, abs(each.after), each.id)))


def _after(row: Row, found: Found) -> int:
    """Return the nanoseconds from `row` to `found`, by a clock that both carry, else by their arrival."""
    clocks = ((row.clocks.triggered, found["triggered"]), (row.clocks.updated, found["updated"]))
    for own, other in clocks:
        if own is not None and other is not None:
            return int(other - own)
    return int(found["received_at"] - microseconds(row.received_at)) * 1_000


def evidence(inbox: Inbox, row: Row) -> Evidence:
    """What the ids of a delivery have in common with those of others."""
    if not row.signature.trusted:
        return Evidence()
    shop = shop_key(row.shop)
    attempts: list[Found] = []
    copies: list[Found] = []
    if row.webhook_id is not None:
        ids = (storable(row.webhook_id), storable(row.topic), row.id)
        attempts = inbox.query(SAME_ID, shop, *ids, _ATTEMPTS)
    if row.event_id is not None:
        copies = inbox.query(COPIES, shop, storable(row.event_id), storable(row.topic), row.id, _ATTEMPTS)
    return Evidence(
        attempts=tuple(found["delivery_id"] for found in attempts),
        copies=tuple(found["delivery_id"] for found in copies),
    )


def mask_of(mask: Mask, inbox: Inbox, *delivery_ids: int) -> Mask:
    """Return the mask for what is shown of deliveries: it knows their personal values.

    It knows those of the versions that they were compared with too. A delivery that is no longer in the
    inbox, or cannot be read, tells none.
    """
    for delivery_id in delivery_ids:
        with suppress(InputError, DamagedInbox):
            mask = mask.knowing(values_of(inbox.delivery(delivery_id)))
            reading = inbox.reading(delivery_id)
            if reading is not None and reading.compared_with is not None:
                mask = mask.knowing(values_of(inbox.delivery(reading.compared_with)))
    return mask


def case_of(inbox: Inbox, delivery_id: int, delivery: Delivery) -> Case:
    """Everything that may explain the signature that a delivery claims."""
    return Case.of(
        delivery,
        others=_other_bodies(inbox, delivery_id, delivery),
        answers=[each.answer.status for each in app_answers(inbox, delivery_id) if each.answer.status],
    )


def history(inbox: Inbox, row: Row, pointer: str, limit: int = 200) -> list[tuple[Row, Value]]:
    """The values of one field of the document of `row` in all versions of that document, in their order.

    `pointer` is an RFC 6901 pointer into it. Items of lists are followed by their identity.
    """
    if row.subject is None:
        return []
    versions = [
        each
        for each in timeline(inbox, row, limit)
        if each.subject and each.subject.document == row.subject.document and each.original is None
    ]
    documents = [_document(inbox, each) for each in versions]
    return list(zip(versions, values(_document(inbox, row), pointer, documents), strict=True))


def order_states(inbox: Inbox, life: Sequence[Row], known: Collection[int]) -> dict[int, OrderSnapshot]:
    """Return what the order's own bodies in `life` say of it, by delivery, without those in `known`."""
    bodies = [
        row
        for row in life
        if row.subject and row.subject.part == _ORDER and row.verdict is not Verdict.DUPLICATE
    ]
    return {
        row.id: OrderSnapshot.of(_document(inbox, row)) for row in bodies[-_STATES:] if row.id not in known
    }


def compare_versions(inbox: Inbox, before: Row, after: Row) -> Comparison | None:
    """What differs between two deliveries of one subject; None where their bodies have nothing in common.

    A part of an order is compared with the same part inside the order.
    """
    old, new = _document(inbox, before), _document(inbox, after)
    if before.subject is None or after.subject is None:
        return None
    if before.subject.document == after.subject.document:
        return Comparison.of(old, new)
    if before.subject.part == _ORDER:
        old = part_in(old, after.subject.part)
    elif after.subject.part == _ORDER:
        new = part_in(new, before.subject.part)
    told = in_the_shape_of(new, old)
    return None if told is None else Comparison.of(told, new)


def _causes(
    inbox: Inbox, row: Row, reading: Reading | None, beside: tuple[CompanionDelivery, ...]
) -> tuple[Cause, ...]:
    if reading is None or reading.verdict is not Verdict.UNCHANGED or not row.signature.trusted:
        return ()
    document = _document(inbox, row)
    fields = document.keys() if isinstance(document, dict) else ()
    base = row.event_id and reading.compared_with and inbox.query(EVENT, reading.compared_with)
    return causes(
        row.topic,
        reading,
        beside,
        len(fields),
        other_action=bool(base and base[0]["event_id"] not in {None, row.event_id}),
        metafields="metafields" in fields,
    )


def _document(inbox: Inbox, row: Row) -> Document:
    delivery = inbox.delivery(row.id)
    try:
        return read(delivery.body, delivery.content_type)
    except Unreadable:
        return None


def _key(row: Row) -> tuple[str | None, ...]:
    subject = row.subject
    assert subject is not None  # noqa: S101 - the callers have looked; this tells mypy
    return shop_key(row.shop), storable(subject.kind), storable(subject.id)


def _other_bodies(inbox: Inbox, delivery_id: int, delivery: Delivery) -> tuple[OtherBody, ...]:
    """Return the deliveries with the same Webhook-Id, and those of the same subject with the same body."""
    found = inbox.query(SAME_BODY, delivery_id)
    if delivery.webhook_id is not None:
        key = (shop_key(delivery.shop), storable(delivery.webhook_id))
        found = [*inbox.query(SAME_WEBHOOK_ID, *key, delivery_id), *found]
    others = {each["delivery_id"]: each for each in found}
    return tuple(
        OtherBody(
            id=number,
            body=inbox.delivery(number).body,
            valid=each["signature"] == Signature.VALID,
            topic=each["topic"],
        )
        for number, each in others.items()
    )
