"""A list of items to go through: each some lines high, one of them under the cursor. For short lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from devhook.tui import styles
from devhook.tui.widgets.rows_view import row_background

# Makes the lines of an item for a width in cells. Their first cell is left blank: the cursor's sign is there.
Draw: TypeAlias = Callable[[int], Sequence[Content]]


@dataclass(frozen=True)
class MenuItem:
    """One item; its key tells it from the others, also when the list is shown anew."""

    key: str
    draw: Draw


class Menu(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows items and a cursor, which stays on its item while others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="menu.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="menu.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="menu.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="menu.page-up"),
        Binding("home,g", "end(-1)", "First", show=False, id="menu.first"),
        Binding("end,G", "end(1)", "Last", show=False, id="menu.last"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"menu--cursor"}
    DEFAULT_CSS = """
    Menu {
        overflow-x: hidden;
        overflow-y: auto;

        & > .menu--cursor { background: $row-cursor; }
    }
    """

    @dataclass
    class Moved(Message):
        """Another item is under the cursor: its key, or None when there is none."""

        key: str | None

    @dataclass
    class Pressed(Message):
        """An item was clicked twice."""

        key: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._items: tuple[MenuItem, ...] = ()
        self._cursor = 0
        self._lines: list[tuple[int, Content]] = []
        self._tops: list[int] = []

    def __len__(self) -> int:
        """How many items there are."""
        return len(self._items)

    def __bool__(self) -> bool:
        return True

    @property
    def selected(self) -> str | None:
        """The key of the item under the cursor."""
        return self._items[self._cursor].key if self._items else None

    def show(self, items: Sequence[MenuItem]) -> None:
        """Show these items. The cursor stays on its item; where that is gone, near its place."""
        before = self.selected
        self._items = tuple(items)
        places = [number for number, item in enumerate(items) if item.key == before]
        self._cursor = places[0] if places else max(0, min(self._cursor, len(items) - 1))
        self._lay_out()
        self._show_cursor()
        if self.selected != before:
            self.post_message(self.Moved(self.selected))

    def action_move(self, items: int) -> None:
        """Move the cursor by `items` items."""
        if not self._items:
            return
        before = self._cursor
        self._cursor = max(0, min(self._cursor + items, len(self._items) - 1))
        self._show_cursor()
        self.refresh()
        if self._cursor != before:
            self.post_message(self.Moved(self.selected))

    def action_page(self, pages: int) -> None:
        """Move the cursor by about a page."""
        high = max(1, len(self._lines) // max(1, len(self._items)))
        self.action_move(pages * max(1, self.scrollable_content_region.height // high - 1))

    def action_end(self, direction: int) -> None:
        """Move the cursor to the first item (-1) or the last (1)."""
        self.action_move(direction * len(self._items))

    def on_click(self, event: events.Click) -> None:
        """Select the clicked item; a second click presses it."""
        offset = event.get_content_offset(self)
        line = -1 if offset is None else offset.y + self.scroll_offset.y
        if not 0 <= line < len(self._lines):
            return
        self.action_move(self._lines[line][0] - self._cursor)
        if event.chain > 1 and self.selected is not None:
            self.post_message(self.Pressed(self.selected))

    def on_resize(self) -> None:
        """Draw the items anew for the width that there is."""
        self._lay_out()
        self.call_after_refresh(self._show_cursor)

    def _lay_out(self) -> None:
        width = max(1, self.scrollable_content_region.width or self.size.width)
        self._lines, self._tops = [], []
        for number, item in enumerate(self._items):
            self._tops.append(len(self._lines))
            self._lines += [(number, line) for line in item.draw(width)]
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def _show_cursor(self) -> None:
        if not self._items:
            return
        first = self._tops[self._cursor]
        last = (*self._tops, len(self._lines))[self._cursor + 1] - 1
        top, page = self.scroll_offset.y, max(1, self.scrollable_content_region.height)
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif last >= top + page:
            self.scroll_to(y=min(first, last - page + 1), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """Draw the line at `y` cells below the upper edge."""
        line = y + self.scroll_offset.y
        base = self.visual_style
        if line >= len(self._lines):
            return Strip.blank(self.size.width, base.rich_style)
        number, content = self._lines[line]
        if number == self._cursor:
            base += row_background(self, "menu--cursor")
            content = Content.styled("▌", styles.ACCENT) + content[1:]
        parts = content.render(base, end="", parse_style=self.app.stylesheet.parse_style)
        strip = Strip([Segment(text, (base + style).rich_style) for text, style in parts])
        return strip.adjust_cell_length(self.size.width, base.rich_style)
