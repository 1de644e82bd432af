"""Identifies the order or other resource that a document is about, and its version."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from devhook.text import singular
from devhook.webhook.document import Document

_Object = dict[str, Any]

_TOPIC: Final = re.compile(r"([a-z0-9_]{1,64})[/.]([a-z0-9_]{1,64})")
_GID: Final = re.compile(r"gid://[^/]+/[^/]+/([^/?]+)(?:\?.*)?")
_ID: Final = re.compile(r"(?!gid://)[!-~]{1,255}")
_LARGEST_ID: Final = 2**64
_LONGEST_NAME: Final = 255

# Resources whose bodies are a part of an order, and the name of the part.
_PARTS: Final = {
    "disputes": "dispute",
    "fulfillment_events": "fulfillment_event",
    "fulfillments": "fulfillment",
    "order_transactions": "transaction",
    "refunds": "refund",
    "returns": "return",
    "tender_transactions": "tender_transaction",
}
# A part is named after its order: "#1001.1", "#1001-F1", "#1001-R1".
_PART_NAME: Final = re.compile(r"(.+?)(?:\.[0-9]+|-[FR][0-9]+)")

# Actions whose bodies are the whole resource, so that each can be compared with the others. The body of any
# other action (`delete`: just the id) is a document of its own kind, known by its topic.
_WHOLE: Final = {
    "orders": re.compile("create|updated|paid|fulfilled|partially_fulfilled|cancelled|link_requested"),
    "returns": re.compile("request|approve"),
}
_USUALLY_WHOLE: Final = re.compile(
    "create|update|add|connect|publish|enable|disable|activate|deactivate"
    "|pause|cancel|expire|fail|in_stock|out_of_stock"
)

# Where a fulfillment order stands in the bodies of fulfillment_orders/* and fulfillment_holds/*.
_FULFILLMENT_ORDERS: Final = (
    "fulfillment_order",
    "original_fulfillment_order",
    "submitted_fulfillment_order",
)

_IRREGULAR: Final = {
    "app_purchases_one_time": "app_purchase_one_time",
    "payment_terms": "payment_terms",
}
# What identifies a resource whose body has no id of its own.
_INSTEAD_OF_ID: Final = {
    "cart": ("token",),
    "checkout": ("token",),
    "collection_listing": ("collection_id",),
    "collection_publication": ("collection_id",),
    "customer": ("customer_id", "customerId", "admin_graphql_api_customer_kept_id"),
    "customers_email_marketing_consent": ("customer_id",),
    "customers_whats_app_marketing_consent": ("customer_id",),
    "inventory_shipment": ("shipment_id",),
    "product_listing": ("product_id",),
    "product_publication": ("product_id",),
    "scheduled_product_listing": ("product_id",),
}

# returns/approve has the whole return, returns/close only its status.
# https://shopify.dev/docs/api/webhooks/latest
_OF_A_RETURN: Final = re.compile(r"returns/\w+ (\S+)")

_HALF_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)", re.ASCII | re.IGNORECASE
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS: Final = 1_000_000_000
_EARLIEST: Final = -(2**63)
_LATEST: Final = 2**63 - 1


class Subject(NamedTuple):
    """The resource that a document is about: `order 820982911946154508 (#1001)`.

    `id` is the number or token without `gid://shopify/…/`; it is unique among the subjects of one kind in one
    shop. `name` is what the merchant sees. `document` says which of the subject's documents this is (`order`,
    `fulfillment 4423`, `orders/delete`): bodies have one shape only where it is equal.
    """

    kind: str
    id: str
    document: str
    name: str | None = None

    @property
    def noun(self) -> str:
        """The kind in words: `inventory item`."""
        return self.kind.replace("_", " ")

    @property
    def part(self) -> str:
        """The part of the subject in the document: `return 77` for returns/*, else `document`."""
        told = _OF_A_RETURN.fullmatch(self.document)
        return f"return {told.group(1)}" if told else self.document

    def of_order(self, order_id: str) -> "Subject":
        """Return the subject with the order that the body does not contain."""
        return Subject(kind="order", id=order_id, document=self.document)


def subject_of(topic: str | None, document: Document) -> Subject | None:
    """Return what the `document` of a delivery with this `topic` speaks of; None where it does not say.

    That may be the subscription's doing (`include_fields` without the id) or a stranger's. Never raises.
    Where the ids stand: https://shopify.dev/docs/api/webhooks/latest
    """
    named = _TOPIC.fullmatch(topic or "")
    if named is None or not isinstance(document, dict):
        return None
    resource, action = named.groups()
    if (resource, action) == ("orders", "edited"):
        return _part_of_order("order_edit", document, "order_edit")
    whole = _WHOLE.get(resource, _USUALLY_WHOLE).fullmatch(action) is not None
    return _subject(resource, document, named.group(), whole=whole)


def version_of(triggered_at: str | None, document: Document, received_at: datetime) -> int:
    """Return when the version was made, as well as is known, in nanoseconds since 1970 (int64).

    That is when the action happened (`X-Shopify-Triggered-At`, nanoseconds), else the document's `updated_at`
    (seconds), else when it arrived (`received_at`, aware). Two versions are ordered by a clock that both
    carry (see `analysis.clocks`), never by this time. Never raises; nonsense counts as absent.
    """
    for version in (triggered_of(triggered_at), updated_of(document)):
        if version is not None:
            return version
    arrival = (received_at - _EPOCH) // timedelta(microseconds=1) * 1000
    return min(max(arrival, _EARLIEST), _LATEST)


def triggered_of(triggered_at: str | None) -> int | None:
    """Return `X-Shopify-Triggered-At` in nanoseconds since 1970; None if it is none. Never raises."""
    return _nanoseconds(triggered_at)


def updated_of(document: Document) -> int | None:
    """Return the document's own `updated_at` in nanoseconds since 1970; None if it has none. Never raises."""
    return _nanoseconds(document.get("updated_at")) if isinstance(document, dict) else None


def _subject(resource: str, document: _Object, topic: str, *, whole: bool) -> Subject | None:
    if resource == "orders":
        return _order(document, "order" if whole else topic)
    if resource in _PARTS:
        part = _PARTS[resource]
        return _part_of_order(part, document, part if whole else topic)
    if resource in {"fulfillment_orders", "fulfillment_holds"}:
        return _fulfillment_order(document, topic)
    if resource == "inventory_levels":
        return _inventory_level(document, "inventory_level" if whole else topic)
    kind = _IRREGULAR.get(resource) or singular(resource)
    return _resource(kind, document, kind if whole else topic)


def _order(document: _Object, called: str) -> Subject | None:
    body = _unwrapped(document, "order")
    order_id = _order_id(body) or _own_id(body)
    if order_id is None:
        return None
    return Subject(kind="order", id=order_id, name=_text(body.get("name")), document=called)


def _part_of_order(part: str, document: _Object, called: str) -> Subject | None:
    body = _unwrapped(document, part)
    part_id = _own_id(body)
    if part_id is None:
        return None
    order_id = _order_id(body)
    if order_id is None:
        return Subject(kind=part, id=part_id, document=f"{called} {part_id}")
    return Subject(kind="order", id=order_id, name=_order_name(body), document=f"{called} {part_id}")


def _fulfillment_order(document: _Object, topic: str) -> Subject | None:
    holders = (document, _inner(document, "fulfillment_order_merges"))
    bodies = (_inner(holder, key) for holder in holders for key in _FULFILLMENT_ORDERS)
    body = next(filter(None, bodies), {})
    own_id = _own_id(body)
    if own_id is None:
        return None
    called = f"{topic} {own_id}"
    order_id = _order_id(body) or _order_id(document)
    if order_id is None:
        return Subject(kind="fulfillment_order", id=own_id, document=called)
    return Subject(kind="order", id=order_id, name=_order_name(body), document=called)


def _inventory_level(document: _Object, called: str) -> Subject | None:
    body = _unwrapped(document, "inventory_level")
    item, location = _id(body.get("inventory_item_id")), _id(body.get("location_id"))
    if item is None or location is None:
        return None
    return Subject(kind="inventory_level", id=f"{item}:{location}", document=called)


def _resource(kind: str, document: _Object, called: str) -> Subject | None:
    body = _unwrapped(document, kind)
    instead = (_id(body.get(key)) for key in _INSTEAD_OF_ID.get(kind, ()))
    own_id = _own_id(body) or next(filter(None, instead), None)
    if own_id is None:
        return None
    name = _text(body.get("name")) or _text(body.get("title"))
    return Subject(kind=kind, id=own_id, name=name, document=called)


def _inner(document: _Object, key: str) -> _Object:
    """Return the object at `key`; empty if there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _unwrapped(document: _Object, key: str) -> _Object:
    """Return the resource itself, which some topics wrap once more: `{"order_edit": {…}}`."""
    return document if _own_id(document) else _inner(document, key) or document


def _own_id(body: _Object) -> str | None:
    return _id(body.get("id")) or _id(body.get("admin_graphql_api_id"))


def _order_id(body: _Object) -> str | None:
    """Return the id of the order that a part of it names."""
    return (
        _id(body.get("order_id"))
        or _id(body.get("admin_graphql_api_order_id"))
        or _own_id(_inner(body, "order"))
    )


def _order_name(body: _Object) -> str | None:
    """Return the name of the order, as the order in the body or the part's own name tells it."""
    name = _text(_inner(body, "order").get("name"))
    if name:
        return name
    part_name = _PART_NAME.fullmatch(_text(body.get("name")) or "")
    return part_name.group(1) if part_name else None


def _id(value: object) -> str | None:
    """Return a number, a token or the end of a `gid://shopify/Order/123` as the id it is."""
    if type(value) is int:  # True is an int too, but no id
        return str(value) if 0 <= value < _LARGEST_ID else None
    if not isinstance(value, str):
        return None
    gid = _GID.fullmatch(value)
    token = gid.group(1) if gid else value
    return token if _ID.fullmatch(token) else None


def _text(value: object) -> str | None:
    """Return a name that a database can store: not empty, of bounded length, without lone surrogates."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or _HALF_SURROGATE.search(value):
        return None
    return value


def _nanoseconds(instant: object) -> int | None:
    """Return an ISO 8601 instant with its zone as nanoseconds since 1970; None if it is not one."""
    written = _INSTANT.fullmatch(instant) if isinstance(instant, str) else None
    if written is None:
        return None
    second, fraction, zone = written.groups(default="")
    try:
        since = datetime.fromisoformat(second + zone.upper()) - _EPOCH
    except ValueError:
        return None
    nanoseconds = since // timedelta(seconds=1) * _NANOSECONDS + int(fraction[:9].ljust(9, "0"))
    return nanoseconds if _EARLIEST <= nanoseconds <= _LATEST else None
