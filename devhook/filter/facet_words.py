"""The filter words for facts that deliveries share: topic, shop, verdict, signature, origin, answer. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Self

from devhook.analysis.verdict import Verdict
from devhook.errors import InputError
from devhook.filter.word import Contents, FilterWord, Pattern, Range, Seen, Token, ranges_of
from devhook.inbox.deliveries import Row
from devhook.inbox.tokens import folded
from devhook.text import did_you_mean, nearest
from devhook.webhook.delivery import Origin, Signature
from devhook.webhook.topics import topic, topic_names

_ENUM: Final = re.compile(r"[A-Z_]+")
_SIGNATURES: Final = tuple(each.value for each in Signature)
_VERDICTS: Final = tuple(each.value for each in Verdict)
_BAD: Final = "bad"
_UNREADABLE: Final = "unreadable"
_REDUNDANT: Final = "redundant"
_NO_ANSWER: Final = "none"


class SharedWord(FilterWord):
    """A word for facts that are in a facet: one comparison decides for all rows of the facet."""

    def __init__(self, values: Iterable[str]) -> None:
        self._patterns = tuple(map(Pattern, values))

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for the values. Raise WrongWord for a value that is not one of the choices."""
        for value in token.values if cls.choices else ():
            if folded(value) not in cls.choices:
                near = [f"{cls.name}:{choice}" for choice in nearest(value, cls.choices)]
                token.reject(
                    f"Unknown value {cls.name}:{value}",
                    did_you_mean(near) or f"Known: {', '.join(cls.choices)}.",
                    unfinished=any(each.startswith(folded(value)) for each in cls.choices),
                )
        return cls(token.values)

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether one of the row's facts matches one of the values."""
        return bool(self.of_facet(row))

    def of_facet(self, facet: Row) -> bool | None:
        """Return whether every row of the facet matches, or none."""
        return any(pattern.matches(fact) for fact in self.facts(facet) for pattern in self._patterns)

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Return the facts of the row that are compared."""
        raise NotImplementedError


class TopicWord(SharedWord):
    """`topic:orders/*`: the topic. `ORDERS_PAID`, the spelling of the Admin API, is `orders/paid`."""

    name = "topic"
    examples = ("orders/*", "orders/paid", "ORDERS_PAID")
    about = "the topic; * matches any characters, ? one"

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for the topics; a name of the Admin API's enum becomes the header's."""
        return cls(_header_name(each) for each in token.values)

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Return the topic; empty if the delivery has none."""
        return [row.topic or ""]

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return the families of the topics in the inbox, then the topics."""
        families = (f"{each.partition('/')[0]}/*" for each in seen.topics if "/" in each)
        return (*dict.fromkeys(families), *seen.topics)

    @classmethod
    def spellings(cls, seen: Seen) -> Sequence[str]:
        """Return the topics in the inbox and Shopify's."""
        return tuple(dict.fromkeys((*seen.topics, *topic_names())))


class ShopWord(SharedWord):
    """`shop:acme`: the shop, with or without `.myshopify.com`."""

    name = "shop"
    examples = ("acme",)
    about = "the shop"

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Return the shop's domain and its name."""
        return [row.shop, row.shop.removesuffix(".myshopify.com")] if row.shop else []

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return the shops in the inbox."""
        return seen.shops


class IsWord(SharedWord):
    """`is:late`: a verdict, or a state of the signature.

    `bad`: the signature is invalid or missing. `redundant`: the same content arrived before under other ids.
    """

    name = "is"
    examples = ("late", _BAD)
    about = "the verdict, or the signature (bad: invalid or missing)"
    choices = (*_VERDICTS, _REDUNDANT, *_SIGNATURES, _BAD, _UNREADABLE)

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Yield the verdict and the states of the delivery."""
        yield row.signature.value
        yield row.verdict and row.verdict.value
        yield None if row.signature.trusted else _BAD
        yield _UNREADABLE if row.unreadable else None
        yield _REDUNDANT if row.redundant else None


class SignatureWord(SharedWord):
    """`signature:invalid`: the result of the signature check."""

    name = "signature"
    examples = ("invalid",)
    about = "the signature"
    choices = _SIGNATURES

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Return the result of the signature check."""
        return [row.signature]


class VerdictWord(SharedWord):
    """`verdict:changed`: the verdict."""

    name = "verdict"
    examples = ("changed",)
    about = "the verdict"
    choices = _VERDICTS

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Return the verdict; None until the delivery is read."""
        return [row.verdict]


class OriginWord(SharedWord):
    """`origin:forged`: who made the delivery."""

    name = "origin"
    examples = ("forged",)
    about = "who made the delivery"
    choices = tuple(each.value for each in Origin)

    @staticmethod
    def facts(row: Row) -> Iterable[str | None]:
        """Return who made the delivery."""
        return [row.origin]


class AnsweredWord(FilterWord):
    """`answered:>=400`: a status that the delivery was answered with, when it came or when it was replayed.

    When it came: the status of the target's answer, or of devhook's without a target. One of several answers
    is enough: `answered:500 answered:200` failed once and succeeded once. `none`: there is no answer at all.
    """

    name = "answered"
    examples = (">=400", "5xx", "200..204", _NO_ANSWER)
    about = "a status of your app's answers, to replays too, or of devhook's if it was not forwarded"
    asks_answer = True

    def __init__(self, ranges: tuple[Range, ...], *, none: bool) -> None:
        self._ranges = ranges
        self._none = none

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for statuses, ranges of them, or `none`. Raise WrongWord for anything else."""
        numbers = tuple(value for value in token.values if value.lower() != _NO_ANSWER)
        ranges = ranges_of(
            token,
            numbers,
            "a status",
            "answered:200, answered:>=400, answered:5xx or answered:none",
            hundreds=True,
        )
        return cls(ranges, none=len(numbers) < len(token.values))

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether one of the statuses is in one of the ranges."""
        return bool(self.of_facet(row))

    def of_facet(self, facet: Row) -> bool | None:
        """Return whether every row of the facet matches, or none, as long as they are not replayed."""
        statuses = [status for status in (facet.answered, *facet.replayed) if status]
        if not statuses:
            return self._none
        return any(each.contains(status) for each in self._ranges for status in statuses)

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return common statuses."""
        return (">=400", "200", "4xx", "5xx", _NO_ANSWER)


def _header_name(word: str) -> str:
    """Return the topic in the header's spelling."""
    if not _ENUM.fullmatch(word):
        return word
    try:
        return topic(word).name
    except InputError:
        return word
