"""Finds the fields of a subscription's filter that a payload does not have.

Shopify accepts a filter with an unknown field and then delivers nothing
(https://shopify.dev/docs/apps/build/webhooks/delivery-filtering), so devhook checks the filter against an
earlier payload.
"""

import re
from collections.abc import Iterator
from typing import Final

from devhook.webhook.document import Document

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_FIELD: Final = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*):")


def fields_of(condition: str) -> tuple[str, ...]:
    """Return the fields in a filter, each once: two for `total_price:>100 AND line_items.sku:TEE`."""
    without_values = _QUOTED.sub('""', condition)
    return tuple(dict.fromkeys(_FIELD.findall(without_values)))


def unknown_fields(condition: str, document: Document) -> tuple[str, ...]:
    """Return the fields of a filter that `document` lacks, except those of an empty list or a null."""
    return tuple(field for field in fields_of(condition) if not _has(document, field.split(".")))


def _has(document: Document, path: list[str]) -> bool:
    if not path:
        return True
    if isinstance(document, list):
        return not document or any(_has(item, path) for item in document)
    if isinstance(document, dict):
        return path[0] in document and _has(document[path[0]], path[1:])
    # A null may be an object in another payload.
    return document is None


def fields_near(document: Document, field: str) -> Iterator[str]:
    """Yield the fields of the object in `document` that should contain `field`."""
    *way, _ = field.split(".")
    for step in way:
        items = document if isinstance(document, list) else [document]
        document = next((item[step] for item in items if isinstance(item, dict) and step in item), None)
    items = document if isinstance(document, list) else [document]
    prefix = "".join(f"{step}." for step in way)
    yield from (f"{prefix}{key}" for item in items[:1] if isinstance(item, dict) for key in item)
