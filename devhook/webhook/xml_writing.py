"""Writes a resource as XML in Rails' form, for subscriptions with `format: XML`.

Element names are the keys with dashes; a `type` says what JSON's syntax says, money and times are typed
though JSON has them as strings, `nil="true"` is null, and a list's items bear its name in the singular. An
object without keys cannot be told from an empty string. Shopify's byte form of 2026 is not documented; this
one is Rails' own: two spaces a level and a line end at the end.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from typing import Final

from devhook.text import singular
from devhook.webhook.document import Document

_ADDRESSES: Final = frozenset({"billing_address", "shipping_address", "default_address", "origin_address"})
_AMOUNT: Final = re.compile(r"-?\d+(?:\.\d+)?")
# Which further letters a name may contain differs between the editions of XML 1.0, and so between parsers.
_NAME: Final = re.compile("[A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\xff][A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\xff0-9.-]*")
_MONEY_KEY: Final = re.compile(r"(?:^|_)(?:price|amount|total|subtotal)(?:_|$)")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
# XML 1.0 cannot represent these characters, not even escaped.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_xml(document: Mapping[str, Document], root: str) -> bytes:
    """Return `document` as the XML of a resource called `root` (`order`, `order_transaction`)."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *_element(root, document, "")]
    return ("\n".join(lines) + "\n").encode()


def unwritable_key(document: Document) -> str | None:
    """Return a key of `document` that cannot be an element's name, such as `b2b?` of a draft order."""
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            for key in map(str, value):
                # Rails writes - for _, and no name begins with -.
                if not _NAME.fullmatch(key.replace("_", "-")):
                    return key
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return None


def root_of(topic: str, document: Document) -> str:
    """Return the root element's name in Rails' form: the resource, or `hash` if there is none.

    The wrapper of `orders/edited` is none.
    """
    is_resource = isinstance(document, Mapping) and "id" in document
    return singular(topic.partition("/")[0]) if is_resource else "hash"


def _element(key: str, value: Document, indent: str) -> Iterator[str]:
    tag = key.replace("_", "-")
    match value:
        case None:
            yield f'{indent}<{tag} nil="true"/>'
        case Mapping():
            kind = ' type="Address"' if key in _ADDRESSES else ""
            children = ((name, child) for name, child in value.items())
            yield from _container(tag, kind, children, indent)
        case list() | tuple():
            yield from _container(tag, ' type="array"', ((singular(key), item) for item in value), indent)
        case _:
            kind, text = _written(key, value)
            yield f"{indent}<{tag}{kind}>{text}</{tag}>"


def _container(tag: str, kind: str, children: Iterator[tuple[str, Document]], indent: str) -> Iterator[str]:
    inner = [line for key, child in children for line in _element(key, child, indent + "  ")]
    if not inner:
        yield f"{indent}<{tag}{kind}/>"
        return
    yield f"{indent}<{tag}{kind}>"
    yield from inner
    yield f"{indent}</{tag}>"


def _written(key: str, value: str | float | Decimal) -> tuple[str, str]:
    """Return the type attribute and the text of a value that is neither null nor a container."""
    match value:
        case bool():
            return ' type="boolean"', str(value).lower()
        case int():
            return ' type="integer"', str(value)
        case Decimal() | float():
            return ' type="float"', str(value)
    text = escape(_UNWRITABLE.sub("\ufffd", value), quote=False).replace("\r", "&#13;")
    if _MONEY_KEY.search(key) and _AMOUNT.fullmatch(value):
        return ' type="decimal"', text
    if key.endswith("_at") and _TIME.fullmatch(value):
        return ' type="dateTime"', text
    return "", text
