r"""Mistakes in which a value was signed as a language prints it: str(), repr, inspect, toString().

Each was compared with the real one: CPython 3.11, Ruby 3.1. Of Ruby 3.4, Elixir, Go and Java the rules are
written down here.
"""

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from devhook.signature_doctor.body_mistake import RAW, BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.numbers import (
    GO_VALUES,
    PYTHON,
    RUBY,
    Numbers,
    Unwritable,
    as_go_prints,
    as_java_prints,
)
from devhook.signature_doctor.writer import Order, Writer
from devhook.webhook.document import Document

# Bytes. A larger body takes a second to print in all these ways.
_LARGEST: Final = 512 * 2**10
_RUBY_ESCAPES: Final = {
    ord(character): f"\\{letter}"
    for character, letter in zip('\a\b\t\n\v\f\r\x1b"\\', 'abtnvfre"\\', strict=True)
}
# The categories of characters that Ruby prints as their numbers, and the one it prints all the same.
_RUBY_UNPRINTED: Final = frozenset({"Cc", "Cn", "Cs", "Zl", "Zp"})
_NEXT_LINE: Final = "\x85"
_RUBY_INTERPOLATED: Final = ("#{", "#$", "#@")


def _ruby_string(text: str) -> str:
    """As Ruby's String#inspect."""
    shown = text.translate(_RUBY_ESCAPES)
    for opening in _RUBY_INTERPOLATED:
        shown = shown.replace(opening, f"\\{opening}")
    return f'"{shown}"' if shown.isprintable() else "".join(map(_ruby_character, f'"{shown}"'))


def _ruby_character(character: str) -> str:
    if unicodedata.category(character) not in _RUBY_UNPRINTED or character == _NEXT_LINE:
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\u{{{code:X}}}"  # noqa: PLR2004 - the Basic Multilingual Plane


@dataclass(frozen=True)
class Printer:
    """How a language prints a parsed document: brackets, words, strings, numbers."""

    numbers: Numbers
    brackets: tuple[str, str, str, str]
    separators: tuple[str, str]
    words: tuple[str, str, str] = ("null", "true", "false")
    string: Callable[[str], str] = str
    order: Order = Order.GIVEN
    number: Callable[[int | float], str] | None = None

    def text(self, document: Document) -> str:
        """Return `document` as the language prints it. Raises Unwritable."""
        return self._text(Writer("", self.numbers, self.order).hold(document).document)

    def _text(self, value: Document) -> str:
        between, after_key = self.separators
        if type(value) is dict:
            items = [f"{self.string(key)}{after_key}{self._text(value[key])}" for key in value]
            return f"{self.brackets[0]}{between.join(items)}{self.brackets[1]}"
        if type(value) is list:
            return f"{self.brackets[2]}{between.join(map(self._text, value))}{self.brackets[3]}"
        if type(value) is str:
            return self.string(value)
        if value is None or type(value) is bool:
            return self.words[0 if value is None else 1 if value else 2]
        return self.number(value) if self.number else self.numbers.text(value)


_RUBY: Final = Printer(RUBY, ("{", "}", "[", "]"), (", ", "=>"), ("nil", "true", "false"), _ruby_string)
_RUBY_34: Final = Printer(RUBY, ("{", "}", "[", "]"), (", ", " => "), ("nil", "true", "false"), _ruby_string)
_ELIXIR: Final = Printer(
    RUBY,
    ("%{", "}", "[", "]"),
    (", ", " => "),
    ("nil", "true", "false"),
    _ruby_string,
    order=Order.SORTED,
)
_GO: Final = Printer(
    GO_VALUES,
    ("map[", "]", "[", "]"),
    (" ", ":"),
    ("<nil>", "true", "false"),
    order=Order.SORTED,
    number=as_go_prints,
)
_JAVA: Final = Printer(PYTHON, ("{", "}", "[", "]"), (", ", "="), number=as_java_prints)


