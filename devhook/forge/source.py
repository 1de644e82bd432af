"""The sources of a forged delivery: devhook's payload of a topic, a delivery from the inbox, a file."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from devhook.errors import InputError
from devhook.files import read_regular
from devhook.forge.request import JSON, XML
from devhook.inbox.recorded import Recorded
from devhook.privacy.known_values import personal_values
from devhook.privacy.mask import Mask
from devhook.recordings.recording import is_recording, read_recording
from devhook.resources import fixtures
from devhook.text import visible
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import Document, Unreadable, is_xml, read, read_json
from devhook.webhook.topics import UNDOCUMENTED, name_meant

_LARGEST: Final = 64 * 2**20
DEMO_SHOP: Final = "devhook-demo.myshopify.com"
"""The shop of the sample payloads. It does not exist."""


class Source(BaseModel):
    """A payload that a delivery is composed from.

    - `topic`: `orders/updated`.
    - `document`: the parsed payload; `unreadable`: why it cannot be parsed, else empty.
    - `body`: the bytes of the recorded delivery, which are sent while nothing is edited; None: no delivery.
    - `content_type`: `application/json` or `application/xml`.
    - `shop`, `api_version`, `name`, `test`, `triggered_at`: from the delivery's headers; None: unknown.
    - `delivery_id`: the delivery's id in the inbox.
    """

    model_config = ConfigDict(frozen=True)

    topic: str
    document: Document = None
    unreadable: str = ""
    body: bytes | None = None
    content_type: str = JSON
    shop: str | None = None
    api_version: str | None = None
    name: str | None = None
    test: bool = False
    triggered_at: str | None = None
    delivery_id: int | None = None

    def masked(self, mask: Mask) -> Self:
        """Return the source with pseudonyms. Raises InputError if the payload cannot be parsed."""
        if self.unreadable:
            raise InputError(f"The payload cannot be masked. {self.unreadable}", "Use --no-mask.")
        known = mask.knowing(personal_values(self.document, self.topic))
        return self.model_copy(update={"document": known.document(self.document, self.topic), "body": None})


def sample(topic: str) -> Document:
    """Return devhook's payload of `topic` (`orders/updated`). Raises InputError if there is no such topic."""
    return read_json((fixtures() / "payloads" / f"{name_meant(topic)}.json").read_bytes())


def from_sample(topic: str) -> Source:
    """Return devhook's payload of `topic` as a source. Raises InputError if there is no such topic."""
    return Source(topic=name_meant(topic), document=sample(topic))


def sample_caveat(topic: str) -> str:
    """Return the sentence that says that the payload of `topic` is a guess; empty if it is documented."""
    if topic not in UNDOCUMENTED:
        return ""
    return f"Shopify documents no payload for {topic}; devhook's own is a guess."


def from_delivery(delivery: Delivery, delivery_id: int | None = None, *, topic: str | None = None) -> Source:
    """Return a delivery as a source, with `topic` in place of its own if given.

    An unreadable delivery can be signed again, but not edited. Raises InputError if it has no topic.
    """
    named = topic or _plain(delivery.topic)
    if named is None:
        raise InputError("This delivery has no topic.", "Give one: devhook forge TOPIC --from ID")
    document, unreadable = None, ""
    try:
        document = read(delivery.body, delivery.content_type)
    except Unreadable as error:
        unreadable = error.reason
    return Source(
        topic=named,
        document=document,
        unreadable=unreadable,
        body=delivery.body,
        content_type=XML if is_xml(delivery.body, delivery.content_type) else JSON,
        shop=_plain(delivery.shop),
        api_version=_plain(delivery.api_version),
        name=_plain(delivery.shopify("name")),
        test=delivery.shopify("test") == "true",
        triggered_at=delivery.triggered_at,
        delivery_id=delivery_id,
    )


def from_file(path: Path, topic: str | None = None) -> Source:
    """Return the content of a file as a source: a payload in JSON or XML, or a recording of one delivery.

    Raises InputError for any other file, and if the topic is unknown.
    """
    try:
        body = read_regular(path, _LARGEST, or_pipe=True)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.",
            "Give the file of a payload, or the id of a delivery.",
        ) from error
    lines = body.splitlines(keepends=True)
    if lines and is_recording(lines[0]):
        return from_delivery(_only(read_recording(lines, str(path)), path), topic=topic)
    if topic is None:
        raise InputError(
            f"Which topic is {path}?", f"devhook forge orders/updated --from {quote(str(path))} --to 3000"
        )
    try:
        document = read(body, "")
    except Unreadable as error:
        raise InputError(
            f"{path}: {error.reason}", "A payload is the body of one delivery, in JSON or XML."
        ) from error
    return Source(topic=topic, document=document, content_type=XML if is_xml(body, "") else JSON)


def _only(recorded: Iterator[Recorded], path: Path) -> Delivery:
    """Return the delivery of a recording that contains exactly one."""
    found = [each.delivery for each in islice(recorded, 2)]
    if len(found) != 1:
        held = "more than one delivery" if found else "no delivery"
        raise InputError(
            f"{path} contains {held}.", f"devhook import {quote(str(path))}, and then: --from ID"
        )
    return found[0]


def _plain(text: str | None) -> str | None:
    """Return a header's value if all its characters are visible: printed text must not control a terminal."""
    return text if text and visible(text) == text else None
