"""Follows one field through the versions of a document."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from devhook.analysis.pairing import pairs
from devhook.json_pointer import parse
from devhook.webhook.document import Document


class Value(BaseModel):
    """The value of a field in one version; `present` is false if the version has no such field."""

    model_config = ConfigDict(frozen=True)

    present: bool
    value: Document = None


_ABSENT = Value(present=False)


def values(document: Document, pointer: str, versions: Iterable[Document]) -> list[Value]:
    """Return the value, in each of `versions`, of the field at `pointer` in `document`.

    Items of lists are found by identity (module `pairing`), else by position. A pointer that does not exist
    in `document` is resolved by its steps alone.
    """
    steps = parse(pointer)
    return [_value(document, version, steps) for version in versions]


def _value(document: Document, version: Document, steps: Sequence[str]) -> Value:
    """Walk both documents together: `document` identifies the list items, `version` holds the values."""
    known: Any = document
    there: Any = version
    name = ""
    for step in steps:
        if isinstance(there, dict) and step in there:
            known = known.get(step) if isinstance(known, dict) else None
            there, name = there[step], step
        elif isinstance(there, list) and step.isdecimal():
            index = _index(name, known, there, int(step))
            if index is None:
                return _ABSENT
            known = known[int(step)] if isinstance(known, list) and int(step) < len(known) else None
            there, name = there[index], ""
        else:
            return _ABSENT
    return Value(present=True, value=there)


def _index(name: str, known: Any, there: list[Any], index: int) -> int | None:
    """Return the index in `there` of the item at `index` in `known`."""
    found = pairs(name, known, there) if isinstance(known, list) and index < len(known) else None
    if found is None:
        return index if index < len(there) else None
    return found.matches.index(index) if index in found.matches else None
