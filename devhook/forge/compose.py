"""Composes the signed requests that deliver a payload, tampers with them, and sends them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, InstanceOf, SecretStr

from devhook.analysis.diff import are_equal
from devhook.errors import InputError
from devhook.forge.request import XML, SignedRequest, body_of
from devhook.forge.shopify_headers import HeaderValues, Uuids, triggered_at
from devhook.forge.source import Source
from devhook.forge.tamper import Tamper, TamperContext
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send, add_sends
from devhook.sender.client import Sender
from devhook.text import visible
from devhook.webhook.delivery import ORIGIN_HEADER, Origin
from devhook.webhook.document import Document
from devhook.webhook.signature import sign
from devhook.webhook.subject import subject_of
from devhook.webhook.xml_writing import unwritable_key


class ForgeOptions(BaseModel):
    """How a delivery is composed.

    - `shop`, `api_version`: the values in its headers.
    - `secret`: the app's secret, which signs it.
    - `other_secret`: a secret that is not the app's, for tampering.
    - `content_type`: `application/json` or `application/xml`; None: the source's.
    - `tamper`: how it is tampered with; None: not at all.
    """

    model_config = ConfigDict(frozen=True)

    shop: str
    api_version: str
    secret: SecretStr
    other_secret: SecretStr
    content_type: str | None = None
    tamper: InstanceOf[Tamper] | None = None


@dataclass(frozen=True, kw_only=True)
class ForgedRequest(SignedRequest):
    """A signed request and its topic, which tampering may remove from the headers."""

    topic: str


def compose(
    source: Source, document: Document, options: ForgeOptions, *, moment: datetime, uuids: Uuids
) -> tuple[ForgedRequest, ...]:
    """Return the requests that deliver `document`, which is the source's document, edited or not.

    A duplicate is two requests, everything else is one. An unedited delivery keeps its bytes. Raises
    InputError for a document that the content type cannot represent.
    """
    content_type = options.content_type or source.content_type
    unedited = content_type == source.content_type and are_equal(source.document, document)
    original_body = source.body if unedited else None
    if original_body is None and source.unreadable:
        raise InputError(f"This payload is unreadable and can only be sent unchanged. {source.unreadable}")
    if original_body is None and content_type == XML:
        _require_writable_as_xml(document)
    values = HeaderValues(
        topic=source.topic,
        shop=options.shop,
        api_version=options.api_version,
        webhook_id=uuids(),
        event_id=uuids(),
        triggered_at=triggered_at(moment),
        name=source.name,
        resource_id=resource_id(source.topic, document),
        test=source.test,
        content_type=content_type,
    )
    request = signed_request(document, values, options.secret, body=original_body)
    if options.tamper is None:
        return (request,)
    context = TamperContext(
        secret=options.secret, other_secret=options.other_secret, triggered_at=source.triggered_at
    )
    return options.tamper.requests(request, context)


def _require_writable_as_xml(document: Document) -> None:
    if not isinstance(document, dict):
        raise InputError("Only an object can be written as XML.", "Use --format json.")
    key = unwritable_key(document)
    if key is not None:
        raise InputError(
            f"The field {visible(key)} cannot be written as XML: it is no name of an element.",
            "Use --format json.",
        )


def signed_request(
    document: Document, values: HeaderValues, secret: SecretStr, *, body: bytes | None = None
) -> ForgedRequest:
    """Return the delivery of `document` with these header values, signed with `secret`.

    `body` replaces the written document: the bytes of an unedited delivery. The last header marks the request
    as forged for devhook's own receiver.
    """
    body = body_of(document, values.topic, values.content_type) if body is None else body
    headers = values.headers(sign(secret.get_secret_value(), body))
    return ForgedRequest(
        topic=values.topic, headers=(*headers, (ORIGIN_HEADER, Origin.FORGED.value)), body=body
    )


def resource_id(topic: str, document: Document) -> int | None:
    """Return the id of the order or product in `document`, which a header repeats; else None."""
    subject = subject_of(topic, document)
    if subject is None or subject.kind not in {"order", "product"} or not subject.id.isdecimal():
        return None
    return int(subject.id)


async def send_forged(
    requests: Sequence[ForgedRequest], url: str, sender: Sender, inbox: Inbox, *, made_of: int | None = None
) -> AsyncGenerator[Send]:
    """Send the requests to `url` one after another, and yield each send when it is in the journal.

    `made_of` is the id of the delivery that they are composed from. The time limits are Shopify's.
    """
    for request in requests:
        sent_at = datetime.now(UTC)
        answer = await sender.send(url, request.headers, request.body)
        send = Send(
            sent_at=sent_at,
            origin=Origin.FORGED,
            url=url,
            delivery_id=made_of,
            topic=request.topic,
            headers=request.headers,
            body=request.body,
            answer=answer,
        )
        add_sends(inbox, [send])
        yield send
