"""Describes the shape of payloads, their fields and types, and how two shapes differ."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.webhook.document import Document, Number

_WHOLE: Final = "(document)"
_NULL: Final = "null"
_LIST: Final = "list"
_OBJECT: Final = "object"
_TYPES: Final[Mapping[type, str]] = {
    dict: _OBJECT,
    list: _LIST,
    str: "string",
    int: "number",
    Decimal: "number",
    Number: "number",
    bool: "boolean",
    type(None): _NULL,
}

Path = tuple[str | None, ...]
"""The keys that lead to a field; None stands for every item of a list."""

Shape = Mapping[Path, frozenset[str]]
"""The types that were seen at each path."""


class ShapeDifference(StrEnum):
    """How a field differs between two shapes."""

    ADDED = "added"
    GONE = "gone"
    TYPE_CHANGED = "type_changed"


class ShapeChange(BaseModel):
    """One field that differs, at `line_items[].price`: its types; empty if the shape lacks the field."""

    model_config = ConfigDict(frozen=True)

    kind: ShapeDifference
    path: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class ShapeComparison(BaseModel):
    """What differs between two shapes, and which paths cannot be compared.

    `unknown`: objects that are null, and lists that are empty, in one of the two. Their content is not known
    there, so no field below them counts as added or gone.
    """

    model_config = ConfigDict(frozen=True)

    changes: tuple[ShapeChange, ...]
    unknown: tuple[str, ...] = ()


def shape_of(documents: Iterable[Document]) -> Shape:
    """Return the combined shape of all `documents`, in the order in which fields first appear."""
    seen: dict[Path, set[str]] = {}
    for document in documents:
        pending: list[tuple[Path, Document]] = [((), document)]
        while pending:
            path, value = pending.pop()
            seen.setdefault(path, set()).add(_TYPES[type(value)])
            if type(value) is dict:
                pending += reversed([((*path, key), inner) for key, inner in value.items()])
            elif type(value) is list:
                pending += reversed([((*path, None), item) for item in value])
    return {path: frozenset(types) for path, types in seen.items()}


def compare_shapes(before: Shape, after: Shape) -> ShapeComparison:
    """Return what differs. A field that is null in one of the two has no type to compare.

    An added or missing object is listed once, without its fields.
    """
    changes: list[ShapeChange] = []
    unknown: dict[str, None] = {}
    for path in dict.fromkeys([*after, *before]):
        old, new = before.get(path, frozenset()), after.get(path, frozenset())
        if old and new:
            if old - {_NULL} and new - {_NULL} and old - {_NULL} != new - {_NULL}:
                changes.append(_change(ShapeDifference.TYPE_CHANGED, path, old, new))
            continue
        holder = (before if new else after).get(path[:-1], frozenset())
        if _OBJECT in holder and path[-1] is not None:
            changes.append(_change(ShapeDifference.ADDED if new else ShapeDifference.GONE, path, old, new))
        elif holder == {_NULL} or (_LIST in holder and path[-1] is None):
            unknown.setdefault(path_words(path[:-1]))
    return ShapeComparison(changes=tuple(changes), unknown=tuple(unknown))


def path_words(path: Path) -> str:
    """Return a path for people: `line_items[].price`."""
    words = "".join("[]" if step is None else f".{step}" for step in path)
    return words.removeprefix(".") or _WHOLE


def _change(kind: ShapeDifference, path: Path, old: frozenset[str], new: frozenset[str]) -> ShapeChange:
    return ShapeChange(kind=kind, path=path_words(path), before=tuple(sorted(old)), after=tuple(sorted(new)))
