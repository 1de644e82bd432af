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

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from devhook.webhook.document import DEEPEST, Document, Repeats, Unreadable, as_number

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,4300}")
_FLOAT: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,6})?")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    # A declaration without a mark.
    ("<?".encode("utf-16-le"), "utf-16-le"),
    ("<?".encode("utf-16-be"), "utf-16-be"),
)
_DECLARATION: Final = re.compile(
    rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']"""
)
# The encodings that are read, by Python's names. Its other codecs unpack archives or are no encodings.
_CODECS: Final = re.compile(
    "utf-8|ascii|iso8859-[0-9]+|cp125[0-8]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|cp932|euc_jp|euc_kr"
)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def read_xml(body: bytes, repeats: Repeats | None = None) -> Document:
    """Return the document in an XML `body`. Raises Unreadable, also for a DTD (entity expansion).

    A value that is not what its `type` says stays the text it is. Of elements with one name the last one
    counts; `repeats` gets the objects that have some.
    """
    if not body.strip():
        raise Unreadable("The body is empty.")
    content = xml_text(body).encode("utf-8", "surrogatepass")
    # The text is decoded: what it declares is ignored, as it could name any of Python's codecs.
    parser = DefusedXMLParser(target=_Elements(repeats), encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(content)
        return parser.close()
    except ParseError as error:
        trouble = str(error).partition(":")[0]
        line, column = error.position
        raise Unreadable(f"The body is not XML: {trouble} (line {line}, column {column + 1}).") from error
    except DefusedXmlException as error:
        raise Unreadable("The body has a DTD, which is refused: it could hold an entity bomb.") from error


def xml_text(body: bytes) -> str:
    """Return an XML `body` as text, decoded as its byte order mark or declaration says. Raises Unreadable.

    https://www.w3.org/TR/xml/#charencoding
    """
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _decoded(body, codec)
    declared = _DECLARATION.match(body)
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if _CODECS.fullmatch(codec):
        return _decoded(body, codec)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body declares the encoding {name}, which devhook does not read.") from error


def _decoded(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        name, byte = codec.upper(), body[error.start]
        raise Unreadable(
            f"The body is not {name}: the byte at position {error.start} is 0x{byte:02X}."
        ) from error


@dataclass(slots=True)
class _Element:
    """An element that is being parsed."""

    key: str
    type: str
    nil: bool
    text: list[str] = field(default_factory=list)
    children: list[tuple[str, Document]] = field(default_factory=list)

    def value(self, repeats: Repeats | None) -> Document:
        if self.nil:
            return None
        if self.type == "array":
            return [value for _, value in self.children]
        if self.children:
            document = dict(self.children)
            if repeats is not None and len(document) < len(self.children):
                repeats.append((document, self.children))
            return document
        text = "".join(self.text)
        typed = _TYPES.get(self.type)
        return typed(text.strip()) if typed else text


class _Elements:
    """Receives the parser's events and builds the document bottom-up, without recursion."""

    def __init__(self, repeats: Repeats | None) -> None:
        self._repeats = repeats
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
            self._open[-1].children.append((element.key, element.value(self._repeats)))
        else:
            self._document = element.value(self._repeats)

    def close(self) -> Document:
        return self._document


def _integer(text: str) -> Document:
    return int(text) if _INTEGER.fullmatch(text) else text or None


def _float(text: str) -> Document:
    return as_number(text) if _FLOAT.fullmatch(text) else text or None


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
