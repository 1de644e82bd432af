r"""Decodes escaped characters: percent-encoding, JSON and HTML escapes, source code, combining marks.

`M%C3%BCller`, `M\u00fcller`, `M&uuml;ller`, `M\xc3\xbcller` and a `u` with a combining diaeresis are all
read as Müller. Text may be escaped more than once, such as an address within an address.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from typing import Final, NamedTuple
from unicodedata import normalize
from urllib.parse import quote

# A mark follows the letter that it belongs to. Bytes that are no UTF-8 are surrogates (`surrogateescape`).
_ESCAPES: Final = re.compile(
    r"""
      (?P<percent> (?: %[0-9A-Fa-f]{2} )++ )
    | (?P<hex> (?: \\x[0-9A-Fa-f]{2} )++ )
    | (?P<units> (?: \\u[0-9A-Fa-f]{4} )++ )
    | (?P<short> \\[nrtbf"'/\\] )
    | (?P<entity> & (?: \#[0-9]{1,7} | \#[xX][0-9A-Fa-f]{1,6} | [A-Za-z][A-Za-z0-9]{1,31} ) ; )
    | (?P<marked> \w [\u0300-\u036f]++ )
    | (?P<bytes> [\udc80-\udcff]++ )
    """,
    re.VERBOSE,
)
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_OF_AN_ADDRESS: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_OF_HTML: Final = re.compile(r"&#?[A-Za-z0-9]+;")
# An escaped address within an escaped address, whose letters have marks of their own.
_LAYERS: Final = 3
_ASTRAL: Final = 0x10000
_LATIN: Final = {chr(0xDC00 + byte): chr(byte) for byte in range(0x80, 0x100)}
"""The letter of Latin-1 for each byte that `surrogateescape` finds no UTF-8 in."""

_Piece = tuple[str, int]
"""The decoded text of an escape, and the number of its characters."""


class Unescaped(NamedTuple):
    """Decoded text; `starts` and `ends` are the positions of each of its characters in the source."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the positions of the characters from `start` to `end` in the source."""
        return self.starts[start], self.ends[end - 1]


def layers(text: str) -> Iterator[Unescaped]:
    """Yield the decoded `text`, and decode the result again while it contains escapes."""
    layer = Unescaped(text, range(len(text)), range(1, len(text) + 1))
    for _ in range(_LAYERS):
        if not _ESCAPES.search(layer.text):
            return
        layer = _next(layer)
        yield layer


def meant(text: str) -> str:
    """Return `text` without escapes."""
    for layer in layers(text):
        text = layer.text
    return text


def escaped_like(written: str, text: str) -> str:
    """Return `text` with the escapes that it needs where it replaces `written`."""
    if _OF_AN_ADDRESS.search(written):
        return quote(text, safe="")
    return escape(text) if _OF_HTML.search(written) else text


def _next(layer: Unescaped) -> Unescaped:
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for found in _ESCAPES.finditer(layer.text):
        texts.append(layer.text[done : found.start()])
        starts += layer.starts[done : found.start()]
        ends += layer.ends[done : found.start()]
        place = found.start()
        for text, length in _pieces(found):
            texts.append(text)
            starts += [layer.starts[place]] * len(text)
            ends += [layer.ends[place + length - 1]] * len(text)
            place += length
        done = found.end()
    return Unescaped(
        "".join([*texts, layer.text[done:]]), [*starts, *layer.starts[done:]], [*ends, *layer.ends[done:]]
    )


def _pieces(found: re.Match[str]) -> Iterator[_Piece]:
    written = found[0]
    match found.lastgroup:
        case "percent":
            yield from _of_bytes(bytes.fromhex(written.replace("%", "")), 3)
        case "hex":
            yield from _of_bytes(bytes.fromhex(written.replace("\\x", "")), 4)
        case "bytes":
            yield from _of_bytes(written.encode("utf-8", "surrogateescape"), 1)
        case "units":
            units = bytes.fromhex(written.replace("\\u", ""))
            for each in units.decode("utf-16-be", "surrogatepass"):
                yield each, 12 if ord(each) >= _ASTRAL else 6
        case "short":
            yield _SHORT.get(written[1], written[1]), 2
        case "entity":
            yield unescape(written), len(written)
        case _:
            yield normalize("NFC", written), len(written)


def _of_bytes(content: bytes, length: int) -> Iterator[_Piece]:
    """Yield the characters of UTF-8; a byte that is no UTF-8 is one of Latin-1. Each byte has `length`."""
    for each in content.decode("utf-8", "surrogateescape"):
        size = len(each.encode("utf-8", "surrogateescape"))
        yield _LATIN.get(each, each), size * length
