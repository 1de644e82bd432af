"""Completion of the filter word before the cursor: names of words, and values that the inbox holds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from devhook.filter.word import Seen
from devhook.filter.words import BY_NAME, WORDS
from devhook.inbox.database import Inbox
from devhook.inbox.index_query import Index
from devhook.inbox.tokens import folded, without_labels
from devhook.text import visible

_MOST: Final = 20
_RECENT: Final = 500
_FACETS: Final = 1000
_NEEDS_QUOTES: Final = re.compile(r'[\s",]')


def seen_in(inbox: Inbox) -> Seen:
    """Return what the inbox holds; orders and fields are those of the last few hundred deliveries."""
    facets = [facet.row for facet in Index(inbox).facets() if facet.row is not None][:_FACETS]
    recent = inbox.rows(limit=_RECENT, newest_first=True)
    return Seen(
        topics=_distinct(row.topic for row in (*facets, *recent)),
        shops=_distinct((row.shop or "").removesuffix(".myshopify.com") for row in (*facets, *recent)),
        orders=_distinct(row.subject.name for row in recent if row.subject and row.subject.kind == "order"),
        fields=_distinct(field for row in recent for path in row.changed for field in _fields(path)),
    )


@dataclass(frozen=True)
class Completion:
    """The part of the text from `start` to `end` may become one of the `candidates`."""

    start: int
    end: int
    candidates: tuple[str, ...]


def completion(text: str, cursor: int, seen: Seen) -> Completion:
    """How the word before the cursor may go on, best first. Only its part that is not settled is replaced."""
    start = len(text[:cursor]) - len(re.split(r"\s", text[:cursor])[-1])
    start += text[start:cursor].startswith("-")
    name, colon, values = text[start:cursor].partition(":")
    if not colon:
        return Completion(start, cursor, _begun(name, seen))
    value = values.rpartition(",")[2]
    word = BY_NAME.get(name.lower())
    found = _fitting(value, word.candidates(seen) if word else ())
    return Completion(cursor - len(value), cursor, tuple(map(_quoted, found)))


def _begun(word: str, seen: Seen) -> tuple[str, ...]:
    """A word without a name yet: the names, and what could be typed without one."""
    names = _fitting(word, [f"{each.name}:" for each in WORDS])
    if not word:
        return names
    return (*names, *map(_quoted, _fitting(word, [*seen.topics, *seen.orders])))[:_MOST]


def _fitting(typed: str, values: Iterable[str]) -> tuple[str, ...]:
    """Those that begin with what was typed, then those that hold it; what is typed out already is none."""
    wanted = folded(typed)
    others = [value for value in values if folded(value) != wanted]
    begin = [
        value for value in others if folded(value).removeprefix("#").startswith(wanted.removeprefix("#"))
    ]
    hold = [value for value in others if wanted in folded(value) and value not in begin]
    return tuple([*begin, *hold][:_MOST])


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"' if _NEEDS_QUOTES.search(value) else value


def _fields(path: str) -> Iterable[str]:
    """What may be asked for of a changed path: it without labels, what it stands in, its last name."""
    whole = without_labels(path)
    return (whole, whole.partition(".")[0], whole.rpartition(".")[2])


def _distinct(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visible(each) for each in found if each))
