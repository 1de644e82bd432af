"""The grammar that selects deliveries, for the screen and each command that takes ids or filter words.

`12` is an id, `12-40` a range, `last` the newest delivery, `-2` the second newest. Several of these are
alternatives. Every other word is a filter word. A delivery is selected if all filter words match and its
id is one of the ids, if there are any: `3-9 is:first` selects the first versions among deliveries 3 to 9.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NoReturn, Self

from devhook.errors import InputError
from devhook.filter.completion import corrections, seen_in
from devhook.filter.field_words import FieldWord
from devhook.filter.id_words import IdWord
from devhook.filter.language import Filter, Term, tokens
from devhook.filter.search import Search
from devhook.filter.word import Range, WrongWord
from devhook.filter.words import BY_NAME
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.readings import read_everything
from devhook.text import counted, did_you_mean, visible

_IDS: Final = re.compile(r"(\d+)(?:-(\d+))?", re.ASCII)
_FROM_NEWEST: Final = re.compile(r"last|-([1-9]\d{0,5})", re.ASCII)
_EMPTY: Final = ("The inbox is empty.", "Receive something first: devhook listen")
_AT_ONCE: Final = 1000
_DIGITS: Final = 18


@dataclass(frozen=True)
class Selection:
    """A parsed text that is not resolved in an inbox yet. A selection without words selects every delivery.

    `text`: the words, with one blank between them.
    `ids`: the words for ids, in the order given; empty: any id.
    `filter`: the other words.
    """

    text: str = ""
    ids: tuple[str, ...] = ()
    filter: Filter = field(default_factory=Filter)

    @classmethod
    def parse(cls, text: str, now: datetime) -> Self:
        """Return the selection of a text that is typed at `now`, in the user's zone. Raise WrongWord."""
        typed = tokens(visible(text))
        return cls(
            text=" ".join(token.text for token in typed),
            ids=tuple(token.text for token in typed if _is_ids(token.text)),
            filter=Filter.of([token for token in typed if not _is_ids(token.text)], now),
        )

    def resolve(self, inbox: Inbox, *, upcoming: bool = False) -> "SelectedDeliveries":
        """Return the selection with its ids found in the inbox.

        Raise InputError for an id that does not exist; with `upcoming`, ids above the newest are allowed.
        """
        newest = inbox.newest()
        spans = [_span(inbox, word, newest if upcoming else None) for word in self.ids]
        return SelectedDeliveries(inbox, self, tuple(spans))


class SelectedDeliveries:
    """A selection in an open inbox.

    `filter`: matches the rows that are selected.
    """

    def __init__(self, inbox: Inbox, selection: Selection, spans: tuple[Range, ...]) -> None:
        self._inbox = inbox
        self._selection = selection
        self._spans = spans
        by_id = (Term(IdWord(spans)),) if spans else ()
        self.filter = Filter((*by_id, *selection.filter.terms))

    def rows(self, *, as_given: bool = False) -> Iterator[Row]:
        """Yield the selected deliveries that are stored now, oldest first.

        `as_given`: in the order of the given ids, each as often as it is given.
        """
        if self._selection.filter:
            # A filter may ask for facts that only readings contain.
            read_everything(self._inbox)
        spans = self._spans or (Range(),)
        if as_given:
            for span in spans:
                yield from self._within(span)
            return
        reached = 0
        for span in sorted(spans, key=lambda each: each.low or 0):
            yield from self._within(Range(max(span.low or 0, reached + 1), span.high))
            reached = max(reached, span.high or 0)

    def few(self, most: int, *, as_given: bool = False) -> list[Row]:
        """Return at most `most` deliveries. Raise InputError if more are selected, or none."""
        found = list(islice(self.rows(as_given=as_given), most + 1))
        if not found:
            raise InputError(*self.nothing())
        if len(found) > most:
            raise InputError(
                f"{self._selection.text} selects more than {counted(most, 'delivery')}.",
                "Select by id: devhook log shows the ids; last is the newest, -2 the one before it.",
            )
        return found

    def nothing(self) -> tuple[str, str]:
        """Return the message and the hint for an empty selection."""
        if not self._inbox.newest():
            return _EMPTY
        question = self.question()
        return (
            f"No delivery in the inbox matches {self._selection.text}.",
            question or "Use fewer words. devhook log lists the deliveries.",
        )

    def question(self) -> str:
        """Return `Did you mean topic:orders/updated?` for values that the inbox does not have; or nothing."""
        return did_you_mean(corrections(self._selection.text, seen_in(self._inbox, with_values=False)))

    def _within(self, span: Range) -> Iterator[Row]:
        """Yield the rows of a span, oldest first, without rows that arrive during the iteration."""
        newest = self._inbox.newest()
        after = max(0, (span.low or 1) - 1)
        before = min(newest, newest if span.high is None else span.high) + 1
        if self._selection.filter:
            search = Search(self._inbox, self._selection.filter)
            # The search returns the newest first. The rows of 100,000 deliveries take 200 MB, the ids 0.8 MB.
            found = array("q", (row.id for row in search.rows(after=after, before=before)))
            yield from map(self._inbox.row, reversed(found))
            return
        while after + 1 < before and (rows := self._inbox.rows(after=after, before=before, limit=_AT_ONCE)):
            yield from rows
            after = rows[-1].id


def _is_ids(word: str) -> bool:
    """Return whether a word is an id, a range, `last` or `-2`."""
    return _IDS.fullmatch(word) is not None or _FROM_NEWEST.fullmatch(word) is not None


def reads_as_selection(text: str) -> bool:
    """Return whether a text, which can also be a file's name, is only ids and filter words with a name."""
    try:
        typed = tokens(text)
    except WrongWord:
        return False
    return bool(typed) and all(
        _is_ids(token.text) or token.name in BY_NAME or FieldWord.takes(token) for token in typed
    )


def _span(inbox: Inbox, word: str, newest: int | None) -> Range:
    """Return the range of a word for ids. Ids above `newest`, if it is given, need not exist."""
    if counting := _FROM_NEWEST.fullmatch(word):
        place = int(counting[1] or 1)
        rows = inbox.rows(newest_first=True, limit=place)
        if len(rows) < place:
            _raise_missing(inbox, f"The inbox contains only {counted(len(rows), 'delivery')}")
        return Range(rows[-1].id, rows[-1].id)
    found = _IDS.fullmatch(word)
    assert found is not None  # noqa: S101 - see _is_ids; for mypy
    low, high = _id(found[1]), _id(found[2] or found[1])
    if low > high:
        raise InputError(f"{word} is not a range of ids.", f"The lower id comes first: {high}-{low}")
    if (newest is None or high <= newest) and not inbox.rows(after=low - 1, before=high + 1, limit=1):
        _raise_missing(
            inbox, f"The inbox contains no delivery {word}", text=found[1] if found[2] is None else ""
        )
    return Range(low, high)


def _id(digits: str) -> int:
    """Return the number, or the largest that SQLite can store."""
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS


def _raise_missing(inbox: Inbox, message: str, *, text: str = "") -> NoReturn:
    """Raise InputError with the newest id; the hint offers `text` as the name of an order."""
    rows = inbox.rows(newest_first=True, limit=1)
    if not rows:
        raise InputError(*_EMPTY)
    hint = f"The newest one is {rows[0].id}; devhook log shows the ids."
    raise InputError(f"{message}.", f"{hint} Order {text} is order:{text}." if text else hint)
