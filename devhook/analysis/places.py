"""The names of a shop's locations: which bodies contain them, and texts with the names in place of the ids.

`fulfillment_orders/moved` has the ids only: https://shopify.dev/docs/api/webhooks/latest#list-of-topics.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from devhook.webhook.document import Document

_LONGEST: Final = 30
# Items of a list that are looked at: they have the same few locations.
_ITEMS: Final = 20
_TOPIC: Final = "locations/"
_HOLDERS: Final = ("fulfillment_order", "original_fulfillment_order", "moved_fulfillment_order")
_LISTS: Final = ("line_items", "fulfillments", "fulfillment_orders")
_PLACES: Final = (
    *("location", "origin_location", "source_location", "destination_location", "assigned_location"),
)
_ID: Final = re.compile(r"\blocation (\d+)(?![\d…])")


def places(topic: str | None, document: Document) -> dict[str, str]:
    """Return the names of the locations that a body contains, by their ids without `gid://…`."""
    if not isinstance(document, dict):
        return {}
    told: dict[str, str] = {}
    candidates = _candidates(document)
    if (topic or "").startswith(_TOPIC):
        candidates = iter([document])
    for place in candidates:
        given = place.get("id") or place.get("location_id") or place.get("admin_graphql_api_id")
        number = str(given).rpartition("/")[2] if isinstance(given, str | int) else ""
        name = place.get("name")
        if number.isdecimal() and isinstance(name, str) and name.strip():
            told[number] = _short(name)
    return told


def place_ids(text: str) -> list[str]:
    """Return the ids of locations that occur in a text."""
    return _ID.findall(text)


def with_places(text: str, names: Mapping[str, str]) -> str:
    """Return `moved to location Oslo` for `moved to location 68153092946`, if the name is known."""
    return _ID.sub(lambda found: f"location {names.get(found[1], found[1])}", text)


def _candidates(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a body that may be locations."""
    holders = [document, *(document.get(key) for key in _HOLDERS)]
    for key in _LISTS:
        listed = document.get(key)
        holders += islice(listed, _ITEMS) if isinstance(listed, list) else ()
    for holder in holders:
        if isinstance(holder, dict):
            yield from (found for key in _PLACES if isinstance(found := holder.get(key), dict))


def _short(name: str) -> str:
    words = " ".join(name.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
