"""How the filter's word before the cursor may go on: the names of words, and values the inbox has seen."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from devhook.inbox.filter import CHOICES, NAMES
from devhook.inbox.store import Inbox
from devhook.inbox.tokens import fields_of
from devhook.inbox.words import folded
from devhook.text import visible

_MOST: Final = 20
_RECENT: Final = 500
_FACES: Final = "SELECT facts FROM search.faces WHERE rows > 0 ORDER BY rows DESC LIMIT 1000"
_STATUSES: Final = (">=400", "200", "4xx", "5xx", "none")
_TIMES: Final = ("10m", "1h", "1d", "7d")
_AMISS: Final = re.compile(r'[\s",]')


@dataclass(frozen=True)
class Seen:
    """What there is in an inbox to filter by: what comes most, or came last, stands first."""

    topics: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, inbox: Inbox) -> Self:
        """What the inbox has; orders and fields are those of the last few hundred deliveries."""
        faces = [facts for (text,) in inbox.query(_FACES) if (facts := json.loads(text))]
        recent = inbox.rows(limit=_RECENT, newest_first=True)
        return cls(
            topics=_each([*(facts[0] for facts in faces), *(row.topic for row in recent)]),
            shops=_each(
                (shop or "").removesuffix(".myshopify.com")
                for shop in [*(facts[1] for facts in faces), *(row.shop for row in recent)]
            ),
            orders=_each(row.subject.name for row in recent if row.subject and row.subject.kind == "order"),
            fields=_each(field for row in recent for path in row.changed for field in _fields(path)),
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
    found = _fitting(value, _values(name.lower(), seen))
    return Completion(cursor - len(value), cursor, tuple(map(_quoted, found)))


def _begun(word: str, seen: Seen) -> tuple[str, ...]:
    """A word without a name yet: the names, and what could be typed without one."""
    names = _fitting(word, [f"{name}:" for name in NAMES])
    if not word:
        return names
    return (*names, *map(_quoted, _fitting(word, [*seen.topics, *seen.orders])))[:_MOST]


def _values(name: str, seen: Seen) -> Sequence[str]:
    if name in CHOICES:
        return CHOICES[name]
    families = (f"{topic.partition('/')[0]}/*" for topic in seen.topics if "/" in topic)
    return {
        "topic": (*dict.fromkeys(families), *seen.topics),
        "shop": seen.shops,
        "order": seen.orders,
        "changed": seen.fields,
        "answered": _STATUSES,
        "since": _TIMES,
        "before": _TIMES,
    }.get(name, ())


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
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"' if _AMISS.search(value) else value


def _fields(path: str) -> Iterable[str]:
    """What may be asked for of a changed path: it without labels, what it stands in, its last name."""
    whole = fields_of(path)
    return (whole, whole.partition(".")[0], whole.rpartition(".")[2])


def _each(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visible(each) for each in found if each))
