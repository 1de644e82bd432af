"""A list that draws only the lines in sight, so that its length costs nothing: cursor, mouse, scrolling."""

from enum import Enum
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from devhook.tui import styles


class Marking(Enum):
    """How much of a line is marked: its first cell, without the cursor and with it."""

    NONE = (" ", "▌")
    SOME = ("▗", "▙")
    ALL = ("▐", "█")


def row_background(widget: Widget, component: str) -> Style:
    """Return the background of a component class. Textual's own partial style leaves an opaque one out."""
    return Style(background=widget.get_component_styles(component).background)


class RowsView(ScrollView, inherit_bindings=False):
    """Draws lines, counted from the top; one of them has the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows-view--cursor", "rows-view--hover", "rows-view--marked"}
    DEFAULT_CSS = """
    RowsView {
        overflow-x: hidden;
        overflow-y: auto;

        & > .rows-view--marked { background: $row-marked; }
        & > .rows-view--cursor { background: $row-blurred; }
        & > .rows-view--hover { background: $row-hover; }
        &:focus > .rows-view--cursor { background: $row-cursor; }
    }
    """

    pitch: reactive[int] = reactive(1, init=False)
    """The cells from one line to the next: 2 leaves a blank one between, for a room."""
    hovered: reactive[int | None] = reactive(None, init=False)
    """The line under the mouse."""

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    @property
    def cursor_line(self) -> int | None:
        """The line that has the cursor."""
        raise NotImplementedError

    def draw(self, line: int) -> Content:
        """Draw a line; its first cell is left blank for the cursor."""
        raise NotImplementedError

    def marking(self, line: int) -> Marking:  # noqa: ARG002 - for lists with marks
        """Return how much of what a line shows is marked."""
        return Marking.NONE

    @property
    def page(self) -> int:
        """How many lines are in sight."""
        return self.scrollable_content_region.height // self.pitch

    @property
    def top(self) -> int:
        """The first line in sight."""
        return self.scroll_offset.y // self.pitch

    def resize_content(self) -> None:
        """Take up another number of lines."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.line_count * self.pitch)

    def watch_pitch(self) -> None:
        """Lay the lines out again."""
        self.resize_content()
        self.show_cursor()
        self.refresh()

    def scroll_to_line(self, line: int) -> None:
        """Scroll so that a line is the first in sight."""
        self.scroll_to(y=line * self.pitch, animate=False, force=True)

    def show_cursor(self) -> None:
        """Scroll as little as brings the cursor into sight."""
        line, top, page = self.cursor_line, self.top, max(1, self.page)
        if line is None:
            return
        if line < top:
            self.scroll_to_line(line)
        elif line >= top + page:
            self.scroll_to_line(line - page + 1)

    def line_at(self, event: events.MouseEvent) -> int | None:
        """Return the line under the mouse."""
        offset = event.get_content_offset(self)
        line = None if offset is None else (offset.y + self.scroll_offset.y) // self.pitch
        return line if line is not None and line < self.line_count else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light up the line under the mouse."""
        self.hovered = self.line_at(event)

    def on_leave(self) -> None:
        """Put the light out."""
        self.hovered = None

    def render_line(self, y: int) -> Strip:
        """Draw the line at `y` cells below the upper edge."""
        line, rest = divmod(y + self.scroll_offset.y, self.pitch)
        if rest or line >= self.line_count:
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        base, content, marking = self.visual_style, self.draw(line), self.marking(line)
        if marking is not Marking.NONE:
            base += row_background(self, "rows-view--marked")
            content = Content.styled(marking.value[0], styles.WARNING) + content[1:]
        if line == self.cursor_line:
            base += row_background(self, "rows-view--cursor")
            content = Content.styled(marking.value[1], styles.ACCENT) + content[1:]
        elif line == self.hovered:
            base += row_background(self, "rows-view--hover")
        parts = content.render(base, end="", parse_style=self.app.stylesheet.parse_style)
        strip = Strip([Segment(text, (base + style).rich_style) for text, style in parts])
        return strip.adjust_cell_length(self.size.width, base.rich_style)
