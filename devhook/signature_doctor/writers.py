r"""Writes a document as the common JSON writers do: spaces, escapes, numbers, the order of keys.

Each was compared with the real one: node 20, PHP 8.2, Ruby 3.1 (json 2.6), Go 1.19, jq 1.6, CPython 3.11. Of
Rails, Gson and System.Text.Json the rules are written down here: `\u003c`, and in the last `\u00E9`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Final

from devhook.signature_doctor.numbers import (
    GO,
    JAVA_DOUBLES,
    JAVASCRIPT,
    JQ,
    PHP,
    PHP_FRACTIONS,
    PYTHON,
    RUBY,
    Unwritable,
)
from devhook.signature_doctor.writer import STRING, Held, Order, Writer
from devhook.text import listed
from devhook.webhook.document import Document
from devhook.webhook.payload import write_json

_NAMED: Final = 3

_STRINGS: Final = re.compile(STRING)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-f]{4}|.)")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7e]")
_EMPTY_AT_END: Final = re.compile(r"(?m)^( *)(.*)(\{\}|\[\])(,?)$")


def _delete_as_it_is(text: str) -> str:
    """As PHP: Python escapes U+007F with what lies beyond ASCII, PHP does not."""
    if "\\u007f" not in text:
        return text
    return _STRINGS.sub(
        lambda string: _ESCAPE.sub(lambda found: "\x7f" if found[1] == "u007f" else found[0], string[0]),
        text,
    )


def _upper_case_escapes(text: str) -> str:
    r"""As .NET: `\u00E9`, and a quotation mark within a string as `\u0022`."""

    def escape(found: re.Match[str]) -> str:
        if found[1] == '"':
            return r"\u0022"
        return f"\\u{found[1][1:].upper()}" if len(found[1]) > 1 else found[0]

    def string(found: re.Match[str]) -> str:
        return _ESCAPE.sub(escape, found[0]).replace("+", r"\u002B")

    return _STRINGS.sub(string, text)


def _hexadecimal(flags: Sequence[str]) -> Callable[[str], str]:
    r"""As PHP with some JSON_HEX flags, of which Symfony's JsonResponse sets all: `\u003C`, `\u0022`."""
    escapes = [pair for flag in flags for pair in _HEXADECIMAL[flag]]

    def finish(text: str) -> str:
        text = _delete_as_it_is(text)
        if "QUOT" in flags:
            text = _STRINGS.sub(
                lambda string: _ESCAPE.sub(lambda each: "\\u0022" if each[1] == '"' else each[0], string[0]),
                text,
            )
        # These occur inside strings only.
        for character, escape in escapes:
            text = text.replace(character, escape)
        return text

    return finish


def _opened_when_empty(text: str) -> str:
    """As Ruby until json 2.8: an empty object on two lines, an empty list on three."""

    def opened(found: re.Match[str]) -> str:
        between = "\n" if found[3] == "{}" else "\n\n"
        return f"{found[1]}{found[2]}{found[3][0]}{between}{found[1]}{found[3][1]}{found[4]}"

    return _EMPTY_AT_END.sub(opened, text)


def _of_a_line(text: str) -> str:
    return text + "\n"


