"""Lines among which one can be picked: a change, a version. The arrows go from one to the next."""

from bisect import bisect_left, bisect_right

from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message

from devhook.tui import styles
from devhook.tui.widgets.lines_view import Layout, LinesView


class PickView(LinesView):
    """Shows lines with stops, and which of them is picked while it has the focus."""

    class Picked(Message):
        """Another thing is picked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._picked = 0

    @property
    def picked(self) -> int | None:
        """Which of the things that can be picked is; None where there are none."""
        stops = self.lines.stops
        return min(self._picked, len(stops) - 1) if stops else None

    def show(self, layout: Layout, *, top: int = 0, offset: Offset | None = None, picked: int = 0) -> None:
        """Show what `layout` makes, with the thing number `picked` picked."""
        self._picked = picked
        super().show(layout, top=top, offset=offset)
        self.post_message(self.Picked())

    def again(self, layout: Layout, *, picked: int | None = None) -> None:
        """Lay the same things out otherwise.

        What is picked stays on its line of the screen; it has the number `picked` now, where that is given.
        """
        before, top = self.picked, self.scroll_offset.y
        line = None if before is None else self.lines.stops[before] - top
        if picked is not None:
            self._picked = picked
        self.renew(layout)
        after = self.picked
        if line is not None and after is not None and 0 <= line < self._page:
            top = max(0, self.lines.stops[after] - line)
        self.scroll_to(y=top, animate=False, force=True)
        self.post_message(self.Picked())

    def line(self, number: int) -> Content:
        """One line as it is to be drawn: the picked one stands out while the keys go here."""
        line = super().line(number)
        if not self.has_focus or self.picked is None or number != self.lines.stops[self.picked]:
            return line
        return line.pad_right(max(0, self.size.width - line.cell_length)).stylize(styles.SELECTED)

    def action_scroll(self, lines: int) -> None:
        """Go to the next thing that can be picked (1) or the one before (-1); scroll where there is none."""
        stops = self.lines.stops
        wanted = -1 if self.picked is None else self.picked + lines
        if not 0 <= wanted < len(stops) or not self._near(stops[wanted], lines):
            super().action_scroll(lines)
            return
        self.post_message(self.Read())
        self.pick(wanted)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by pages; the first thing in sight is picked."""
        super().action_scroll_pages(pages)
        self.pick_in_sight()

    def action_scroll_end(self, direction: int) -> None:  # type: ignore[override]  # Textual's takes nothing
        """Scroll to the beginning (-1) or the end (1), and pick the first or the last thing."""
        super().action_scroll_end(direction)
        if self.lines.stops:
            self._pick(0 if direction < 0 else len(self.lines.stops) - 1)

    def on_focus(self) -> None:
        """Show what is picked."""
        self._redraw()

    def on_blur(self) -> None:
        """Show it no more."""
        self._redraw()

    def pick(self, number: int) -> None:
        """Pick the thing with that number, and bring it into sight."""
        self._pick(number)
        line, top, page = self.lines.stops[number], self.scroll_offset.y, self._page
        if line < top:
            self.scroll_to(y=line, animate=False, force=True)
        elif line >= top + page:
            self.scroll_to(y=line - page + 1, animate=False, force=True)

    def _pick(self, number: int) -> None:
        """Pick the thing with that number. Only its line and the one before are drawn again."""
        lines = [self.lines.stops[each] for each in (self.picked, number) if each is not None]
        self._picked = number
        for line in lines:
            self._strips.discard(line)
            self.refresh_line(line)
        self.post_message(self.Picked())

    @property
    def _page(self) -> int:
        """How many lines are in sight."""
        return max(1, self.scrollable_content_region.height)

    def on_mouse_scroll_down(self) -> None:
        """Pick the first thing in sight once the wheel has scrolled."""
        self.call_after_refresh(self.pick_in_sight)

    on_mouse_scroll_up = on_mouse_scroll_down

    def on_click(self, event: events.Click) -> None:
        """Pick what was clicked."""
        offset = event.get_content_offset(self)
        if offset is None or not self.lines.stops or self.text_selection is not None:
            return
        number = bisect_right(self.lines.stops, offset.y + self.scroll_offset.y) - 1
        if number >= 0:
            self._pick(number)

    def _near(self, line: int, direction: int) -> bool:
        """Whether going there leaves out no page of lines between."""
        page, top = self._page, self.scroll_offset.y
        return line <= top + page + 1 if direction > 0 else line >= top - 2

    def pick_in_sight(self) -> None:
        """Pick the nearest thing that is in sight."""
        stops, top, picked = self.lines.stops, self.scroll_offset.y, self.picked
        first = bisect_left(stops, top)
        end = bisect_right(stops, top + self._page - 1)
        if picked is not None and first < end and not first <= picked < end:
            self._pick(min(max(picked, first), end - 1))

    def _redraw(self) -> None:
        self._strips.clear()
        self.refresh()
