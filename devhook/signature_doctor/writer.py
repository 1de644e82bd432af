"""One way to write JSON, and how a language represents a document before it writes it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from devhook.signature_doctor.numbers import Numbers
from devhook.webhook.document import Document

# The largest key that JavaScript treats as an array index, and so writes before all others.
_LARGEST_INDEX: Final = 2**32 - 2

STRING: Final = r'"(?:[^"\\]++|\\.)*+"'
"""A pattern for a JSON string."""

_ODD: Final = re.compile(rf"{STRING}|-?\d+(?:\.\d+)?e[+-]\d+|-0\.0")
_DOUBLES: Final = re.compile(rf"{STRING}|-?\d+\.\d+(?:e[+-]\d+)?|-?\d+e[+-]\d+")


class Order(Enum):
    """The order of keys. JavaScript writes array indexes first, in numeric order."""

    GIVEN = "given"
    SORTED = "sorted"
    TOP_SORTED = "only the top level sorted"
    INDICES_FIRST = "indices first"


@dataclass(frozen=True)
class Writer:
    """One way to write JSON. `name` completes "as written by …"."""

    name: str
    numbers: Numbers
    order: Order = Order.GIVEN
    ascii: bool = False
    separators: tuple[str, str] = (",", ":")
    indent: int | str | None = None
    escapes: tuple[tuple[str, str], ...] = ()
    empty_object: str = "{}"
    finish: Callable[[str], str] = str

    def hold(self, document: Document) -> "Held":
        """Return `document` (from `read_json`) as the language represents it. Raises Unwritable."""
        if self.order is Order.TOP_SORTED and type(document) is dict:
            document = dict(sorted(document.items()))
        holder = _Holder(self.numbers, self.order, empty_object_is_list=self.empty_object == "[]")
        return Held(holder.hold(document), holder.odd)

    def write(self, held: "Held") -> bytes:
        """Return the bytes of a represented document."""
        text = json.dumps(
            held.document, ensure_ascii=self.ascii, separators=self.separators, indent=self.indent
        )
        for character, escape in self.escapes:
            text = text.replace(character, escape)
        if held.odd:
            text = (_DOUBLES if self.numbers.all_odd else _ODD).sub(
                lambda found: found[0] if found[0][0] == '"' else self.numbers.odd(found[0]), text
            )
        # A lone surrogate has no UTF-8 bytes.
        return self.finish(text).encode("utf-8", "backslashreplace")

    @property
    def holding(self) -> tuple[int, Order, str]:
        """What `hold` depends on; writers with the same key represent a document alike."""
        return id(self.numbers), self.order, self.empty_object


class Held(NamedTuple):
    """A document as a language holds it. `odd`: there are numbers in it that `Numbers.odd` must rewrite."""

    document: Document
    odd: bool


class _Holder:
    """Converts a document to a language's representation. Documents are at most 100 levels deep."""

    def __init__(self, numbers: Numbers, order: Order, *, empty_object_is_list: bool) -> None:
        self.odd = False
        self._numbers = numbers
        self._order = order
        self._empty_object: Document = [] if empty_object_is_list else {}

    def hold(self, value: Document) -> Document:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            return value
        if kind is dict:
            return {key: self.hold(value[key]) for key in self._keys(value)} or self._empty_object
        if kind is list:
            return [self.hold(item) for item in value]
        number = self._numbers.integer(value) if kind is int else self._numbers.double(float(value))
        if type(number) is float:
            text = repr(number)
            self.odd = self.odd or self._numbers.all_odd or "e" in text or text == "-0.0"
        return number

    def _keys(self, value: dict[str, Document]) -> Sequence[str]:
        if self._order is Order.SORTED:
            return sorted(value)
        if self._order is Order.INDICES_FIRST and (indices := [key for key in value if _is_index(key)]):
            return [*sorted(indices, key=int), *(key for key in value if not _is_index(key))]
        return list(value)


def _is_index(key: str) -> bool:
    return (
        len(key) <= len(str(_LARGEST_INDEX))
        and key.isascii()
        and key.isdigit()
        and (key == "0" or key[0] != "0")
        and int(key) <= _LARGEST_INDEX
    )
