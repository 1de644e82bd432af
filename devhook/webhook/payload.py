"""Parses a body into its document, and writes a document as JSON in Shopify's byte form."""

import codecs
import json
import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final, NamedTuple, NoReturn

from devhook.webhook.body_looks import Looks, looks_like
from devhook.webhook.document import DEEPEST, Document, Number, Repeats, Unreadable, as_number
from devhook.webhook.json_pieces import Cutting, NotCut, Pieces
from devhook.webhook.xml_payload import read_xml

__all__ = [
    "Document",
    "Repeated",
    "Unreadable",
    "is_xml",
    "read",
    "read_beside",
    "read_json",
    "read_with_repeated",
    "read_xml",
    "write_json",
    "write_line",
    "write_pretty",
]

# Rails escapes these; they occur inside strings only.
_ESCAPES: Final = (
    ("/", "\\/"),
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)
# Stands before a number while the C encoder, which knows no Decimal, takes it for a string. Unicode keeps
# this character for such internal use; a document may hold it all the same.
_MARK: Final = "\ufdd0"
_NEGATIVE_ZERO: Final = re.compile(r"-0(?![0-9.eE])")
# Bytes of the largest body that is cut. An order of 250 lines is 350 KB.
_LARGEST_CUT: Final = 2**20
# More are not told: a stranger's body may repeat every key.
_MOST_REPEATED: Final = 20
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class Repeated(NamedTuple):
    """A key that stands more than once in an object: the steps to it, and its values in their order.

    The last value is the document's. Which one an app gets depends on its parser (RFC 8259, section 4).
    """

    steps: tuple[str | int, ...]
    values: tuple[Document, ...]


def read(body: bytes, content_type: str) -> Document:
    """Return the document in `body`, parsed as `content_type` says.

    Raises Unreadable.
    """
    return _read(body, content_type, None)


def read_with_repeated(body: bytes, content_type: str) -> tuple[Document, tuple[Repeated, ...]]:
    """Return the document in `body`, and the first keys that stand more than once. Raises Unreadable."""
    repeats: Repeats = []
    document = _read(body, content_type, repeats)
    return document, _repeated(document, repeats) if repeats else ()


def read_beside(
    body: bytes, content_type: str, known: Pieces
) -> tuple[Document, tuple[Repeated, ...], Pieces]:
    """Return what `read_with_repeated` returns, and the pieces of the body; none if it is parsed whole.

    `known` are the pieces of a similar body. The document shares values with that one, so neither may be
    changed. Raises Unreadable.
    """
    if len(body) <= _LARGEST_CUT and not is_xml(body, content_type):
        # What cannot be read is read once more, whole, for the words of its refusal.
        with suppress(NotCut, Unreadable):
            document, pieces = _cut(_decoded(body), known)
            return document, (), pieces
    return *read_with_repeated(body, content_type), ()


