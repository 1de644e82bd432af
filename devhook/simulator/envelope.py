"""The deliveries that a subscription gets: made of an event, as recorded, or tampered with on the way."""

from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.forge.request import JSON, XML, SignedRequest, body_of
from devhook.forge.shopify_headers import WEBHOOK_ID_HEADER, HeaderValues
from devhook.forge.tamper import Tamper, TamperContext
from devhook.replay.plan import Rewriting
from devhook.scenario.model import Deliver
from devhook.sender.target import address
from devhook.simulator.admin.subscriptions import SimulatedSubscription, SubscriptionFormat, shaped
from devhook.simulator.orders.actions import Event
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.payload import Unreadable, read
from devhook.webhook.signature import Secret, check, sign
from devhook.webhook.subject import subject_of

_CONTENT_TYPES: Final = {SubscriptionFormat.JSON: JSON, SubscriptionFormat.XML: XML}


class EventStamp(BaseModel):
    """What all deliveries of one action share: the event's id, and when it happened (UTC, nanoseconds)."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    triggered_at: str


@dataclass(frozen=True, kw_only=True)
class Envelope(SignedRequest):
    """A delivery that is ready to be sent. A retry has the same address, headers and bytes.

    - `about`: the name of the order that it speaks of (`#1001`), empty where it has none.
    - `forged`: it does not come from Shopify, so nobody sends it again when it is refused.
    - `tamper`: how it was tampered with; None where a recorded delivery was forged already.
    """

    subscription_id: str
    topic: str
    webhook_id: str
    address: str
    about: str = ""
    forged: bool = False
    tamper: Tamper | None = None

    def answered_as_required(self, answer: Answer) -> bool:
        """Whether `answer` is one that this delivery must get: 2xx, and a refusal where it is forged."""
        if not self.forged:
            return answer.accepted
        if self.tamper is None:
            return not answer.accepted
        return answer.failure is None and self.tamper.fits(answer.status)

    def tampered(self, tamper: Tamper, context: TamperContext, webhook_id: str) -> "tuple[Envelope, ...]":
        """Return what is sent in place of this delivery when it is tampered with.

        What Shopify does not send has a Webhook-Id of its own: with the id of the true delivery it would look
        like its duplicate, or the true one like a duplicate of it.
        """
        if tamper.genuine:
            return tamper.requests(self, context)
        forgery = replace(self, webhook_id=webhook_id, forged=True, tamper=tamper)
        return tamper.requests(forgery.with_header(WEBHOOK_ID_HEADER, webhook_id), context)


def event_envelope(
    event: Event,
    subscription: SimulatedSubscription,
    stamp: EventStamp,
    *,
    shop: str,
    secret: SecretStr,
    webhook_id: str,
    about: str = "",
) -> Envelope:
    """Return the delivery of `event` to `subscription`, signed with the app's `secret`.

    `shop` is its `*.myshopify.com` domain. The signature covers the raw bytes, of an XML body too.
    """
    content_type = _CONTENT_TYPES[subscription.format]
    payload = shaped(event.payload, subscription.include_fields)
    body = body_of(payload, event.topic, content_type)
    values = HeaderValues(
        topic=event.topic,
        shop=shop,
        api_version=subscription.api_version,
        webhook_id=webhook_id,
        event_id=stamp.event_id,
        triggered_at=stamp.triggered_at,
        name=subscription.name,
        resource_id=event.order_id,
        content_type=content_type,
    )
    return Envelope(
        subscription_id=subscription.id,
        topic=event.topic,
        webhook_id=webhook_id,
        address=subscription.uri,
        headers=values.headers(sign(secret.get_secret_value(), body)),
        body=body,
        about=about,
    )


def needs_resigning(step: Deliver, secret: SecretStr) -> bool:
    """Whether a recorded delivery has to be signed anew to be what it was: `secret` is another one."""
    delivery = step.delivery
    known = [Secret(name="", value=secret)]
    return step.signature.trusted and (
        check(known, delivery.body, delivery.hmac).signature is not Signature.VALID
    )


def recorded_envelope(step: Deliver, subscription: SimulatedSubscription, secret: SecretStr) -> Envelope:
    """Return the delivery that was recorded, to `subscription`: its bytes and its headers but for the host.

    It is signed with `secret` where it has to be, see `signed_elsewhere`.
    """
    delivery = step.delivery
    rewriting = Rewriting(
        secret=Secret(name="", value=secret) if needs_resigning(step, secret) else None, mark=False
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
