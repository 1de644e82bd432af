"""The journal: temporary subscriptions to remove, sent requests, and the orders of fulfillment orders.

It is not derived from deliveries, and retention does not remove it. A lease has a MAC with the key of this
user and machine, because an inbox may come with a checked-out project: only a lease whose MAC is right proves
that devhook made the subscription.
"""

import json
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import (
    Found,
    Values,
    answer_of,
    answer_values,
    microseconds,
    moment,
    shop_key,
    storable,
)
from devhook.inbox.failures import in_plain_words
from devhook.inbox.locks import is_alive
from devhook.privacy.mask import Mask, values_sent
from devhook.user_key import NoKey, UserKey, mac
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin

_ASK: Final = """
INSERT INTO journal.leases (shop, topic, uri, api_version, name, state, owner, asked_at, mac)
VALUES (:shop, :topic, :uri, :api_version, :name, 'asked', :owner, :asked_at, :mac)
"""
_UPDATE: Final = """
UPDATE journal.leases SET uri = :uri, subscription_id = :subscription_id, state = :state, mac = :mac
WHERE id = :id
"""
_LEASE: Final = "SELECT * FROM journal.leases WHERE id = ?"
# The MAC covers these columns: what was asked for, and what is removed because of it.
_PROVEN_COLUMNS: Final = (
    *("shop", "topic", "uri", "api_version", "name"),
    *("subscription_id", "owner", "asked_at"),
)
_STRIKE: Final = "UPDATE journal.leases SET state = ? WHERE id = ?"
_OPEN: Final = """
SELECT id, shop, topic, uri, api_version, name, subscription_id, state, owner, asked_at, mac
FROM journal.leases
WHERE state IN ('asked', 'made') AND (?1 IS NULL OR shop = ?1) ORDER BY id
"""
_ADD_SEND: Final = """
INSERT INTO journal.sends
    (sent_at, origin, url, delivery_id, topic, request_headers, request_body,
    status, duration, headers, body, cut, failure, error)
VALUES (:sent_at, :origin, :url, :delivery_id, :topic, :request_headers, :request_body,
    :status, :duration, :headers, :body, :cut, :failure, :error)
"""
# Without a delivery, the sends of all.
_SENDS: Final = """
SELECT id, sent_at, origin, url, delivery_id, topic, request_headers, request_body,
    status, duration, headers, body, cut, failure, error
FROM journal.sends WHERE ?1 IS NULL OR delivery_id = ?1 ORDER BY id DESC LIMIT ?2
"""
_REPLAYS_SINCE: Final = """
SELECT id, delivery_id FROM journal.sends
WHERE id > ? AND delivery_id IS NOT NULL AND origin = 'replay' ORDER BY id LIMIT ?
"""
_NEWEST_SEND: Final = "SELECT ifnull(max(id), 0) AS newest FROM journal.sends"
_KEEP_LINK: Final = """
INSERT OR IGNORE INTO journal.fulfillment_orders (shop, id, order_id, order_name)
VALUES (:shop, :fulfillment_order, :order_id, :order_name)
"""
UNLINKED: Final = """
SELECT DISTINCT subject FROM readings.readings r INDEXED BY timeline
WHERE r.shop = ? AND r.kind = 'fulfillment_order' AND r.trusted = 1 AND NOT EXISTS (
    SELECT 1 FROM journal.fulfillment_orders f WHERE f.shop = r.shop AND f.id = r.subject
)
LIMIT ?
"""


class LeaseState(StrEnum):
    """The state of a lease.

    `asked`: stored before Shopify is asked, so that it is found after a kill in between.
    `made`: Shopify returned an id.
    `removed`: Shopify confirmed the removal.
    `vanished`: the subscription was not made, or no longer exists.
    """

    ASKED = "asked"
    MADE = "made"
    REMOVED = "removed"
    VANISHED = "vanished"

    @property
    def open(self) -> bool:
        """Whether the subscription may exist at Shopify."""
        return self in {LeaseState.ASKED, LeaseState.MADE}