_SPACED: Final = (", ", ": ")
_PRETTY: Final = (",", ": ")
_SLASH: Final = (("/", "\\/"),)
_LINE_ENDS: Final = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
_HTML: Final = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), *_LINE_ENDS)
_SERIALIZED: Final = (("<", "\\u003C"), (">", "\\u003E"), ("/", "\\u002F"), *_LINE_ENDS)
_GSON: Final = (*_HTML, ("=", "\\u003d"), ("'", "\\u0027"))
_DOTNET: Final = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027"), ("`", "\\u0060"))
_HEXADECIMAL: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "TAG": (("<", "\\u003C"), (">", "\\u003E")),
    "AMP": (("&", "\\u0026"),),
    "APOS": (("'", "\\u0027"),),
    "QUOT": (),
}
_DELETE: Final = (("\x7f", "\\u007f"),)

_JSON_STRINGIFY: Final = "JavaScript's JSON.stringify"
_JSON_DUMPS: Final = "Python's json.dumps"
_JSON_ENCODE: Final = "PHP's json_encode"


def _php(*, slashes: bool, letters: bool, pretty: bool, fractions: bool, array: bool) -> Writer:
    """Return json_encode with a choice of its flags, of the object or of the array that was decoded."""
    flags = {
        "JSON_UNESCAPED_SLASHES": slashes,
        "JSON_UNESCAPED_UNICODE": letters,
        "JSON_PRESERVE_ZERO_FRACTION": fractions,
        "JSON_PRETTY_PRINT": pretty,
    }
    given = listed([flag for flag, is_set in flags.items() if is_set], "and")
    return Writer(
        f"{_JSON_ENCODE}{' of an array' if array else ''}{f' with {given}' if given else ''}",
        PHP_FRACTIONS if fractions else PHP,
        ascii=not letters,
        separators=_PRETTY if pretty else (",", ":"),
        indent=4 if pretty else None,
        escapes=(*(() if slashes else _SLASH), *(_LINE_ENDS if letters else ())),
        empty_object="[]" if array else "{}",
        finish=_delete_as_it_is,
    )


def _with_hexadecimal(base: Writer, flags: Sequence[str]) -> Writer:
    named = listed([f"JSON_HEX_{flag}" for flag in flags], "and")
    joint = "and" if " with " in base.name else "with"
    return replace(base, name=f"{base.name} {joint} {named}", finish=_hexadecimal(flags))


def _by_hand(base: Writer, what: str, finish: Callable[[str], str]) -> Writer:
    return replace(base, name=f"{base.name} with {what} escaped by hand", finish=finish)


def _as_rails(text: str) -> str:
    return _html(text.replace("/", "\\/"))


def _html(text: str) -> str:
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _letters(text: str) -> str:
    return _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)


_STRINGIFY: Final = Writer(_JSON_STRINGIFY, JAVASCRIPT, Order.INDICES_FIRST)
_DUMPS: Final = Writer(_JSON_DUMPS, PYTHON, ascii=True, separators=_SPACED)
_DUMPS_COMPACT: Final = Writer(f"{_JSON_DUMPS} with separators=(',', ':')", PYTHON, ascii=True)
_ALL_PHP: Final = [
    _php(slashes=slashes, letters=letters, pretty=pretty, fractions=fractions, array=array)
    for pretty, array, fractions, letters, slashes in product((False, True), repeat=5)
]
_HEX_FLAGS: Final = (*((flag,) for flag in _HEXADECIMAL), ("TAG", "AMP"), ("TAG", "APOS", "AMP", "QUOT"))
_RAILS: Final = Writer("Rails' to_json", RUBY, escapes=_HTML)
_RUBY: Final = Writer("Ruby's JSON.generate", RUBY)
_COMPACT: Final = Writer("Python's httpx or Java's Jackson", PYTHON)
_DOTNET_TEXT: Final = Writer(
    ".NET's System.Text.Json", PYTHON, ascii=True, escapes=_DOTNET, finish=_upper_case_escapes
)
_GO_STRUCT: Final = Writer("Go's json.Marshal of a struct", GO, escapes=_HTML)

OF_JAVASCRIPT: Final = (_STRINGIFY,)
OF_PHP: Final = tuple(writer for writer in _ALL_PHP if writer.indent is None)
OF_RUBY: Final = (_RUBY, _RAILS)
OF_GO: Final = (_GO_STRUCT,)
OF_COMPILED: Final = (_COMPACT, _DOTNET_TEXT, _STRINGIFY)
OF_ANY: Final = (_STRINGIFY, _DUMPS, _DUMPS_COMPACT, _COMPACT, _ALL_PHP[0], _RUBY, _RAILS)
"""The writers of a language, and the commonest of all: for documents that were changed before writing."""

# The commonest come first: for a large body only these are tried.
WRITERS: Final = (
    _STRINGIFY,
    _DUMPS,
    _ALL_PHP[0],
    _RUBY,
    _RAILS,
    Writer("Go's json.Marshal of a map", GO, Order.SORTED, escapes=_HTML),
    Writer(f"{_JSON_DUMPS} with ensure_ascii=False", PYTHON, separators=_SPACED),
    _DUMPS_COMPACT,
    _COMPACT,
    *_ALL_PHP[1:8],
    _by_hand(_STRINGIFY, "/", lambda text: text.replace("/", "\\/")),
    _by_hand(_STRINGIFY, "/ and &", lambda text: text.replace("/", "\\/").replace("&", "\\u0026")),
    _by_hand(_STRINGIFY, "the first /", lambda text: text.replace("/", "\\/", 1)),
    _by_hand(
        _STRINGIFY,
        "the first / and the first &",
        lambda text: text.replace("/", "\\/", 1).replace("&", "\\u0026", 1),
    ),
    _by_hand(_STRINGIFY, "letters", _letters),
    _by_hand(_STRINGIFY, "/ and letters", lambda text: _letters(text.replace("/", "\\/"))),
    _by_hand(_STRINGIFY, "/ & < >", _as_rails),
    _by_hand(_STRINGIFY, "& < >", _html),
    Writer("JavaScript's serialize-javascript", JAVASCRIPT, Order.INDICES_FIRST, escapes=_SERIALIZED),
    *(
        _by_hand(base, what, finish)
        for base in (_DUMPS, _DUMPS_COMPACT, _COMPACT)
        for what, finish in (
            ("/", lambda text: text.replace("/", "\\/")),
            ("/ and &", lambda text: text.replace("/", "\\/").replace("&", "\\u0026")),
            ("/ & < >", _as_rails),
        )
    ),
    Writer(f"{_JSON_DUMPS} with sort_keys=True", PYTHON, Order.SORTED, ascii=True, separators=_SPACED),
    Writer(f"{_JSON_DUMPS} with sort_keys=True and separators=(',', ':')", PYTHON, Order.SORTED, ascii=True),
    Writer(
        f"{_JSON_DUMPS} with sort_keys=True and ensure_ascii=False",
        PYTHON,
        Order.SORTED,
        separators=_SPACED,
    ),
    Writer("a writer of canonical JSON", PYTHON, Order.SORTED),
    Writer(f"{_JSON_STRINGIFY} with sorted keys", JAVASCRIPT, Order.SORTED),
    *(
        replace(writer, name=f"{writer.name} after sorting the top level's keys", order=Order.TOP_SORTED)
        for writer in (_STRINGIFY, _DUMPS, _DUMPS_COMPACT, *_ALL_PHP[:4], _RUBY)
    ),
    *(
        replace(writer, name=f"{writer.name} after sorting the keys", order=Order.SORTED)
        for writer in (*_ALL_PHP[:4], _RUBY, _RAILS)
    ),
    _GO_STRUCT,
    Writer("Go's json.Encoder", GO, Order.SORTED, escapes=_HTML, finish=_of_a_line),
    Writer(
        "Go's json.Encoder without SetEscapeHTML", GO, Order.SORTED, escapes=_LINE_ENDS, finish=_of_a_line
    ),
    Writer("Java's Gson", PYTHON, escapes=_GSON),
    Writer("Java's Gson of a Map", JAVA_DOUBLES, escapes=_GSON),
    Writer("Python's Django REST framework", PYTHON, escapes=_LINE_ENDS),
    Writer(
        ".NET's JObject.ToString() on Windows",
        PYTHON,
        separators=_PRETTY,
        indent=2,
        finish=lambda text: text.replace("\n", "\r\n"),
    ),
    _DOTNET_TEXT,
    *(
        Writer(
            f"{_JSON_STRINGIFY} indented by {called}",
            JAVASCRIPT,
            Order.INDICES_FIRST,
            separators=_PRETTY,
            indent=indent,
        )
        for indent, called in ((2, "2"), (4, "4"), ("\t", "tabs"))
    ),
    *(
        Writer(
            f"{_JSON_DUMPS} with indent={indent}{', sort_keys=True' if order is Order.SORTED else ''}"
            f"{'' if plain else ', ensure_ascii=False'}",
            PYTHON,
            order,
            ascii=plain,
            separators=_PRETTY,
            indent=indent,
        )
        for indent in (2, 4)
        for order in (Order.GIVEN, Order.SORTED)
        for plain in (True, False)
    ),
    *_ALL_PHP[8:],
    *(_with_hexadecimal(base, flags) for flags in _HEX_FLAGS for base in (*_ALL_PHP[:4], *_ALL_PHP[8:12])),
    Writer("jq -c", JQ, escapes=_DELETE),
    Writer("jq -cS", JQ, Order.SORTED, escapes=_DELETE),
    Writer("jq", JQ, separators=_PRETTY, indent=2, escapes=_DELETE),
    Writer("jq -S", JQ, Order.SORTED, separators=_PRETTY, indent=2, escapes=_DELETE),
    Writer("Ruby's JSON.pretty_generate", RUBY, separators=_PRETTY, indent=2, finish=_opened_when_empty),
    Writer("Go's json.MarshalIndent", GO, Order.SORTED, separators=_PRETTY, indent=2, escapes=_HTML),
)

# Doubles that Shopify writes with `.0` when they are whole, as in the documented
# bodies (https://shopify.dev/docs/api/webhooks/latest). JavaScript loses that.
_DOUBLES: Final = frozenset(
    {"rate", "weight", "subtotal", "total_tax", "total_duties", "latitude", "longitude"}
)


def rewritten(document: Document, writers: Sequence[Writer]) -> Iterator[tuple[str, bytes]]:
    """Every way of `writers` to write `document` again, with the writer's name.

    One that has no form for a number in it is left out.
    """
    represented: dict[tuple[int, Order, str], Held | None] = {}
    for writer in writers:
        if writer.holding not in represented:
            try:
                represented[writer.holding] = writer.hold(document)
            except Unwritable:
                represented[writer.holding] = None
        held = represented[writer.holding]
        if held is not None:
            yield writer.name, writer.write(held)


def named(writers: Sequence[str]) -> str:
    """Return the names of writers as a list in a sentence; each language once, and at most three."""
    languages = list({writer.split()[0]: writer for writer in reversed(writers)}.values())[::-1]
    return listed(languages if len(languages) <= _NAMED else [*languages[:_NAMED], "others"])


def as_shopify_wrote(document: Document) -> Iterator[bytes]:
    """Return Shopify's bytes of a rewritten document: as it is, and with whole doubles as `1.0`."""
    yield write_json(document)
    yield write_json(_with_doubles(document))


def _with_doubles(value: Document) -> Document:
    if type(value) is list:
        return [_with_doubles(item) for item in value]
    if type(value) is dict:
        return {
            key: Decimal(f"{item}.0") if key in _DOUBLES and type(item) is int else _with_doubles(item)
            for key, item in value.items()
        }
    return value
