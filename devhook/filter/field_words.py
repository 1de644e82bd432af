"""The filter word for a field of the payload: `total_price:>100`, `line_items[TEE-M].price:10..20`. Pure.

The path begins at the top of the payload, as in a filter of Shopify
(https://shopify.dev/docs/apps/build/webhooks/customize/filters). A name within a list is a field of any of
its items.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self

from devhook.analysis.identity import identities, labels
from devhook.filter.conditions import Condition
from devhook.filter.word import Contents, FilterWord, Pattern, Token
from devhook.inbox.deliveries import Row
from devhook.inbox.tokens import (
    body_tokens,
    expression_of_all,
    expression_of_any,
    folded,
    quoted,
    words_of,
)
from devhook.webhook.document import Document

_STEP: Final = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
_PATH: Final = re.compile(r"\.?(?:\[[^\[\]]+\]|[^.\[\]]+)(?:\[[^\[\]]+\]|\.[^.\[\]]+)*")
_ANY: Final = "*"


class PathStep(NamedTuple):
    """One step of a path: the name of a field, or what is between brackets: a position, a label, `*`."""

    text: str
    in_brackets: bool


class FieldWord(FilterWord):
    """`total_price:>100`: a field of the payload, compared with a number, a time or a text.

    A dot before the path makes a field of a name that is a filter word: `.id:=820982911946154508`.
    """

    examples = ("total_price:>100", "customer.email:=*@acme.com", "created_at:>=2026-07-04", ".id:=820982911")
    about = "a field of the payload: = (with * and ?), >, >=, <, <= or 10..20; line_items.price: of any item"
    reads_body = True

    def __init__(self, path: str, conditions: tuple[Condition, ...]) -> None:
        self._conditions = conditions
        self._steps = tuple(
            PathStep(found[1] or found[2], found[1] is not None) for found in _STEP.finditer(path)
        )
        names = [step.text for step in self._steps if not step.in_brackets]
        wild = any(re.search(r"[*?]", name) for name in names)
        self._pattern = Pattern(path.removeprefix(".")) if wild else None
        # The index has the names, but none for a body that is too large for it, which is never searched.
        self._tokens = [] if wild else body_tokens(word for name in names for word in words_of(name))

    @classmethod
    def takes(cls, token: Token) -> bool:
        """Return whether a token whose name is no filter word is a field word."""
        return bool(token.name and token.values) and Condition.begins(token.values[0])

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for a path and its comparisons. Raise WrongWord."""
        if not _PATH.fullmatch(token.name):
            token.reject(f"{token.name} is not the path of a field", f"For example {cls.examples[0]}")
        return cls(token.name, tuple(Condition.parse(token, value, now.tzinfo) for value in token.values))

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether a value of the field fulfils one of the conditions."""
        document = contents.document(row)
        if document is None:
            return False
        return any(
            condition.matches(value) for value in self._values(document) for condition in self._conditions
        ) and contents.words(row) >= set(self._tokens)

    def expression(self, fields: Collection[str]) -> str | None:
        """Return the search expression for the names in the path and the words of the values."""
        values = [condition.words() for condition in self._conditions]
        wanted = [expression_of_all(quoted(body_tokens(words))) for words in values if words is not None]
        any_value = [each for each in wanted if each] if len(wanted) == len(values) else []
        return expression_of_all(
            [*quoted(self._tokens), *([expression_of_any(any_value)] if any_value else [])]
        )

    def _values(self, document: Document) -> Iterator[Document]:
        if self._pattern is None:
            yield from _reached("", document, self._steps)
            return
        for path, value in leaves(document):
            if self._pattern.matches(path) or self._pattern.matches(path.rpartition(".")[2]):
                yield value


def leaves(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the path without labels and the value of each field that is no object and no list, in order."""
    pending: list[tuple[str, Document]] = [("", document)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{path}.{key}".removeprefix("."), each) for key, each in reversed(value.items())]
        elif isinstance(value, list):
            pending += [(path, each) for each in reversed(value)]
        else:
            yield path, value


def _reached(name: str, value: Document, steps: Sequence[PathStep]) -> Iterator[Document]:
    """Yield the values that the steps lead to from `value`, which has this name."""
    if isinstance(value, list) and not (steps and steps[0].in_brackets):
        steps = (PathStep(_ANY, in_brackets=True), *steps)
        if len(steps) == 1:
            yield from value
            return
    if not steps:
        yield value
        return
    step, *rest = steps
    if isinstance(value, list):
        for item in _items(name, value, step.text):
            yield from _reached("", item, rest)
    elif isinstance(value, dict):
        for key, each in value.items():
            if folded(key) == folded(step.text):
                yield from _reached(key, each, rest)


def _items(name: str, items: list[Document], wanted: str) -> Iterator[Document]:
    """Yield the items of a list that brackets select: all, the one at a position, those with a label."""
    if wanted == _ANY:
        yield from items
        return
    named = labels(name, items, identified=identities(name, items, items) is not None)
    for position, (item, label) in enumerate(zip(items, named, strict=True)):
        if folded(wanted).strip('"') == folded(label) or wanted == str(position):
            yield item
