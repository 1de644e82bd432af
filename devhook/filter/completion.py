"""Completion of the filter word before the cursor, and correction of values that match nothing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from devhook.errors import InputError
from devhook.filter.conditions import spelled
from devhook.filter.field_words import leaves
from devhook.filter.language import tokens
from devhook.filter.word import Seen
from devhook.filter.words import BY_NAME, WORDS
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.index_query import Index
from devhook.inbox.tokens import folded, without_labels
from devhook.text import nearest, visible
from devhook.webhook.document import Unreadable
from devhook.webhook.payload import read

_MOST: Final = 20
_RECENT: Final = 500
_FACETS: Final = 1000
# Payloads that are parsed for their fields and values, which takes about 1 ms each.
_PAYLOADS: Final = 30
_LARGEST: Final = 100_000
_FIELDS: Final = 1_000
_LONGEST: Final = 40
_NEEDS_QUOTES: Final = re.compile(r'[\s",]')
_COMPARES: Final = re.compile(r"[<>=]")


def seen_in(inbox: Inbox, *, with_values: bool = True) -> Seen:
    """Return the values in the inbox; orders and fields are those of the newest 500 deliveries.

    Fields of payloads and their values are those of the newest 30; without `with_values`, where personal data
    is masked, the fields have none.
    """
    facets = [facet.row for facet in Index(inbox).facets() if facet.row is not None][:_FACETS]
    recent = inbox.rows(limit=_RECENT, newest_first=True)
    return Seen(
        topics=_distinct(row.topic for row in (*facets, *recent)),
        shops=_distinct((row.shop or "").removesuffix(".myshopify.com") for row in (*facets, *recent)),
        orders=_distinct(row.subject.name for row in recent if row.subject and row.subject.kind == "order"),
        fields=_distinct(field for row in recent for path in row.changed for field in _fields(path)),
        values=_values_in(inbox, recent[:_PAYLOADS], with_values=with_values),
    )


def _values_in(inbox: Inbox, rows: Iterable[Row], *, with_values: bool) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.size > _LARGEST or row.unreadable:
            continue
        try:
            delivery = inbox.delivery(row.id)
            document = read(delivery.body, delivery.content_type)
        except (InputError, Unreadable):
            continue  # the delivery was removed meanwhile, or its body is not a document
        for path, value in leaves(document):
            if path in found or len(found) < _FIELDS:
                values, text = found.setdefault(path, {}), spelled(value)
                if with_values and text and len(text) <= _LONGEST and len(values) < _MOST:
                    values[text] = None
    return {visible(path): _distinct(values) for path, values in sorted(found.items(), key=_depth)}


def _depth(field: tuple[str, object]) -> int:
    return field[0].count(".")


@dataclass(frozen=True)
class Completion:
    """Replacements for a part of the text.

    `start`, `end`: the place of the part, in characters.
    `candidates`: the texts that can replace it, the best first.
    """

    start: int
    end: int
    candidates: tuple[str, ...]


def completion(text: str, cursor: int, seen: Seen) -> Completion:
    """Return the completions of the word before the cursor. They replace its name, or its last value."""
    start = len(text[:cursor]) - len(re.split(r"\s", text[:cursor])[-1])
    start += text[start:cursor].startswith("-")
    name, colon, values = text[start:cursor].partition(":")
    if not colon:
        return Completion(start, cursor, _without_colon(name, seen))
    value = values.rpartition(",")[2]
    word = BY_NAME.get(name.lower())
    compared = [f"={each}" for each in seen.values.get(name.removeprefix("."), ())]
    found = _fitting(value, word.candidates(seen) if word else compared)
    return Completion(cursor - len(value), cursor, tuple(map(_quoted, found)))


def corrections(text: str, seen: Seen) -> list[str]:
    """Return the words of a filter that matches nothing, each with a value that is spelled alike.

    `topic:order/updated` gives `topic:orders/updated`. Values that the inbox has, patterns and comparisons
    give nothing.
    """
    found = []
    for token in tokens(text):
        word = BY_NAME.get(token.name)
        if word is None or token.wild or token.negated:
            continue
        known = word.spellings(seen)
        folds = {folded(each).removeprefix("#") for each in known}
        for value in token.values:
            if folded(value).removeprefix("#") not in folds and not _COMPARES.search(value):
                found += [f"{word.name}:{_quoted(near)}" for near in nearest(value, known, 1)]
    return found


def _without_colon(word: str, seen: Seen) -> tuple[str, ...]:
    """Return the completions of a word without a colon: names, topics and orders."""
    names = _fitting(word, [f"{each.name}:" for each in WORDS])
    if not word:
        return names
    fields = [f"{path}:" for path in seen.values if path not in BY_NAME]
    return (*names, *map(_quoted, _fitting(word, [*seen.topics, *seen.orders, *fields])))[:_MOST]


def _fitting(typed: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that begin with the typed text, then those that contain it; not the text itself."""
    wanted = folded(typed)
    others = [value for value in values if folded(value) != wanted]
    beginning = [
        value for value in others if folded(value).removeprefix("#").startswith(wanted.removeprefix("#"))
    ]
    containing = [value for value in others if wanted in folded(value) and value not in beginning]
    return tuple([*beginning, *containing][:_MOST])


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"' if _NEEDS_QUOTES.search(value) else value


def _fields(path: str) -> Iterable[str]:
    """Return the values that match a changed path: the path without labels, its first name, its last name."""
    whole = without_labels(path)
    return (whole, whole.partition(".")[0], whole.rpartition(".")[2])


def _distinct(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visible(each) for each in found if each))
