"""The sums of an order's payload, each worked out of what the order is made of."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from devhook.forge.amounts import (
    ZERO,
    Object,
    amount_in,
    amount_of,
    gross,
    line_taxes,
    net,
    objects,
    rounded,
    taxes,
    units_of,
)


def _goods(order: Object, _: Decimal) -> Decimal:
    return sum(map(gross, objects(order, "line_items")), ZERO)


def _shipping_price(order: Object, _: Decimal) -> Decimal:
    return sum(map(gross, objects(order, "shipping_lines")), ZERO)


def _discounts(order: Object, _: Decimal) -> Decimal:
    lines = [*objects(order, "line_items"), *objects(order, "shipping_lines")]
    return sum((gross(line) - net(line) for line in lines), ZERO)


def _subtotal(order: Object, _: Decimal) -> Decimal:
    return sum(map(net, objects(order, "line_items")), ZERO)


def _tax(order: Object, _: Decimal) -> Decimal:
    return sum((amount_of(tax.get("price")) for tax in line_taxes(order)), ZERO)


def _total(order: Object, coin: Decimal) -> Decimal:
    sending = sum(map(net, objects(order, "shipping_lines")), ZERO)
    return _subtotal(order, coin) + sending + (ZERO if order.get("taxes_included") else _tax(order, coin))


def _kept(order: Object, coin: Decimal) -> list[tuple[Object, Decimal, Decimal]]:
    """Each line with what its units that are kept cost, before and after discounts."""
    kept = []
    for line in objects(order, "line_items"):
        units = units_of(line, "quantity")
        current = units_of(line, "current_quantity") if "current_quantity" in line else units
        price = amount_of(line.get("price")) * current
        discount = rounded((gross(line) - net(line)) * current / units, coin) if units else ZERO
        kept.append((line, price, price - discount))
    return kept


def _current_shipping(order: Object, _: Decimal) -> Decimal:
    prices = (line.get("current_discounted_price_set") for line in objects(order, "shipping_lines"))
    return sum((amount_of(amount_in(price)) for price in prices), ZERO)


def _current_subtotal(order: Object, coin: Decimal) -> Decimal:
    return sum((net for _, _, net in _kept(order, coin)), ZERO)


def _current_discounts(order: Object, coin: Decimal) -> Decimal:
    shipping = [
        gross(line) - net(line)
        for line in objects(order, "shipping_lines")
        if amount_of(amount_in(line.get("current_discounted_price_set"))) == net(line) != ZERO
    ]
    return sum((price - net for _, price, net in _kept(order, coin)), ZERO) + sum(shipping, ZERO)


def _current_tax(order: Object, coin: Decimal) -> Decimal:
    amounts = [(line, net) for line, _, net in _kept(order, coin)]
    amounts += [
        (line, amount_of(amount_in(line.get("current_discounted_price_set"))))
        for line in objects(order, "shipping_lines")
    ]
    return sum((tax for line, net in amounts for tax in taxes(line, net, order, coin)), ZERO)


def _current_total(order: Object, coin: Decimal) -> Decimal:
    tax = ZERO if order.get("taxes_included") else _current_tax(order, coin)
    return _current_subtotal(order, coin) + _current_shipping(order, coin) + tax


def _weight(order: Object, _: Decimal) -> Decimal:
    lines = objects(order, "line_items")
    return sum((units_of(line, "grams") * units_of(line, "quantity") for line in lines), ZERO)


FIGURES: Final[Mapping[str, Callable[[Object, Decimal], Decimal]]] = {
    "total_line_items_price": _goods,
    "total_shipping_price_set": _shipping_price,
    "total_discounts": _discounts,
    "subtotal_price": _subtotal,
    "total_tax": _tax,
    "total_price": _total,
    "total_weight": _weight,
    "current_shipping_price_set": _current_shipping,
    "current_subtotal_price": _current_subtotal,
    "current_total_discounts": _current_discounts,
    "current_total_tax": _current_tax,
    "current_total_price": _current_total,
    "total_outstanding": _current_total,
}
