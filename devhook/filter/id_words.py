"""The filter words for names and ids: order, subject, Webhook-Id, Event-Id, the delivery's own id. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Self

from devhook.filter.word import Contents, FilterWord, Pattern, Range, Seen, Token, ranges_of
from devhook.inbox.deliveries import Row
from devhook.inbox.tokens import expression_of_all, expression_of_any, expression_of_text, id_token

_ORDER: Final = "order"


class OwnWord(FilterWord):
    """A word for names and ids that few rows share, searched by the hash of the value or by its grams."""

    def __init__(self, values: Iterable[str]) -> None:
        self._patterns = tuple(map(Pattern, values))

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for any values."""
        return cls(token.values)

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether one of the row's names and ids matches one of the values."""
        return any(pattern.matches(text) for text in self.values(row) for pattern in self._patterns)

    def expression(self, fields: Collection[str]) -> str | None:
        """Return the expression for the hashes of the values, or for the grams between their wildcards."""
        found = [_value_expression(pattern) for pattern in self._patterns]
        return expression_of_any(each for each in found if each) if all(found) else None

    @staticmethod
    def values(row: Row) -> Iterable[str | None]:
        """Return the names and ids of the row that are compared."""
        raise NotImplementedError


class OrderWord(OwnWord):
    """`order:#1001`: the order that a delivery is about, or that its subject is a part of."""

    name = "order"
    examples = ("#1001", "1001", "820982911946154508")
    about = "the order, by name or id"

    def of_facet(self, facet: Row) -> bool | None:
        """Return False if the subject is not an order."""
        return None if facet.subject is not None and facet.subject.kind == _ORDER else False

    @staticmethod
    def values(row: Row) -> Iterable[str | None]:
        """Return the order's id and name."""
        return _subject_values(row) if row.subject is not None and row.subject.kind == _ORDER else []

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return the newest orders."""
        return seen.orders


class SubjectWord(OwnWord):
    """`subject:820982911946154508`: what the payload is about, an order or anything else."""

    name = "subject"
    examples = ("820982911946154508",)
    about = "the order, product, customer, …, by id or name"

    @staticmethod
    def values(row: Row) -> Iterable[str | None]:
        """Return the subject's id and name."""
        return _subject_values(row)


class WebhookWord(OwnWord):
    """`webhook:b54557e4*`: the X-Shopify-Webhook-Id."""

    name = "webhook"
    examples = ("b54557e4*",)
    about = "the X-Shopify-Webhook-Id"

    @staticmethod
    def values(row: Row) -> Iterable[str | None]:
        """Return the Webhook-Id."""
        return [row.webhook_id]


class EventWord(OwnWord):
    """`event:98880550*`: the X-Shopify-Event-Id."""

    name = "event"
    examples = ("98880550*",)
    about = "the X-Shopify-Event-Id"

    @staticmethod
    def values(row: Row) -> Iterable[str | None]:
        """Return the Event-Id."""
        return [row.event_id]


class IdWord(FilterWord):
    """`id:41..50`: the delivery's id in the inbox."""

    name = "id"
    examples = ("41", "41..50", ">=41")
    about = "the delivery's id"

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._ranges = ranges

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for ids and ranges of ids. Raise WrongWord for anything else."""
        return cls(ranges_of(token, token.values, "a delivery's id", "id:41, id:41..50 or id:>=41"))

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether the id is in one of the ranges."""
        return any(each.contains(row.id) for each in self._ranges)

    def ids(self) -> Sequence[Range] | None:
        """Return the ranges."""
        return self._ranges


def _subject_values(row: Row) -> Iterable[str | None]:
    if row.subject is None:
        return []
    name = row.subject.name
    return [row.subject.id, *([name, name.removeprefix("#")] if name else [])]


def _value_expression(pattern: Pattern) -> str | None:
    if not pattern.literal:
        return expression_of_all(expression_of_text(piece) for piece in re.split(r"[*?]", pattern.text))
    # An order's name can be typed without its #.
    return expression_of_any(f'"{id_token(text)}"' for text in (pattern.text, f"#{pattern.text}"))
