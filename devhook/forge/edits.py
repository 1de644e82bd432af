"""Applies edits such as `line_items[TEE-M].price=19.00` to a payload, and keeps each field's type."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from devhook.analysis.identity import identities, join_tags, labels, split_tags
from devhook.errors import InputError
from devhook.text import did_you_mean, nearest
from devhook.webhook.payload import Document, Unreadable, read_json

# A step of a path: `name`, `.name`, `[label]`, `["any text"]`.
_STEP: Final = re.compile(
    r'\.?(?P<plain>[\w-]+)|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\[(?P<label>[^\[\]"]+)\]', re.ASCII
)
_TAGS: Final = "tags"
_OFFERED: Final = 4
_LIKE_THIS: Final = "Write it like this: --set 'line_items[0].quantity=4' or --unset note"


class Edits(BaseModel):
    """Edits as typed, applied in this order.

    - `adds`: `path=value`; adds a field, or an item at the end of a list.
    - `sets`: `path=value`; replaces a value.
    - `unsets`: paths; removes a field or an item.
    """

    model_config = ConfigDict(frozen=True)

    adds: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    unsets: tuple[str, ...] = ()


def apply_edits(document: Document, edits: Edits) -> Document:
    """Return a copy of `document` with the edits applied.

    A path has the form of a change's path: keys, and an item of a list by its label (`line_items[TEE-M]`),
    its id or its position, tried in this order. Raises InputError for a path that does not exist, with its
    missing part and the nearest names.
    """
    copy = _Copy(document)
    for typed in edits.adds:
        copy.add(*_halves(typed))
    for typed in edits.sets:
        copy.set(*_halves(typed))
    for path in edits.unsets:
        copy.unset(path)
    return copy.finished()


def with_values(document: Document, values: Mapping[str, Any]) -> Document:
    """Return a copy of `document` with these values at these paths; a field that is missing is added.

    The values are JSON values; floats become Decimals of the same digits. Raises InputError for a path
    through something that does not exist, TypeError for a value that is not JSON.
    """
    copy = _Copy(document)
    for path, value in values.items():
        copy.put(path, read_json(json.dumps(value).encode()))
    return copy.finished()


def typed_value(text: str, former: Document) -> Document:
    """Return the value of `text` that replaces `former`: JSON if its type fits, else the text itself.

    A string stays a string (`19.00` becomes `"19.00"`), null is always null, and a number with a decimal
    point keeps it.
    """
    try:
        value = read_json(text.encode("utf-8", "surrogatepass"))
    except Unreadable:
        return text
    if type(former) is str and not isinstance(value, str | None):
        return text
    if isinstance(former, Decimal) and type(value) is int:
        return Decimal(value)
    return value


class _Copy:
    """A copy of a document to edit. A comma-separated list of tags is a list while it is edited."""

    def __init__(self, document: Document) -> None:
        self._document: Any = deepcopy(document)
        self._texts: list[dict[str, Any]] = []

    def set(self, path: str, text: str) -> None:
        container, key = self._find(path)
        container[key] = typed_value(text, container[key])

    def put(self, path: str, value: Document) -> None:
        *way, last = _steps(path)
        container, name = self._inside(way)
        is_new = type(container) is dict and last not in container
        container[last if is_new else _key(container, name, last, way)] = value

    def unset(self, path: str) -> None:
        container, key = self._find(path)
        del container[key]

    def add(self, path: str, text: str) -> None:
        *way, last = _steps(path)
        container, _ = self._inside(way)
        if type(container) is not dict:
            raise InputError(f"{path} cannot be added: {_spelled(way)} is not an object.", _LIKE_THIS)
        there = container.get(last)
        if last == _TAGS and type(there) is str:
            container[last] = join_tags([*split_tags(there), text])
        elif type(there) is list:
            there.append(typed_value(text, there[-1] if there else None))
        elif last in container:
            raise InputError(f"{path} exists already.", f"Replace it: --set '{path}={text}'")
        else:
            container[last] = typed_value(text, None)

    def finished(self) -> Document:
        for container in self._texts:
            container[_TAGS] = join_tags(container[_TAGS])
        return self._document

    def _find(self, path: str) -> tuple[Any, Any]:
        """Return the container of the value at `path`, and its key or index there."""
        *way, last = _steps(path)
        container, name = self._inside(way)
        return container, _key(container, name, last, way)

    def _inside(self, way: list[str]) -> tuple[Any, str]:
        """Return the value at the end of `way`, and its key."""
        inner, name = self._document, ""
        for position, step in enumerate(way):
            container, key = inner, _key(inner, name, step, way[:position])
            inner, name = container[key], str(key)
            if name == _TAGS and type(inner) is str:
                self._texts.append(container)
                inner = container[key] = split_tags(inner)
        return inner, name


def _key(container: Any, name: str, step: str, way: list[str]) -> str | int:
    """Return the key or index of `step` in the container at `way`, whose own key is `name`."""
    if type(container) is list:
        index = _index(container, name, step)
        if index is not None:
            return index
        what = f"an item {step}"
        known = _labels(name, container)
    elif type(container) is dict:
        if step in container:
            return step
        what, known = f"a field {step}", list(container)
    else:
        raise InputError(f"{_spelled(way)} is neither object nor list and contains no {step}.", _LIKE_THIS)
    raise InputError(f"{_spelled(way) or 'The payload'} does not contain {what}.", _nearest(step, known))


def _index(items: list[Any], name: str, step: str) -> int | None:
    called = _labels(name, items)
    if step in called:
        return called.index(step)
    ids = [str(item.get("id")) if type(item) is dict else "" for item in items]
    if step in ids:
        return ids.index(step)
    return int(step) if step.isascii() and step.isdecimal() and int(step) < len(items) else None


def _labels(name: str, items: list[Any]) -> list[str]:
    """Return the label of each item, as in the changes of a delivery."""
    return labels(name, items, identified=identities(name, items, items) is not None)


def _nearest(step: str, known: list[str]) -> str:
    if near := nearest(step, known, _OFFERED):
        return f"{did_you_mean(near)} To add a new field, use --add."
    if not known:
        return "It is empty. To add something, use --add."
    more = f" and {len(known) - _OFFERED} more" if len(known) > _OFFERED else ""
    return f"It contains: {', '.join(known[:_OFFERED])}{more}"


def _halves(typed: str) -> tuple[str, str]:
    """Return path and value, split at the first `=` outside brackets; a label may contain one."""
    depth = 0
    for position, character in enumerate(typed):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "=" and depth <= 0:
            return typed[:position].strip(), typed[position + 1 :]
    raise InputError(f"{typed!r} contains no value.", _LIKE_THIS)


def _steps(path: str) -> list[str]:
    steps = []
    position = 0
    while found := _STEP.match(path, position):
        quoted = found["quoted"]
        steps.append(json.loads(quoted) if quoted else found["plain"] or found["label"])
        position = found.end()
    if not steps or position != len(path):
        raise InputError(f"{path!r} is not a path to a field.", _LIKE_THIS)
    return steps


def _spelled(way: list[str]) -> str:
    return "".join(f".{step}" if step.isidentifier() else f"[{step}]" for step in way).removeprefix(".")
