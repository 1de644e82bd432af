"""The changes of one delivery by the field that they are in, to be told one after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from devhook.analysis.diff import Change, Kind
from devhook.json_pointer import parse
from devhook.webhook.document import Document

# The steps to an item of a list: the list, the index.
_ITEM: Final = 2


class ChangeSet:
    """The changes that no phrase speaks of yet, in the order of the document.

    `wrapped`: the resource lies one step inside the document, and fields count from there.
    """

    def __init__(self, changes: Iterable[Change], *, wrapped: bool = False) -> None:
        self._outside = 1 if wrapped else 0
        self._left = [(parse(change.pointer)[self._outside :], change) for change in changes]
        self._taken: list[tuple[tuple[str, ...], Change]] = []

    def __bool__(self) -> bool:
        return bool(self._left)

    def peek(self, field: str) -> list[Change]:
        """Return the changes of the whole field."""
        return [change for steps, change in self._left if steps == (field,)]

    def take(self, field: str) -> list[Change]:
        """Take out everything that changed in a field; the changes of the whole field come first."""
        found = [each for each in self._left if each[0][:1] == (field,)]
        self._remove(found)
        return [change for _, change in sorted(found, key=lambda each: len(each[0]))]

    def took(self, change: Change) -> None:
        """Take out one change."""
        self._remove([each for each in self._left if each[1] is change])

    def added(
        self, field: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> list[dict[str, Any]]:
        """Take out the objects that were added to the list `field`, those that are wanted."""
        return self._items(field, Kind.ADDED, wanted)

    def removed(self, field: str) -> list[dict[str, Any]]:
        """Take out the objects that were removed from the list `field`."""
        return self._items(field, Kind.REMOVED, lambda _: True)

    def inside(self, field: str) -> Iterator[tuple[str, Change]]:
        """Yield the changes in the items of the list `field`, each with the name of the item's field."""
        for steps, change in list(self._left):
            if len(steps) > _ITEM and steps[0] == field:
                yield steps[_ITEM], change

    def was_taken(self, field: str) -> list[Change]:
        """Return the changes in `field` that were taken out."""
        return [change for steps, change in self._taken if steps[:1] == (field,)]

    def drop(self, is_derived: Callable[[Sequence[str]], bool]) -> None:
        """Take out what need not be told beside the rest."""
        self._remove([each for each in self._left if each[0] and is_derived(each[0])])

    @property
    def left(self) -> list[tuple[tuple[str, ...], Change]]:
        """The changes that are left, each with the keys and indexes that lead to it."""
        return list(self._left)

    def item(self, change: Change, document: Document) -> Document:
        """Return the item of a list in the resource that the change is in; None if there is none."""
        field, index, *_ = parse(change.pointer)[self._outside :]
        items = document.get(field) if isinstance(document, dict) else None
        if not isinstance(items, list) or not index.isdecimal() or int(index) >= len(items):
            return None
        return items[int(index)]

    def _items(
        self, field: str, kind: Kind, wanted: Callable[[dict[str, Any]], bool]
    ) -> list[dict[str, Any]]:
        found = []
        values = []
        for steps, change in self._left:
            value = change.before if kind is Kind.REMOVED else change.after
            is_item = len(steps) == _ITEM and steps[0] == field and change.kind is kind
            if is_item and isinstance(value, dict) and wanted(value):
                found.append((steps, change))
                values.append(value)
        self._remove(found)
        return values

    def _remove(self, found: Sequence[tuple[tuple[str, ...], Change]]) -> None:
        gone = {id(change) for _, change in found}
        self._taken += found
        self._left = [each for each in self._left if id(each[1]) not in gone]
