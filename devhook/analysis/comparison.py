"""Bounds what is listed of a comparison: the first changes with the beginning of their values, and a count.

Two bodies of 4.9 MB can differ in a million fields. A list of all of them took a minute, 1.9 GB, and a line
of JSON of 90 MB.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Self

from devhook.analysis.diff import Change, Difference, Kind, differences
from devhook.analysis.paths import length_of, part_of, spelled
from devhook.json_pointer import spell
from devhook.webhook.document import Document
from devhook.webhook.payload import Repeated

LISTED: Final = 2_000
"""How many changes are listed, and how many of noise."""

MORE: Final = "…"
"""The last item of a list, the last key of an object, or the end of a text that is listed in part."""

# Characters of JSON: of all listed changes, of one value, and of one pointer.
_ROOM: Final = 500_000
_VALUE: Final = 64_000
_POINTER: Final = 4_000
# Characters of a value of a repeated key, and how many of its values are told beside the last one.
_REPEATED: Final = 4_000
_TIMES: Final = 10
# What a change takes beside its pointer and values.
_FRAME: Final = 100
# Characters of JSON in ASCII for one character that is escaped, of those outside the first plane.
_ESCAPED: Final = 12
# A text that is cut is cut at a blank among its last characters: half an address is not recognised as one.
_LAST_WORD: Final = 200
# Parts of a document that are counted apart, and those of them that are named.
_COUNTED: Final = 1_000
_OTHERS: Final = "\n"  # no part of a document: a path is on one line
_NAMED: Final = 20


class Unlisted(NamedTuple):
    """How many changes in one part of the document are not listed; in all other parts together for None."""

    part: str | None
    number: int


class Comparison(NamedTuple):
    """What differs between two documents, as far as it is listed.

    `changes`, `noise`: the first significant changes, and the first of the others.
    `unlisted`: the significant changes that are not listed, by part, most first.
    `unlisted_noise`: how many of the others are not listed.
    """

    changes: tuple[Change, ...] = ()
    noise: tuple[Change, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    unlisted_noise: int = 0

    @classmethod
    def of(cls, before: Document, after: Document) -> Self:
        """Compare two documents, as `diff.compare` does."""
        significant, noise = _Listing(), _Listing()
        for difference in differences(before, after):
            listing = noise if difference.noise else significant
            if not listing.add(difference):
                listing.count(part_of(difference.place))
        return cls(
            tuple(significant.changes),
            tuple(noise.changes),
            significant.unlisted(),
            sum(noise.counts.values()),
        )

    @property
    def total(self) -> int:
        """How many changes there are, listed or not, noise included."""
        unlisted = sum(each.number for each in self.unlisted) + self.unlisted_noise
        return len(self.changes) + len(self.noise) + unlisted

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return self.total == 0


def repeated_changes(repeated: Iterable[Repeated]) -> tuple[Change, ...]:
    """Return a change for each value of a repeated key that a later one replaces: from it to the last one."""
    return tuple(
        Change(
            kind=Kind.CHANGED,
            path=spelled((str(step), isinstance(step, int)) for step in each.steps),
            pointer=spell(each.steps),
            before=shortened(value, _REPEATED)[0],
            after=shortened(each.values[-1], _REPEATED)[0],
            steps=each.steps,
        )
        for each in repeated
        for value in each.values[:-1][:_TIMES]
    )


class _Listing:
    """Lists differences as changes while there is room, then counts them."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.counts: Counter[str] = Counter()
        self._room = _ROOM

    def add(self, difference: Difference) -> bool:
        """List a difference; return False if it takes too much room."""
        if self._room <= 0 or len(self.changes) == LISTED or length_of(difference.place) > _POINTER:
            return False
        self.changes.append(self._shortened(difference.change()))
        return True

    def count(self, part: str) -> None:
        """Count a change that is not listed."""
        known = self.counts.get(part)
        if known is None and len(self.counts) >= _COUNTED:
            part, known = _OTHERS, self.counts.get(_OTHERS)
        self.counts[part] = (known or 0) + 1

    def unlisted(self) -> tuple[Unlisted, ...]:
        rest = self.counts.pop(_OTHERS, 0)
        parts = self.counts.most_common()
        rest += sum(count for _, count in parts[_NAMED:])
        named = [Unlisted(part, count) for part, count in parts[:_NAMED]]
        return (*named, Unlisted(None, rest)) if rest else tuple(named)

    def _shortened(self, change: Change) -> Change:
        """Return the change with values that fit in the room, and take that room."""
        self._room -= _FRAME + _size(change.path) + _size(change.pointer)
        before, size = shortened(change.before, min(_VALUE, max(self._room, _FRAME)))
        self._room -= size
        after, size = shortened(change.after, min(_VALUE, max(self._room, _FRAME)))
        self._room -= size
        if before is change.before and after is change.after:
            return change
        return change.model_copy(update={"before": before, "after": after})


def shortened(value: Document, room: int) -> tuple[Document, int]:
    """Return as much of the beginning of a value as takes `room` characters of JSON, and the room it takes.

    A value that fits is returned itself. MORE marks what was left out; a number that is cut becomes text.
    """
    match value:
        case dict():
            return _shortened_object(value, room)
        case list():
            return _shortened_list(value, room)
        case str():
            size = _size(value)
            return (value, size) if size <= room else (_beginning(value, room), room)
    text = str(value)
    return (value, len(text)) if len(text) <= room else (_beginning(text, room), room)


def _shortened_object(value: dict[str, Document], room: int) -> tuple[Document, int]:
    made: dict[str, Any] = {}
    taken, whole = 2, True
    for key, inner in value.items():
        if taken >= room:
            made[MORE] = MORE
            return made, taken
        short_key, size = shortened(key, room - taken)
        taken += size + 4
        made[short_key], size = shortened(inner, max(room - taken, 0))
        taken += size + 2
        whole = whole and short_key is key and made[short_key] is inner
    return (value if whole else made), taken


def _shortened_list(value: list[Document], room: int) -> tuple[Document, int]:
    made: list[Any] = []
    taken, whole = 2, True
    for inner in value:
        if taken >= room:
            return [*made, MORE], taken
        short, size = shortened(inner, max(room - taken, 0))
        made.append(short)
        taken += size + 2
        whole = whole and short is inner
    return (value if whole else made), taken


def _size(text: str) -> int:
    return len(json.dumps(text))


def _beginning(text: str, room: int) -> str:
    kept = text[: room if text.isascii() and text.isprintable() else room // _ESCAPED]
    start, blank, end = kept.rpartition(" ")
    return f"{start if blank and len(end) <= _LAST_WORD else kept}{MORE}"
