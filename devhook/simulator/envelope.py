"""What a subscription makes of an event: the body it asked for, and the delivery that carries it."""

from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.sending.heading import Headers, Heading
from devhook.simulator.admin.subscriptions import Format, Subscription, shaped
from devhook.simulator.orders.actions import Event
from devhook.simulator.xml_body import singular, write_xml
from devhook.webhook.payload import write_json
from devhook.webhook.signature import sign

_CONTENT_TYPES: Final = {Format.JSON: "application/json", Format.XML: "application/xml"}


class Occasion(BaseModel):
    """What all deliveries of one action share: the event's id, and when it happened (UTC, nanoseconds)."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    triggered_at: str


class Envelope(BaseModel):
    """A delivery made ready. However often it is sent, its address, headers and bytes stay these (CL-retry).

    `about` is the name of the order that it speaks of (`#1001`), empty where it has none. `forged`: it does
    not come from Shopify, so nobody tries again when it is refused.
    """

    model_config = ConfigDict(frozen=True)

    subscription_id: str
    topic: str
    webhook_id: str
    address: str
    headers: Headers
    body: bytes
    about: str = ""
    forged: bool = False


def seal(
    event: Event,
    subscription: Subscription,
    occasion: Occasion,
    *,
    shop: str,
    secret: SecretStr,
    webhook_id: str,
    about: str = "",
) -> Envelope:
    """Return the delivery of `event` to `subscription`, signed with the app's `secret` (D-verify).

    `shop` is its `*.myshopify.com` domain. The signature covers the raw bytes, of an XML body too.
    """
    body = _body(event, subscription)
    heading = Heading(
        topic=event.topic,
        shop=shop,
        api_version=subscription.api_version,
        webhook_id=webhook_id,
        event_id=occasion.event_id,
        triggered_at=occasion.triggered_at,
        name=subscription.name,
        resource_id=event.order_id,
        content_type=_CONTENT_TYPES[subscription.format],
    )
    return Envelope(
        subscription_id=subscription.id,
        topic=event.topic,
        webhook_id=webhook_id,
        address=subscription.uri,
        headers=heading.headers(sign(secret.get_secret_value(), body)),
        body=body,
        about=about,
    )


def _body(event: Event, subscription: Subscription) -> bytes:
    payload = shaped(event.payload, subscription.include_fields)
    if subscription.format is Format.JSON:
        return write_json(payload)
    # Rails calls the root after the resource, and "hash" what is none, such as the wrapper of orders/edited.
    resource = singular(event.topic.partition("/")[0]) if "id" in event.payload else "hash"
    return write_xml(payload, resource)
