"""A delivery made by hand: a payload in Shopify's bytes, signed, under headers of its own."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.forge.shopify_headers import Headers, Heading, Uuids, triggered_at
from devhook.forge.source import XML, Source
from devhook.webhook.delivery import ORIGIN_HEADER, Origin
from devhook.webhook.payload import Document, write_json
from devhook.webhook.signature import sign
from devhook.webhook.subject import subject_of
from devhook.webhook.xml_writing import root_of, write_xml


class Forged(BaseModel):
    """A request that is ready to be sent: `headers` in their order, `body` as its bytes.

    `heading` is what the headers were made of.
    """

    model_config = ConfigDict(frozen=True)

    heading: Heading
    headers: Headers
    body: bytes


def forge(
    document: Document, heading: Heading, secret: SecretStr, *, bytes_as_they_came: bytes | None = None
) -> Forged:
    """Return the delivery of `document` under `heading`, signed with `secret`.

    It is written as its content type says: JSON in Shopify's form, or XML as Rails has it; the
    signature covers those bytes. `bytes_as_they_came` are sent instead where the payload is a delivery's and
    was not altered. A header says that it was forged, for devhook's own receiver.
    """
    body = _written(document, heading) if bytes_as_they_came is None else bytes_as_they_came
    headers = heading.headers(sign(secret.get_secret_value(), body))
    return Forged(heading=heading, headers=(*headers, (ORIGIN_HEADER, Origin.FORGED.value)), body=body)


def new_heading(
    source: Source,
    document: Document,
    *,
    shop: str,
    api_version: str,
    content_type: str,
    moment: datetime,
    uuids: Uuids,
) -> Heading:
    """Return the heading of a new delivery of `document`, triggered at `moment`, with new ids.

    The topic, the subscription's name, and whether it is a sample, are the source's.
    """
    return Heading(
        topic=source.topic,
        shop=shop,
        api_version=api_version,
        webhook_id=uuids(),
        event_id=uuids(),
        triggered_at=triggered_at(moment),
        name=source.name,
        resource_id=resource_id(source.topic, document),
        test=source.test,
        content_type=content_type,
    )


def resource_id(topic: str, document: Document) -> int | None:
    """Return the id of the order or product in `document`, which a header repeats; None for any other."""
    subject = subject_of(topic, document)
    if subject is None or subject.kind not in {"order", "product"} or not subject.id.isdecimal():
        return None
    return int(subject.id)


def _written(document: Document, heading: Heading) -> bytes:
    if heading.content_type == XML:
        return write_xml(document, root_of(heading.topic, document))
    return write_json(document)