class Lease(BaseModel):
    """A temporary subscription, from the moment before Shopify is asked for it.

    `topic`: such as `orders/updated`.
    `subscription_id`: Shopify's `gid://…`, None until it is known.
    `owner`: the token of the run that made it.
    `proven`: whether its MAC proves that this user made it on this machine.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    shop: str
    topic: str
    uri: str
    api_version: str
    name: str
    subscription_id: str | None = None
    state: LeaseState
    owner: str
    asked_at: AwareDatetime
    proven: bool = False


class Send(BaseModel):
    """A request that devhook sent, with its answer.

    `id`: 0 until it is stored.
    `delivery_id`: the delivery that it was made from; None for one from a fixture or a file.
    `headers`: the headers that were given to the sender.
    `body`: None where it is the body of the delivery, byte for byte.
    """

    model_config = ConfigDict(frozen=True)

    id: int = 0
    sent_at: AwareDatetime
    origin: Origin
    url: str
    delivery_id: int | None = None
    topic: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    answer: Answer

    def masked(self, mask: Mask) -> Self:
        """Return the request for display: its address and its answer with pseudonyms.

        The mask has to know the values of the delivery that it was made from.
        """
        if self.body:
            mask = mask.knowing(values_sent(self.headers, self.body))
        return self.model_copy(update={"url": mask.text(self.url), "answer": mask.answer(self.answer)})


class Link(BaseModel):
    """A fulfillment order and the order that it belongs to: ids without `gid://…`, and the order's name."""

    model_config = ConfigDict(frozen=True)

    fulfillment_order: str
    order_id: str
    order_name: str | None = None


def ask_lease(
    inbox: Inbox, *, shop: str, topic: str, uri: str, api_version: str, name: str, provable: bool = True
) -> int:
    """Store, on disk when this returns, that Shopify is about to be asked for a subscription; return its id.

    Without `provable` the lease gets no MAC, and no key of the user is made. Raises InputError if the key of
    the user cannot be read.
    """
    asked = {"shop": shop, "topic": topic, "uri": uri, "api_version": api_version, "name": name}
    asked_at = time.time_ns() // 1000
    owner = inbox.run_token(claim=True)
    values = asked | {"subscription_id": None, "owner": owner, "asked_at": asked_at}
    with inbox.writing() as connection:
        lease_id = connection.execute(_ASK, values | {"mac": _mac(values) if provable else None}).lastrowid
    assert lease_id is not None  # noqa: S101 - an INSERT always has one; this tells mypy
    return lease_id


def confirm_lease(inbox: Inbox, lease_id: int, subscription_id: str) -> None:
    """Store the id that Shopify gave to the subscription."""
    _update(inbox, lease_id, subscription_id=subscription_id, state=LeaseState.MADE.value)


def move_lease(inbox: Inbox, lease_id: int, uri: str) -> None:
    """Store the new address of the subscription."""
    _update(inbox, lease_id, uri=uri)


def strike_lease(inbox: Inbox, lease_id: int, state: LeaseState = LeaseState.REMOVED) -> None:
    """Store that Shopify confirmed the removal, or that the subscription does not exist (`vanished`)."""
    with inbox.writing() as connection:
        connection.execute(_STRIKE, (state.value, lease_id))


def open_leases(inbox: Inbox, shop: str | None = None) -> list[Lease]:
    """Return the leases whose subscriptions may exist at Shopify, proven or not, oldest first."""
    key = UserKey.existing()
    return inbox.select(lambda found: _lease_of(found, key), _OPEN, shop)


def orphaned_leases(inbox: Inbox, shop: str) -> list[Lease]:
    """Return the proven leases whose run ended without removing them, for example after `kill -9`."""
    leases = [lease for lease in open_leases(inbox, shop) if lease.proven]
    others = {lease.owner for lease in leases} - {inbox.run_token()}
    with in_plain_words(inbox.path):
        dead = {token for token in others if not is_alive(inbox.path, token)}
    return [lease for lease in leases if lease.owner in dead]


def unproven_leases(inbox: Inbox, shop: str) -> list[Lease]:
    """Return the open leases of other runs without a right MAC, which devhook does not act on."""
    leases = open_leases(inbox, shop)
    return [lease for lease in leases if not lease.proven and lease.owner != inbox.run_token()]


