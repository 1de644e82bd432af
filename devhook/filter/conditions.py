"""What a filter word compares a value of a payload with: equality, a bound or a range. Pure.

Numbers are compared as exact decimals, whether the payload writes them as numbers or as text, as Shopify
writes amounts (`"259.05"`). Times are compared as instants. Equality compares texts as patterns.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from devhook.filter.word import Pattern, Token
from devhook.inbox.tokens import words_of
from devhook.webhook.document import Document

# A number as JSON spells it, so that a postal code (`01234`) stays text. Longer ones are text too.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_LONGEST_NUMBER: Final = 60
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d\S*")
_RANGE: Final = re.compile(r"(-?\d.*?)\.\.(-?\d.*)", re.DOTALL)
_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_EQUAL: Final = "="
_BEGINNING: Final = re.compile(r"[<>]=?|=")
SIGN: Final = re.compile(r"(?<=.)(?:[<>]=?|=)", re.DOTALL)
"""The first sign in `financial_status=paid`."""

Bound = Decimal | datetime


@dataclass(frozen=True)
class Condition:
    """One comparison: the text of an equality, or the bounds, each with its sign.

    `zone`: of times without one, in the filter and in the payload.
    """

    pattern: Pattern | None
    bounds: tuple[tuple[str, Bound], ...]
    zone: tzinfo | None

    @classmethod
    def parse(cls, token: Token, text: str, zone: tzinfo | None) -> "Condition":
        """Return the condition of `>100`, `<=2026-07-04`, `10..20` or `=paid`. Raise WrongWord."""
        if between := _RANGE.fullmatch(text):
            low, high = (_bound(token, each, zone) for each in between.groups())
            if type(low) is not type(high):
                token.reject(f"{text} is a range of a number and a time", "Use two numbers, or two times.")
            return cls(None, ((">=", low), ("<=", high)), zone)
        found = _BEGINNING.match(text)
        sign, wanted = (found[0], text[found.end() :]) if found else (_EQUAL, text)
        if sign != _EQUAL:
            return cls(None, ((sign, _bound(token, wanted, zone)),), zone)
        if not wanted and '""' not in token.text:
            token.reject(
                f"{token.text} needs a value",
                f'For example {token.text}paid; {token.text}"" matches an empty text',
                unfinished=True,
            )
        return cls(Pattern(wanted), (), zone)

    @staticmethod
    def begins(text: str) -> bool:
        """Return whether `text` begins with a sign, or is a range."""
        return bool(_BEGINNING.match(text) or _RANGE.fullmatch(text))

    def matches(self, value: Document) -> bool:
        """Return whether the value of a field meets the condition. An object or a list does not."""
        if isinstance(value, dict | list):
            return False
        if self.pattern is not None:
            wanted = _number(self.pattern.text)
            return self.pattern.matches(spelled(value)) or (wanted is not None and wanted == _number(value))
        return all(self._is_within(sign, bound, value) for sign, bound in self.bounds)

    def _is_within(self, sign: str, bound: Bound, value: Document) -> bool:
        found = _number(value) if isinstance(bound, Decimal) else _time(value, self.zone)
        return found is not None and _SIGNS[sign](found, bound)

    def words(self) -> list[str] | None:
        """Return the words that every matching value contains; None if no word is certain."""
        if self.pattern is None or not self.pattern.literal or _number(self.pattern.text) is not None:
            return None
        return None if self.pattern.text == spelled(None) else words_of(self.pattern.text) or None


def _bound(token: Token, text: str, zone: tzinfo | None) -> Bound:
    bound: Bound | None = _number(text)
    if bound is None:
        bound = _time(text, zone)
    if bound is None:
        token.reject(
            f"{text} is not a number or a time" if text else f"{token.text} needs a number or a time",
            "For example total_price:>100 or created_at:>=2026-07-04",
            unfinished=not text or text[0] in "-0123456789",
        )
    return bound


def _number(value: Document) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return Decimal(value) if len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value) else None


def _time(value: Document, zone: tzinfo | None) -> datetime | None:
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER or not _TIME.fullmatch(value):
        return None
    try:
        at = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def spelled(value: Document) -> str:
    """Return the text of a value that the filter compares."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
