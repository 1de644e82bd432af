"""The filter's language: text in, the words that must all match out, or what is wrong and where. Pure.

`topic:orders/* order:#1001 is:late answered:>=400 changed:financial_status since:10m -refunds some text`

Every word must match; `-word` must not. Commas stand between alternatives. A word without a name is looked
for in what the list shows and in the ids; with `*` or `?` in it, it is matched against the whole topic.
Between double quotation marks blanks, commas and colons are text.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, Self

from devhook.filter.content_words import TextWord
from devhook.filter.facet_words import TopicWord
from devhook.filter.word import BodyWords, FilterWord, Token, WrongWord
from devhook.filter.words import BY_NAME, WORDS
from devhook.inbox.deliveries import Row
from devhook.text import did_you_mean, nearest, visible

_PIECE: Final = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s"]+)')
_NAME: Final = re.compile(r"([A-Za-z_]+):(?!//)")


@dataclass(frozen=True)
class Term:
    """A word, and whether it must not match."""

    word: FilterWord
    negated: bool = False

    def matches(self, row: Row, body_words: BodyWords) -> bool:
        """Whether the row passes it."""
        return self.word.matches(row, body_words) is not self.negated


def _no_body(row: Row) -> NoReturn:
    raise LookupError(f"The body of delivery {row.id} is needed, and only its row is there.")


@dataclass(frozen=True)
class Filter:
    """A conjunction of words; without any it matches everything, and is false."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime) -> Self:
        """Read what was typed at the moment `now`, whose zone is the user's. Raises WrongWord."""
        return cls.of(tokens(visible(text)), now)

    @classmethod
    def of(cls, typed: list[Token], now: datetime) -> Self:
        """Read the words. Raises WrongWord."""
        return cls(tuple(Term(_word(token, now), negated=token.negated) for token in typed))

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def reads_bodies(self) -> bool:
        """Whether it can only be answered with the bodies at hand."""
        return any(term.word.reads_body for term in self.terms)

    @property
    def asks_answers(self) -> bool:
        """Whether a delivery may match later, when its target has answered."""
        return any(term.word.asks_answer for term in self.terms)

    def matches(self, row: Row, body_words: BodyWords = _no_body) -> bool:
        """Whether `row` passes all words; `body_words` is called only where `reads_bodies`."""
        return all(term.matches(row, body_words) for term in self.terms)


def tokens(text: str) -> list[Token]:
    """Split what was typed into its words. Raises WrongWord for an unclosed quotation mark."""
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
                "Unclosed quotation mark",
                "Close it, or leave it out.",
                start=place,
                end=len(text),
                unfinished=True,
            )
        found.append(_token(start, place, text[start:place], pieces))
    return found


def _token(start: int, end: int, text: str, pieces: list[tuple[str, bool]]) -> Token:
    """Make a token of its quoted and its bare pieces."""
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


def _word(token: Token, now: datetime) -> FilterWord:
    if token.name and token.name not in BY_NAME:
        near = [f"{name}:" for name in nearest(token.name, BY_NAME)]
        hint = did_you_mean(near) or f"Known: {', '.join(f'{each.name}:' for each in WORDS)}."
        token.refuse(
            f"Unknown filter word {token.name}:",
            f'{hint} Put text with a colon in quotation marks: "{token.name}:…"',
        )
    if not token.values:
        if token.name:
            token.refuse(
                f"{token.name}: needs a value",
                f"For example {token.name}:{BY_NAME[token.name].examples[0]}",
                unfinished=True,
            )
        token.refuse(
            f"{token.text} needs a word", "For example -is:late for what is not late.", unfinished=True
        )
    if token.name:
        return BY_NAME[token.name].parse(token, now)
    return (TopicWord if token.wild else TextWord).parse(token, now)
