"""Lines in which text can be found: every hit is marked, and the view goes from one to the next."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from textual import work
from textual.content import Content
from textual.message import Message

from devhook.privacy.mask import Mask
from devhook.tui import styles
from devhook.tui.find import Find, Haystack, Hit
from devhook.tui.mask_filter import masked_line
from devhook.tui.untrusted import app_mask
from devhook.tui.widgets.pick_view import PickView

# Cells of a line that stay in sight before a hit far to the right.
_BEFORE: Final = 16


class ReadingPosition(NamedTuple):
    """The reading position: the columns and lines scrolled past, what is selected, what is folded."""

    left: int = 0
    top: int = 0
    picked: int = 0
    folds: frozenset[object] = frozenset()


class FindView(PickView):
    """Shows lines, and what is found in them.

    The lines that are searched are those that are laid out; a view that folds lines away searches them too,
    and says which is which.
    """

    class Searched(Message):
        """What is found, or which hit is the current one, has changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._find: Find | None = None
        self._haystack: Haystack | None = None
        self._source: object = None
        self._begun = ReadingPosition()
        self._reached: int | None = None  # what was picked with the current hit

    @property
    def place(self) -> ReadingPosition:
        """The reading position."""
        left, top = self.scroll_offset
        return ReadingPosition(left, top, self.picked or 0)

    @property
    def find(self) -> Find | None:
        """What is found; None without a search."""
        return self._find

    # A view that folds lines away has others

    @property
    def source(self) -> object:
        """What the searched text is made of: another object when it is another text."""
        return self.lines

    @property
    def is_long(self) -> bool:
        """Whether the text is so long that it is read in a thread."""
        return False

    def searched_text(self) -> str:
        """Return the lines that are searched."""
        return self.lines.text()

    def searched_line(self, number: int) -> int:
        """Return which of the searched lines the line `number` is; negative for none."""
        return number

    def uncover(self, line: int) -> int:
        """Open what hides a searched line, and return its number among the lines."""
        return line

    def uncover_hits(self, query: str) -> None:
        """Open what is cut short and contains `query`."""

    def whole_text(self) -> str:
        """Return all that can be read here as text; masked as the lines are drawn."""
        return self._masked_text(self._mask)

    # Seeking

    def begin_find(self) -> None:
        """Note where the search begins, and read the text, so that the first key finds at once."""
        self._begun = self.place
        self._once_read(lambda: None)

    def seek(self, query: str) -> None:
        """Find `query` from where the search began, and go there; back to it where there is none."""
        self.uncover_hits(query)
        self._once_read(partial(self._seek, query))

    def _seek(self, query: str) -> None:
        self.return_to(self._begun)
        self._find = Find.of(query, self._read(), self._line_at(self._begun)) if query else None
        self._marks_changed()
        self._go_to_hit()

    def show_found(self, query: str) -> None:
        """Mark `query` without going anywhere: another view had the search."""
        if self._find is None or self._find.query != query:
            self.uncover_hits(query)
            self._once_read(partial(self._show_found, query))

    def _show_found(self, query: str) -> None:
        self._find = Find.of(query, self._read(), self._line_at(self.place)) if query else None
        self._marks_changed()

    def step(self, steps: int) -> None:
        """Go to the next hit (1) or the previous one (-1), from the cursor if it was moved."""
        if self._find is None or (hit := self._find.hit) is None:
            return
        top, page = self.scroll_offset.y, max(1, self.scrollable_content_region.height)
        moved = self.picked != self._reached if self.lines.stops else not top <= hit.line < top + page
        self._find = self._find.stepped(steps, self._line_at(self.place) if moved else None)
        self._marks_changed()
        self._go_to_hit()

    def end_find(self) -> None:
        """Mark nothing any more."""
        self.workers.cancel_group(self, "find")
        if self._find is not None:
            self._find = None
            self._marks_changed()

    def leave_find(self) -> None:
        """Mark nothing, and go back to where the search began."""
        self.end_find()
        self.uncover_hits("")
        self.return_to(self._begun)

    def return_to(self, place: ReadingPosition) -> None:
        """Go to a reading position."""
        if self.lines.stops:
            self.pick(min(place.picked, len(self.lines.stops) - 1))
        self.scroll_to(x=place.left, y=place.top, animate=False, force=True)

    def _line_at(self, place: ReadingPosition) -> int:
        """Return the searched line that is read there."""
        stops = self.lines.stops
        line = stops[min(place.picked, len(stops) - 1)] if stops else place.top
        return max(0, self.searched_line(line))

    def _go_to_hit(self) -> None:
        hit = self._find.hit if self._find else None
        if hit is None:
            return
        line, stops = self.uncover(hit.line), self.lines.stops
        if stops:
            self.pick(max(0, bisect_right(stops, line) - 1))
        self._reached = self.picked
        self._show_cells(line, hit.start, hit.end)

    def _show_cells(self, line: int, start: int, end: int) -> None:
        """Scroll as little as brings a part of a line into sight."""
        left, top = self.scroll_offset
        width, page = self.scrollable_content_region.size
        if not top <= line < top + max(1, page):
            top = max(0, line - page // 2)
        if end <= width:
            left = 0
        elif not left <= start <= end <= left + width:
            left = max(0, start - _BEFORE)
        self.scroll_to(x=left, y=top, animate=False, force=True)

    def _read(self) -> Haystack:
        """Return what is searched."""
        if self._haystack is None or self._source is not self.source:
            self._source, self._haystack = self.source, self._new_haystack(self._mask)
        return self._haystack

    def _new_haystack(self, mask: Mask | None) -> Haystack:
        return Haystack(self._masked_text(mask), self.lines.joins)

    @property
    def _mask(self) -> Mask | None:
        return app_mask(self.app)

    def _masked_text(self, mask: Mask | None) -> str:
        """Return the text, masked as the lines are drawn."""
        text = self.searched_text()
        return "\n".join(masked_line(mask, line) for line in text.split("\n")) if mask else text

    def _once_read(self, then: Callable[[], None]) -> None:
        """Call `then` once the text is read: at once, or when a thread has read a long one.

        Only the last one is called of those that wait.
        """
        if not self.is_long or (self._haystack is not None and self._source is self.source):
            self.workers.cancel_group(self, "find")
            self._read()
            then()
        else:
            self._read_aside(then)

    @work(exclusive=True, group="find")
    async def _read_aside(self, then: Callable[[], None]) -> None:
        source = self.source
        haystack = await asyncio.to_thread(self._new_haystack, self._mask)
        if source is self.source:
            self._source, self._haystack = source, haystack
            then()

    def _lay_out(self) -> None:
        """Lay out, and find again in what has changed."""
        super()._lay_out()
        if self._find is not None and self._source is not self.source:
            hit = self._find.hit
            self._once_read(partial(self._find_again, self._find.query, hit))

    def _find_again(self, query: str, hit: Hit | None) -> None:
        self._find = Find.of(query, self._read())
        if hit is not None:
            self._find = self._find.at(hit.line, hit.start).unwrapped()
        self._marks_changed()

    def _marks_changed(self) -> None:
        self._strips.clear()
        self.refresh()
        self.post_message(self.Searched())

    def line(self, number: int) -> Content:
        """One line as it is to be drawn, with the hits in it marked."""
        line = super().line(number)
        if self._find is None:
            return line
        searched = self.searched_line(number)
        for hit in self._find.by_line.get(searched, ()):
            style = styles.FOUND_HERE if hit == self._find.hit else styles.FOUND
            for part in (hit, *hit.rest):
                if part.line == searched:
                    line = line.stylize(style, part.start, part.end)
        return line
