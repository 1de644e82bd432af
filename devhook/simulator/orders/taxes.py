"""Computes taxes, rounded per tax, and writes them for orders, line items and shipping lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from devhook.simulator.orders.catalogue import Tax
from devhook.simulator.orders.values import ZERO, Currency, ruby_float


class TaxLine(BaseModel):
    """One tax and its amount."""

    model_config = ConfigDict(frozen=True)

    tax: Tax
    amount: Decimal


def tax_lines(
    taxes: Sequence[Tax], amount: Decimal, currency: Currency, *, included: bool
) -> tuple[TaxLine, ...]:
    """Return the amount of each tax on `amount`, which includes the taxes if `included`."""
    net = amount / (1 + sum((tax.rate for tax in taxes), ZERO)) if included else amount
    return tuple(TaxLine(tax=tax, amount=currency.rounded(net * tax.rate)) for tax in taxes)


def total(lines: Sequence[TaxLine]) -> Decimal:
    """Return the sum of `lines`."""
    return sum((line.amount for line in lines), ZERO)


def merged(lines: Sequence[TaxLine]) -> tuple[TaxLine, ...]:
    """Return one line per tax, in the order of their first occurrence."""
    sums: dict[Tax, Decimal] = {}
    for line in lines:
        sums[line.tax] = sums.get(line.tax, ZERO) + line.amount
    return tuple(TaxLine(tax=tax, amount=amount) for tax, amount in sums.items())


# The order of the keys differs between the places, as in a captured orders/create of 2023.
_LINE_KEYS = ("channel_liable", "price", "price_set", "rate", "title")
_ORDER_KEYS = ("price", "rate", "title", "price_set", "channel_liable")
_OLDER_KEYS = ("title", "price", "rate", "price_set", "channel_liable")


def line_bodies(lines: Sequence[TaxLine], currency: Currency) -> list[dict[str, Any]]:
    """Return the `tax_lines` of a line item or a shipping line."""
    return [_body(line, currency, _LINE_KEYS) for line in lines]


def order_bodies(lines: Sequence[TaxLine], currency: Currency) -> list[dict[str, Any]]:
    """Return the `tax_lines` of an order."""
    return [_body(line, currency, _ORDER_KEYS) for line in lines]


def older_bodies(lines: Sequence[TaxLine], currency: Currency) -> list[dict[str, Any]]:
    """Return the `tax_lines` of a line item in `fulfillments/*` and `refunds/create`."""
    return [_body(line, currency, _OLDER_KEYS) for line in lines]


def _body(line: TaxLine, currency: Currency, keys: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "channel_liable": False,
        "price": currency.text(line.amount),
        "price_set": currency.money_set(line.amount),
        "rate": ruby_float(line.tax.rate),
        "title": line.tax.title,
    }
    return {key: values[key] for key in keys}
