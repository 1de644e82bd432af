"""The grammar of filters: parses a text into words, or reports the mistake and its place. Pure.

`topic:orders/* order:#1001 is:late answered:>=400 changed:financial_status=paid since:10m -refunds some text`

Every word must match; `-word` must not. Commas separate alternatives. A word without a name matches a part of
a text that the list shows, or of an id; with `*` or `?` it matches a whole topic. A name that is no word's is
the path of a field of the payload, if a comparison follows: `total_price:>100`. Blanks, commas and colons
between double quotation marks are text.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, Self

from devhook.filter.content_words import TextWord
from devhook.filter.facet_words import TopicWord
from devhook.filter.field_words import FieldWord
from devhook.filter.word import Contents, FilterWord, Token, WrongWord
from devhook.filter.words import BY_NAME, WORDS
from devhook.inbox.deliveries import Row
from devhook.text import did_you_mean, nearest, visible

_PIECE: Final = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s"]+)')
# The name of a word; or the path of a field, which has more characters, before a comparison.
_NAME: Final = re.compile(
    r"([A-Za-z_]+|[A-Za-z_.*][\w.*?\[\]#-]*(?=:(?:[<>=]|-?\d[^\s,]*\.\.-?\d|$))):(?!//)"
)


@dataclass(frozen=True)
class Term:
    """A word, and whether it is negated: then it must not match."""

    word: FilterWord
    negated: bool = False

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether the row passes the term."""
        return self.word.matches(row, contents) is not self.negated


class _NoContents:
    """Raises LookupError: only the row of a delivery was given."""

    def words(self, row: Row) -> NoReturn:
        """Raise LookupError."""
        raise LookupError(f"The filter needs the body of delivery {row.id}, but only its row was given.")

    document = changes = words


_NO_CONTENTS: Final = _NoContents()


@dataclass(frozen=True)
class Filter:
    """A conjunction of terms. A filter without terms matches everything, and is false."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime) -> Self:
        """Return the filter of a text that is typed at `now`, in the user's zone. Raise WrongWord."""
        return cls.of(tokens(visible(text)), now)

    @classmethod
    def of(cls, typed: list[Token], now: datetime) -> Self:
        """Return the filter of these tokens. Raise WrongWord."""
        return cls(tuple(Term(_word(token, now), negated=token.negated) for token in typed))

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def reads_bodies(self) -> bool:
        """Whether `matches` needs `contents`."""
        return any(term.word.reads_body for term in self.terms)

    @property
    def asks_answers(self) -> bool:
        """Whether a delivery can match later, when its target has answered."""
        return any(term.word.asks_answer for term in self.terms)

    def matches(self, row: Row, contents: Contents = _NO_CONTENTS) -> bool:
        """Return whether `row` passes all terms; `contents` are asked for only if `reads_bodies`."""
        return all(term.matches(row, contents) for term in self.terms)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text. Raise WrongWord for an unclosed quotation mark."""
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
                "Close it, or remove it.",
                start=place,
                end=len(text),
                unfinished=True,
            )
        found.append(_token(start, place, text[start:place], pieces))
    return found


def _token(start: int, end: int, text: str, pieces: list[tuple[str, bool]]) -> Token:
    """Return the token of quoted and bare pieces."""
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
    if token.name not in BY_NAME and FieldWord.takes(token):
        return FieldWord.parse(token, now)
    if token.name and token.name not in BY_NAME:
        near = [f"{name}:" for name in nearest(token.name, BY_NAME)]
        hint = did_you_mean(near) or f"Known: {', '.join(f'{each.name}:' for each in WORDS)}."
        token.reject(
            f"Unknown filter word {token.name}:",
            f"{hint} A field of the payload: {token.name}:={','.join(token.values) or '…'}"
            f' Text with a colon: "{token.name}:…"',
            unfinished=not token.values,
        )
    if not token.values:
        if token.name:
            token.reject(
                f"{token.name}: needs a value",
                f"For example {token.name}:{BY_NAME[token.name].examples[0]}",
                unfinished=True,
            )
        token.reject(f"{token.text} needs a word", "For example -is:late", unfinished=True)
    if token.name:
        return BY_NAME[token.name].parse(token, now)
    return (TopicWord if token.wild else TextWord).parse(token, now)
