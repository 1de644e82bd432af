"""Finds the values of personal fields in the free text of the same deliveries.

A note says "call Anna Schmidt", a title has "for Anna", an app's error repeats the address: no form tells
that such words are personal, but the payload has them as a customer's name and address. A value is found as
whole words, in any case, with up to nine characters of punctuation and white space between them. Of a name
each word is found by itself too. Letters may be escaped, see unescaping.py.

Not looked for: values of fewer than three characters, numbers of fewer than five digits, tags, single words
in properties and attributes, words of Shopify's own fields, a few that test data uses as names, and a city
that is called like the province or the country.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from devhook.privacy.patterns import Edit, Replace
from devhook.privacy.personal import FIELD_WORDS, Field, Personal, is_free, kind_of, root
from devhook.privacy.unescaping import meant
from devhook.webhook.document import Document

_NO_SPACES: Final = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Scripts that write no spaces: each character is a word.
_WORD: Final = re.compile(rf"[{_NO_SPACES}]|[^\W_{_NO_SPACES}]+")
_SHORTEST: Final = 3
_SHORTEST_WITHOUT_SPACES: Final = 2
_SHORTEST_NUMBER: Final = 5
_LONGEST: Final = 40  # words of a value
_WIDEST_GAP: Final = 9
# Anybody who finds the address can send a payload with a million names.
_MOST: Final = 5_000
_OF_A_PHONE: Final = 7

_NOT_LOOKED_FOR: Final = frozenset({Personal.TAGS, Personal.COORDINATE})
_PLACES: Final = frozenset({"country", "country_name", "province"})
_COMMON: Final = FIELD_WORDS | {
    *("admin", "and", "anonymous", "com", "default", "devhook", "dr", "example", "false", "for"),
    *("guest", "http", "https", "merchant", "miss", "mr", "mrs", "ms", "myshopify", "new", "no"),
    *("none", "not", "null", "order", "orders", "paid", "products", "prof", "sample", "shopify"),
    *("store", "test", "tester", "testing", "the", "true", "unknown", "webhook", "webhooks", "www"),
    "yes",
}
# The shop is named in every header; its domain may contain the name of the company.
_SHOP: Final = re.compile(r"(?<![\w-])[\w-]++\.myshopify\.com", re.IGNORECASE)

Words = tuple[str, ...]


class PersonalValue(NamedTuple):
    """A value of a personal field."""

    kind: Personal
    text: str


def personal_values(document: Document, topic: str | None) -> list[PersonalValue]:
    """Return the values of the personal fields of a document."""
    return values_in(document, root(topic))


def values_in(value: Document, field: Field) -> list[PersonalValue]:
    """Return the values of the personal fields in `value`, which the field holds."""
    found: list[PersonalValue] = []
    places: set[str] = set()
    for inner, of, parent in _leaves(value, field, {}):
        text = str(inner)
        if of.key in _PLACES:
            places.add(text.casefold())
        kind = kind_of(of)
        if kind is None or kind in _NOT_LOOKED_FOR or (is_free(of) and len(text.split()) == 1):
            continue
        found.append(PersonalValue(kind, text))
        last = parent.get("last_name")
        if of.key == "first_name" and isinstance(last, str):
            found.append(PersonalValue(kind, f"{text} {last}"))
    return [each for each in found if each.text.casefold() not in places]


class KnownValues:
    """The personal values that are looked for."""

    def __init__(self, values: Iterable[PersonalValue] = ()) -> None:
        self._values = tuple(dict.fromkeys(values))
        self._kinds: dict[Words, Personal] = {}
        self._longest: dict[str, int] = {}
        for value in self._values:
            for words in _phrases(value):
                if len(self._kinds) < _MOST:
                    self._kinds.setdefault(words, value.kind)
                    self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    def __iter__(self) -> Iterator[PersonalValue]:
        return iter(self._values)

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def edits(self, text: str, replace: Replace) -> Iterator[Edit]:
        """Yield an edit for every value in `text`, in order; the longest where several begin."""
        if not self._kinds:
            return
        shops = [found.span() for found in _SHOP.finditer(text)]
        words = [found for found in _WORD.finditer(text) if not _is_within(found.start(), shops)]
        place = 0
        while place < len(words):
            count = self._found(words, place)
            if count:
                start, end = words[place].start(), words[place + count - 1].end()
                key = tuple(each[0].casefold() for each in words[place : place + count])
                yield Edit(start, end, replace(self._kinds[key], text[start:end]))
            place += count or 1

    def _found(self, words: list[re.Match[str]], place: int) -> int:
        """Return the number of words of the longest value that begins with the word at `place`."""
        longest = self._longest.get(words[place][0].casefold(), 0)
        phrase: list[str] = []
        count = 0
        for number, word in enumerate(words[place : place + longest], start=1):
            if phrase and word.start() - words[place + number - 2].end() > _WIDEST_GAP:
                break
            phrase.append(word[0].casefold())
            if tuple(phrase) in self._kinds:
                count = number
        return count


NOTHING_KNOWN: Final = KnownValues()


def _leaves(
    value: Document, field: Field, parent: dict[str, Document]
) -> Iterator[tuple[str | int | Decimal, Field, dict[str, Document]]]:
    """Yield each text and number, its field, and the object that contains it."""
    match value:
        case dict():
            for key, each in value.items():
                yield from _leaves(each, field.inside(key), value)
        case list():
            for each in value:
                yield from _leaves(each, field, parent)
        case bool() | None:
            return
        case str() | int() | Decimal():
            yield value, field, parent


def _phrases(value: PersonalValue) -> Iterator[Words]:
    """Yield the words that stand for a value: all of them, each word of a name, the digits of a number."""
    text = meant(value.text)
    words = tuple(_WORD.findall(text.casefold()))[:_LONGEST]
    if _is_telling(words):
        yield words
    if value.kind is Personal.NAME:
        yield from ((word,) for word in words if _is_telling((word,)))
    if value.kind is Personal.PHONE:
        digits = "".join(filter(str.isdecimal, text))
        if len(digits) >= _OF_A_PHONE:
            yield (digits,)


def _is_telling(words: Words) -> bool:
    """Return whether these words identify somebody."""
    if all(word in _COMMON for word in words):
        return False
    length = sum(map(len, words))
    if all(word.isdecimal() for word in words):
        return length >= _SHORTEST_NUMBER
    spaceless = all(len(word) == 1 and not word.isascii() for word in words)
    return length >= (_SHORTEST_WITHOUT_SPACES if spaceless else _SHORTEST)


def _is_within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)
