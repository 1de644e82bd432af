"""Ids, tokens and amounts of money, and how Shopify writes them."""

from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from random import Random
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

Ids = Callable[[], int]

ZERO: Final = Decimal(0)

# ISO 4217; every other currency has two places.
_PLACES: Final = {
    "CLP": 0,
    "ISK": 0,
    "JPY": 0,
    "KRW": 0,
    "PYG": 0,
    "UGX": 0,
    "VND": 0,
    "XAF": 0,
    "BHD": 3,
    "KWD": 3,
}


class Currency(BaseModel):
    """A currency by its ISO 4217 code; rounds, divides and writes amounts."""

    model_config = ConfigDict(frozen=True)

    code: str

    @property
    def coin(self) -> Decimal:
        """Return the smallest amount: 0.01, or 1 without smaller coins."""
        return Decimal(1).scaleb(-_PLACES.get(self.code, 2))

    def rounded(self, amount: Decimal) -> Decimal:
        """Return `amount` rounded to whole coins, halves away from zero."""
        return amount.quantize(self.coin, ROUND_HALF_UP)

    def text(self, amount: Decimal) -> str:
        """Return `amount` as in a body: `"12.50"`, or `"630"` without smaller coins."""
        return str(amount.quantize(self.coin, ROUND_HALF_UP) + 0)

    def money_set(self, amount: Decimal) -> dict[str, Any]:
        """Return `amount` as a `*_set`; the shop's and the buyer's currency are the same here."""
        return {
            "shop_money": {"amount": self.text(amount), "currency_code": self.code},
            "presentment_money": {"amount": self.text(amount), "currency_code": self.code},
        }

    def shared(self, amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
        """Divide `amount` in proportion to `weights`, into whole coins whose sum is `amount`.

        Coins that cannot be divided go to the largest remainders, then to the first items. `amount` is in
        whole coins and not negative. If all weights are 0, so are the shares.
        """
        whole = sum(weights, ZERO)
        if not whole:
            return [ZERO for _ in weights]
        exact = [amount * weight / whole for weight in weights]
        shares = [part.quantize(self.coin, ROUND_FLOOR) for part in exact]
        left = int((amount - sum(shares, ZERO)) / self.coin)
        neediest = sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))
        for at in neediest[:left]:
            shares[at] += self.coin
        return shares


def ruby_float(number: Decimal) -> Decimal:
    """Return `number` in Ruby's notation of a float: `89.9`, `2.0`, `0.0`."""
    return Decimal(repr(float(number)))


def ascending_ids(random: Random) -> Ids:
    """Return a source of ascending ids with 18 digits, as in Shopify's documentation: above 2^53."""
    last = random.randrange(4 * 10**17, 8 * 10**17)

    def next_id() -> int:
        nonlocal last
        last += random.randrange(10**6, 10**11)
        return last

    return next_id


def token(random: Random, digits: int = 32) -> str:
    """Return a hexadecimal token, as in an order's `token` or `checkout_token`."""
    return f"{random.getrandbits(4 * digits):0{digits}x}"


def gid(kind: str, number: int) -> str:
    """Return the global id: `gid://shopify/Order/820982911946154508`."""
    return f"gid://shopify/{kind}/{number}"
