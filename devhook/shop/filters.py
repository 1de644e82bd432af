"""Which fields a subscription's filter speaks of, and which of them a payload does not have.

Shopify takes a filter with an unknown field and then delivers nothing at all
(https://shopify.dev/docs/apps/build/webhooks/delivery-filtering): so it is tried on a payload that has
come before.
"""

import re
from collections.abc import Iterator
from typing import Final

from devhook.webhook.document import Document

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_FIELD: Final = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*):")


def fields_of(condition: str) -> tuple[str, ...]:
    """The fields that a filter names, each once: `total_price:>100 AND line_items.sku:TEE` names two."""
    bare = _QUOTED.sub('""', condition)
    return tuple(dict.fromkeys(_FIELD.findall(bare)))


def unknown_fields(condition: str, document: Document) -> tuple[str, ...]:
    """The fields of a filter that `document` does not have. What stands in an empty list cannot be told."""
    return tuple(field for field in fields_of(condition) if not _has(document, field.split(".")))


def _has(document: Document, path: list[str]) -> bool:
    if not path:
        return True
    if isinstance(document, list):
        return not document or any(_has(item, path) for item in document)
    if isinstance(document, dict):
        return path[0] in document and _has(document[path[0]], path[1:])
    # A null may be an object another time.
    return document is None


def fields_near(document: Document, field: str) -> Iterator[str]:
    """What the document has in the place where `field` was looked for, for a suggestion."""
    *way, _ = field.split(".")
    for step in way:
        items = document if isinstance(document, list) else [document]
        document = next((item[step] for item in items if isinstance(item, dict) and step in item), None)
    items = document if isinstance(document, list) else [document]
    prefix = "".join(f"{step}." for step in way)
    yield from (f"{prefix}{key}" for item in items[:1] if isinstance(item, dict) for key in item)
