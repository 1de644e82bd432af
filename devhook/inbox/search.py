"""Finding what a filter lets through, newest first, without looking at everything that was ever kept."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import Final

from devhook.inbox.filter import Filter
from devhook.inbox.index import PROGRESS, ZONE, face_of, fields_known
from devhook.inbox.rows import ROWS, Row, microseconds, row_of
from devhook.inbox.store import Inbox
from devhook.inbox.tokens import said_in
from devhook.inbox.words import Number, Time, Word

_NO_END: Final = 2**63 - 1
# How many deliveries are looked at together: few at first, since the newest ones are often enough.
_FIRST_PORTION: Final = 100
_LARGEST_PORTION: Final = 1_600
# Up to so many rows of a few faces are looked at rather than asked for by their words.
_FEW: Final = 1_500
# Asking for each of so many faces costs more than going through all deliveries.
_MANY_FACES: Final = 100

_FACES: Final = "SELECT id, facts, rows FROM search.faces WHERE rows > 0"
# The plus keeps SQLite from going through all answers by their deliveries.
_ANSWERED_SINCE: Final = """
SELECT +delivery_id FROM answers
WHERE id > ? AND duration IS NOT NULL AND +delivery_id > ? AND +delivery_id < ?
"""
_REVISED_SINCE: Final = """
SELECT +delivery_id FROM readings.readings WHERE revised > ? AND +delivery_id > ? AND +delivery_id < ?
"""
_ZONES_SINCE: Final = "SELECT min(zone), max(zone) FROM search.zones WHERE latest >= ? AND earliest < ?"
_GIVEN: Final = "(SELECT value FROM json_each(?))"
_SOME_ROWS: Final = f"{ROWS} WHERE d.id IN {_GIVEN} ORDER BY d.id DESC"
_ALL: Final = """
SELECT delivery_id FROM search.listed WHERE delivery_id > ? AND delivery_id < ?
ORDER BY delivery_id DESC LIMIT ?
"""
_OF_FACE: Final = """
SELECT delivery_id FROM search.listed WHERE face = ? AND delivery_id > ? AND delivery_id < ?
ORDER BY delivery_id DESC LIMIT ?
"""
_OF_FACES: Final = """
SELECT delivery_id FROM search.listed
WHERE face IN (SELECT value FROM json_each(?)) AND delivery_id > ? AND delivery_id < ?
ORDER BY +delivery_id DESC LIMIT ?
"""
_AMONG_FACES: Final = """
SELECT delivery_id FROM search.listed NOT INDEXED
WHERE delivery_id > ?2 AND delivery_id < ?3 AND face IN (SELECT value FROM json_each(?1))
ORDER BY delivery_id DESC LIMIT ?4
"""
_WITH_WORDS: Final = """
SELECT rowid FROM search.words WHERE words MATCH ? AND rowid > ? AND rowid < ?
ORDER BY rowid DESC LIMIT ?
"""
_WITH_WORDS_OF_FACES: Final = """
SELECT w.rowid FROM search.words w CROSS JOIN search.listed l ON l.delivery_id = w.rowid
WHERE w.words MATCH ?2 AND w.rowid > ?3 AND w.rowid < ?4
    AND l.face IN (SELECT value FROM json_each(?1))
