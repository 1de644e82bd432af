"""What of a frame the terminal does not show yet: a cursor step rewrites cells, not panes.

Textual writes every line of a widget of which anything has changed: a cursor step in the list wrote 12 to
43 KB, which is felt on a slow connection. Each cell that is written is remembered here, and is written again
only where it differs; and of its style only what differs from the text written before.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import get_character_cell_size

# A frame as Textual writes it: pieces of lines, each at a place, in texts that have one style each.
_PIECE: Final = re.compile(r"\x1b\[(\d+);(\d+)H((?:\x1b\[[\d;]*m|[^\x00-\x1f\x7f-\x9f])*)\n?")
_TEXT: Final = re.compile(r"(?:\x1b\[([\d;]*)m)?([^\x1b]*)")
# These change no cell: the marks of a synchronized frame, the cursor's visibility, the bell.
_NEUTRAL: Final = re.compile(r"(\x1b\[\?(2026|25)[hl]|\x07)+")
_NOWHERE: Final = (0, 0)
# A colour of the text, a colour of the background, another attribute (ECMA-48, Select Graphic Rendition).
_ATTRIBUTE: Final = re.compile(
    r"(?P<text>38;2(?:;\d+){3}|38;5;\d+|3[0-79]|9[0-7])"
    r"|(?P<background>48;2(?:;\d+){3}|48;5;\d+|4[0-79]|10[0-7])|\d+"
)
_STYLES: Final = 4096


class _Style(NamedTuple):
    """A style: the colours, which are empty for those of the terminal, and other attributes, sorted."""

    text: str = ""
    background: str = ""
    others: tuple[str, ...] = ()

    def after(self, before: "_Style") -> str:
        """Return what changes `before` into this style."""
        if not set(before.others) <= set(self.others):
            return f"\x1b[{';'.join(filter(None, ('0', self.text, self.background, *self.others)))}m"
        changes = [each for each in self.others if each not in before.others]
        if self.background != before.background:
            changes.insert(0, self.background or "49")
        if self.text != before.text:
            changes.insert(0, self.text or "39")
        return f"\x1b[{';'.join(changes)}m" if changes else ""


_PLAIN: Final = _Style()


@lru_cache(_STYLES)
def _style(codes: str) -> _Style:
    colours = {"text": "", "background": ""}
    others: set[str] = set()
    for found in _ATTRIBUTE.finditer(codes):
        if found.lastgroup:
            colours[found.lastgroup] = found[0]
        elif found[0] == "0":
            colours, others = {"text": "", "background": ""}, set()
        else:
            others.add(found[0])
    return _Style(**colours, others=tuple(sorted(others)))


class _Run(NamedTuple):
    """A text in one style, and its place, which is counted as the terminal counts: from 1.

    A run that is not `sure` is a whole piece of a line, with its styles: it has characters that do not take
    one cell, and terminals differ in how many these take.
    """

    line: int
    column: int
    style: _Style
    text: str
    sure: bool = True

    def cells(self) -> list[str]:
        """Return what its cells show, the same text for cells that look the same."""
        style, others = (
            "\n".join((self.style.text, self.style.background, *self.style.others)),
            self.style.others,
        )
        blank = style if others else f"\n{self.style.background}"
        return [(blank if each == " " else style) + each for each in self.text]


class ShownCells:
    """Remembers what each cell of a terminal shows."""

    def __init__(self) -> None:
        self._lines: dict[int, list[str]] = {}
        self._cursor = _NOWHERE
        self._style = _PLAIN  # between two frames

    def forget(self) -> None:
        """Assume nothing: the terminal was resized, or something else may have written to it."""
        self._lines.clear()
        self._cursor = _NOWHERE

    def changed(self, text: str) -> str:
        """Return the part of `text` that changes what is shown; all of it if it is more than a frame."""
        if _NEUTRAL.fullmatch(text):
            return text
        runs = _runs(text)
        if runs is None:
            self.forget()
            return text
        written = "".join(part for run in runs for part in self._write(run))
        end, self._style = _PLAIN.after(self._style), _PLAIN
        return written + end

    def _write(self, run: _Run) -> Iterator[str]:
        """Yield what of a run is to be written, and remember it."""
        place, text = (run.line, run.column), run.text
        if run.sure and text:
            start, end = self._remember(run)
            if start == end:
                return
            place, text = (run.line, run.column + start), text[start:end]
        if place != self._cursor:
            yield f"\x1b[{place[0]};{place[1]}H"
        self._cursor = (place[0], place[1] + len(text))
        if not run.sure:
            # What stands there, before it (an accent may), and where the cursor is, only the terminal knows.
            del self._lines.get(run.line, [])[run.column - 1 :]
            self._cursor = _NOWHERE
        if text:
            yield run.style.after(self._style)
            self._style = run.style
            yield text

    def _remember(self, run: _Run) -> tuple[int, int]:
        """Remember the cells of a run; return from where to where it differs from what was there."""
        cells = run.cells()
        start, end = 0, len(cells)
        line = self._lines.setdefault(run.line, [])
        # Nobody has written to these: no cell that was written is empty.
        line += [""] * (run.column + end - len(line))
        before = line[run.column : run.column + end]
        line[run.column : run.column + end] = cells
        while start < end and cells[start] == before[start]:
            start += 1
        while start < end and cells[end - 1] == before[end - 1]:
            end -= 1
        return start, end


def _runs(frame: str) -> list[_Run] | None:
    """Return the runs of a frame; None for text that is more than a frame."""
    runs: list[_Run] = []
    end = 0
    for piece in _PIECE.finditer(frame):
        if piece.start() != end:
            return None
        end = piece.end()
        line, column, body = int(piece[1]), int(piece[2]), piece[3]
        # An empty piece places the cursor, and Textual writes empty ones in between too.
        runs += _piece_runs(line, column, body) if body or end == len(frame) else ()
    return runs if end == len(frame) else None


def _piece_runs(line: int, column: int, body: str) -> Iterator[_Run]:
    """Yield the runs of a piece of a line. One that is empty places the cursor."""
    texts = [(style, text) for style, text in _TEXT.findall(body) if text]
    if not texts:
        yield _Run(line, column, _PLAIN, "")
    elif not all(_narrow(text) for _, text in texts):
        yield _Run(line, column, _PLAIN, f"{body}\x1b[0m", sure=False)
    else:
        for style, text in texts:
            yield _Run(line, column, _style(style), text)
            column += len(text)


def _narrow(text: str) -> bool:
    """Return whether each character takes one cell."""
    return text.isascii() or all(get_character_cell_size(each) == 1 for each in text)
