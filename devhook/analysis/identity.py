"""Pairs the items of a list between two versions, and labels them for people.

The rule depends only on the list's name, so that one rule serves the order, the fulfilment in it and the
fulfilment's own topic. An identity is unique within its list only: a line item appears in the order, in its
fulfilments and in its refunds with the same id.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import NoneType
from typing import Final

from devhook.webhook.document import Document

Identity = tuple[Hashable, ...]

_BY_ID: Final = ("id",)
# The fields that identify an item. Items with equal identities are numbered in their order.
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "additional_fees": _BY_ID,
    "attributed_staffs": _BY_ID,
    "discount_allocations": ("discount_application_index",),
    "discount_codes": ("code",),
    "duties": _BY_ID,
    "fulfillments": _BY_ID,
    "line_item_groups": _BY_ID,
    "line_items": _BY_ID,
    "note_attributes": ("name",),
    "order_adjustments": _BY_ID,
    "payment_schedules": _BY_ID,
    "properties": ("name",),
    "refund_line_items": _BY_ID,
    "refunds": _BY_ID,
    "returns": _BY_ID,
    "shipping_lines": _BY_ID,
    "tax_lines": ("title", "rate", "channel_liable"),
    "transactions": _BY_ID,
}
# Lists that are sets: an item's value is its identity, its position does not count.
_SETS: Final = frozenset({"payment_gateway_names", "tags", "tracking_numbers", "tracking_urls"})
# A discount allocation refers to its application by position.
_POSITIONAL: Final = frozenset({"discount_applications"})

# The fields that label an item with an id, best first.
_NAMES: Final = ("sku", "name", "title", "code")
_USUAL_IDS: Final = frozenset({int, str})
_SCALARS: Final = (str, int, Decimal, bool, NoneType)


def is_set(name: str) -> bool:
    """Return whether the list `name` is a set: each item is its own identity and its own label."""
    return name in _SETS


def is_mutable(name: str) -> bool:
    """Return whether the fields that identify an item of the list `name` can change: they are not an id."""
    return _FIELDS.get(name, _BY_ID) != _BY_ID


def split_tags(text: str) -> list[str]:
    """Return the tags of a comma-separated list; an empty text has none."""
    return text.split(", ") if text else []


def join_tags(tags: Iterable[str]) -> str:
    """Return the comma-separated list of `tags`."""
    return ", ".join(tags)


def identities(
    name: str, before: Sequence[Document], after: Sequence[Document]
) -> tuple[list[Identity], list[Identity]] | None:
    """Return the identities of the items of the list `name` in both versions; each is unique in its list.

    None: the items are paired by position. That holds for lists whose name says so, and if an item of either
    version lacks the identifying fields. An unknown list is paired by `id` if every item of both versions has
    a unique one.
    """
    old, new = _keys(name, before), _keys(name, after)
    if old is None or new is None:
        return None
    if name in _FIELDS or is_set(name):
        return _with_ordinals(old), _with_ordinals(new)
    return (old, new) if _all_differ(old) and _all_differ(new) else None


def labels(
    name: str, items: Sequence[Document], positions: Sequence[int] | None = None, *, identified: bool
) -> list[str]:
    """Return a label for each of `items` in the list `name`; `identified`: `identities` found some.

    The label is the SKU, else the name, title or code if it is unique in the list, else the identity, else
    the position: one of `positions`, or its place in `items`. Equal labels are numbered (`VAT 0.19`,
    `VAT 0.19 #2`).
    """
    if positions is None:
        positions = range(len(items))
    if not identified and name not in _POSITIONAL:
        return list(map(str, positions))
    fields = _FIELDS.get(name, _BY_ID)
    if is_set(name):
        return _told_apart([_text(item) for item in items])
    if fields != _BY_ID:
        return _told_apart([_described(item, fields) for item in items])
    places = zip(positions, items, strict=True)
    spare = [_text(item["id"]) if identified else str(position) for position, item in places]
    return _told_apart([name or rest for name, rest in zip(_names(items), spare, strict=True)])


def _keys(name: str, items: Sequence[Document]) -> list[Identity] | None:
    """Return the identity of each of `items`; None if one of them lacks it."""
    if name in _POSITIONAL:
        return None
    fields = _FIELDS.get(name, _BY_ID)
    keys: list[Identity] = []
    if fields == _BY_ID and not is_set(name):
        ids = [item.get("id") if type(item) is dict else None for item in items]
        if _USUAL_IDS.issuperset(map(type, ids)):
            # This covers nearly all lists, and saves a sixth of the time.
            return [(each,) for each in ids]
    for item in items:
        if is_set(name):
            parts = [item]
        elif type(item) is dict and any(item.get(field) is not None for field in fields):
            parts = [item.get(field) for field in fields]
        else:
            return None
        if not all(isinstance(part, _SCALARS) for part in parts):
            return None
        keys.append(tuple(map(exact, parts)))
    return keys


def exact(value: Document) -> Hashable:
    """Return a hashable for `value` that keeps 1, 1.0, 1.00 and true apart; Python holds them equal."""
    return (type(value), str(value)) if isinstance(value, bool | Decimal) else value


def _all_differ(keys: list[Identity]) -> bool:
    return len(set(keys)) == len(keys)


def _with_ordinals(keys: list[Identity]) -> list[Identity]:
    if _all_differ(keys):
        return [(*key, 0) for key in keys]
    met: Counter[Identity] = Counter()
    numbered = []
    for key in keys:
        numbered.append((*key, met[key]))
        met[key] += 1
    return numbered


def _told_apart(texts: list[str]) -> list[str]:
    met: Counter[str] = Counter()
    apart = []
    for text in texts:
        met[text] += 1
        apart.append(text if met[text] == 1 else f"{text} #{met[text]}")
    return apart


def _names(items: Sequence[Document]) -> list[str]:
    """Return for each item its first name that is unique in the list; empty if it has none."""
    names = [""] * len(items)
    for field in _NAMES:
        if all(names):
            break
        values = [item.get(field) if type(item) is dict else None for item in items]
        texts = [value if type(value) is str and value.strip() else "" for value in values]
        met = Counter(texts)
        names = [name or (text if met[text] == 1 else "") for name, text in zip(names, texts, strict=True)]
    return names


def _described(item: dict[str, Document], fields: tuple[str, ...]) -> str:
    values = [item.get(field) for field in fields]
    return " ".join(_text(value) for value in values if value is not None and type(value) is not bool)


def _text(value: Document) -> str:
    if value is None:
        return "null"
    return str(value).lower() if type(value) is bool else str(value)