ORDER BY w.rowid DESC LIMIT ?5
"""


@dataclass(frozen=True)
class Page:
    """Rows that were found, newest first. `reached` is the id down to which all were, 0 for the end."""

    rows: tuple[Row, ...]
    reached: int


class Search:
    """A filter over an open inbox: for rows that are at hand, and for those that are not."""

    def __init__(self, inbox: Inbox, wanted: Filter) -> None:
        self.filter = wanted
        self._inbox = inbox

    def matches(self, row: Row) -> bool:
        """Whether `row` is let through; its body is fetched where the filter asks for it."""
        return self.filter.matches(row, self._said)

    def __bool__(self) -> bool:
        return bool(self.filter)

    def newest(self, limit: int, *, after: int = 0, before: int | None = None) -> list[Row]:
        """The newest rows that are let through, newest first, with ids between `after` and `before`."""
        return list(islice(self.rows(after=after, before=before), limit))

    def rows(self, *, after: int = 0, before: int | None = None) -> Iterator[Row]:
        """All of them, newest first. Between two rows the inbox may be used for anything else."""
        for rows, _ in self._portions(after, _NO_END if before is None else before):
            yield from rows

    def page(self, limit: int, *, before: int | None = None, seconds: float) -> Page:
        """At least `limit` of the newest ones; fewer where there are no more, or so much time has passed."""
        until = time.monotonic() + seconds
        found: list[Row] = []
        for rows, reached in self._portions(0, _NO_END if before is None else before):
            found += rows
            if len(found) >= limit or time.monotonic() > until:
                return Page(rows=tuple(found), reached=reached)
        return Page(rows=tuple(found), reached=0)

    def _portions(self, after: int, before: int) -> Iterator[tuple[list[Row], int]]:
        """The matching rows, newest first, one portion after another, each with the id that it reached."""
        ((indexed, answer, revised),) = self._inbox.query(PROGRESS)
        for rows in self._behind(max(after, indexed), before):
            yield [row for row in rows if self.matches(row)], rows[-1].id
        low, high = self._within(after, min(before, indexed + 1))
        changed = {found for (found,) in self._inbox.query(_ANSWERED_SINCE, answer, low, high)}
        changed.update(found for (found,) in self._inbox.query(_REVISED_SINCE, revised, low, high))
        streams = [stream.ids(low, high) for stream in self._streams()]
        streams.append(iter(sorted(changed, reverse=True)))
        ids = (found for found, _ in groupby(merge(*streams, reverse=True)))
        portion = _FIRST_PORTION
        while looked_at := list(islice(ids, portion)):
            rows = [row_of(columns) for columns in self._inbox.query(_SOME_ROWS, json.dumps(looked_at))]
            yield [row for row in rows if self.matches(row)], looked_at[-1]
            portion = min(2 * portion, _LARGEST_PORTION)

    def _behind(self, after: int, before: int) -> Iterator[list[Row]]:
        """What is not indexed yet: all of it is looked at."""
        portion = _FIRST_PORTION
        while rows := self._inbox.rows(after=after, before=before, limit=portion, newest_first=True):
            yield rows
            before = rows[-1].id
            portion = min(2 * portion, _LARGEST_PORTION)

    def _within(self, low: int, high: int) -> tuple[int, int]:
        """The ids between which all must be that are asked for by their numbers or by when they came."""
        for term in self.filter.terms:
            first, last = (None, None) if term.negated else self._bounds(term.word)
            low = low if first is None else max(low, first - 1)
            high = high if last is None else min(high, last + 1)
        return low, high

    def _bounds(self, word: Word) -> tuple[int | None, int | None]:
        """The lowest and the highest id that such a word can mean; None where it does not say."""
        if isinstance(word, Number):
            lows, highs = ([getattr(each, end) for each in word.ranges] for end in ("low", "high"))
            return None if None in lows else min(lows), None if None in highs else max(highs)
        if not isinstance(word, Time):
            return None, None
        since = microseconds(word.since) if word.since else -_NO_END
        before = microseconds(word.before) if word.before else _NO_END
        ((first, last),) = self._inbox.query(_ZONES_SINCE, since, before)
        return (1, 0) if first is None else (first * ZONE, (last + 1) * ZONE - 1)

    def _streams(self) -> list["_Stream"]:
        """Where the matching rows are: the faces that may have them, by what their rows must hold."""
        by_words: dict[str, list[tuple[int, int]]] = {}
        faces = self._inbox.query(_FACES)
        fields = fields_known(self._inbox)
        for face, facts, rows in faces:
            must_hold = self._must_hold(face_of(facts), fields)
            if must_hold is not None:
                by_words.setdefault(must_hold, []).append((face, rows))
        total = sum(rows for _, _, rows in faces)
        return [
            _Stream(self._inbox, words, found, of=total, every=len(found) == len(faces))
            for words, found in by_words.items()
        ]

    def _must_hold(self, face: Row | None, fields: Collection[str]) -> str | None:
        """The words that a row of this face must hold to be let through; None: none of them is."""
        found = []
        for term in self.filter.terms:
            decided = term.word.of_face(face) if face else None
            if decided is term.negated:
                return None
            if decided is None and not term.negated and (expression := term.word.tokens(fields)):
                found.append(expression)
        return " AND ".join(dict.fromkeys(found))

    def _said(self, row: Row) -> Collection[str]:
        delivery = self._inbox.delivery(row.id)
        return said_in(delivery.body, delivery.content_type)


@dataclass(frozen=True)
class _Stream:
    """The ids of some faces' rows that hold some words: `faces` with the number of their rows each."""

    inbox: Inbox
    words: str
    faces: Sequence[tuple[int, int]]
    of: int
    every: bool

    def ids(self, low: int, high: int) -> Iterator[int]:
        """Newest first, between `low` and `high`; fetched in portions as they are asked for."""
        portion = _FIRST_PORTION
        while found := self._portion(low, high, portion):
            yield from found
            high = found[-1]
            portion = min(2 * portion, _LARGEST_PORTION)

    def _portion(self, low: int, high: int, limit: int) -> list[int]:
        rows = sum(count for _, count in self.faces)
        of_them = json.dumps([face for face, _ in self.faces])
        query = self.inbox.query
        if self.words and (self.every or rows > _FEW):
            if self.every:
                found = query(_WITH_WORDS, self.words, low, high, limit)
            else:
                found = query(_WITH_WORDS_OF_FACES, of_them, self.words, low, high, limit)
        elif self.every:
            found = query(_ALL, low, high, limit)
        elif rows <= _FEW:
            found = query(_OF_FACES, of_them, low, high, limit)
        elif len(self.faces) > _MANY_FACES:
            found = query(_AMONG_FACES, of_them, low, high, limit)
        else:
            each = [query(_OF_FACE, face, low, high, limit) for face, _ in self.faces]
            found = sorted((ids for part in each for ids in part), reverse=True)[:limit]
        return [delivery_id for (delivery_id,) in found]