def _printed(*printers: Printer) -> Callable[[Case], Iterator[bytes]]:
    def bodies(case: Case) -> Iterator[bytes]:
        if type(case.document) is not dict and type(case.document) is not list:
            return
        for printer in printers:
            try:
                yield printer.text(case.document).encode("utf-8", "replace")
            except Unwritable:
                continue

    return bodies


def _python_values(case: Case) -> Iterator[bytes]:
    document = case.document
    if type(document) is not dict and type(document) is not list:
        return
    held = Writer("", PYTHON).hold(document).document
    quoted = str(held).replace("'", '"')
    as_json = quoted.replace("None", "null").replace("True", "true").replace("False", "false")
    for text in (
        str(held),
        f"OrderedDict({held})",
        quoted,
        as_json,
        as_json.replace(", ", ",").replace(": ", ":"),
    ):
        yield text.encode("utf-8", "backslashreplace")


def _python_bytes(case: Case) -> Iterator[bytes]:
    yield repr(case.body).encode()
    yield repr(case.body)[2:-1].encode()
    yield f"bytearray({case.body!r})".encode()


def _python_string(case: Case) -> Iterator[bytes]:
    for text in (repr(case.text), ascii(case.text)):
        yield text.encode()
        yield text[1:-1].encode()


def _ruby_body(case: Case) -> Iterator[bytes]:
    shown = _ruby_string(case.text)
    yield shown.encode()
    yield json.dumps(shown, ensure_ascii=False).encode()


_PRINTED: Final = "values as a language prints them"
PRINTED: Final = (
    BodyMistake(
        _PRINTED,
        Mistake(
            name="python-bytes-repr",
            what="It is the signature of the body as Python prints bytes: b'…'.",
            comes_from="str(request.body) was made text of; str() of bytes prints them, it decodes nothing.",
            fix="Sign request.body itself; hmac.new() takes bytes.",
        ),
        _python_bytes,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="python-repr",
            what="It is the signature of the body as Python's repr() prints text, in quotation marks.",
            comes_from="repr() or {!r} was used to make text of the body.",
            fix=RAW,
        ),
        _python_string,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="python-str",
            what="It is the signature of the parsed body as Python prints it: {'id': 1, 'note': None}.",
            comes_from="str(request.json) prints a dict; that is not JSON.",
            fix=RAW,
        ),
        _python_values,
        _LARGEST,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="ruby-inspect",
            what='It is the signature of the parsed body as Ruby prints it: {"id"=>1, "note"=>nil}.',
            comes_from="to_s, inspect or #{params} prints a Hash; that is not JSON.",
            fix="Sign request.raw_post, before params.",
        ),
        _printed(_RUBY, _RUBY_34),
        _LARGEST,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="ruby-inspect",
            what="It is the signature of the body as Ruby's String#inspect prints it, in quotation marks.",
            comes_from="inspect or p was used to make text of the body.",
            fix="Sign request.raw_post itself.",
        ),
        _ruby_body,
        _LARGEST,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="elixir-inspect",
            what='It is the signature of the parsed body as Elixir prints it: %{"id" => 1, "note" => nil}.',
            comes_from="inspect(params) prints a map; that is not JSON.",
            fix="Keep the raw body with a body reader of Plug.Parsers, and sign that.",
        ),
        _printed(_ELIXIR),
        _LARGEST,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="go-print",
            what="It is the signature of the parsed body as Go prints it: map[id:1 note:<nil>].",
            comes_from='fmt.Sprint or "%v" of a map; that is not JSON.',
            fix="Read the body with io.ReadAll and sign those bytes.",
        ),
        _printed(_GO),
        _LARGEST,
    ),
    BodyMistake(
        _PRINTED,
        Mistake(
            name="java-to-string",
            what="It is the signature of the parsed body as Java prints it: {id=1, note=null}.",
            comes_from="Map.toString() of a @RequestBody; that is not JSON.",
            fix="Declare @RequestBody byte[] and sign those bytes.",
        ),
        _printed(_JAVA),
        _LARGEST,
    ),
)
