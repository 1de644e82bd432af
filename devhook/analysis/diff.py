"""Compares two documents and lists the fields that differ.

The comparison is strict: 1, 1.0, 1.00 and true are four different values, and "1" is a fifth. Items of lists
are paired by identity (module `pairing`), so an item that only moved is not a change. The order of an
object's keys is ignored, because Shopify varies it between an order's tax lines and those of its line items.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from devhook.analysis.identity import split_tags
from devhook.analysis.pairing import pairs
from devhook.analysis.paths import Place, Siblings, name_of, path_of, pointer_of, spelled, steps_of
from devhook.json_pointer import spell
from devhook.webhook.document import Document
from devhook.webhook.payload import Repeated

# Fields that change whenever their object is saved; alone they carry no information.
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
    """One field that differs between two versions of a document.

    `path`: the field for people, `line_items[TEE-M].price`.
    `pointer`: the field for programs, a JSON pointer (RFC 6901) into the new document, or into the old one if
    the field was removed.
    `before`, `after`: the whole values. The absent one is None; `kind` tells it from null.
    `noise`: the field changes whenever its object is saved (`updated_at`).
    `steps`: the keys and indexes that lead to the field in the old document.
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
    """Return every change from `before` to `after`, noise included, in the order of the new document.

    An added or removed value is one change with the whole value. So is a value that changed from or to an
    object or a list. Each tag of a comma-separated list is compared by itself; its pointer leads to the list.
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


def repeated_changes(repeated: Iterable[Repeated]) -> tuple[Change, ...]:
    """Return a change for each value of a repeated key that a later one replaces: from it to the last one."""
    return tuple(
        Change(
            kind=Kind.CHANGED,
            path=spelled((str(step), isinstance(step, int)) for step in each.steps),
            pointer=spell(each.steps),
            before=value,
            after=each.values[-1],
            steps=each.steps,
        )
        for each in repeated
        for value in each.values[:-1]
    )


_Pair = tuple[Document, Document, Place | None]


def _fields(old: dict[str, Document], new: dict[str, Document], place: Place | None) -> list[_Pair]:
    """Return the fields of two objects that differ or may differ inside; removed fields come last."""
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
    """Return the items of two lists that differ or may differ inside; removed items come last."""
    name = name_of(place)
    found = pairs(name, old, new)
    matches = [index if index < len(old) else None for index in range(len(new))] if found is None else found
    gone = sorted(set(range(len(old))).difference(matches))
    siblings = Siblings(
        name, [*new, *(old[index] for index in gone)], identified=found is not None, in_text=in_text
    )
    differing: list[_Pair] = []
    for index, (match, value) in enumerate(zip(matches, new, strict=True)):
        if match is None:
            differing.append((_ABSENT, value, Place(place, len(old), index, siblings)))
        elif not _surely_same(old[match], value):
            differing.append((old[match], value, Place(place, match, index, siblings)))
    differing += [
        (old[index], _ABSENT, Place(place, index, len(new) + rank, siblings))
        for rank, index in enumerate(gone)
    ]
    return differing


def _surely_same(old: Document, new: Document) -> bool:
    """Return whether two values are strictly equal; at most `_GLANCE` values are compared.

    Most fields of two versions are equal, and this check is several times faster than the walk with its
    identities and places. False means only that the walk must compare. `==` is not used: it holds 1, 1.0 and
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
            elif str(one) != str(other) if issubclass(kind, Decimal) else one != other:
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
