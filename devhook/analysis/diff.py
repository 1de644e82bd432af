"""What changed between two documents, field by field, and making the same changes again.

One strict walk: 1, 1.0, 1.00 and true are four values, "1" is another. Items of lists are paired by identity,
so one that only moved is no change. Neither is the order of an object's keys, which Shopify itself varies
(facts: tax lines of the order and of its lines).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from devhook.analysis.identity import identities, join_tags, split_tags
from devhook.analysis.paths import Place, Siblings, name_of, path_of, pointer_of, steps_of
from devhook.webhook.document import Document

# Fields that move with every touch of their object and say nothing by themselves.
_NOISE: Final = frozenset({"updated_at"})
_TAGS: Final = "tags"
_ABSENT: Final = object()
# A line item of an order is about 90 values.
_GLANCE: Final = 500


class Kind(StrEnum):
    """What happened to a field."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class Change(BaseModel):
    """One field that differs.

    `path` is for people (`line_items[TEE-M].price`), `pointer` for programs: RFC 6901, into the new document,
    or into the old one when the field was removed. `before` and `after` are the whole values; the absent one
    is None, and `kind` tells that from a null. A `noise` field moves with every touch and says nothing by
    itself. `steps` is the place in the old document, keys and indexes, that `apply` goes to.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    path: str
    pointer: str
    before: Document = None
    after: Document = None
    noise: bool = False
    steps: tuple[str | int, ...] = ()


def compare(before: Document, after: Document) -> tuple[Change, ...]:
    """Return every change from `before` to `after`, noise ones included, in the order of the new document.

    What was added or removed is one change with the whole value, and so is a value that became an object or a
    list, or was one. A tag is an item of the comma list it stands in; its pointer leads to the whole list.
    """
    changes = []
    pending: list[tuple[Document, Document, Place | None]] = [(before, after, None)]
    while pending:
        old, new, place = pending.pop()
        if type(old) is dict and type(new) is dict:
            pending += reversed(_fields(old, new, place))
        elif type(old) is list and type(new) is list:
            pending += reversed(_items(old, new, place))
        elif type(old) is str and type(new) is str and name_of(place) == _TAGS:
            pending += reversed(_items(split_tags(old), split_tags(new), place, in_text=True))
        elif not _surely_same(old, new):
            changes.append(_change(old, new, place))
    return tuple(changes)


def apply(before: Document, changes: Iterable[Change]) -> Document:
    """Return `before` with the `changes` that `compare` found from it.

    The result equals what it was compared with, up to the order of keys, of tags, and of items that have an
    identity. It shares the parts that did not change with `before`, which stays as it is.
    """
    return _Copy(before).with_changes(changes)


_Pair = tuple[Document, Document, Place | None]


def _fields(old: dict[str, Document], new: dict[str, Document], place: Place | None) -> list[_Pair]:
    """The fields of two objects that differ or may differ inside, those that are gone last."""
    pairs: list[_Pair] = []
    for key, value in new.items():
        known = old.get(key, _ABSENT)
        if not _surely_same(known, value):
            pairs.append((known, value, Place(place, key, key)))
    pairs += [(value, _ABSENT, Place(place, key, key)) for key, value in old.items() if key not in new]
    return pairs


def _items(
    old: Sequence[Document], new: Sequence[Document], place: Place | None, *, in_text: bool = False
) -> list[_Pair]:
    """The items of two lists that differ or may differ inside, those that are gone last."""
    name = name_of(place)
    found = identities(name, old, new)
    old_keys, new_keys = found or (range(len(old)), range(len(new)))
    unmatched = {key: index for index, key in enumerate(old_keys)}
    matches = [unmatched.pop(key, None) for key in new_keys]
    gone = list(unmatched.values())
    siblings = Siblings(
        name, [*new, *(old[index] for index in gone)], identified=found is not None, in_text=in_text
    )
    pairs: list[_Pair] = []
    for index, (match, value) in enumerate(zip(matches, new, strict=True)):
        if match is None:
            pairs.append((_ABSENT, value, Place(place, len(old), index, siblings)))
        elif not _surely_same(old[match], value):
            pairs.append((old[match], value, Place(place, match, index, siblings)))
    pairs += [
        (old[index], _ABSENT, Place(place, index, len(new) + rank, siblings))
        for rank, index in enumerate(gone)
    ]
    return pairs


def _surely_same(old: Document, new: Document) -> bool:
    """Whether two values are strictly the same, as far as a look at `_GLANCE` values tells.

    Nearly everything in two versions is the same, and this finds it several times faster than the walk with
    its identities and places. False only means that the walk must look. `==` will not do: it holds 1, 1.0 and
    true equal, and it recurses.
    """
    left = _GLANCE
    pending: list[tuple[Any, Any]] = [([old], [new])]
    while pending:
        olds, news = pending.pop()
        left -= len(olds)
        if left < 0 or len(olds) != len(news):
            return False
        if type(olds) is dict:
            if list(olds) != list(news):
                return False
            olds, news = olds.values(), news.values()
        for one, other in zip(olds, news, strict=True):
            if one is other:
                continue
            kind = type(one)
            if kind is not type(other):
                return False
            if kind is dict or kind is list:
                pending.append((one, other))
            elif str(one) != str(other) if kind is Decimal else one != other:
                return False
    return True


def _change(old: Document, new: Document, place: Place | None) -> Change:
    kind = Kind.ADDED if old is _ABSENT else Kind.REMOVED if new is _ABSENT else Kind.CHANGED
    return Change(
        kind=kind,
        path=path_of(place),
        pointer=pointer_of(place, into_old=kind is Kind.REMOVED),
        before=None if old is _ABSENT else old,
        after=None if new is _ABSENT else new,
        noise=kind is Kind.CHANGED and name_of(place) in _NOISE,
        steps=steps_of(place),
    )


class _Copy:
    """A document under change: what is touched is copied first, once, and nothing else is."""

    def __init__(self, document: Document) -> None:
        self._holder: dict[str, Document] = {"": document}
        self._own: dict[int, Any] = {}
        self._texts: list[tuple[Any, str | int]] = []

    def with_changes(self, changes: Iterable[Change]) -> Document:
        for change in changes:
            container: Any = self._holder
            *way, last = ("", *change.steps)
            for step in way:
                container = self._inside(container, step)
            if type(container) is dict and change.kind is Kind.REMOVED:
                del container[last]
            elif type(container) is list and change.kind is Kind.ADDED:
                container.append(change.after)
            else:
                # Other changes count by the old list's indexes: an item that goes leaves a gap until the end.
                container[last] = _ABSENT if change.kind is Kind.REMOVED else change.after
        return self._finished()

    def _inside(self, container: Any, step: str | int) -> Any:
        """Return what stands at `step`, made a copy of our own; a comma list becomes the list of its tags."""
        inner = container[step]
        if id(inner) not in self._own:
            if type(inner) is str:
                inner = split_tags(inner)
                self._texts.append((container, step))
            else:
                inner = inner.copy()
            container[step] = inner
            self._own[id(inner)] = inner
        return inner

    def _finished(self) -> Document:
        for container in self._own.values():
            if type(container) is list:
                container[:] = [item for item in container if item is not _ABSENT]
        for container, key in self._texts:
            container[key] = join_tags(container[key])
        return self._holder[""]
