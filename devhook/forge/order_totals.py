"""Updates the counts and sums of an order after an edit of a line, a price, a discount or a refund.

Every sum changes by the difference of its parts and is never computed from zero. So amounts that Shopify
included and that are unknown here (tips, duties, roundings) stay, and payments stay.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

from devhook.forge.amounts import (
    ZERO,
    Object,
    amount_in,
    amount_of,
    by_id,
    coin_of,
    gross,
    known_of,
    line_taxes,
    net,
    objects,
    rates,
    rounded,
    set_amount,
    shared,
    taxes,
    units_of,
    written,
)

_HUNDRED: Final = Decimal(100)
_CENT: Final = Decimal("0.01")


def update_order(former: Object, order: Object) -> None:
    """Update `order` (also a draft or a checkout), which was edited from `former`, in place.

    Money sets change only if they have no plain amount beside them.
    """
    before = by_id(objects(former, "line_items"))
    for line in objects(order, "line_items"):
        _count(line, known_of(line, before), former, order)
    if any(
        _differs("fulfillable_quantity", known_of(line, before), line)
        for line in objects(order, "line_items")
    ):
        _count_order(order)
    coin = coin_of(order)
    _allocate(former, order, coin)
    _tax_lines_of(former, order, "line_items", coin)
    _shipping(former, order, coin)
    _tax_lines_of(former, order, "shipping_lines", coin)
    _discount_codes(former, order)
    _draft_discount(former, order, coin)
    for name, figure in _FIGURES.items():
        _shift(order, name, figure(order, coin) - figure(former, coin), coin)
    _order_taxes(former, order, coin)
    _copies(before, order)


def update_refund(former: Object, refund: Object) -> None:
    """Update the amounts of a refund's lines to their quantities, in place. Its transactions stay."""
    before = by_id(objects(former, "refund_line_items"))
    for line in objects(refund, "refund_line_items"):
        known = known_of(line, before)
        units = units_of(known or {}, "quantity")
        if known is None or not units or not _differs("quantity", known, line):
            continue
        for key in ("subtotal", "total_tax"):
            if isinstance(line.get(key), Decimal | int):
                share = amount_of(known.get(key)) * units_of(line, "quantity") / units
                line[key] = Decimal(repr(float(rounded(share, _CENT))))


def _count(line: Object, known: Object | None, former: Object, order: Object) -> None:
    """Update a line's current and fulfillable units from the order's refunds and fulfillments."""
    old = {"current_quantity": ZERO, "fulfillable_quantity": ZERO}
    if known is not None:
        old = {key: units_of(known, key) - count for key, count in _counts(former, known).items()}
    for key, count in _counts(order, line).items():
        if key in line:
            line[key] = max(0, int(old[key] + count))
    if "fulfillment_status" in line and _differs("fulfillable_quantity", known, line):
        sent = _sent(order, line)
        line["fulfillment_status"] = (
            None if not sent else "partial" if line["fulfillable_quantity"] else "fulfilled"
        )


def _differs(name: str, known: Object | None, line: Object) -> bool:
    return name in line and (known is None or known.get(name) != line[name])


def _counts(order: Object, line: Object) -> dict[str, Decimal]:
    """Return a line's units that are not refunded, and those that are neither sent nor cancelled."""
    refunded = [
        each
        for refund in objects(order, "refunds")
        for each in objects(refund, "refund_line_items")
        if each.get("line_item_id") == line.get("id")
    ]
    unsent = sum(
        (units_of(each, "quantity") for each in refunded if each.get("restock_type") == "cancel"), ZERO
    )
    back = sum((units_of(each, "quantity") for each in refunded), ZERO)
    units = units_of(line, "quantity")
    return {"current_quantity": units - back, "fulfillable_quantity": units - _sent(order, line) - unsent}


def _sent(order: Object, line: Object) -> Decimal:
    fulfillments = (each for each in objects(order, "fulfillments") if each.get("status") != "cancelled")
    packed = (item for fulfillment in fulfillments for item in objects(fulfillment, "line_items"))
    return sum((units_of(item, "quantity") for item in packed if item.get("id") == line.get("id")), ZERO)


def _count_order(order: Object) -> None:
    if "fulfillment_status" in order:
        left = any(units_of(line, "fulfillable_quantity") for line in objects(order, "line_items"))
        sent = objects(order, "fulfillments")
        order["fulfillment_status"] = None if not sent else "partial" if left else "fulfilled"


