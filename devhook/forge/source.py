"""What a forgery is made of: a payload of ours, a delivery from the inbox, a file."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import InputError
from devhook.forge.request import JSON, XML
from devhook.inbox.recorded import Recorded
from devhook.recordings.recording import is_recording, read_recording
from devhook.resources import fixtures
from devhook.text import nearest, visible
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import Document, Unreadable, is_xml, read, read_json

DEMO_SHOP: Final = "devhook-demo.myshopify.com"
"""The shop that devhook's own payloads are of. It does not exist."""


class Source(BaseModel):
    """A payload that a delivery can be made of.

    `body` is its bytes where they are a delivery's own; they are kept for as long as nothing in them is
    altered. `unreadable` says why there is no document. What the delivery's headers said is here too, None
    where it is not known; `delivery_id` is its id in the inbox.
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


def sample_topics() -> tuple[str, ...]:
    """Return the topics that there is a payload for, by name; those of compliance are among them."""
    folder = fixtures() / "payloads"
    return tuple(
        sorted(file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.json"))
    )


def sample(topic: str) -> Document:
    """Return the payload for `topic` (`orders/updated`).

    Raises InputError where there is none, with the nearest topics that have one.
    """
    known = sample_topics()
    if topic not in known:
        near = nearest(topic, known) or [name for name in known if name.startswith("orders/")]
        raise InputError(f"devhook has no payload of its own for {topic}.", f"It has: {', '.join(near)}")
    return read_json((fixtures() / "payloads" / f"{topic}.json").read_bytes())


def from_sample(topic: str) -> Source:
    """Return devhook's own payload for `topic`. Raises InputError where there is none."""
    try:
        return Source(topic=topic, document=sample(topic))
    except InputError as error:
        raise InputError(
            error.message, f"Give one: --from FILE, or --from ID of a delivery in the inbox. {error.hint}"
        ) from error


def from_delivery(delivery: Delivery, delivery_id: int | None = None, *, topic: str | None = None) -> Source:
    """Return what a delivery says, under another topic where one is given.

    One that cannot be read can be signed anew, but not altered. Raises InputError where it names no topic.
    """
    named = topic or _plain(delivery.topic)
    if named is None:
        raise InputError("This delivery does not say its topic.", "Say it: devhook forge TOPIC --from ID")
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
    """Return what a file holds: a payload in JSON or XML for `topic`, or a recording of one delivery.

    Raises InputError for any other file, and where nothing says the topic.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Give a payload's file, or a delivery's id."
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
    """The delivery of a recording that holds one."""
    found = [each.delivery for each in islice(recorded, 2)]
    if len(found) != 1:
        held = "more than one delivery" if found else "no delivery"
        raise InputError(f"{path} holds {held}.", f"devhook import {quote(str(path))}, and then: --from ID")
    return found[0]


def _plain(text: str | None) -> str | None:
    """A header's text, where it is one that may be shown: what is printed to be pasted must not act."""
    return text if text and visible(text) == text else None
