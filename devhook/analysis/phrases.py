"""Writes the values of a payload into a sentence: amounts, counted items, names, statuses.

Every function takes any document, since strangers send some, and returns an empty text or None for what is
not there. The result may contain text from strangers.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from devhook.text import counted
from devhook.webhook.document import Document

_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_STATUS: Final = re.compile(r"\w[\w -]{0,39}")
_ITEM_NAMES: Final = ("sku", "title", "name")
_ITEMS_NAMED: Final = 2
_MOST_UNITS: Final = 10**9


class Quotes:
    """How values of the payload are quoted.

    `longest`: the characters of one quoted text.
    `discreet`: personal values are left out, for an output that masks them.
    `currency`: every amount has its currency, not only those of an order in two currencies.
    `met_personal`: whether a text would be another one if `discreet` were.
    `quoted`: whether `text` returned any.
    """

    def __init__(self, *, longest: int = 24, discreet: bool = False, currency: bool = False) -> None:
        self.longest = longest
        self.currency = currency
        self.met_personal = False
        self.quoted = False
        self._discreet = discreet

    @property
    def discreet(self) -> bool:
        """Whether personal values are left out; asked for only where there may be one."""
        self.met_personal = True
        return self._discreet

    def text(self, value: Document) -> str:
        """Return a text that is not personal, cut; empty if `value` is none."""
        if not isinstance(value, str):
            return ""
        words = " ".join(value[: 4 * self.longest].split())
        quoted = words if len(words) <= self.longest else words[: self.longest - 1] + "…"
        self.quoted = self.quoted or bool(quoted)
        return quoted

    def personal(self, value: Document) -> str:
        """Return a personal text, cut; empty if it is to be left out."""
        return "" if self.discreet else self.text(value)

    def money(self, body: Document, key: str) -> str:
        """Return the amount at `key` as the body spells it: `259.05`; with its currency if that matters."""
        written = amount(get(body, key))
        code = get(body, "currency")
        wanted = self.currency or _has_two_currencies(body)
        if written and wanted and isinstance(code, str) and _CURRENCY.fullmatch(code):
            return f"{written} {code}"
        return written

    def items(self, lines: Sequence[Document], key: str = "quantity") -> str:
        """Return `1 × BLK-SLATE, 2 × TEE-M`; of many lines the first two."""
        told = [self.item(line, key) for line in lines[:_ITEMS_NAMED]]
        if not all(told):
            return ""
        more = len(lines) - len(told)
        return ", ".join([*told, *([f"{more} more"] if more else [])])

    def item(self, line: Document, key: str = "quantity") -> str:
        """Return `2 × TEE-M`, by the line's SKU, else its title."""
        units, name = get(line, key), self.item_name(line)
        return f"{units} × {name}" if name and is_count(units) else ""

    def item_name(self, line: Document) -> str:
        """Return what a line or a variant is known by: its SKU, else its title."""
        return next(filter(None, (self.text(get(line, key)) for key in _ITEM_NAMES)), "")


def get(body: Document, *keys: str) -> Document:
    """Return the value at `keys`, one inside the other; None if there is none."""
    for key in keys:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def objects(body: Document, *keys: str) -> list[dict[str, Any]]:
    """Return the objects in the list at `keys`."""
    found = get(body, *keys)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def unwrapped(body: Document) -> Document:
    """Return the resource that a body wraps once more: `{"order_edit": {…}}`."""
    if isinstance(body, dict) and len(body) == 1:
        (inner,) = body.values()
        return inner if isinstance(inner, dict) else body
    return body


def amount(value: Document) -> str:
    """Return an amount as the payload spells it; empty if `value` is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    written = str(value)
    return written if _AMOUNT.fullmatch(written) else ""


def total(amounts: Iterable[str]) -> str:
    """Return the sum; empty without amounts or where one of them is empty."""
    told = list(amounts)
    if len(told) <= 1:
        return "".join(told)
    try:
        return format(sum(map(Decimal, told), Decimal(0)), "f") if all(told) else ""
    except InvalidOperation:
        return ""


def is_zero(value: Document) -> bool:
    """Return whether `value` is an amount of nothing."""
    written = amount(value)
    return bool(written) and not Decimal(written)


def is_count(value: Document) -> bool:
    """Return whether `value` is a number of units."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_UNITS


def units(lines: Iterable[Document], key: str = "quantity") -> int | None:
    """Return the units of all lines; None if one of them does not say."""
    found = [get(line, key) for line in lines]
    counts = [each for each in found if is_count(each)]
    return sum(counts) if len(counts) == len(found) else None


def item_count(body: Document) -> str:
    """Return `3 items`; empty if the body has no lines that say."""
    count = units(objects(body, "line_items"))
    return counted(count, "item") if count else ""


def status(value: Document) -> str:
    """Return a status in words: `needs response` for `NEEDS_RESPONSE`; empty if it is none."""
    if not isinstance(value, str) or not _STATUS.fullmatch(value):
        return ""
    return value.replace("_", " ").lower()


def keyword(value: Document) -> str:
    """Return a status as the payload spells it, `partially_refunded`; `none` for null; else empty."""
    if value is None:
        return "none"
    return value if isinstance(value, str) and _STATUS.fullmatch(value) else ""


def tail(gid: Document) -> str:
    """Return the number at the end of `gid://shopify/Location/68153027410`."""
    if type(gid) is int:
        return str(gid)
    return gid.rpartition("/")[2].partition("?")[0][:40] if isinstance(gid, str) else ""


def _has_two_currencies(body: Document) -> bool:
    """Return whether the buyer pays in another currency than the shop's, as far as `body` says."""
    presented = get(body, "presentment_currency")
    if isinstance(presented, str):
        return bool(presented != get(body, "currency"))
    for line in objects(body, "refund_line_items")[:1]:
        money = get(line, "subtotal_set")
        presented = get(money, "presentment_money", "currency_code")
        return bool(presented != get(money, "shop_money", "currency_code"))
    return False
