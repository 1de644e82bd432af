"""Parses webhooks in XML, in Rails' form of a resource, into the document that JSON would give.

Subscriptions can still ask for `format: XML` in 2026 (https://shopify.dev/docs/api/admin-graphql/latest/enums/WebhookSubscriptionFormat).
The element names are the JSON's keys with
dashes, `type` attributes say what JSON's syntax says, and the root's name is lost, as it is in JSON:

    integer             int
    float               Decimal
    boolean             bool
    decimal, dateTime   str: Shopify's JSON has money and times as strings
    array               list of its items, whatever they are called
    nil="true"          None, and so is anything typed that is empty
    no type             dict where there are child elements, str otherwise
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from devhook.webhook.document import DEEPEST, Document, Unreadable

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,4300}")
_FLOAT: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,6})?")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def read_xml(body: bytes) -> Document:
    """Return the document in an XML `body`. Raises Unreadable, also for a DTD (entity expansion).

    A value that is not what its `type` says stays the text it is.
    """
    if not body.strip():
        raise Unreadable("The body is empty.")
    # Shopify writes UTF-8. A fixed encoding ignores the declaration, which could name any of Python's codecs.
    parser = DefusedXMLParser(target=_Elements(), encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(body)
        return parser.close()
    except ParseError as error:
        trouble = str(error).partition(":")[0]
        line, column = error.position
        raise Unreadable(f"The body is not XML: {trouble} (line {line}, column {column + 1}).") from error
    except DefusedXmlException as error:
        raise Unreadable("The body has a DTD, which is refused: it could hold an entity bomb.") from error


@dataclass(slots=True)
class _Element:
    """An element that is being parsed."""

    key: str
    type: str
    nil: bool
    text: list[str] = field(default_factory=list)
    children: list[tuple[str, Document]] = field(default_factory=list)

    def value(self) -> Document:
        if self.nil:
            return None
        if self.type == "array":
            return [value for _, value in self.children]
        if self.children:
            return dict(self.children)
        text = "".join(self.text)
        typed = _TYPES.get(self.type)
        return typed(text.strip()) if typed else text


class _Elements:
    """Receives the parser's events and builds the document bottom-up, without recursion."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._document: Document = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) == DEEPEST:
            raise Unreadable(f"The body is nested more than {DEEPEST} levels deep.")
        key = tag.replace("-", "_")
        self._open.append(_Element(key, attributes.get("type", ""), attributes.get("nil") == "true"))

    def data(self, text: str) -> None:
        self._open[-1].text.append(text)

    def end(self, _tag: str) -> None:
        element = self._open.pop()
        if self._open:
            self._open[-1].children.append((element.key, element.value()))
        else:
            self._document = element.value()

    def close(self) -> Document:
        return self._document


def _integer(text: str) -> Document:
    return int(text) if _INTEGER.fullmatch(text) else text or None


def _float(text: str) -> Document:
    return Decimal(text) if _FLOAT.fullmatch(text) else text or None


def _boolean(text: str) -> Document:
    return _BOOLEANS.get(text, text or None)


def _as_written(text: str) -> Document:
    return text or None


_TYPES: Final[dict[str, Callable[[str], Document]]] = {
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "decimal": _as_written,
    "dateTime": _as_written,
    "date": _as_written,
}