def _allocate(former: Object, order: Object, coin: Decimal) -> None:
    """Allocate again each discount whose lines or value changed."""
    known = objects(former, "discount_applications")
    for index, application in enumerate(objects(order, "discount_applications")):
        before = known[index] if index < len(known) else {}
        lines = _discounted(order, index)
        weights = [gross(line) for line, _ in lines]
        same = weights == [gross(line) for line, _ in _discounted(former, index)]
        if same and application.get("value") == before.get("value"):
            continue
        shares = _shares(application, weights, coin)
        for (_, allocation), share in zip(lines, shares, strict=False):
            allocation["amount"] = written(share, coin)


def _shares(application: Object, weights: Sequence[Decimal], coin: Decimal) -> list[Decimal]:
    """Return each line's share of a discount; empty if Shopify's allocation is unknown."""
    value, whole = amount_of(application.get("value")), sum(weights, ZERO)
    percentage = application.get("value_type") == "percentage"
    match application.get("allocation_method"):
        case "across":
            wanted = rounded(whole * value / _HUNDRED, coin) if percentage else value
            return shared(min(wanted, whole), weights, coin)
        case "each" if percentage:
            return [rounded(weight * min(value, _HUNDRED) / _HUNDRED, coin) for weight in weights]
        case _:
            return []


def _discounted(order: Object, index: int) -> list[tuple[Object, Object]]:
    """Return the lines with a share of the order's `index`-th discount, each with its allocation."""
    return [
        (line, allocation)
        for name in ("line_items", "shipping_lines")
        for line in objects(order, name)
        for allocation in objects(line, "discount_allocations")
        if allocation.get("discount_application_index") == index
    ]


def _discount_codes(former: Object, order: Object) -> None:
    """Update the amounts of the discount codes to their allocations."""
    for code in objects(order, "discount_codes"):
        difference = _of_code(order, code.get("code")) - _of_code(former, code.get("code"))
        if difference:
            code["amount"] = written(amount_of(code.get("amount")) + difference, coin_of(order))


def _of_code(order: Object, code: Any) -> Decimal:
    applications = enumerate(objects(order, "discount_applications"))
    indexes = [index for index, application in applications if application.get("code") == code]
    parts = [part for index in indexes for _, part in _discounted(order, index)]
    return sum((amount_of(part.get("amount")) for part in parts), ZERO)


def _draft_discount(former: Object, order: Object, coin: Decimal) -> None:
    """Update the amount of the discount on a whole draft order to its value."""
    discount = order.get("applied_discount")
    difference = _off_the_draft(order) - _off_the_draft(former)
    if isinstance(discount, dict) and difference:
        discount["amount"] = written(amount_of(discount.get("amount")) + difference, coin)


def _off_the_draft(order: Object) -> Decimal:
    """Return what the discount on a whole draft order takes off; a discount on an order is in its lines."""
    goods = sum(map(net, objects(order, "line_items")), ZERO)
    return rounded(goods * (1 - _share_left(order)), coin_of(order))


def _share_left(order: Object) -> Decimal:
    """Return the share of each line's price that the discount on a whole draft order leaves."""
    discount = order.get("applied_discount")
    if not isinstance(discount, dict):
        return Decimal(1)
    percentage = discount.get("value_type") == "percentage"
    whole = _HUNDRED if percentage else sum(map(net, objects(order, "line_items")), ZERO)
    return 1 - min(amount_of(discount.get("value")) / whole, Decimal(1)) if whole > 0 else Decimal(1)


def _shipping(former: Object, order: Object, coin: Decimal) -> None:
    """Update a shipping line's discounted price to its price, and its current price to that."""
    before = by_id(objects(former, "shipping_lines"))
    for line in objects(order, "shipping_lines"):
        difference = net(line) - net(known_of(line, before) or line)
        old = amount_of(line.get("discounted_price"))
        current = line.get("current_discounted_price_set")
        charged = amount_of(amount_in(current)) == old
        if difference and "discounted_price" in line:
            line["discounted_price"] = written(old + difference, coin)
            if charged and isinstance(current, dict):
                set_amount(current, old + difference, coin)


def _tax_lines_of(former: Object, order: Object, name: str, coin: Decimal) -> None:
    """Compute again the taxes of the lines whose amount or tax rates changed."""
    before = by_id(objects(former, name))
    was_left, left = _share_left(former), _share_left(order)
    for line in objects(order, name):
        known = known_of(line, before)
        taxed = net(line) * left
        base = (taxed, rates(line), order.get("taxes_included"))
        if known is not None and base == (net(known) * was_left, rates(known), former.get("taxes_included")):
            continue
        amounts = taxes(line, taxed, order, coin)
        for tax, amount in zip(objects(line, "tax_lines"), amounts, strict=True):
            tax["price"] = written(amount, coin)


