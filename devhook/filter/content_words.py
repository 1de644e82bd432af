"""The filter words for content: changed fields, words of the body, text in the list. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Self

from devhook.analysis.diff import Kind
from devhook.filter.conditions import SIGN, Condition
from devhook.filter.word import Contents, FilterWord, Pattern, Seen, Token
from devhook.inbox.deliveries import Row
from devhook.inbox.tokens import (
    body_tokens,
    expression_of_all,
    expression_of_any,
    expression_of_text,
    field_tokens,
    folded,
    own_texts,
    quoted,
    shared_texts,
    without_labels,
    words_of,
)

# No token of the index begins with this letter.
_IMPOSSIBLE: Final = '"z"'


class ChangedWord(FilterWord):
    """`changed:price`: a field that changed, by its whole path or by consecutive steps of it.

    `changed:financial_status=paid`: its new value is compared too.
    """

    name = "changed"
    examples = ("note", "financial_status=paid", "*price", "line_items")
    about = "a field that changed, or one that contains it; with =, > or < also its new value"

    def __init__(self, values: Iterable[tuple[Pattern, Condition | None]]) -> None:
        self._values = tuple(values)
        self.reads_body = any(condition for _, condition in self._values)

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for any paths, each with its condition. Raise WrongWord for a wrong condition."""
        found = [(SIGN.search(value), value) for value in token.values]
        return cls(
            (Pattern(value[: sign.start()]), Condition.parse(token, value[sign.start() :], now.tzinfo))
            if sign
            else (Pattern(value), None)
            for sign, value in found
        )

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether one of the changed paths matches, and its new value."""
        paths = [folded(path) for path in row.changed]
        return any(
            any(_matches_path(pattern, path) for path in paths)
            if condition is None
            else any(
                _matches_path(pattern, folded(change.path)) and condition.matches(change.after)
                for change in contents.changes(row)
                if change.kind is not Kind.REMOVED
            )
            for pattern, condition in self._values
        )

    def expression(self, fields: Collection[str]) -> str | None:
        """Return the expression for the names in the path, or for the fields that a wildcard can match."""
        found = [_fields_expression(pattern, fields) for pattern, _ in self._values]
        return expression_of_any(each for each in found if each) if all(found) else None

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return the fields that changed recently, and values that they have."""
        valued = (f"{path}={value}" for path in seen.fields for value in seen.values.get(path, ()))
        return (*seen.fields, *valued)


class BodyWord(FilterWord):
    """`body:gift`: whole words of the payload, keys and values; the last may end in `*`."""

    name = "body"
    examples = ("gift", "ship*")
    about = "words of the payload"
    reads_body = True

    def __init__(self, words: tuple[str, ...]) -> None:
        self._tokens = body_tokens(words)

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for all words of all values. Raise WrongWord if there are none."""
        words = tuple(
            f"{word}*" if value.endswith("*") and place == len(found) - 1 else word
            for value in token.values
            for found in [words_of(value)]
            for place, word in enumerate(found)
        )
        if not words:
            token.reject(
                f"{token.text} contains no word to search for", f"For example body:{cls.examples[0]}"
            )
        return cls(words)

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether all words are in the body."""
        found = contents.words(row)
        return all(
            any(each.startswith(token[:-1]) for each in found) if token.endswith("*") else token in found
            for token in self._tokens
        )

    def expression(self, fields: Collection[str]) -> str | None:
        """Return the expression for all words."""
        return expression_of_all(quoted(self._tokens))


class TextWord(FilterWord):
    """Text without a name: a part of a text that the list shows, or of an id."""

    examples = ("#1001", "late", '"bad signature"')
    about = "text that the list shows, or an id of Shopify's; with * or ? it is a topic"

    def __init__(self, text: str) -> None:
        self._text = folded(text)

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for the text; a comma is part of it."""
        return cls(",".join(token.values))

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether one of the row's texts contains the text."""
        return any(self._text in part for part in (*shared_texts(row), *own_texts(row)))

    def of_facet(self, facet: Row) -> bool | None:
        """Return True if a text that the rows share contains the text."""
        return True if any(self._text in part for part in shared_texts(facet)) else None

    def expression(self, fields: Collection[str]) -> str | None:
        """Return the expression for the grams of the text."""
        return expression_of_text(self._text)


def _matches_path(pattern: Pattern, path: str) -> bool:
    bare = without_labels(path)
    if pattern.literal:
        wanted = _stepped(pattern.text.strip("."))
        return wanted in _stepped(path) or wanted in _stepped(bare)
    # The labels of items are compared only if the pattern contains a label.
    targets = (path,) if "[" in pattern.text else (bare, bare.rpartition(".")[2])
    return any(map(pattern.matches, targets))


def _stepped(path: str) -> str:
    """Return a path between dots, for a search of whole steps."""
    return f".{path.replace('[', '.[')}."


def _fields_expression(pattern: Pattern, fields: Collection[str]) -> str | None:
    """Return the expression for the names that every matching path contains; None for any path."""
    if pattern.literal:
        return expression_of_all(quoted(field_tokens(pattern.text)))
    if "[" in pattern.text or not fields:
        return None
    pieces = re.findall(r"\w+", pattern.text)
    possible = [quoted(f"f{field}" for field in fields if piece in field) for piece in pieces]
    return expression_of_all(expression_of_any(names or [_IMPOSSIBLE]) for names in possible)
