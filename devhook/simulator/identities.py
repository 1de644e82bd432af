"""Where the simulated shop's ids and tokens come from."""

from collections.abc import Callable
from random import Random

Ids = Callable[[], int]


def ascending_ids(random: Random) -> Ids:
    """Return a source of ids: 18 digits, as in Shopify's documentation, so always above 2^53; each above the last."""
    last = random.randrange(4 * 10**17, 8 * 10**17)

    def next_id() -> int:
        nonlocal last
        last += random.randrange(10**6, 10**11)
        return last

    return next_id


def token(random: Random, digits: int = 32) -> str:
    """Return a hexadecimal token, as in an order's `token` or `checkout_token`."""
    return f"{random.getrandbits(4 * digits):0{digits}x}"