def add_sends(inbox: Inbox, sends: Iterable[Send]) -> None:
    """Store sends in one transaction."""
    written = [_send_values(send) for send in sends]
    if written:
        with inbox.writing() as connection:
            connection.executemany(_ADD_SEND, written)


def sends(inbox: Inbox, delivery_id: int | None = None, limit: int = 100) -> list[Send]:
    """Return the sends, newest first: all of them, or those that were made from one delivery."""
    return inbox.select(_send_of, _SENDS, delivery_id, limit)


def replays_since(inbox: Inbox, send_id: int, limit: int = 1000) -> tuple[set[int], int]:
    """Return the deliveries that were replayed after the send `send_id`, and the newest of these sends."""
    found = inbox.query(_REPLAYS_SINCE, send_id, limit)
    return {each["delivery_id"] for each in found}, found[-1]["id"] if found else send_id


def newest_send(inbox: Inbox) -> int:
    """Return the highest id of a send, 0 before the first."""
    (found,) = inbox.query(_NEWEST_SEND)
    return int(found["newest"])


def keep_links(inbox: Inbox, shop: str | None, links: Iterable[Link]) -> None:
    """Store the orders of fulfillment orders. Every reader then moves the readings to these orders."""
    told = [{name: storable(value) for name, value in link} | {"shop": shop_key(shop)} for link in links]
    if told:
        with inbox.writing() as connection:
            connection.executemany(_KEEP_LINK, told)


def unlinked(inbox: Inbox, shop: str | None, limit: int = 1000) -> list[str]:
    """Return the ids of fulfillment orders whose orders are not known."""
    return [found["subject"] for found in inbox.query(UNLINKED, shop_key(shop), limit)]


def _update(inbox: Inbox, lease_id: int, **values: str) -> None:
    """Change columns of a lease; the new values get a MAC only if the old ones have a right one.

    Raises InputError if the key cannot be read: without it the lease would lose its proof.
    """
    for found in inbox.query(_LEASE, lease_id):
        before = dict(found)
        after = before | values
        after["mac"] = None
        if before["mac"] is not None:
            key = UserKey.load()
            if _is_proven(before, key):
                after["mac"] = key.mac("lease", *_proven(after))
        with inbox.writing() as connection:
            connection.execute(_UPDATE, after)


def _mac(lease: Mapping[str, Any]) -> str | None:
    """Return the MAC of a lease; None when there is no key and none can be made: the lease is then unproven.

    Raises InputError if the key cannot be read, because a lease without its proof is removed by nobody.
    """
    try:
        return mac("lease", *_proven(lease))
    except NoKey:
        return None


def _is_proven(lease: Mapping[str, Any], key: UserKey | None) -> bool:
    return key is not None and key.proves(lease["mac"], "lease", *_proven(lease))


def _proven(lease: Mapping[str, Any]) -> Iterator[str | int | None]:
    """Yield what the MAC of a lease covers."""
    return (lease[name] for name in _PROVEN_COLUMNS)


def _send_values(send: Send) -> Values:
    return {
        "sent_at": microseconds(send.sent_at),
        "origin": send.origin.value,
        "url": storable(send.url),
        "delivery_id": send.delivery_id,
        "topic": storable(send.topic),
        "request_headers": json.dumps(send.headers),
        "request_body": None if send.body is None else zlib.compress(send.body, 1),
        **answer_values(send.answer),
    }


def _lease_of(found: Found, key: UserKey | None) -> Lease:
    return Lease(
        **{name: found[name] for name in Lease.model_fields if name != "proven"}
        | {"asked_at": moment(found["asked_at"]), "proven": _is_proven(dict(found), key)}
    )


def _send_of(found: Found) -> Send:
    body = found["request_body"]
    return Send(
        id=found["id"],
        sent_at=moment(found["sent_at"]),
        origin=Origin(found["origin"]),
        url=found["url"],
        delivery_id=found["delivery_id"],
        topic=found["topic"],
        headers=tuple((name, value) for name, value in json.loads(found["request_headers"])),
        body=None if body is None else zlib.decompress(body),
        answer=answer_of(found),
    )
