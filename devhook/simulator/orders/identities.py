"""Where the simulated shop's ids and tokens come from, and how Shopify writes an id globally."""

from collections.abc import Callable
from random import Random

Ids = Callable[[], int]


def ascending_ids(random: Random) -> Ids:
    """Return a source of ids, each above the last: 18 digits as in Shopify's documentation, so above 2^53."""
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
