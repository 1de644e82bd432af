"""Amounts in the payload of an order: read, rounded, shared out, written as Shopify writes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

Object = dict[str, Any]
ZERO: Final = Decimal(0)
# What is larger is no amount: Decimal's 28 digits would not hold a product of two in whole coins.
_LARGEST: Final = Decimal(10) ** 10
_HIGHEST_RATE: Final = 10
_MOST_PLACES: Final = 6


def objects(holder: Object, name: str) -> list[Object]:
    """The objects in the list called `name`; none where there is no such list."""
    items = holder.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def by_id(items: Iterable[Object]) -> Mapping[Any, Object]:
    """The objects by their ids."""
    return {item["id"]: item for item in items if isinstance(item.get("id"), int | str)}


def amount_of(value: Any) -> Decimal:
    """The amount that a field says, as text or as a number; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ZERO
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return ZERO
    return amount if amount.is_finite() and abs(amount) < _LARGEST else ZERO


def known_of(item: Object, known: Mapping[Any, Object]) -> Object | None:
    """What `by_id` has under the item's id."""
    number = item.get("id")
    return known.get(number) if isinstance(number, int | str) else None


def places_of(text: str) -> Decimal:
    """The smallest coin that an amount as it is written could be of: 0.01 for `"12.50"`."""
    return Decimal(1).scaleb(-min(len(text.partition(".")[2]), _MOST_PLACES))


def units_of(holder: Object, name: str) -> Decimal:
    """How many units a field says."""
    return amount_of(holder.get(name))


def amount_in(money: Any) -> Any:
    """What a money set (`price_set`) says in the shop's currency; None for what is no set."""
    inner = money.get("shop_money") if isinstance(money, dict) else None
    return inner.get("amount") if isinstance(inner, dict) else None


def set_amount(money: Object, amount: Decimal, coin: Decimal) -> None:
    """Have a money set say `amount`; what it says in another currency changes in proportion."""
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
    """The smallest coin, told by how an amount of the order is written: `"630"` has no smaller ones."""
    lines = objects(order, "line_items")
    prices = [order.get("total_price"), *(line.get("price") for line in lines)]
    text = next((price for price in prices if isinstance(price, str) and amount_of(price)), "0.00")
    return places_of(text)


def rounded(amount: Decimal, coin: Decimal) -> Decimal:
    """`amount` in whole coins, halves away from zero."""
    return amount.quantize(coin, ROUND_HALF_UP)


def written(amount: Decimal, coin: Decimal) -> str:
    """`amount` as a payload has it: `"12.50"`."""
    return str(rounded(amount, coin) + 0)


def shared(amount: Decimal, weights: Sequence[Decimal], coin: Decimal) -> list[Decimal]:
    """Share `amount` out in proportion to `weights`, in whole coins that sum up to it.

    Coins that do not divide go to the largest remainders, then to the first.
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
    """What a line item or a shipping line costs before discounts."""
    units = units_of(line, "quantity") if "quantity" in line else Decimal(1)
    return amount_of(line.get("price")) * units


def net(line: Object) -> Decimal:
    """What it costs after them."""
    parts = objects(line, "discount_allocations")
    return gross(line) - sum((amount_of(part.get("amount")) for part in parts), ZERO)


def rates(line: Object) -> list[Decimal]:
    """The rates of its taxes; 0 for what can be none."""
    found = (amount_of(tax.get("rate")) for tax in objects(line, "tax_lines"))
    return [rate if 0 <= rate <= _HIGHEST_RATE else ZERO for rate in found]


def taxes(line: Object, amount: Decimal, order: Object, coin: Decimal) -> list[Decimal]:
    """What each tax of a line comes to on `amount`, which holds them already where prices do."""
    parts = rates(line)
    untaxed = amount / (1 + sum(parts, ZERO)) if order.get("taxes_included") else amount
    return [rounded(untaxed * rate, coin) for rate in parts]


def line_taxes(order: Object) -> Iterator[Object]:
    """The tax lines of all line items and shipping lines."""
    for name in ("line_items", "shipping_lines"):
        for line in objects(order, name):
            yield from objects(line, "tax_lines")
