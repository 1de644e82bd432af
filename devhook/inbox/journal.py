"""The journal: what devhook did or asked outside, and what no delivery says again.

It holds the temporary subscriptions that devhook must remove, the requests that it sent, and the orders that
Shopify named for fulfillment orders. It is not derived from anything; it stays when deliveries are removed.
"""

import json
import time
import zlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

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
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin

_ASK: Final = """
INSERT INTO journal.leases (shop, topic, uri, api_version, name, state, owner, asked_at)
VALUES (:shop, :topic, :uri, :api_version, :name, 'asked', :owner, :asked_at)
"""
_CONFIRM: Final = "UPDATE journal.leases SET state = 'made', subscription_id = ? WHERE id = ?"
_MOVE: Final = "UPDATE journal.leases SET uri = ? WHERE id = ?"
_STRIKE: Final = "UPDATE journal.leases SET state = ? WHERE id = ?"
_OPEN: Final = """
SELECT id, shop, topic, uri, api_version, name, subscription_id, state, owner, asked_at FROM journal.leases
WHERE state IN ('asked', 'made') AND (?1 IS NULL OR shop = ?1) ORDER BY id
"""
_ADD_SEND: Final = """
INSERT INTO journal.sends
    (sent_at, origin, url, delivery_id, topic, request_headers, request_body,
    status, duration, headers, body, cut, failure, error)
VALUES (:sent_at, :origin, :url, :delivery_id, :topic, :request_headers, :request_body,
    :status, :duration, :headers, :body, :cut, :failure, :error)
"""
# With no delivery asked for, those of all.
_SENDS: Final = """
SELECT id, sent_at, origin, url, delivery_id, topic, request_headers, request_body,
    status, duration, headers, body, cut, failure, error
FROM journal.sends WHERE ?1 IS NULL OR delivery_id = ?1 ORDER BY id DESC LIMIT ?2
"""
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
    """How far a lease has come.

    `asked`: written down before Shopify is asked, so that a kill in between leaves a trace. `made`: Shopify
    gave it an id. `removed`: Shopify confirmed that it is gone. `vanished`: it never came to be, or went by
    itself.
    """

    ASKED = "asked"
    MADE = "made"
    REMOVED = "removed"
    VANISHED = "vanished"

    @property
    def open(self) -> bool:
        """Whether Shopify may still know the subscription."""
        return self in {LeaseState.ASKED, LeaseState.MADE}


class Lease(BaseModel):
    """A temporary subscription, from the moment before Shopify is asked for it.

    `topic` is written as `orders/updated`, `subscription_id` is Shopify's `gid://…`, None until it is known.
    `owner` is the token of the run that made it.
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


class Send(BaseModel):
    """One request that devhook sent, and what became of it.

    `delivery_id` is the delivery that it was made of, None for one made of a fixture or a file. `headers`
    are those that were given to the sender; `body` is None where it is the delivery's own, byte for byte.
    `id` is 0 until it is written down.
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


class Link(BaseModel):
    """One fulfilment order and the order that it is part of: ids without `gid://…`, and the order's name."""

    model_config = ConfigDict(frozen=True)

    fulfillment_order: str
    order_id: str
    order_name: str | None = None


def ask_lease(inbox: Inbox, *, shop: str, topic: str, uri: str, api_version: str, name: str) -> int:
    """Write down, on disk when this returns, that Shopify is about to be asked for a subscription."""
    asked = {"shop": shop, "topic": topic, "uri": uri, "api_version": api_version, "name": name}
    asked_at = time.time_ns() // 1000
    owner = inbox.run_token(claim=True)
    with inbox.writing() as connection:
        lease_id = connection.execute(_ASK, asked | {"owner": owner, "asked_at": asked_at}).lastrowid
    assert lease_id is not None  # noqa: S101 - an INSERT always has one; this tells mypy
    return lease_id


def confirm_lease(inbox: Inbox, lease_id: int, subscription_id: str) -> None:
    """Shopify made the subscription and gave it this id."""
    with inbox.writing() as connection:
        connection.execute(_CONFIRM, (subscription_id, lease_id))


def move_lease(inbox: Inbox, lease_id: int, uri: str) -> None:
    """The subscription delivers to another address from now on."""
    with inbox.writing() as connection:
        connection.execute(_MOVE, (uri, lease_id))


def strike_lease(inbox: Inbox, lease_id: int, state: LeaseState = LeaseState.REMOVED) -> None:
    """Shopify confirmed that the subscription is gone, or it never came to be (`vanished`)."""
    with inbox.writing() as connection:
        connection.execute(_STRIKE, (state.value, lease_id))


def open_leases(inbox: Inbox, shop: str | None = None) -> list[Lease]:
    """The leases that Shopify may still know, oldest first."""
    return [
        Lease(**{name: found[name] for name in Lease.model_fields} | {"asked_at": moment(found["asked_at"])})
        for found in inbox.query(_OPEN, shop)
    ]


def orphaned_leases(inbox: Inbox, shop: str) -> list[Lease]:
    """Those of them whose run has ended without removing them, as `kill -9` makes it."""
    leases = open_leases(inbox, shop)
    others = {lease.owner for lease in leases} - {inbox.run_token()}
    with in_plain_words(inbox.path):
        dead = {token for token in others if not is_alive(inbox.path, token)}
    return [lease for lease in leases if lease.owner in dead]


def add_sends(inbox: Inbox, sends: Iterable[Send]) -> None:
    """Write sends down in one transaction."""
    written = [_send_values(send) for send in sends]
    if written:
        with inbox.writing() as connection:
            connection.executemany(_ADD_SEND, written)


def sends(inbox: Inbox, delivery_id: int | None = None, limit: int = 100) -> list[Send]:
    """What was sent, newest first: all of it, or what was made of one delivery."""
    return [_send_of(found) for found in inbox.query(_SENDS, delivery_id, limit)]


def keep_links(inbox: Inbox, shop: str | None, links: Iterable[Link]) -> None:
    """Write down what Shopify said. Every reader moves the readings under their orders when it looks next."""
    told = [{name: storable(value) for name, value in link} | {"shop": shop_key(shop)} for link in links]
    if told:
        with inbox.writing() as connection:
            connection.executemany(_KEEP_LINK, told)


def unlinked(inbox: Inbox, shop: str | None, limit: int = 1000) -> list[str]:
    """The ids of fulfilment orders that were told of and that nobody has named the order of."""
    return [own_id for (own_id,) in inbox.query(UNLINKED, shop_key(shop), limit)]


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
