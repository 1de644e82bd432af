"""Finds the line of a value in a TOML text; `tomllib` does not report lines."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_HEADER: Final = re.compile(r"\s*\[\[?\s*[\"']?([\w-]+)[\"']?\s*\]")
_KEY: Final = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*[.=]")
# Longest first: the quotes of a multi-line text begin like those of a short one.
_OPENING: Final = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_CLOSING: Final = {'"""': re.compile(r'(?:\\.|[^\\])*?"""'), "'''": re.compile(r".*?'''")}


class _Mark(NamedTuple):
    """A line that begins the `nth` table called `table` (`key` is empty) or sets a key."""

    line: int
    table: str
    nth: int
    key: str


def line_of(text: str, location: Sequence[int | str]) -> int:
    """Return the line (from 1) of the value at `location`, a path like `("steps", 3, "do")`.

    If the value is missing, return the line where its table begins; without a table, return 1. `text` must be
    valid TOML.
    """
    table, nth, key = _place(location)
    marks = tuple(_marks(text))
    wanted = (
        [mark for mark in marks if key and mark[1:] == (table, nth, key)]
        or [mark for mark in marks if mark[1:] == (table, nth, "")]
        or [mark for mark in marks if mark[1:] == ("", 0, table)]
    )
    return wanted[0].line if wanted else 1


def _place(location: Sequence[int | str]) -> tuple[str, int, str]:
    names = [part for part in location if isinstance(part, str)]
    nth = next((part for part in location if isinstance(part, int)), 0)
    return (names[0] if names else ""), nth, (names[1] if len(names) > 1 else "")


def _marks(text: str) -> Iterator[_Mark]:
    begun: Counter[str] = Counter()
    table, nth = "", 0
    for number, line in _lines_outside_texts(text):
        if header := _HEADER.match(line):
            table = header[1]
            nth = begun[table]
            begun[table] += 1
            yield _Mark(number, table, nth, "")
        elif key := _KEY.match(line):
            yield _Mark(number, table, nth, key[1])


def _lines_outside_texts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that do not begin inside a multi-line text."""
    open_quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not open_quote:
            yield number, line
        open_quote = _quote_left_open(line, open_quote)


def _quote_left_open(line: str, open_quote: str) -> str:
    """Return the quote that is open at the end of `line`; `open_quote` is open at its start."""
    at = 0
    while True:
        if open_quote:
            closed = _CLOSING[open_quote].match(line, at)
            if not closed:
                return open_quote
            at, open_quote = closed.end(), ""
        opened = _OPENING.search(line, at)
        if not opened:
            return ""
        at = opened.end()
        if opened[0] in _CLOSING:
            open_quote = opened[0]
