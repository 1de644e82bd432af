"""Guesses which other bytes were signed in place of a body, and by which mistake."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlencode

from devhook.signature_doctor import body_mistakes as told
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.writers import as_shopify_wrote, rewritten
from devhook.webhook.document import Document

_BOM: Final = b"\xef\xbb\xbf"
# The results of a body parser, or of a conversion to text, that failed.
_REMAINS: Final = (b"{}", b"[]", b"null", b"undefined", b"[object Object]", b'""', b"None", b"Array")
_FORM_FIELDS: Final = ("payload", "data", "body", "json")
_FORM: Final = re.compile(rb"[A-Za-z0-9%+._~*'()!&=-]+")
_MOST_FIELDS: Final = 64
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?P<end>"?)|[{}\[\]]', re.DOTALL)
_CLOSING: Final = {"{": "}", "[": "]"}
_WORDS: Final = ("true", "false", "null")
_MOST_DECOMPRESSED: Final = 16 * 2**20
# A level, the byte that gzip has for it, and the systems that gzip names: Unix, macOS, Windows, unknown.
_GZIP_LEVELS: Final = ((6, 0), (9, 2), (1, 4))
_GZIP_SYSTEMS: Final = (3, 19, 10, 255)
# Compressing and percent-encoding take twenty times as long as hashing.
_LARGEST_CODED: Final = 2**20
_BUFFERS: Final = tuple(2**power for power in range(9, 23))


class Guess(NamedTuple):
    """Bytes that may have been signed, and the mistake in that case."""

    body: bytes
    mistakes: tuple[Mistake, ...]


class Group(NamedTuple):
    """Guesses of one kind. `name` completes the sentence "Tried were …"; a `largest` body is in bytes."""

    name: str
    guesses: Callable[[Case], Iterator[Guess]]
    largest: int | None = None


def _old_bodies(case: Case) -> Iterator[Guess]:
    for other in case.others:
        yield Guess(other.body, (told.old_body(other.id),))


def _line_ends(case: Case) -> Iterator[Guess]:
    body = case.body
    for end in (b"\n", b"\r\n"):
        yield Guess(body + end, (told.NEWLINE_CUT,))
        if body.endswith(end):
            yield Guess(body.removesuffix(end), (told.NEWLINE_ADDED,))
    yield Guess(body.rstrip(), (told.NEWLINE_ADDED,))
    yield Guess(body.strip(), (told.NEWLINE_ADDED,))
    unix = body.replace(b"\r\n", b"\n")
    windows = unix.replace(b"\n", b"\r\n")
    yield Guess(unix, (told.WINDOWS_LINE_ENDS,))
    yield Guess(windows, (told.UNIX_LINE_ENDS,))
    yield Guess(windows + b"\r\n", (told.UNIX_LINE_ENDS, told.NEWLINE_CUT))
    yield Guess(unix.replace(b"\n", b""), (told.LINE_ENDS,))
    if body.startswith(_BOM):
        yield Guess(body.removeprefix(_BOM), (told.BOM_ADDED,))
    else:
        yield Guess(_BOM + body, (told.BOM_CUT,))


def _remains(case: Case) -> Iterator[Guess]:
    del case
    yield Guess(b"", (told.EMPTY,))
    for text in _REMAINS:
        yield Guess(text, (told.REMAINS,))


def _encodings(case: Case) -> Iterator[Guess]:
    body = case.body
    if body.isascii():
        # All of these encodings but UTF-16 write ASCII as the same bytes.
        yield Guess(body.decode("ascii").encode("utf-16-le"), (told.ENCODING,))
        return
    for encoding in ("latin-1", "cp1252"):
        yield Guess(body.decode(encoding, "replace").encode(), (told.LATIN,))
    text = body.decode("utf-8", "replace")
    yield Guess(text.encode(), (told.ENCODING,))
    for encoding in ("latin-1", "cp1252"):
        yield Guess(text.encode(encoding, "ignore"), (told.LATIN,))
        yield Guess(text.encode(encoding, "replace"), (told.LATIN,))
    for handling in ("replace", "ignore"):
        yield Guess(text.encode("ascii", handling), (told.ENCODING,))
    yield Guess(text.encode("utf-16-le"), (told.ENCODING,))


def _decompressed(case: Case) -> Iterator[Guess]:
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            plain = zlib.decompressobj(bits).decompress(case.body, _MOST_DECOMPRESSED)
        except zlib.error:
            continue
        yield Guess(plain, (told.COMPRESSED,))


def _compressed(case: Case) -> Iterator[Guess]:
    for level, byte in _GZIP_LEVELS:
        packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        packed = packer.compress(case.body) + packer.flush()
        for flags in (0, byte):
            for system in _GZIP_SYSTEMS:
                yield Guess(packed[:8] + bytes((flags, system)) + packed[10:], (told.DECOMPRESSED,))
        yield Guess(zlib.compress(case.body, level), (told.DECOMPRESSED,))


def _base64(case: Case) -> Iterator[Guess]:
    body = case.body
    yield Guess(base64.b64encode(body), (told.BASE64,))
    try:
        yield Guess(base64.b64decode(body, validate=True), (told.BASE64,))
    except (binascii.Error, ValueError):
        return


def _forms(case: Case) -> Iterator[Guess]:
    if _FORM.fullmatch(case.body):
        yield from _out_of_a_form(case.body.decode("ascii"))
        return
    try:
        text = case.body.decode()
    except UnicodeDecodeError:
        return
    for encoded in (quote_plus(text), quote(text, safe="!~*'()"), quote(text, safe="")):
        yield Guess(encoded.encode(), (told.FORM,))
        yield Guess(encoded.encode() + b"=", (told.FORM,))
        for field in _FORM_FIELDS:
            yield Guess(f"{field}={encoded}".encode(), (told.FORM,))
    document = case.document
    if type(document) is dict:
        yield Guess(urlencode(document, errors="replace").encode(), (told.FORM,))
        yield Guess(urlencode(_bracketed(document), errors="replace").encode(), (told.FORM,))


def _out_of_a_form(text: str) -> Iterator[Guess]:
    """Yield the JSON inside a form: a field's value or, by a body parser's mistake, its name."""
    yield Guess(unquote_plus(text).encode(), (told.FORM_SENT,))
    yield Guess(unquote_plus(text).removesuffix("=").encode(), (told.FORM_SENT,))
    try:
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return
    for name, value in fields:
        yield Guess(value.encode(), (told.FORM_SENT,))
        yield Guess(name.encode(), (told.FORM_SENT,))


def _bracketed(value: Document, name: str = "") -> list[tuple[str, str]]:
    """Return form fields as PHP and Rails write them: `lines[0][id]`; null is omitted, true is 1."""
    if value is None:
        return []
    if type(value) is bool:
        return [(name, str(int(value)))]
    if type(value) is dict or type(value) is list:
        items = value.items() if type(value) is dict else enumerate(value)
        return [
            field for key, item in items for field in _bracketed(item, f"{name}[{key}]" if name else str(key))
        ]
    return [(name, str(value))]


def _shopify(case: Case) -> Iterator[Guess]:
    if case.document is None:
        return
    for body in as_shopify_wrote(case.document):
        yield Guess(body, (told.REWRITTEN_ON_ITS_WAY,))


def _rewritten(case: Case) -> Iterator[Guess]:
    if case.document is None:
        return
    names: dict[bytes, list[str]] = {}
    for writer, body in rewritten(case.document, case.ways):
        names.setdefault(body, []).append(writer)
    for body, writers in names.items():
        yield Guess(body, (told.rewritten(writers),))
        if not body.endswith(b"\n"):
            yield Guess(body + b"\n", (told.rewritten(writers), told.NEWLINE_CUT))


def _json_strings(case: Case) -> Iterator[Guess]:
    document = case.document
    if type(document) is str:
        yield Guess(document.encode("utf-8", "replace"), (told.JSON_STRING,))
    text = case.body.decode("utf-8", "replace")
    for ascii_only in (False, True):
        yield Guess(json.dumps(text, ensure_ascii=ascii_only).encode(), (told.JSON_STRING,))


def _cut(case: Case) -> Iterator[Guess]:
    """Yield the beginnings that a wrong length leaves: the header's, a count of characters, a buffer size."""
    body = case.body
    text = body.decode("utf-8", "replace")
    characters = (len(text), len(text.encode("utf-16-le", "replace")) // 2)
    for length in (case.content_length, *characters, *_BUFFERS):
        if length is not None and 0 < length < len(body):
            yield Guess(body[:length], (told.cut(length, len(body)),))


def _completed(case: Case) -> Iterator[Guess]:
    """Yield the complete JSON if only its closing characters are missing."""
    text = case.body.decode("utf-8", "ignore")
    if case.document is not None or not text.lstrip().startswith(("{", "[")):
        return
    expected: list[str] = []
    unfinished = False
    for found in _STRUCTURE.finditer(text):
        piece = found[0]
        if piece in _CLOSING:
            expected.append(_CLOSING[piece])
        elif piece[0] != '"':
            expected = expected[:-1] if expected else expected
        else:
            unfinished = not found["end"]
    closing = "".join(reversed(expected))
    ends = ['"'] if unfinished else ["", *_word_ends(text)]
    for end in ends:
        whole = (text + end + closing).encode()
        yield Guess(whole, (told.CUT_OFF,))
        yield Guess(whole + b"\n", (told.CUT_OFF,))


def _word_ends(text: str) -> list[str]:
    return [
        word[length:] for word in _WORDS for length in range(1, len(word)) if text.endswith(word[:length])
    ]


# The simplest explanation comes first: bytes that two groups yield count for the first.
GROUPS: Final = (
    Group("other bodies of the same Webhook-Id", _old_bodies),
    Group("line ends and byte order marks", _line_ends),
    Group("an empty body", _remains),
    Group("other encodings of the text", _encodings),
    Group("a compressed body", _decompressed),
    Group("compression", _compressed, _LARGEST_CODED),
    Group("base64", _base64),
    Group("forms", _forms, _LARGEST_CODED),
    Group("Shopify's own way to write JSON", _shopify),
    Group("the ways of other languages to write JSON", _rewritten),
    Group("JSON within a string", _json_strings),
    Group("a body cut short", _cut),
    Group("a body whose end is missing", _completed),
)
