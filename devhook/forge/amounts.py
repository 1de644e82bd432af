"""Reads, rounds, shares and writes the amounts in an order's payload."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

Object = dict[str, Any]
ZERO: Final = Decimal(0)
# Decimal has 28 digits; the product of two larger amounts would not be exact.
_LARGEST: Final = Decimal(10) ** 10
_HIGHEST_RATE: Final = 10
_MOST_PLACES: Final = 6


def objects(holder: Object, name: str) -> list[Object]:
    """Return the objects in the list called `name`; an empty list if it does not exist."""
    items = holder.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def by_id(items: Iterable[Object]) -> Mapping[Any, Object]:
    """Return the objects by their ids."""
    return {item["id"]: item for item in items if isinstance(item.get("id"), int | str)}


def amount_of(value: Any) -> Decimal:
    """Return the amount in a field, which is text or a number; 0 for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ZERO
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return ZERO
    return amount if amount.is_finite() and abs(amount) < _LARGEST else ZERO


def known_of(item: Object, known: Mapping[Any, Object]) -> Object | None:
    """Return the object in `known` (see `by_id`) with the item's id."""
    number = item.get("id")
    return known.get(number) if isinstance(number, int | str) else None


def places_of(text: str) -> Decimal:
    """Return the smallest coin of a written amount: 0.01 for `"12.50"`."""
    return Decimal(1).scaleb(-min(len(text.partition(".")[2]), _MOST_PLACES))


def units_of(holder: Object, name: str) -> Decimal:
    """Return the number of units in a field."""
    return amount_of(holder.get(name))


def amount_in(money: Any) -> Any:
    """Return the amount of a money set (`price_set`) in the shop's currency; None for any other value."""
    inner = money.get("shop_money") if isinstance(money, dict) else None
    return inner.get("amount") if isinstance(inner, dict) else None


def set_amount(money: Object, amount: Decimal, coin: Decimal) -> None:
    """Set a money set to `amount`; its amount in another currency changes in proportion."""
    shop, shown = money["shop_money"], money.get("presentment_money")
    former = amount_of(shop.get("amount"))
    shop["amount"] = written(amount, coin)
    if not isinstance(shown, dict):
        return
    if shown.get("currency_code") == shop.get("currency_code"):
        shown["amount"] = shop["amount"]
    elif former:
        there = amount_of(shown.get("amount"))
        shown["amount"] = written(there * amount / former, places_of(str(shown.get("amount"))))


def coin_of(order: Object) -> Decimal:
    """Return the smallest coin, derived from a written amount of the order: 1 for `"630"`."""
    lines = objects(order, "line_items")
    prices = [order.get("total_price"), *(line.get("price") for line in lines)]
    text = next((price for price in prices if isinstance(price, str) and amount_of(price)), "0.00")
    return places_of(text)


def rounded(amount: Decimal, coin: Decimal) -> Decimal:
    """Return `amount` rounded to whole coins, halves away from zero."""
    return amount.quantize(coin, ROUND_HALF_UP)


def written(amount: Decimal, coin: Decimal) -> str:
    """Return `amount` as in a payload: `"12.50"`."""
    return str(rounded(amount, coin) + 0)


def shared(amount: Decimal, weights: Sequence[Decimal], coin: Decimal) -> list[Decimal]:
    """Divide `amount` in proportion to `weights`, into whole coins whose sum is `amount`.

    Coins that cannot be divided go to the largest remainders, then to the first items.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    exact = [amount * weight / whole for weight in weights]
    shares = [part.quantize(coin, ROUND_FLOOR) for part in exact]
    left = int((amount - sum(shares, ZERO)) / coin)
    neediest = sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))
    for at in neediest[:left]:
        shares[at] += coin
    return shares


def gross(line: Object) -> Decimal:
    """Return the price of a line item or a shipping line before discounts."""
    units = units_of(line, "quantity") if "quantity" in line else Decimal(1)
    return amount_of(line.get("price")) * units


def net(line: Object) -> Decimal:
    """Return the price of a line after discounts."""
    parts = objects(line, "discount_allocations")
    return gross(line) - sum((amount_of(part.get("amount")) for part in parts), ZERO)


def rates(line: Object) -> list[Decimal]:
    """Return the rates of a line's taxes; 0 for an invalid rate."""
    found = (amount_of(tax.get("rate")) for tax in objects(line, "tax_lines"))
    return [rate if 0 <= rate <= _HIGHEST_RATE else ZERO for rate in found]


def taxes(line: Object, amount: Decimal, order: Object, coin: Decimal) -> list[Decimal]:
    """Return the amount of each tax of a line on `amount`, which includes taxes if the order's prices do."""
    parts = rates(line)
    untaxed = amount / (1 + sum(parts, ZERO)) if order.get("taxes_included") else amount
    return [rounded(untaxed * rate, coin) for rate in parts]


def line_taxes(order: Object) -> Iterator[Object]:
    """Yield the tax lines of all line items and shipping lines."""
    for name in ("line_items", "shipping_lines"):
        for line in objects(order, name):
            yield from objects(line, "tax_lines")
