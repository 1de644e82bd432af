"""Locates a field in two versions of a document, and spells its path.

A place links to its parent and holds one step, so that walking a document spells no paths; they are spelled
for changes only.
"""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple, Optional

from devhook.analysis.identity import labels
from devhook.json_pointer import spell
from devhook.webhook.document import Document

# A field name that needs no quotes in a path.
_PLAIN: Final = re.compile(r"[\w-]+\Z")
# Blanks that look like a space, and marks that make an accented letter of the one before them.
_LIKE_OTHERS: Final = r"\xa0\u0300-\u036f\u1680\u2000-\u200a\u202f\u205f"
# Labels that need quotes: with those, brackets, quotes, line ends, controls, or white space at either end.
_AWKWARD: Final = re.compile(rf'[\[\]"\x00-\x1f\x7f-\x9f\u2028\u2029{_LIKE_OTHERS}]|\A\s|\s\Z|\A\Z')
# Characters that are written as escapes though JSON does not ask for it.
_UNESCAPED: Final = re.compile(rf"[\x7f-\x9f\u2028\u2029{_LIKE_OTHERS}]")
# The content of brackets: a label, or a quoted key or label.
_BRACKETS: Final = re.compile(r'\[("(?:\\.|[^"\\])*"|[^\[\]"]*)\]')
_LONGEST_WORD: Final = 60
_WHOLE_DOCUMENT: Final = "(document)"


class Siblings:
    """The items of one list: those of its new version, then those that only the old version has.

    Without `items` each is labelled by its position.
    `positions`: where each stands in its version; None: at its place among the siblings.
    `in_text`: the list is comma-separated text, whose items JSON pointers cannot address.
    """

    def __init__(
        self,
        name: str,
        items: list[Document],
        *,
        identified: bool,
        in_text: bool,
        positions: Sequence[int] | None = None,
    ) -> None:
        self.in_text = in_text
        self._positions = range(len(items)) if positions is None else positions
        self._name = name
        self._items = items
        self._identified = identified

    def label(self, index: int) -> str:
        """Return the label of an item; its position where the items have no names."""
        return self._labels[index] if self._items else str(index)

    @cached_property
    def _labels(self) -> list[str]:
        return labels(self._name, self._items, self._positions, identified=self._identified)


class Place(NamedTuple):
    """A field or an item in two versions of a document.

    `old` and `new` are its key, the same in both, or its index in either version of the list. An item that a
    version lacks has an index beyond that version's end.
    """

    around: Optional["Place"]
    old: str | int
    new: str | int
    siblings: Siblings | None = None


def name_of(place: Place | None) -> str:
    """Return the key of the field at `place`; empty for a list item and for the document."""
    return place.new if place is not None and isinstance(place.new, str) else ""


def path_of(place: Place | None) -> str:
    """Return the path for people: `line_items[TEE-M].price`, always on one line."""
    return spelled(
        (str(step.new), False) if step.siblings is None else (step.siblings.label(int(step.new)), True)
        for step in _from_the_top(place)
    )


def spelled(steps: Iterable[tuple[str, bool]]) -> str:
    """Return the path for people of `steps`: each is a key, or the label of an item (True)."""
    words: list[str] = []
    for text, is_label in steps:
        word = _cut(text)
        if is_label:
            words.append(f"[{_quoted(word) if _AWKWARD.search(word) else word}]")
        else:
            words.append(f".{word}" if _PLAIN.match(word) else f"[{_quoted(word)}]")
    return "".join(words).removeprefix(".") or _WHOLE_DOCUMENT


def labels_in(path: str, steps: Iterable[str | int]) -> list[str]:
    """Return the labels in `path`, possibly shortened, of those of its `steps` that are items."""
    words = _BRACKETS.findall(path)
    bracketed = [step for step in steps if isinstance(step, int) or not _PLAIN.match(_cut(step))]
    return [
        str(json.loads(word)) if word.startswith('"') else word
        for word, step in zip(words, bracketed, strict=False)
        if isinstance(step, int)
    ]


def pointer_of(place: Place | None, *, into_old: bool) -> str:
    """Return the JSON pointer (RFC 6901) into the old or the new version."""
    return spell(
        step.old if into_old else step.new
        for step in _from_the_top(place)
        if step.siblings is None or not step.siblings.in_text
    )


def length_of(place: Place | None) -> int:
    """Return about how many characters the pointer to `place` has, which is not spelled for it."""
    length = 0
    while place is not None:
        length += 1 + (len(place.new) if isinstance(place.new, str) else len(str(place.new)))
        place = place.around
    return length


def part_of(place: Place | None) -> str:
    """Return the field of the document's top level that `place` is in: `line_items`."""
    while place is not None and place.around is not None:
        place = place.around
    return _cut(str(place.new)) if place is not None else _WHOLE_DOCUMENT


def steps_of(place: Place | None) -> tuple[str | int, ...]:
    """Return the keys and indexes that lead to `place` in the old version."""
    return tuple(step.old for step in _from_the_top(place))


def _from_the_top(place: Place | None) -> list[Place]:
    steps = []
    while place is not None:
        steps.append(place)
        place = place.around
    return steps[::-1]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_WORD else text[: _LONGEST_WORD - 1] + "…"


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
