"""Shopify's time limits, its retries, and when it removes a subscription.

Documented: 1 s to connect, 5 s in total, any 2xx is a success and everything else a failure, 8 retries over
4 hours with growing pauses, and a subscription is removed after 8 consecutive failures
(https://shopify.dev/docs/apps/build/webhooks/verify-deliveries).

Not documented, and decided here: each pause is twice the previous one. A failed first attempt does not count
as one of the 8 failures, so that a single delivery to a dead endpoint gets its 8 retries before the
subscription is removed. A success of any delivery of the subscription resets the count.
"""

from collections import defaultdict
from typing import Final

RETRIES: Final = 8
FAILURES_ALLOWED: Final = 8
CONNECT_TIMEOUT: Final = 1.0
TOTAL_TIMEOUT: Final = 5.0

# 56 s, 113 s … 2 h: doubling pauses whose sum is 4 hours. The first one agrees with the second delivery
# "about a minute later" that developers report: https://github.com/Shopify/shopify-api-js/issues/916
_FOUR_HOURS: Final = 4 * 60 * 60.0
PAUSES: Final = tuple(_FOUR_HOURS * 2**retry / (2**RETRIES - 1) for retry in range(RETRIES))


class ConsecutiveFailures:
    """Counts the consecutive failures of each subscription."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, int] = defaultdict(int)

    def of(self, subscription: str) -> int:
        """Return the number of failures that count towards the removal of a subscription."""
        return self._counts.get(subscription, 0)

    def add(self, subscription: str, *, number: int, accepted: bool) -> bool:
        """Count attempt `number` (from 1) of a delivery; return whether it removes the subscription."""
        if accepted:
            self._counts.pop(subscription, None)
            return False
        self._counts[subscription] += number > 1
        return self._counts[subscription] >= FAILURES_ALLOWED
