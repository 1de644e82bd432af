"""Makes the deliveries to a subscription: from an event, from a recording, or tampered with."""

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
    """The header values that all deliveries of one action share; `triggered_at` is UTC with nanoseconds."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    triggered_at: str


@dataclass(frozen=True, kw_only=True)
class Envelope(SignedRequest):
    """A delivery as it is sent. A retry has the same address, headers and bytes.

    - `subscription_id`, `topic`, `webhook_id`: the subscription, and the values in the headers.
    - `address`: the URL that it is sent to.
    - `about`: the name of its order (`#1001`); empty if it has none.
    - `forged`: whether an attacker would have sent it, so that a rejected one is not retried.
    - `tamper`: how it is tampered with; None: not, or a recorded delivery that was already forged.
    """

    subscription_id: str
    topic: str
    webhook_id: str
    address: str
    about: str = ""
    forged: bool = False
    tamper: Tamper | None = None

    def answered_as_required(self, answer: Answer) -> bool:
        """Return whether `answer` is the required one: 2xx, or a rejection of a forged delivery."""
        if not self.forged:
            return answer.accepted
        if self.tamper is None:
            return not answer.accepted
        return answer.failure is None and self.tamper.fits(answer.status)

    def tampered(self, tamper: Tamper, context: TamperContext, webhook_id: str) -> "tuple[Envelope, ...]":
        """Return the deliveries that replace this one when it is tampered with.

        A delivery that Shopify would not send gets its own Webhook-Id; with the original id one of the two
        would be a duplicate of the other.
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

    `shop` is the `*.myshopify.com` domain. The signature is that of the raw bytes, also for XML.
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
    """Return whether a recorded delivery was trusted, but is not valid with `secret`."""
    delivery = step.delivery
    known = [Secret(name="", value=secret)]
    return step.signature.trusted and (
        check(known, delivery.body, delivery.hmac).signature is not Signature.VALID
    )


def recorded_envelope(step: Deliver, subscription: SimulatedSubscription, secret: SecretStr) -> Envelope:
    """Return the recorded delivery to `subscription`: its bytes, and its headers except Host.

    It is signed with `secret` if `needs_resigning`.
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
        about=_subject_name(delivery),
        forged=not step.signature.trusted,
    )


def _subject_name(delivery: Delivery) -> str:
    """Return the name of the payload's subject; empty if it has none."""
    try:
        subject = subject_of(delivery.topic, read(delivery.body, delivery.content_type))
    except Unreadable:
        return ""
    return (subject.name or "") if subject is not None else ""
