"""Pairs the items of a list between two versions: by identity, else by what stays equal, else by position.

An id never changes. The fields that identify an item without an id do: the title of a tax line, the index of
a discount application. Such an item whose identity is gone is paired with the new item that is most like it.
Where items have no identity and some came or went, those that stayed keep their order.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from devhook.analysis.identity import Identity, exact, identities, is_mutable
from devhook.webhook.document import Document

# Every pair of the items that are left is compared; an order has a few tax lines for each line item.
_MOST_LEFT: Final = 30
# Values of an item that are compared; a tax line has eight.
_MOST_LEAVES: Final = 100


class Pairs(NamedTuple):
    """For each item of the new version its index in the old one; None for one that was not there.

    `identified`: the items have an identity.
    """

    matches: list[int | None]
    identified: bool


def pairs(name: str, before: Sequence[Document], after: Sequence[Document]) -> Pairs | None:
    """Return which items of two versions of the list `name` are the same; None: those at one position."""
    found = identities(name, before, after)
    if found is not None:
        old, new = found
        if is_mutable(name) and _is_turned(before, after):
            return Pairs(_turned(_identified(name, after, before, new, old), len(after)), identified=True)
        return Pairs(_identified(name, before, after, old, new), identified=True)
    if len(before) == len(after) or max(len(before), len(after)) > _MOST_LEFT:
        return None
    if _is_turned(before, after):
        return Pairs(_turned(_aligned(after, before), len(after)), identified=False)
    return Pairs(_aligned(before, after), identified=False)


def _is_turned(before: Sequence[Document], after: Sequence[Document]) -> bool:
    """Return whether the pairs are looked for from the new version to the old one.

    Of several equally good choices one is taken, and it is the same one for the changes back.
    """
    sizes = len(before), len(after)
    return sizes[0] < sizes[1] if sizes[0] != sizes[1] else repr(before) < repr(after)


def _turned(matches: Sequence[int | None], count: int) -> list[int | None]:
    """Return the pairs from the other side, which has `count` items."""
    turned: list[int | None] = [None] * count
    for index, match in enumerate(matches):
        if match is not None:
            turned[match] = index
    return turned


def _identified(
    name: str,
    before: Sequence[Document],
    after: Sequence[Document],
    old: Sequence[Identity],
    new: Sequence[Identity],
) -> list[int | None]:
    if not is_mutable(name):
        places = {key: index for index, key in enumerate(old)}
        return [places.get(key) for key in new]
    matches = _by_identity(before, after, old, new)
    taken = set(matches)
    left = [index for index in range(len(before)) if index not in taken]
    unmatched = [index for index, match in enumerate(matches) if match is None]
    if len(left) <= _MOST_LEFT and len(unmatched) <= _MOST_LEFT:
        for index, match in _by_likeness(before, after, left, unmatched):
            matches[index] = match
    return matches


def _by_identity(
    before: Sequence[Document], after: Sequence[Document], old: Sequence[Identity], new: Sequence[Identity]
) -> list[int | None]:
    """Pair items with equal identities; of several, those that are equal first, then in their order."""
    waiting: dict[Identity, deque[int]] = defaultdict(deque)
    for index, key in enumerate(old):
        waiting[key[:-1]].append(index)
    matches: list[int | None] = [None] * len(after)
    for index, key in enumerate(new):
        same = waiting[key[:-1]]
        if 1 < len(same) <= _MOST_LEFT:
            item = _leaves(after[index])
            for match in same:
                if _leaves(before[match]) == item:
                    matches[index] = match
                    same.remove(match)
                    break
    for index, key in enumerate(new):
        if matches[index] is None and waiting[key[:-1]]:
            matches[index] = waiting[key[:-1]].popleft()
    return matches


def _aligned(before: Sequence[Document], after: Sequence[Document]) -> list[int | None]:
    """Pair equal items in their order, and between those what is at the same place or alike."""
    matches: list[int | None] = [None] * len(after)
    start, new_start = 0, 0
    for end, new_end in [*_equal_in_order(before, after), (len(before), len(after))]:
        left, unmatched = range(start, end), range(new_start, new_end)
        if len(left) == len(unmatched):
            matches[new_start:new_end] = left
        else:
            for index, match in _by_likeness(before, after, left, unmatched):
                matches[index] = match
        if end < len(before) and new_end < len(after):
            matches[new_end] = end
        start, new_start = end + 1, new_end + 1
    return matches


def _equal_in_order(before: Sequence[Document], after: Sequence[Document]) -> Iterator[tuple[int, int]]:
    """Yield the places of the longest common subsequence of two lists."""
    old, new = ([frozenset(_leaves(item).items()) for item in items] for items in (before, after))
    longest = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for one, other in product(reversed(range(len(old))), reversed(range(len(new)))):
        longest[one][other] = (
            longest[one + 1][other + 1] + 1
            if old[one] == new[other]
            else max(longest[one + 1][other], longest[one][other + 1])
        )
    one = other = 0
    while one < len(old) and other < len(new):
        if old[one] == new[other]:
            yield one, other
            one, other = one + 1, other + 1
        elif longest[one + 1][other] >= longest[one][other + 1]:
            one += 1
        else:
            other += 1


def _by_likeness(
    before: Sequence[Document], after: Sequence[Document], left: Sequence[int], unmatched: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of an item of `after` and one of `before` that are alike, the most alike first.

    Two items are alike if at least half of their values are equal.
    """
    alike = []
    for index, match in product(unmatched, left):
        new, old = _leaves(after[index]), _leaves(before[match])
        equal = len(new.items() & old.items())
        if 2 * equal >= len(new.keys() | old.keys()):
            alike.append((-equal, abs(match - index), index, match))
    paired: set[int] = set()
    taken: set[int] = set()
    for _, _, index, match in sorted(alike):
        if index not in paired and match not in taken:
            paired.add(index)
            taken.add(match)
            yield index, match


def _leaves(item: Document) -> dict[tuple[Hashable, ...], Hashable]:
    """Return the first values in an item that are neither objects nor lists, by their places."""
    found: dict[tuple[Hashable, ...], Hashable] = {}
    pending: list[tuple[tuple[Hashable, ...], Document]] = [((), item)]
    while pending and len(found) < _MOST_LEAVES:
        place, value = pending.pop()
        if isinstance(value, dict):
            pending += [((*place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [((*place, index), inner) for index, inner in enumerate(value)]
        else:
            found[place] = exact(value)
    return found
