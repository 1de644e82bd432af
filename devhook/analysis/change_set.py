"""The changes of one delivery by the field that they are in, to be told one after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from devhook.analysis.diff import Change, Kind
from devhook.json_pointer import parse
from devhook.webhook.document import Document

# The steps to an item of a list: the list, the index.
_ITEM: Final = 2


class Placed(NamedTuple):
    """A change, and the keys and indexes that lead to it in the resource."""

    steps: tuple[str, ...]
    change: Change


class ChangeSet:
    """The changes that no phrase speaks of yet, in the order of the document.

    `wrapped`: the resource lies one step inside the document, and fields count from there.
    """

    def __init__(self, changes: Iterable[Change], *, wrapped: bool = False) -> None:
        self._outside = 1 if wrapped else 0
        self._left: dict[str, dict[int, Placed]] = {}
        self._touched: set[str] = set()
        for change in changes:
            steps = parse(change.pointer)[self._outside :]
            self._left.setdefault(steps[0] if steps else "", {})[id(change)] = Placed(steps, change)

    @property
    def left(self) -> Iterator[Placed]:
        """The changes that are left."""
        return (placed for in_field in self._left.values() for placed in in_field.values())

    def peek(self, field: str) -> list[Change]:
        """Return the changes of the whole field."""
        return [change for steps, change in self._of(field) if len(steps) == 1]

    def take(self, field: str) -> list[Change]:
        """Take out everything that changed in a field; the changes of the whole field come first."""
        found = self._left.pop(field, {})
        if found:
            self._touched.add(field)
        return [change for _, change in sorted(found.values(), key=lambda each: len(each.steps))]

    def took(self, placed: Placed) -> None:
        """Take out one change."""
        self._touched.add(placed.steps[0])
        del self._left[placed.steps[0]][id(placed.change)]

    def was_touched(self, field: str) -> bool:
        """Return whether a change in `field` was taken out."""
        return field in self._touched

    def added(
        self, field: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> list[dict[str, Any]]:
        """Take out the objects that were added to the list `field`, those that are wanted."""
        return self._items(field, Kind.ADDED, wanted)

    def removed(self, field: str) -> list[dict[str, Any]]:
        """Take out the objects that were removed from the list `field`."""
        return self._items(field, Kind.REMOVED, lambda _: True)

    def inside(self, field: str) -> Iterator[tuple[str, Placed]]:
        """Yield the changes in the items of the list `field`, each with the name of the item's field."""
        for placed in self._of(field):
            if len(placed.steps) > _ITEM:
                yield placed.steps[_ITEM], placed

    def drop(self, is_derived: Callable[[Sequence[str]], bool]) -> None:
        """Take out what need not be told beside the rest."""
        for in_field in self._left.values():
            for placed in list(in_field.values()):
                if placed.steps and is_derived(placed.steps):
                    del in_field[id(placed.change)]

    @staticmethod
    def item(placed: Placed, resource: Document) -> Document:
        """Return the item of a list in the resource that the change is in; None if there is none."""
        field, index = placed.steps[:_ITEM]
        items = resource.get(field) if isinstance(resource, dict) else None
        if not isinstance(items, list) or not index.isdecimal() or int(index) >= len(items):
            return None
        return items[int(index)]

    def _of(self, field: str) -> list[Placed]:
        return list(self._left.get(field, {}).values())

    def _items(
        self, field: str, kind: Kind, wanted: Callable[[dict[str, Any]], bool]
    ) -> list[dict[str, Any]]:
        values = []
        for placed in self._of(field):
            change = placed.change
            value = change.before if kind is Kind.REMOVED else change.after
            is_item = len(placed.steps) == _ITEM and change.kind is kind
            if is_item and isinstance(value, dict) and wanted(value):
                self.took(placed)
                values.append(value)
        return values