def _order_taxes(former: Object, order: Object, coin: Decimal) -> None:
    """Change the order's taxes, one per title and rate, by the differences of its lines' taxes."""
    old, new = _taxes_by_kind(former), _taxes_by_kind(order)
    difference = {kind: new.get(kind, ZERO) - old.get(kind, ZERO) for kind in {**old, **new}}
    for tax in objects(order, "tax_lines"):
        by = difference.pop(_kind(tax), ZERO)
        if by:
            tax["price"] = written(amount_of(tax.get("price")) + by, coin)


def _taxes_by_kind(order: Object) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for tax in line_taxes(order):
        sums[_kind(tax)] = sums.get(_kind(tax), ZERO) + amount_of(tax.get("price"))
    return sums


def _kind(tax: Object) -> tuple[str, str]:
    return str(tax.get("title")), str(tax.get("rate"))


def _copies(before: Mapping[Any, Object], order: Object) -> None:
    """Update the copies of a line in fulfillments and refunds, except a fulfillment's quantity."""
    lines = by_id(objects(order, "line_items"))
    packed = (
        item for fulfillment in objects(order, "fulfillments") for item in objects(fulfillment, "line_items")
    )
    refunded = (
        each["line_item"]
        for refund in objects(order, "refunds")
        for each in objects(refund, "refund_line_items")
        if isinstance(each.get("line_item"), dict)
    )
    for own, copies in (({"quantity"}, packed), (set[str](), refunded)):
        for copy in copies:
            line, known = known_of(copy, lines), known_of(copy, before)
            if line is None or known is None:
                continue
            for key in copy.keys() & line.keys() - own:
                if copy[key] == known.get(key) != line[key]:
                    copy[key] = deepcopy(line[key])


def _shift(order: Object, name: str, by: Decimal, coin: Decimal) -> None:
    value = order.get(name)
    if not by or value is None:
        return
    if isinstance(value, dict):
        set_amount(value, amount_of(amount_in(value)) + by, coin)
    elif isinstance(value, str):
        order[name] = written(amount_of(value) + by, coin)
    elif type(value) is int:
        order[name] = int(value + by)


def _goods(order: Object, _: Decimal) -> Decimal:
    return sum(map(gross, objects(order, "line_items")), ZERO)


def _shipping_price(order: Object, _: Decimal) -> Decimal:
    return sum(map(gross, objects(order, "shipping_lines")), ZERO)


def _discounts(order: Object, _: Decimal) -> Decimal:
    lines = [*objects(order, "line_items"), *objects(order, "shipping_lines")]
    return sum((gross(line) - net(line) for line in lines), ZERO)


def _subtotal(order: Object, _: Decimal) -> Decimal:
    return sum(map(net, objects(order, "line_items")), ZERO) - _off_the_draft(order)


def _tax(order: Object, _: Decimal) -> Decimal:
    return sum((amount_of(tax.get("price")) for tax in line_taxes(order)), ZERO)


def _total(order: Object, coin: Decimal) -> Decimal:
    drafted = order.get("shipping_line")
    lines = [*objects(order, "shipping_lines"), *([drafted] if isinstance(drafted, dict) else [])]
    shipping = sum(map(net, lines), ZERO)
    return _subtotal(order, coin) + shipping + (ZERO if order.get("taxes_included") else _tax(order, coin))


def _current_lines(order: Object, coin: Decimal) -> list[tuple[Object, Decimal, Decimal]]:
    """Return each line with the price of its current units, before and after discounts."""
    lines = []
    for line in objects(order, "line_items"):
        units = units_of(line, "quantity")
        current = units_of(line, "current_quantity") if "current_quantity" in line else units
        price = amount_of(line.get("price")) * current
        discount = rounded((gross(line) - net(line)) * current / units, coin) if units else ZERO
        lines.append((line, price, price - discount))
    return lines


def _current_shipping(order: Object, _: Decimal) -> Decimal:
    prices = (line.get("current_discounted_price_set") for line in objects(order, "shipping_lines"))
    return sum((amount_of(amount_in(price)) for price in prices), ZERO)


def _current_subtotal(order: Object, coin: Decimal) -> Decimal:
    return sum((net for _, _, net in _current_lines(order, coin)), ZERO)


def _current_discounts(order: Object, coin: Decimal) -> Decimal:
    shipping = [
        gross(line) - net(line)
        for line in objects(order, "shipping_lines")
        if amount_of(amount_in(line.get("current_discounted_price_set"))) == net(line) != ZERO
    ]
    return sum((price - net for _, price, net in _current_lines(order, coin)), ZERO) + sum(shipping, ZERO)


def _current_tax(order: Object, coin: Decimal) -> Decimal:
    amounts = [(line, net) for line, _, net in _current_lines(order, coin)]
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


_FIGURES: Final[Mapping[str, Callable[[Object, Decimal], Decimal]]] = {
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
