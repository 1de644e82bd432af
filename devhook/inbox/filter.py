"""The filter's language: what was typed in, the words that must hold out, or what is wrong and where. Pure.

`topic:orders/* order:#1001 is:late answered:>=400 changed:financial_status since:10m -refunds some text`

Every word must match; `-word` must not. Alternatives stand with commas between them. A word without a name
is looked for in what the list shows and in the ids; with `*` or `?` in it, it is matched against the whole
topic. Between double quotation marks blanks, commas and colons are text.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, NoReturn, Self

from devhook.errors import InputError
from devhook.inbox.rows import Row
from devhook.inbox.tokens import words_of
from devhook.inbox.words import (
    ORIGINS,
    SIGNATURES,
    STATES,
    VERDICTS,
    Answered,
    Body,
    Changed,
    Number,
    Own,
    Pattern,
    Range,
    Said,
    Shared,
    Text,
    Time,
    Word,
    folded,
)
from devhook.text import visible
from devhook.webhook.topics import topic

NAMES: Final[Mapping[str, str]] = {
    "topic": "orders/*",
    "order": "#1001",
    "shop": "acme",
    "is": "late",
    "signature": "invalid",
    "verdict": "changed",
    "origin": "forged",
    "answered": ">=400",
    "changed": "financial_status",
    "since": "10m",
    "before": "14:30",
    "body": "gift",
    "subject": "820982911946154508",
    "webhook": "b54557e4*",
    "event": "98880550*",
    "id": "41",
}
"""The words that take a value, each with an example of one."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "is": STATES,
    "signature": SIGNATURES,
    "verdict": VERDICTS,
    "origin": ORIGINS,
}
"""The values of those that take no others."""

_PIECE: Final = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s"]+)')
_NAME: Final = re.compile(r"([A-Za-z_]+):(?!//)")
_ENUM: Final = re.compile(r"[A-Z_]+")
_STATUS: Final = re.compile(r"(\d)xx|(\d+)\.\.(\d+)|(>=|<=|>|<|=)?(\d+)", re.IGNORECASE)
_AGO: Final = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NOTHING: Final = "none"
_DIGITS: Final = 18


class WrongWord(InputError):
    """A word of the filter that means nothing: it stands from `start` to `end` in what was typed.

    `unfinished` tells that typing on may make it right.
    """

    def __init__(self, message: str, hint: str, *, start: int, end: int, unfinished: bool = False) -> None:
        super().__init__(f"{message} (column {start + 1}).", hint)
        self.start = start
        self.end = end
        self.unfinished = unfinished


@dataclass(frozen=True)
class Token:
    """One word as it was typed: `name` is empty where there is none, `values` has the alternatives.

    `wild` tells that a `*` or `?` stands in it outside quotation marks.
    """

    start: int
    end: int
    text: str
    negated: bool
    name: str
    values: tuple[str, ...]
    wild: bool

    def refuse(self, message: str, hint: str, *, unfinished: bool = False) -> NoReturn:
        """Say what is wrong with it."""
        raise WrongWord(message, hint, start=self.start, end=self.end, unfinished=unfinished)


@dataclass(frozen=True)
class Term:
    """A word and whether it must not hold."""

    word: Word
    negated: bool = False

    def matches(self, row: Row, said: Said) -> bool:
        """Whether the row is let through by it."""
        return self.word.matches(row, said) is not self.negated


def _unsaid(row: Row) -> NoReturn:
    raise LookupError(f"The body of delivery {row.id} is asked for where there is none at hand.")


@dataclass(frozen=True)
class Filter:
    """A conjunction of words; without any it lets everything through, and is false."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime) -> Self:
        """Read what was typed at the moment `now`, whose zone is the user's. Raises WrongWord."""
        return cls(tuple(Term(_word(token, now), negated=token.negated) for token in tokens(visible(text))))

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def asks_bodies(self) -> bool:
        """Whether it can only be answered with the bodies at hand."""
        return any(isinstance(term.word, Body) for term in self.terms)

    def matches(self, row: Row, said: Said = _unsaid) -> bool:
        """Whether `row` is let through; `said` is asked only where `asks_bodies`."""
        return all(term.matches(row, said) for term in self.terms)


