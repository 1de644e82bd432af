"""The interface of a filter word, and the values that words take: patterns and ranges. Pure.

Both sides of a comparison are made visible and case-folded: a user can type text of the screen in any case.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, NoReturn, Protocol, Self

from devhook.analysis.diff import Change
from devhook.errors import InputError
from devhook.inbox.deliveries import Row
from devhook.inbox.tokens import folded
from devhook.webhook.document import Document


class Contents(Protocol):
    """What a delivery contains that is not in its row."""

    def words(self, row: Row) -> AbstractSet[str]:
        """Return the index tokens of its body; none for a body that is too large for the index."""

    def document(self, row: Row) -> Document | None:
        """Return its payload; None if it cannot be read."""

    def changes(self, row: Row) -> Sequence[Change]:
        """Return its changes, with their values."""


_NUMBER: Final = re.compile(r"(\d)xx|(\d+)\.\.(\d+)|(>=|<=|>|<|=)?(\d+)", re.IGNORECASE)
_UNFINISHED_NUMBER: Final = re.compile(r"[<>]=?|=|\d+\.{1,2}|\dx", re.IGNORECASE)
_DIGITS: Final = 18


class WrongWord(InputError):
    """An invalid filter word.

    `start`, `end`: its place in the text, in characters.
    `unfinished`: whether more typing can make it valid.
    """

    def __init__(self, message: str, hint: str, *, start: int, end: int, unfinished: bool = False) -> None:
        super().__init__(f"{message} (column {start + 1}).", hint)
        self.start = start
        self.end = end
        self.unfinished = unfinished


@dataclass(frozen=True)
class Token:
    """One word as it is typed.

    `start`, `end`: its place in the text, in characters.
    `text`: the word with its quotation marks and its minus.
    `negated`: whether it begins with a minus.
    `name`: the text before the colon, in lower case; empty without a colon.
    `values`: the alternatives between the commas, without quotation marks.
    `wild`: whether there is a `*` or `?` outside quotation marks.
    """

    start: int
    end: int
    text: str
    negated: bool
    name: str
    values: tuple[str, ...]
    wild: bool

    def reject(self, message: str, hint: str, *, unfinished: bool = False) -> NoReturn:
        """Raise WrongWord for this token."""
        raise WrongWord(message, hint, start=self.start, end=self.end, unfinished=unfinished)


class Pattern:
    """A text to compare with: `*` matches any characters, `?` one.

    `text`: the text, case-folded.
    `literal`: whether it contains no wildcard.
    """

    def __init__(self, text: str) -> None:
        self.text = folded(text)
        self.literal = not re.search(r"[*?]", self.text)
        wild = {"*": ".*", "?": "."}
        shape = "".join(wild.get(character) or re.escape(character) for character in self.text)
        self._shape = re.compile(shape, re.DOTALL)

    def matches(self, text: str | None) -> bool:
        """Return whether the pattern matches the whole of `text`."""
        return text is not None and self._shape.fullmatch(folded(text)) is not None


@dataclass(frozen=True)
class Range:
    """Whole numbers from `low` to `high`, both inclusive; None: no bound."""

    low: int | None = None
    high: int | None = None

    def contains(self, number: int) -> bool:
        """Return whether the number is in the range."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    @classmethod
    def read(cls, value: str, *, hundreds: bool = False) -> Self | None:
        """Return the range of `41`, `41..50` or `>=41`, with `hundreds` also `4xx`; None for other text."""
        found = _NUMBER.fullmatch(value) if len(value) <= 2 * _DIGITS else None
        if found is None or (found[1] and not hundreds):
            return None
        hundred, low, high, sign, number = found.groups()
        if hundred:
            return cls(int(hundred) * 100, int(hundred) * 100 + 99)
        if low:
            return cls(_bounded(low), _bounded(high))
        bound = _bounded(number)
        return {
            ">=": cls(low=bound),
            ">": cls(low=bound + 1),
            "<=": cls(high=bound),
            "<": cls(high=bound - 1),
        }.get(sign or "=", cls(bound, bound))


def ranges_of(
    token: Token, values: Sequence[str], what: str, examples: str, *, hundreds: bool = False
) -> tuple[Range, ...]:
    """Return the ranges of a word's values. Raise WrongWord: `answered:ok is not a status`."""
    found = []
    for value in values:
        numbers = Range.read(value, hundreds=hundreds)
        if numbers is None:
            token.reject(
                f"{token.name}:{value} is not {what}",
                f"For example {examples}",
                unfinished=_UNFINISHED_NUMBER.fullmatch(value) is not None,
            )
        found.append(numbers)
    return tuple(found)


def _bounded(digits: str) -> int:
    """Return the number, or the largest that SQLite can store."""
    return min(int(digits), 10**_DIGITS)


@dataclass(frozen=True)
class Seen:
    """The values in an inbox that completion offers, the most frequent or the newest first.

    `topics`: names of topics.
    `shops`: names of shops, without `.myshopify.com`.
    `orders`: names of orders.
    `fields`: paths of changed fields, without labels, and their first and last names.
    `values`: values of the newest payloads, by the path of their field.
    """

    topics: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class FilterWord:
    """One word of a filter. A subclass is the word; an instance is one use of it, without its minus.

    A new word is a subclass in `words.WORDS`: parser, errors, completion, help and search read that table.
    """

    name: ClassVar[str] = ""
    """The text before the colon; empty for the word without a name."""

    examples: ClassVar[tuple[str, ...]]
    """Valid values; errors show the first one."""

    about: ClassVar[str]
    """What the word matches, for the help."""

    choices: ClassVar[tuple[str, ...]] = ()
    """All valid values; empty: any text is valid."""

    reads_body: bool = False
    """Whether `matches` asks for the contents."""

    asks_answer: ClassVar[bool] = False
    """Whether a delivery can match later, when its target has answered."""

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word of a token; `now` is in the user's zone. Raise WrongWord."""
        raise NotImplementedError

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether the word matches this row."""
        raise NotImplementedError

    def of_facet(self, facet: Row) -> bool | None:
        """Return whether the word matches the rows of a facet: True: all; False: none; None: they may differ.

        A facet is a row with only the facts that many rows share (see `inbox.index`).
        """
        return None

    def expression(self, fields: Collection[str]) -> str | None:
        """Return an FTS5 expression that every matching row fulfils, and maybe others; None: there is none.

        `fields`: the names of all fields that ever changed; empty if they are not known.
        """
        return None

    def ids(self) -> Sequence[Range] | None:
        """Return the ids that the word permits; None: any."""
        return None

    def received(self) -> tuple[datetime | None, datetime | None]:
        """Return the times that the word permits: since (inclusive), before (exclusive); None: no bound."""
        return None, None

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return the values that completion offers, the best first."""
        return cls.choices

    @classmethod
    def spellings(cls, seen: Seen) -> Sequence[str]:
        """Return the values that are similar to a mistyped one."""
        return cls.candidates(seen)
