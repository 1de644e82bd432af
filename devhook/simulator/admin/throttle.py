"""The cost of a GraphQL request, and the leaky bucket that pays for it.

https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits; the forms are those of recorded answers:
https://github.com/airhorns/shopify-draft-proxy
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from graphql import FieldNode, value_from_ast_untyped
from pydantic import BaseModel, ConfigDict

# Recorded: a mutation costs 10, a list of n objects n, one object 1. A count costs 10, derived from queries
# with several root fields.
_POINTS: Final = {
    "webhookSubscriptionCreate": 10,
    "webhookSubscriptionUpdate": 10,
    "webhookSubscriptionDelete": 10,
    "webhookSubscriptionsCount": 10,
    "__schema": 0,
    "__type": 0,
    "__typename": 0,
}
_LIST: Final = "webhookSubscriptions"


def requested_cost(root_fields: Iterable[FieldNode], variables: Mapping[str, Any]) -> int:
    """Return the points that a request needs before it runs."""
    return sum(_points(field, variables) for field in root_fields)


def unspent(page_size: int, returned: int) -> int:
    """Return the points refunded for a short list, which costs two plus one per returned object."""
    return max(0, page_size - (returned + 2))


class Level(BaseModel):
    """GraphQL's `throttleStatus`, in points and points per second."""

    model_config = ConfigDict(frozen=True)

    maximumAvailable: int  # noqa: N815 - Shopify's key
    currentlyAvailable: int  # noqa: N815 - Shopify's key
    restoreRate: int  # noqa: N815 - Shopify's key


class Throttle:
    """A bucket of points that refills over time; Shopify has one per app and shop."""

    def __init__(
        self, clock: Callable[[], datetime], *, maximum: int = 2000, restore_rate: int = 100
    ) -> None:
        self.maximum = maximum
        self.restore_rate = restore_rate
        self._clock = clock
        self._available = float(maximum)
        self._filled_at = clock()

    def take(self, points: int) -> bool:
        """Pay `points` and return True; return False, without paying, if there are not enough."""
        self._fill()
        if points > self._available:
            return False
        self._available -= points
        return True

    def give_back(self, points: int) -> None:
        """Return points that were paid and not used."""
        self._available = min(self.maximum, self._available + points)

    def drain(self, left: int = 0) -> None:
        """Leave only `left` points, as if other requests had used the rest."""
        self._fill()
        self._available = float(left)

    def level(self) -> Level:
        """Return the current level."""
        self._fill()
        return Level(
            maximumAvailable=self.maximum,
            currentlyAvailable=int(self._available),
            restoreRate=self.restore_rate,
        )

    def _fill(self) -> None:
        now = self._clock()
        seconds = max(0.0, (now - self._filled_at).total_seconds())
        self._filled_at = now
        self._available = min(self.maximum, self._available + seconds * self.restore_rate)


def _points(field: FieldNode, variables: Mapping[str, Any]) -> int:
    name = field.name.value
    if name != _LIST:
        return _POINTS.get(name, 1)
    given = {
        argument.name.value: value_from_ast_untyped(argument.value, dict(variables))
        for argument in field.arguments or ()
    }
    sizes = [given[size] for size in ("first", "last") if isinstance(given.get(size), int)]
    return max(sizes, default=1)