def tokens(text: str) -> list[Token]:
    """Split what was typed into its words. Raises WrongWord where one is not a word."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        pieces: list[tuple[str, bool]] = []
        start = place
        while piece := _PIECE.match(text, place):
            quoted = piece[1] is not None
            pieces.append((re.sub(r"\\(.)", r"\1", piece[1]) if quoted else piece[2], quoted))
            place = piece.end()
        if place < len(text) and text[place] == '"':
            raise WrongWord(
                "A quotation mark is not closed",
                "Close it, or leave it out.",
                start=place,
                end=len(text),
                unfinished=True,
            )
        found.append(_token(start, place, text[start:place], pieces))
    return found


def _token(start: int, end: int, text: str, pieces: list[tuple[str, bool]]) -> Token:
    """Make a word of its quoted and its bare pieces."""
    first, quoted = pieces[0]
    negated = not quoted and first.startswith("-")
    if negated:
        pieces[0] = (first[1:], False)
    named = _NAME.match(pieces[0][0]) if not pieces[0][1] else None
    if named:
        pieces[0] = (pieces[0][0][named.end() :], False)
    values = [""]
    for piece, is_quoted in pieces:
        first, *more = [piece] if is_quoted else piece.split(",")
        values[-1] += first
        values += more
    return Token(
        start=start,
        end=end,
        text=text,
        negated=negated,
        name=named[1].lower() if named else "",
        values=tuple(filter(None, values)),
        wild=any(re.search(r"[*?]", piece) for piece, is_quoted in pieces if not is_quoted),
    )


def _word(token: Token, now: datetime) -> Word:
    if token.name and token.name not in NAMES:
        near = difflib.get_close_matches(token.name, NAMES, n=1)
        hint = f"Did you mean {near[0]}:?" if near else f"There is {', '.join(f'{each}:' for each in NAMES)}."
        token.refuse(
            f"No filter word is {token.name}:",
            f'{hint} Text with a colon stands in quotation marks: "{token.name}:…"',
        )
    if not token.values:
        if token.name:
            token.refuse(
                f"{token.name}: says no value",
                f"For example {token.name}:{NAMES[token.name]}",
                unfinished=True,
            )
        token.refuse(f"{token.text} holds no word", "Write -late for what is not late.", unfinished=True)
    if not token.name:
        return _topic(token) if token.wild else Text(folded(",".join(token.values)))
    return _MAKERS[token.name](token, now)


def _topic(token: Token) -> Word:
    """`ORDERS_PAID`, as the API writes it, means `orders/paid`."""
    values = (topic(each).name if _ENUM.fullmatch(each) and _known(each) else each for each in token.values)
    return Shared("topic", tuple(map(Pattern, values)))


def _known(enum: str) -> bool:
    try:
        topic(enum)
    except InputError:
        return False
    return True


def _shared(token: Token, _now: datetime) -> Word:
    return Shared(token.name, tuple(map(Pattern, token.values)))


def _choice(token: Token, _now: datetime) -> Word:
    choices = CHOICES[token.name]
    for value in token.values:
        if folded(value) not in choices:
            near = difflib.get_close_matches(folded(value), choices, n=1)
            token.refuse(
                f"No delivery is {token.name}:{value}",
                f"Did you mean {token.name}:{near[0]}?" if near else f"There is {', '.join(choices)}.",
                unfinished=any(each.startswith(folded(value)) for each in choices),
            )
    return Shared(token.name, tuple(map(Pattern, token.values)))


def _own(token: Token, _now: datetime) -> Word:
    return Own(token.name, tuple(map(Pattern, token.values)))


def _changed(token: Token, _now: datetime) -> Word:
    return Changed(tuple(map(Pattern, token.values)))


def _body(token: Token, _now: datetime) -> Word:
    """Whole words; the last of a value may end in `*`."""
    words = [
        f"{word}*" if value.endswith("*") and place == len(found) - 1 else word
        for value in token.values
        for found in [words_of(value)]
        for place, word in enumerate(found)
    ]
    if not words:
        token.refuse(f"{token.text} holds no word", f"For example body:{NAMES['body']}")
    return Body(tuple(words))


def _answered(token: Token, _now: datetime) -> Word:
    ranges = tuple(_range(token, value) for value in token.values if value.lower() != _NOTHING)
    return Answered(ranges, nothing=len(ranges) < len(token.values))


def _number(token: Token, _now: datetime) -> Word:
    return Number(tuple(_range(token, value) for value in token.values))


def _range(token: Token, value: str) -> Range:
    said = _STATUS.fullmatch(value)
    if said is None or (said[1] and token.name != "answered") or len(value) > 2 * _DIGITS:
        unfinished = re.fullmatch(r"[<>]=?|=|\d+\.{1,2}|\dx", value) is not None
        examples = "answered:200, answered:>=400, answered:5xx or answered:none"
        token.refuse(
            f"{token.name}:{value} is no number",
            f"For example {examples if token.name == 'answered' else 'id:41, id:41..50 or id:>=41'}",
            unfinished=unfinished,
        )
    hundreds, low, high, sign, number = said.groups()
    if hundreds:
        return Range(int(hundreds) * 100, int(hundreds) * 100 + 99)
    if low:
        return Range(_bounded(low), _bounded(high))
    bound = _bounded(number)
    return {
        ">=": Range(low=bound),
        ">": Range(low=bound + 1),
        "<=": Range(high=bound),
        "<": Range(high=bound - 1),
    }.get(sign or "=", Range(bound, bound))


def _bounded(digits: str) -> int:
    """The number, no larger than a database holds."""
    return min(int(digits), 10**_DIGITS)


def _time(token: Token, now: datetime) -> Word:
    if len(token.values) > 1:
        token.refuse(f"{token.name}: takes one time", f"For example {token.name}:{NAMES[token.name]}")
    (value,) = token.values
    try:
        moment = _moment(value, now)
    except (ValueError, OverflowError):
        token.refuse(
            f"{token.name}:{value} is no time",
            f"For example {token.name}:10m, {token.name}:3d, {token.name}:14:30 or {token.name}:2026-07-04",
            unfinished=value[:1].isdigit(),
        )
    return Time(since=moment) if token.name == "since" else Time(before=moment)


def _moment(value: str, now: datetime) -> datetime:
    """`10m` ago, the last time that the clock showed `14:30`, or a time of ISO 8601 (in the user's zone)."""
    ago = _AGO.fullmatch(value.lower())
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    clock = _CLOCK.fullmatch(value)
    if clock:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        moment = datetime.combine(now.date(), time(hour, minute, second), now.tzinfo)
        return moment if moment <= now else moment - timedelta(days=1)
    moment = datetime.fromisoformat(value.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


_MAKERS: Final[Mapping[str, Callable[[Token, datetime], Word]]] = {
    "topic": lambda token, _now: _topic(token),
    "shop": _shared,
    "is": _choice,
    "signature": _choice,
    "verdict": _choice,
    "origin": _choice,
    "order": _own,
    "subject": _own,
    "webhook": _own,
    "event": _own,
    "answered": _answered,
    "id": _number,
    "changed": _changed,
    "since": _time,
    "before": _time,
    "body": _body,
}
