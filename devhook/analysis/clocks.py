"""Orders the versions of a subject in time, as far as two of them carry the same clock.

A version has up to two clocks: `X-Shopify-Triggered-At`, when the action happened (nanoseconds), and its
body's `updated_at` (seconds). The two are never compared with each other: one action sets them at different
moments. `updated_at` is compared between bodies of the same part only, since every resource has its own.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")


class VersionOrder(StrEnum):
    """How a version stands to another one in time.

    `older`, `newer`: every shared clock says so, or does not tell them apart.
    `same`: no shared clock tells them apart.
    `contradictory`: one clock says older, the other newer.
    `unknown`: they share no clock.
    """

    OLDER = "older"
    NEWER = "newer"
    SAME = "same"
    CONTRADICTORY = "contradictory"
    UNKNOWN = "unknown"

    @property
    def is_known(self) -> bool:
        """Whether one of the two is known to be the newer one."""
        return self in {VersionOrder.OLDER, VersionOrder.NEWER}


class VersionClocks(NamedTuple):
    """The clocks of a version, in nanoseconds since 1970; None: it does not carry that clock.

    `part`: the part of the subject that its body is about; see `Subject.part`.
    """

    triggered: int | None = None
    updated: int | None = None
    part: str = ""

    def beside(self, other: "VersionClocks") -> VersionOrder:
        """Return how this version stands to `other`."""
        pairs = [(self.triggered, other.triggered)]
        if self.part == other.part:
            pairs.append((self.updated, other.updated))
        signs = {
            (own > given) - (own < given) for own, given in pairs if own is not None and given is not None
        }
        if not signs:
            return VersionOrder.UNKNOWN
        if {-1, 1} <= signs:
            return VersionOrder.CONTRADICTORY
        return VersionOrder.NEWER if 1 in signs else VersionOrder.OLDER if -1 in signs else VersionOrder.SAME


def in_order(items: Sequence[Item], clocks_of: Callable[[Item], VersionClocks]) -> list[Item]:
    """Return `items`, given in the order of their arrival, oldest version first.

    No item stands after a version that is known to be newer; where nothing is known, arrival decides. That
    also breaks the circles that contradictory clocks make.
    """
    clocks = [clocks_of(item) for item in items]
    places = list(range(len(items)))
    if all(each.triggered is not None for each in clocks):
        places.sort(key=lambda at: (clocks[at].triggered, clocks[at].updated or 0, at))
    elif not _arrived_in_order(clocks):
        places = _sorted(clocks)
    return [items[at] for at in places]


def _arrived_in_order(clocks: Sequence[VersionClocks]) -> bool:
    """Return whether no clock ever runs backwards."""
    highest: dict[str | None, int] = {}
    for each in clocks:
        for clock, time in ((None, each.triggered), (each.part, each.updated)):
            if time is not None:
                if time < highest.get(clock, time):
                    return False
                highest[clock] = time
    return True


def _sorted(clocks: Sequence[VersionClocks]) -> list[int]:
    """Return the places of `clocks` in a topological order."""
    newer_than: list[list[int]] = [[] for _ in clocks]
    waits_for = [0] * len(clocks)
    for (one, own), (other, given) in combinations(enumerate(clocks), 2):
        order = own.beside(given)
        if order.is_known:
            older, newer = (one, other) if order is VersionOrder.OLDER else (other, one)
            newer_than[older].append(newer)
            waits_for[newer] += 1
    waiting = dict.fromkeys(range(len(clocks)))
    places: list[int] = []
    while waiting:
        place = next((at for at in waiting if waits_for[at] <= 0), next(iter(waiting)))
        del waiting[place]
        places.append(place)
        for newer in newer_than[place]:
            waits_for[newer] -= 1
    return places
