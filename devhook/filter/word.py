"""What a filter word is: the interface that every word implements, and the values that words take. Pure.

Both sides of a comparison are made visible and case-folded, so that what is seen can be typed, in any case.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, NoReturn, Self

from devhook.errors import InputError
from devhook.inbox.deliveries import Row
from devhook.inbox.tokens import folded

BodyWords = Callable[[Row], Collection[str]]
"""Returns the index tokens of a delivery's body; a row does not hold the body."""

_NUMBER: Final = re.compile(r"(\d)xx|(\d+)\.\.(\d+)|(>=|<=|>|<|=)?(\d+)", re.IGNORECASE)
_UNFINISHED_NUMBER: Final = re.compile(r"[<>]=?|=|\d+\.{1,2}|\dx", re.IGNORECASE)
_DIGITS: Final = 18


class WrongWord(InputError):
    """A filter word that has no meaning: it stands from `start` to `end` in the text, in characters.

    `unfinished` is True where more typing may make it right.
    """

    def __init__(self, message: str, hint: str, *, start: int, end: int, unfinished: bool = False) -> None:
        super().__init__(f"{message} (column {start + 1}).", hint)
        self.start = start
        self.end = end
        self.unfinished = unfinished


@dataclass(frozen=True)
class Token:
    """One word as it was typed.

    start, end: its place in the text, in characters
    text: the word with its quotation marks and its minus
    negated: whether it begins with a minus
    name: what stands before the colon, in lower case; empty where there is no colon
    values: the alternatives between the commas, without quotation marks
    wild: whether a `*` or `?` stands outside quotation marks
    """

    start: int
    end: int
    text: str
    negated: bool
    name: str
    values: tuple[str, ...]
    wild: bool

    def refuse(self, message: str, hint: str, *, unfinished: bool = False) -> NoReturn:
        """Raise WrongWord for this token."""
        raise WrongWord(message, hint, start=self.start, end=self.end, unfinished=unfinished)


class Pattern:
    """A text to be equal to; `*` stands for any characters, `?` for one."""

    def __init__(self, text: str) -> None:
        self.text = folded(text)
        self.literal = not re.search(r"[*?]", self.text)
        wild = {"*": ".*", "?": "."}
        shape = "".join(wild.get(character) or re.escape(character) for character in self.text)
        self._shape = re.compile(shape, re.DOTALL)

    def matches(self, text: str | None) -> bool:
        """Whether the whole of `text` has this form."""
        return text is not None and self._shape.fullmatch(folded(text)) is not None


@dataclass(frozen=True)
class Range:
    """Whole numbers from `low` to `high`, both inclusive; None is no bound."""

    low: int | None = None
    high: int | None = None

    def holds(self, number: int) -> bool:
        """Whether the number is one of them."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    @classmethod
    def read(cls, value: str, *, hundreds: bool = False) -> Self | None:
        """Read `41`, `41..50` or `>=41`, with `hundreds` also `4xx`; None for anything else."""
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
    """Read values of a word that takes numbers. Raises WrongWord: `answered:ok is not a status`."""
    found = []
    for value in values:
        numbers = Range.read(value, hundreds=hundreds)
        if numbers is None:
            token.refuse(
                f"{token.name}:{value} is not {what}",
                f"For example {examples}",
                unfinished=_UNFINISHED_NUMBER.fullmatch(value) is not None,
            )
        found.append(numbers)
    return tuple(found)


def _bounded(digits: str) -> int:
    """The number, no larger than SQLite holds."""
    return min(int(digits), 10**_DIGITS)


@dataclass(frozen=True)
class Seen:
    """What an inbox holds that can be filtered by: the most frequent or the newest first."""

    topics: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class FilterWord:
    """One word of a filter. A subclass is the word; an instance is one use of it, without its minus.

    A new word is a subclass in `words` that stands in `words.WORDS`: parser, errors, completion, help and
    search read everything from there.
    """

    name: ClassVar[str] = ""
    """What stands before the colon; empty for the one word that has none."""

    examples: ClassVar[tuple[str, ...]]
    """Values that can be typed; the first one is shown in errors."""

    about: ClassVar[str]
    """What it matches, as the help says it."""

    choices: ClassVar[tuple[str, ...]] = ()
    """All values that there are; empty where any text is one."""

    reads_body: ClassVar[bool] = False
    """Whether `matches` asks for the words of the body."""

    asks_answer: ClassVar[bool] = False
    """Whether a delivery may match later, when its target has answered."""

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Read the values of a token; `now` is in the user's zone. Raises WrongWord."""
        raise NotImplementedError

    def matches(self, row: Row, body_words: BodyWords) -> bool:
        """Whether it matches this row."""
        raise NotImplementedError

    def of_facet(self, facet: Row) -> bool | None:
        """Whether it matches every row of a facet: True or False for all of them, None where rows differ.

        A facet is a row that holds only what it shares with many others (see `inbox.index`).
        """
        return None

    def expression(self, fields: Collection[str]) -> str | None:
        """The FTS5 expression that every matching row fulfils in the index, others may too; None for none.

        `fields` are the names of all fields that ever changed, empty where they are not known.
        """
        return None

    def ids(self) -> Sequence[Range] | None:
        """The ids that it is bound to, None where it is not."""
        return None

    def received(self) -> tuple[datetime | None, datetime | None]:
        """The times that it is bound to: since (inclusive) and before (exclusive), None for no bound."""
        return None, None

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """The values that completion offers, the best first."""
        return cls.choices
