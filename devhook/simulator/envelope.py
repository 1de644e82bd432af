"""What Shopify puts around an event: the headers and body of a delivery, by name, case and order (facts 1.1).

The order is that of a capture from a server that keeps it: first what an HTTP client says, then Shopify's own
headers by the alphabet. Host and Content-Length are the sender's.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.simulator.admin.subscriptions import Format, Subscription, shaped
from devhook.simulator.orders.actions import Event
from devhook.simulator.xml_body import singular, write_xml
from devhook.webhook.payload import write_json
from devhook.webhook.signature import sign

SIGNATURE_HEADER: Final = "X-Shopify-Hmac-Sha256"
WEBHOOK_ID_HEADER: Final = "X-Shopify-Webhook-Id"

_CONTENT_TYPES: Final = {Format.JSON: "application/json", Format.XML: "application/xml"}

Uuids = Callable[[], str]


class Occasion(BaseModel):
    """What all deliveries of one action share: the event's id, and when it happened (UTC, nanoseconds)."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    triggered_at: str


class Envelope(BaseModel):
    """A delivery made ready. However often it is sent, its address, headers and bytes stay these (CL-retry).

    `forged`: it does not come from Shopify, so nobody tries again when it is refused.
    """

    model_config = ConfigDict(frozen=True)

    subscription_id: str
    topic: str
    webhook_id: str
    address: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    forged: bool = False


def random_uuids(random: Random) -> Uuids:
    """Return a source of ids in the form of X-Shopify-Webhook-Id and X-Shopify-Event-Id."""
    return lambda: str(uuid.UUID(int=random.getrandbits(128), version=4))


def triggered_at(moment: datetime, nanoseconds: int = 0) -> str:
    """Return `moment` as X-Shopify-Triggered-At says it; `nanoseconds` are the 0-999 it cannot hold."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}{nanoseconds:03d}Z"


def seal(
    event: Event,
    subscription: Subscription,
    occasion: Occasion,
    *,
    shop: str,
    secret: SecretStr,
    webhook_id: str,
) -> Envelope:
    """Return the delivery of `event` to `subscription`, signed with the app's `secret` (D-verify).

    `shop` is its `*.myshopify.com` domain. The signature covers the raw bytes, of an XML body too.
    """
    body = _body(event, subscription)
    headers = _headers(event, subscription, occasion, shop, webhook_id, sign(secret.get_secret_value(), body))
    return Envelope(
        subscription_id=subscription.id,
        topic=event.topic,
        webhook_id=webhook_id,
        address=subscription.uri,
        headers=tuple(headers),
        body=body,
    )


def _body(event: Event, subscription: Subscription) -> bytes:
    payload = shaped(event.payload, subscription.include_fields)
    if subscription.format is Format.JSON:
        return write_json(payload)
    # Rails calls the root after the resource, and "hash" what is none, such as the wrapper of orders/edited.
    resource = singular(event.topic.partition("/")[0]) if "id" in event.payload else "hash"
    return write_xml(payload, resource)


def _headers(
    event: Event, subscription: Subscription, occasion: Occasion, shop: str, webhook_id: str, signature: str
) -> Iterator[tuple[str, str]]:
    yield "User-Agent", "Shopify-Captain-Hook"
    yield "Accept", "*/*"
    yield "Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"
    yield "Content-Type", _CONTENT_TYPES[subscription.format]
    yield "X-Shopify-API-Version", subscription.api_version
    yield "X-Shopify-Event-Id", occasion.event_id
    yield SIGNATURE_HEADER, signature
    if subscription.name:
        yield "X-Shopify-Name", subscription.name
    if event.topic.startswith("orders/"):
        yield "X-Shopify-Order-Id", str(event.order_id)
    yield "X-Shopify-Shop-Domain", shop
    yield "X-Shopify-Test", "false"
    yield "X-Shopify-Topic", event.topic
    yield "X-Shopify-Triggered-At", occasion.triggered_at
    yield WEBHOOK_ID_HEADER, webhook_id
