"""Compares two documents and lists the fields that differ.

The comparison is strict: 1, 1.0, 1.00 and true are four different values, and "1" is a fifth. Items of lists
are paired by identity (module `pairing`), so an item that only moved is not a change. The order of an
object's keys is ignored, because Shopify varies it between an order's tax lines and those of its line items.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from devhook.analysis.identity import split_tags
from devhook.analysis.pairing import pairs
from devhook.analysis.paths import Place, Siblings, name_of, path_of, pointer_of, steps_of
from devhook.webhook.document import Document

# Fields that change whenever their object is saved; alone they carry no information.
_NOISE: Final = frozenset({"updated_at"})
_TAGS: Final = "tags"
ABSENT: Final = object()
"""Stands for the value of a field that a version lacks."""
# Items of a list, or tags, that are paired by identity; those of a longer list are paired by position. An
# order has a few hundred lines.
_MOST_PAIRED: Final = 20_000
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


class Difference(NamedTuple):
    """A field that differs: its values, of which ABSENT is one that a version lacks, and its place."""

    old: Document
    new: Document
    place: Place | None

    @property
    def kind(self) -> Kind:
        """What happened to the field."""
        return Kind.ADDED if self.old is ABSENT else Kind.REMOVED if self.new is ABSENT else Kind.CHANGED

    @property
    def noise(self) -> bool:
        """Whether the field changes whenever its object is saved."""
        return name_of(self.place) in _NOISE and self.kind is Kind.CHANGED

    def change(self) -> Change:
        """Return it as a change, with its path and pointer."""
        kind = self.kind
        return Change(
            kind=kind,
            path=path_of(self.place),
            pointer=pointer_of(self.place, into_old=kind is Kind.REMOVED),
            before=None if self.old is ABSENT else self.old,
            after=None if self.new is ABSENT else self.new,
            noise=self.noise,
            steps=steps_of(self.place),
        )


def compare(before: Document, after: Document) -> tuple[Change, ...]:
    """Return every change from `before` to `after`, noise included, in the order of the new document.

    An added or removed value is one change with the whole value. So is a value that changed from or to an
    object or a list. Each tag of a comma-separated list is compared by itself; its pointer leads to the list.
    Two bodies of 5 MB can differ in a million fields; `comparison.Comparison` bounds what is listed of them.
    """
    return tuple(difference.change() for difference in differences(before, after))


def are_equal(before: Document, after: Document) -> bool:
    """Return whether two documents have no change, noise included."""
    return next(differences(before, after), None) is None


def differences(before: Document, after: Document) -> Iterator[Difference]:
    """Yield every field that differs; a list of them would take more memory than the bodies."""
    pending = [iter((Difference(before, after, None),))]
    while pending:
        found = next(pending[-1], None)
        if found is None:
            pending.pop()
            continue
        old, new, place = found
        if type(old) is dict and type(new) is dict:
            pending.append(_fields(old, new, place))
        elif type(old) is list and type(new) is list:
            pending.append(_items(old, new, place))
        elif type(old) is str and type(new) is str and _are_tags(old, new, place):
            pending.append(_items(split_tags(old), split_tags(new), place, in_text=True))
        elif place is not None or not _surely_same(old, new):
            # `_fields` and `_items` yield only what differs, and objects and lists that may differ inside.
            yield found


def _are_tags(old: str, new: str, place: Place | None) -> bool:
    return name_of(place) == _TAGS and max(old.count(","), new.count(",")) < _MOST_PAIRED


def _fields(old: dict[str, Document], new: dict[str, Document], place: Place | None) -> Iterator[Difference]:
    """Yield the fields of two objects that differ or may differ inside; removed fields come last."""
    for key, value in new.items():
        known = old.get(key, ABSENT)
        if known is value or (type(known) is type(value) is str and known == value):
            continue  # the case of nearly all fields
        if not _surely_same(known, value):
            yield Difference(known, value, Place(place, key, key))
    for key, value in old.items():
        if key not in new:
            yield Difference(value, ABSENT, Place(place, key, key))


def _items(
    old: Sequence[Document], new: Sequence[Document], place: Place | None, *, in_text: bool = False
) -> Iterator[Difference]:
    """Yield the items of two lists that differ or may differ inside; removed items come last."""
    if max(len(old), len(new)) > _MOST_PAIRED:
        return _items_by_position(old, new, place, Siblings("", [], identified=False, in_text=in_text))
    name = name_of(place)
    paired = pairs(name, old, new)
    if paired is None:
        unpaired = old[len(new) :]
        siblings = Siblings(name, [*new, *unpaired], identified=False, in_text=in_text)
        return _items_by_position(old, new, place, siblings)
    gone = sorted(set(range(len(old))).difference(paired.matches))
    siblings = Siblings(
        name,
        [*new, *(old[index] for index in gone)],
        identified=paired.identified,
        in_text=in_text,
        positions=[*range(len(new)), *gone],
    )
    return _items_in_pairs(old, new, place, siblings, paired.matches, gone)


def _items_by_position(
    old: Sequence[Document], new: Sequence[Document], place: Place | None, siblings: Siblings
) -> Iterator[Difference]:
    for index, value in enumerate(new):
        known = old[index] if index < len(old) else ABSENT
        if not _surely_same(known, value):
            yield Difference(known, value, Place(place, min(index, len(old)), index, siblings))
    for index in range(len(new), len(old)):
        yield Difference(old[index], ABSENT, Place(place, index, index, siblings))


def _items_in_pairs(
    old: Sequence[Document],
    new: Sequence[Document],
    place: Place | None,
    siblings: Siblings,
    matches: Sequence[int | None],
    gone: Sequence[int],
) -> Iterator[Difference]:
    for index, (match, value) in enumerate(zip(matches, new, strict=True)):
        if match is None:
            yield Difference(ABSENT, value, Place(place, len(old), index, siblings))
        elif old[match] is not value and not _surely_same(old[match], value):
            yield Difference(old[match], value, Place(place, match, index, siblings))
    for rank, index in enumerate(gone):
        yield Difference(old[index], ABSENT, Place(place, index, len(new) + rank, siblings))


def _surely_same(old: Document, new: Document) -> bool:
    """Return whether two values are strictly equal; of an object or a list `_GLANCE` values are compared.

    Most fields of two versions are equal, and this check is several times faster than the walk with its
    identities and places. For objects and lists False means only that the walk must compare. `==` alone is
    not used: it holds 1, 1.0 and true equal, and it recurses.
    """
    if old is new:
        return True
    kind = type(old)
    if kind is not type(new):
        return False
    if kind is dict or kind is list:
        return _surely_same_inside(old, new)
    return str(old) == str(new) if kind is Decimal else bool(old == new)


def _surely_same_inside(old: Document, new: Document) -> bool:
    left = _GLANCE
    pending: list[tuple[Any, Any]] = [(old, new)]
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
