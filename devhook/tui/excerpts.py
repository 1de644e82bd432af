"""The parts of a delivery that are copied, saved and opened: the body, the headers. Pure."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from devhook.text import visible
from devhook.webhook.delivery import Delivery
from devhook.webhook.headers import readable
from devhook.webhook.payload import is_xml


class Excerpt(NamedTuple):
    """A part of a delivery: what it is, its bytes, and the suffix of a file with them."""

    what: str
    content: bytes
    suffix: str

    @property
    def text(self) -> str | None:
        """The content as text; None where it is not UTF-8, or has zero bytes."""
        try:
            text = self.content.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    @property
    def shown(self) -> bytes:
        """The content for a pager, without control characters that act on a terminal."""
        text = self.content.decode("utf-8", "backslashreplace")
        return "\n".join(map(visible, text.split("\n"))).encode("utf-8", "backslashreplace")


def body_of(delivery: Delivery) -> Excerpt:
    """Return the body, byte for byte."""
    return Excerpt("the body", delivery.body, _suffix(delivery))


def headers_of(delivery: Delivery) -> Excerpt:
    """Return the headers, each on a line, in the order and case they came with."""
    lines = [f"{visible(readable(name))}: {visible(readable(value))}\n" for name, value in delivery.headers]
    return Excerpt("the headers", "".join(lines).encode("utf-8", "backslashreplace"), ".txt")


def file_name(delivery_id: int, delivery: Delivery, suffix: str) -> str:
    """Return a name for a file with a part of a delivery: `orders-updated-12.json`."""
    topic = "".join(
        each if each.isalnum() and each.isascii() else "-" for each in delivery.topic or "delivery"
    )
    return f"{topic[:60].strip('-') or 'delivery'}-{delivery_id}{suffix}"


def recording_name(ids: Sequence[int]) -> str:
    """Return a name for a recording: `delivery-12.jsonl`, `deliveries-12-40.jsonl`."""
    if len(ids) == 1:
        return f"delivery-{ids[0]}.jsonl"
    return f"deliveries-{min(ids)}-{max(ids)}.jsonl"


def _suffix(delivery: Delivery) -> str:
    body = delivery.body
    if is_xml(body, delivery.content_type):
        return ".xml"
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return ".bin" if Excerpt("", body, "").text is None else ".txt"
    return ".json"
