"""What a subscription makes of an event: the body it asked for, and the delivery that carries it."""

from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.forge.shopify_headers import Headers, Heading
from devhook.replay.plan import Rewriting
from devhook.scenario.model import Deliver
from devhook.sender.target import address
from devhook.simulator.admin.subscriptions import SimulatedSubscription, SubscriptionFormat, shaped
from devhook.simulator.orders.actions import Event
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.payload import Unreadable, read, write_json
from devhook.webhook.signature import Secret, check, sign
from devhook.webhook.subject import subject_of
from devhook.webhook.xml_writing import root_of, write_xml

_CONTENT_TYPES: Final = {
    SubscriptionFormat.JSON: "application/json",
    SubscriptionFormat.XML: "application/xml",
}


class Occasion(BaseModel):
    """What all deliveries of one action share: the event's id, and when it happened (UTC, nanoseconds)."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    triggered_at: str


class Envelope(BaseModel):
    """A delivery made ready. However often it is sent, its address, headers and bytes stay these.

    https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
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
    subscription: SimulatedSubscription,
    occasion: Occasion,
    *,
    shop: str,
    secret: SecretStr,
    webhook_id: str,
    about: str = "",
) -> Envelope:
    """Return the delivery of `event` to `subscription`, signed with the app's `secret`.

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


def signed_elsewhere(step: Deliver, secret: SecretStr) -> bool:
    """Whether a recorded delivery has to be signed anew to be what it was: `secret` is another one."""
    delivery = step.delivery
    known = [Secret(name="", value=secret)]
    return step.signature.trusted and (
        check(known, delivery.body, delivery.hmac).signature is not Signature.VALID
    )


def as_recorded(step: Deliver, subscription: SimulatedSubscription, secret: SecretStr) -> Envelope:
    """Return the delivery that was recorded, to `subscription`: its bytes and its headers but for the host.

    It is signed with `secret` where it has to be, see `signed_elsewhere`.
    """
    delivery = step.delivery
    rewriting = Rewriting(
        secret=Secret(name="", value=secret) if signed_elsewhere(step, secret) else None, mark=False
    )
    return Envelope(
        subscription_id=subscription.id,
        topic=delivery.topic or "",
        webhook_id=delivery.webhook_id or "",
        address=address(subscription.uri, step.path),
        headers=rewriting.headers(delivery),
        body=delivery.body,
        about=_name_in(delivery),
        forged=not step.signature.trusted,
    )


def _name_in(delivery: Delivery) -> str:
    """The name of what the payload speaks of, empty where it says none."""
    try:
        subject = subject_of(delivery.topic, read(delivery.body, delivery.content_type))
    except Unreadable:
        return ""
    return (subject.name or "") if subject is not None else ""


def _body(event: Event, subscription: SimulatedSubscription) -> bytes:
    payload = shaped(event.payload, subscription.include_fields)
    if subscription.format is SubscriptionFormat.JSON:
        return write_json(payload)
    return write_xml(payload, root_of(event.topic, event.payload))
