"""Recorded deliveries as templates: what is replaced when another order lives through the same story. Pure.

Everything that must be new in a delivery, or of another order, becomes a slot; all other bytes stay. The ids
of an order and of what belongs to it (line items, fulfillments, refunds) are replaced wherever they stand,
also within gids and addresses; ids of products and customers, which orders share, stay.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from devhook.recordings.export_format import path_of
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER, Delivery
from devhook.webhook.document import Document
from devhook.webhook.headers import is_name, is_of_the_connection, is_value
from devhook.webhook.payload import Unreadable, read
from devhook.webhook.subject import Subject, subject_of

Piece = str | list[str | int]
"""Text, or a slot: its kind and its argument. Text is bytes read as Latin-1."""

_SHARED: Final = frozenset(
    {
        "billing_address",
        "channel_information",
        "customer",
        "default_address",
        "location",
        "origin_location",
        "product",
        "shipping_address",
        "variant",
    }
)
# A shorter number can be anything, so it is replaced only where a key says that it is the id.
_LONG_ID: Final = 7
_DEPTH: Final = 40
_HEADERS: Final = {
    "hmac-sha256": "signature",
    "webhook-id": "webhook_id",
    "event-id": "event",
    "triggered-at": "triggered",
}
_LEFT_OUT: Final = frozenset({"host", ORIGIN_HEADER.lower(), PROOF_HEADER.lower()})
_NAME: Final = re.compile(r"(.*?)(\d{1,12})(\D*)")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:?\d\d)")


class DeliveryTemplate(NamedTuple):
    """One delivery with slots: its topic, the path it arrived on, its headers, its body."""

    topic: str
    path: str
    headers: list[tuple[str, list[Piece]]]
    body: list[Piece]


class StoryTemplate(NamedTuple):
    """The deliveries of one order in their order; `ids` is how many ids are the order's own."""

    shop: str
    ids: int
    deliveries: list[DeliveryTemplate]


def stories(deliveries: Iterable[Delivery]) -> list[StoryTemplate]:
    """Return the deliveries grouped by what they speak of, each group in its order.

    A second delivery with the same Webhook-Id is left out, and so is one without a topic. What has no subject
    is a story of its own.
    """
    groups: dict[object, list[_Parsed]] = {}
    seen: set[str] = set()
    for number, delivery in enumerate(deliveries):
        if not delivery.topic or (delivery.webhook_id and delivery.webhook_id in seen):
            continue
        seen.add(delivery.webhook_id or "")
        parsed = _Parsed.of(delivery)
        subject = parsed.subject
        key = (delivery.shop, subject.kind, subject.id) if subject else number
        groups.setdefault(key, []).append(parsed)
    return [_story(group) for group in groups.values()]


class _Parsed(NamedTuple):
    delivery: Delivery
    document: Document
    subject: Subject | None

    @classmethod
    def of(cls, delivery: Delivery) -> "_Parsed":
        try:
            document = read(delivery.body, delivery.content_type)
        except Unreadable:
            return cls(delivery, None, None)
        return cls(delivery, document, subject_of(delivery.topic, document))


def _story(group: Sequence[_Parsed]) -> StoryTemplate:
    ids = _own_ids(group)
    events: dict[str, int] = {}
    shop = group[0].delivery.shop or ""
    templates = [_template(each, ids, events, shop) for each in group]
    return StoryTemplate(shop, len(ids), templates)


def _own_ids(group: Sequence[_Parsed]) -> list[str]:
    """Return the ids that belong to the story: its subject's first, as text."""
    found: dict[str, None] = {}
    for each in group:
        if each.subject is not None and each.subject.id.isdecimal():
            found.setdefault(each.subject.id)
    for each in group:
        _gather(each.document, found, 0)
    return list(found)


def _gather(document: Any, found: dict[str, None], depth: int) -> None:
    if depth > _DEPTH:
        return
    if isinstance(document, list):
        for each in document:
            _gather(each, found, depth + 1)
    elif isinstance(document, dict):
        own = document.get("id")
        if isinstance(own, int) and not isinstance(own, bool) and len(str(own)) >= _LONG_ID and own > 0:
            found.setdefault(str(own))
        for key, value in document.items():
            if key not in _SHARED:
                _gather(value, found, depth + 1)


