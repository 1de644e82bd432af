"""Lines among which one can be picked: a change, a version. The arrows go from one to the next."""

from bisect import bisect_left, bisect_right

from textual.content import Content

from devhook.tui import styles
from devhook.tui.widgets.lines_view import Layout, LinesView


class PickView(LinesView):
    """Shows lines with stops, and which of them is picked while it has the focus."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._picked = 0

    @property
    def picked(self) -> int | None:
        """Which of the things that can be picked is; None where there are none."""
        stops = self.lines.stops
        return min(self._picked, len(stops) - 1) if stops else None

    def show(self, layout: Layout, *, top: int = 0, picked: int = 0) -> None:
        """Show what `layout` makes, with the thing number `picked` picked."""
        self._picked = picked
        super().show(layout, top=top)

    def again(self, layout: Layout) -> None:
        """Lay the same things out otherwise: what is picked and where the page stands stay as they are."""
        top = self.scroll_offset.y
        super().show(layout)
        self.scroll_to(y=top, animate=False, force=True)

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
        self.pick(wanted)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by pages; the first thing in sight is picked."""
        super().action_scroll_pages(pages)
        self._pick_in_sight()

    def action_scroll_end(self, direction: int) -> None:  # type: ignore[override]  # Textual's takes nothing
        """Scroll to the beginning (-1) or the end (1), and pick the first or the last thing."""
        super().action_scroll_end(direction)
        if self.lines.stops:
            self._picked = 0 if direction < 0 else len(self.lines.stops) - 1
        self._redraw()

    def on_focus(self) -> None:
        """Show what is picked."""
        self._redraw()

    def on_blur(self) -> None:
        """Show it no more."""
        self._redraw()

    def pick(self, number: int) -> None:
        """Pick the thing with that number, and bring it into sight."""
        self._picked = number
        line, top = self.lines.stops[number], self.scroll_offset.y
        page = max(1, self.scrollable_content_region.height)
        if line < top:
            self.scroll_to(y=line, animate=False, force=True)
        elif line >= top + page:
            self.scroll_to(y=line - page + 1, animate=False, force=True)
        self._redraw()

    def _near(self, line: int, direction: int) -> bool:
        """Whether going there leaves out no page of lines between."""
        page = max(1, self.scrollable_content_region.height)
        top = self.scroll_offset.y
        return line <= top + page + 1 if direction > 0 else line >= top - 2

    def _pick_in_sight(self) -> None:
        stops, top = self.lines.stops, self.scroll_offset.y
        first = bisect_left(stops, top)
        end = bisect_right(stops, top + max(1, self.scrollable_content_region.height) - 1)
        if stops and first < end:
            self._picked = min(max(self._picked, first), end - 1)
        self._redraw()

    def _redraw(self) -> None:
        self._strips.clear()
        self.refresh()