def is_xml(body: bytes, content_type: str) -> bool:
    """Return whether `body` is XML: by its type, or by a leading `<` if the type is neither JSON nor XML."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.endswith(("/xml", "+xml", "/json", "+json")):
        return media_type.endswith("xml")
    return looks_like(body) is Looks.XML


def read_json(body: bytes, *, deepest: int = DEEPEST, repeats: Repeats | None = None) -> Document:
    """Return the document in a JSON `body`; a repeated key has its last value. Raises Unreadable.

    Integers keep every digit (Shopify's ids exceed 2^53), other numbers their spelling. `deepest` is how many
    levels of nesting are allowed: what we wrote ourselves around foreign documents is deeper than they are.
    `repeats` gets the objects with repeated keys.
    """
    text = _decoded(body)
    if not text.strip():
        raise Unreadable("The body is empty.")
    try:
        document = _decoder(text, repeats).decode(text)
    except Unreadable:
        raise
    except json.JSONDecodeError as error:
        raise Unreadable(_in_words(error)) from error
    except RecursionError as error:
        raise Unreadable(f"The body is nested more than {deepest} levels deep.") from error
    except (ValueError, InvalidOperation) as error:
        # Python reads no integer of more than 4300 digits, and no exponent of more than 18.
        raise Unreadable("The body holds a number that is too large.") from error
    if _deeper_than(deepest, document):
        raise Unreadable(f"The body is nested more than {deepest} levels deep.")
    return document


def write_json(document: Document) -> bytes:
    r"""Return `document` in the byte form that Shopify sends, in the order of its keys.

    No spaces, `/` as `\/`, `<` `>` `&` and the two Unicode line ends as `\uXXXX`, everything else as raw
    UTF-8 (a captured orders/create of 2023 written so has its Content-Length to the byte; the escapes are in
    https://github.com/Shopify/shopify-api-js/issues/320). Half a surrogate pair is written as `\uXXXX`,
    since UTF-8 has no bytes for it. A float is written as Python writes it. Raises ValueError for a number
    that JSON does not have, TypeError for what no document holds.
    """
    text = _written(document)
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return text.encode("utf-8", "backslashreplace")


def write_pretty(document: Document) -> str:
    """Return `document` as indented JSON for people; every number keeps its digits."""
    return _written(document, indent=2, separators=(",", ": ")).encode("utf-8", "backslashreplace").decode()


def write_line(document: Document) -> str:
    """Return `document` as one line of ASCII JSON for programs; every number keeps its digits."""
    text = _written(document, separators=(", ", ": "))
    return _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _read(body: bytes, content_type: str, repeats: Repeats | None) -> Document:
    as_xml = is_xml(body, content_type)
    try:
        return read_xml(body, repeats) if as_xml else read_json(body, repeats=repeats)
    except Unreadable as error:
        looks = looks_like(body)
        if looks is None or looks is (Looks.XML if as_xml else Looks.JSON):
            raise
        kind = "XML" if as_xml else "JSON"
        said = kind.lower() in content_type.lower()
        says = f"and Content-Type says {kind}" if said else f"not like {kind}"
        raise Unreadable(f"The body looks like {looks}, {says}.") from error


def _cut(text: str, known: Pieces) -> tuple[Document, Pieces]:
    """Return the document in a text, and its pieces. Raise NotCut where it must be parsed whole."""
    repeats: Repeats = []
    cutting = Cutting(text, _decoder(text, repeats))
    document, pieces = cutting.document(known)
    # The document is around these values, and maybe a list of it.
    if repeats or _deeper_than(DEEPEST - 1, cutting.fresh):
        raise NotCut
    return document, pieces


def _decoder(text: str, repeats: Repeats | None) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_float=as_number,
        parse_int=_integer if _NEGATIVE_ZERO.search(text) else None,
        parse_constant=_refuse,
        object_pairs_hook=None if repeats is None else partial(_object, repeats),
    )


def _object(repeats: Repeats, pairs: list[tuple[str, Document]]) -> dict[str, Document]:
    document = dict(pairs)
    if len(document) < len(pairs):
        repeats.append((document, pairs))
    return document


def _repeated(document: Document, repeats: Repeats) -> tuple[Repeated, ...]:
    """Return the repeated keys with the steps to them, in the order of the document."""
    objects = {id(each): pairs for each, pairs in repeats}
    found: list[Repeated] = []
    pending: list[tuple[tuple[str | int, ...], Document]] = [((), document)]
    while pending and len(found) < _MOST_REPEATED:
        steps, value = pending.pop()
        if isinstance(value, dict):
            values: dict[str, list[Document]] = {}
            for key, each in objects.get(id(value), ()):
                values.setdefault(key, []).append(each)
            found += [Repeated((*steps, key), tuple(all_)) for key, all_ in values.items() if len(all_) > 1]
            pending += reversed([((*steps, key), each) for key, each in value.items()])
        elif isinstance(value, list):
            pending += reversed([((*steps, index), each) for index, each in enumerate(value)])
    return tuple(found[:_MOST_REPEATED])


def _decoded(body: bytes) -> str:
    content = body.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        position = error.start + len(body) - len(content)
        raise Unreadable(
            f"The body is not UTF-8: the byte at position {position} is 0x{body[position]:02X}."
        ) from error


def _integer(spelling: str) -> int | Number:
    """Return an integer; `-0`, which Python does not tell from 0, as a number with its spelling."""
    return Number(spelling) if spelling == "-0" else int(spelling)


def _refuse(constant: str) -> NoReturn:
    raise Unreadable(f"The body holds {constant}, which is not JSON.")


def _in_words(error: json.JSONDecodeError) -> str:
    trouble = error.msg.removesuffix(" at").removesuffix(" starting")
    trouble = trouble[0].lower() + trouble[1:]
    return f"The body is not JSON: {trouble} (line {error.lineno}, column {error.colno})."


def _deeper_than(deepest: int, document: Document) -> bool:
    """Return whether containers are nested deeper than `deepest`; computed without recursion."""
    level: list[Document] = [[document]]
    for _ in range(deepest + 1):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return False
    return True


def _written(document: Document, indent: int | None = None, separators: tuple[str, str] = (",", ":")) -> str:
    text, numbers = _encoded(document, _MARK, indent, separators)
    if text.count(f'"{_MARK}') != numbers:
        # Strings of the document look like our numbers: a mark longer than any of theirs tells them apart.
        longest = max(map(len, re.findall(f"{_MARK}+", text)))
        mark = _MARK * (longest + 1)
        text, numbers = _encoded(document, mark, indent, separators)
        return re.sub(f'"{mark}([^"]*)"', r"\1", text)
    return re.sub(f'"{_MARK}([^"]*)"', r"\1", text) if numbers else text


def _encoded(
    document: Document, mark: str, indent: int | None, separators: tuple[str, str]
) -> tuple[str, int]:
    """Return the document as JSON with every Decimal as a string that begins with `mark`, and their count."""
    numbers = 0

    def stand_in(value: object) -> str:
        nonlocal numbers
        numbers += 1
        return mark + _number(value)

    text = json.dumps(
        document,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
        default=stand_in,
    )
    return text, numbers


def _number(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"A document holds no {type(value).__name__}.")
    if not value.is_finite():
        raise ValueError(f"JSON has no {value}.")
    digits = str(value)
    if isinstance(value, Number):
        return digits
    # A Decimal without point or exponent would be read back as an integer.
    return digits if "." in digits or "E" in digits else digits + ".0"