def _template(each: _Parsed, ids: Sequence[str], events: dict[str, int], shop: str) -> DeliveryTemplate:
    pattern, slots = _slots(each, ids, shop)
    delivery = each.delivery
    headers: list[tuple[str, list[Piece]]] = []
    for name, value in delivery.headers:
        plain = name.lower()
        if plain in _LEFT_OUT or is_of_the_connection(name) or not (is_name(name) and is_value(value)):
            continue
        kind = (
            _HEADERS.get(plain.removeprefix("x-").removeprefix("shopify-")) if "shopify-" in plain else None
        )
        if kind == "event":
            headers.append((name, [[kind, events.setdefault(value, len(events))]]))
        elif kind is not None:
            headers.append((name, [[kind, 0]]))
        else:
            headers.append((name, _cut(value, pattern, slots)))
    if not any(name.lower().endswith("shopify-hmac-sha256") for name, _ in headers):
        headers.append(("X-Shopify-Hmac-Sha256", [["signature", 0]]))
    if not any(name.lower().endswith("shopify-webhook-id") for name, _ in headers):
        headers.append(("X-Shopify-Webhook-Id", [["webhook_id", 0]]))
    body = _cut(delivery.body.decode("latin-1"), pattern, slots)
    return DeliveryTemplate(delivery.topic or "", path_of(delivery), headers, body)


def _slots(each: _Parsed, ids: Sequence[str], shop: str) -> tuple[re.Pattern[str], dict[str, Piece]]:
    """Return a pattern of everything that is replaced, and the slot for each text that it matches."""
    slots: dict[str, Piece] = {}
    patterns: list[str] = []

    def add(text: str, pattern: str, slot: Piece) -> None:
        if text and text not in slots:
            slots[text] = slot
            patterns.append(pattern)

    for key, kind in (("updated_at", "now"), ("created_at", "begun")):
        at = each.document.get(key) if isinstance(each.document, dict) else None
        if isinstance(at, str) and (zone := _TIME.fullmatch(at)):
            add(at, re.escape(at), [kind, zone[1]])
    for index, own in enumerate(ids):
        add(own, _id_pattern(own), ["id", index])
    if shop.isascii():
        add(shop, rf"(?<![\w.-]){re.escape(shop)}(?![\w.-])", ["shop", 0])
    _add_name(each, add)
    return re.compile("|".join(patterns) or r"(?!)"), slots


def _add_name(each: _Parsed, add: Any) -> None:
    """Add the order's name, and its number where the body has it."""
    subject = each.subject
    if (
        subject is None
        or subject.kind != "order"
        or not (subject.name and (cut := _NAME.fullmatch(subject.name)))
    ):
        return
    name = subject.name.encode().decode("latin-1")
    before, after = (text.encode().decode("latin-1") for text in (cut[1], cut[3]))
    if before or after:
        add(name, rf"(?<![\w]){re.escape(name)}(?!\d)", ["name", f"{before}\n{after}"])
    number = f'"order_number":{cut[2]}'
    add(number, rf"{re.escape(number)}(?!\d)", ["number", 0])


def _id_pattern(own: str) -> str:
    if len(own) >= _LONG_ID:
        return rf"(?<![\d.]){own}(?!\d)"
    return rf'(?:(?<="id":)|(?<="id": )|(?<="order_id":)|(?<="order_id": )){own}(?![\d.])'


def _cut(text: str, pattern: re.Pattern[str], slots: dict[str, Piece]) -> list[Piece]:
    """Return the text in pieces: what stays, and a slot for each match."""
    pieces: list[Piece] = []
    position = 0
    for found in pattern.finditer(text):
        pieces += [text[position : found.start()], slots[found.group()]]
        position = found.end()
    pieces.append(text[position:])
    return [piece for piece in pieces if piece]
