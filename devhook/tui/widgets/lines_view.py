"""Lines of text that scroll: only the ones on the screen are made and drawn, however many there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self, TypeAlias

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from devhook.tui.mask_filter import MaskFilter

_STRIPS_KEPT: Final = 512
_SIDEWAYS: Final = 8


class Continued(Content):
    """A line that continues the one before it, behind `lead` characters: a value that is broken."""

    lead = 0

    @classmethod
    def behind(cls, lead: str, piece: Content) -> Self:
        """Return `piece` behind `lead`."""
        line = Content(lead) + piece
        continued = cls(line.plain, [*line.spans])
        continued.lead = len(lead)
        return continued


@dataclass(frozen=True)
class Lines:
    """`count` lines, the widest of `width` cells; `line` makes one of them.

    `stops` are the numbers of those that begin something which can be picked. `joins` are the numbers of
    those that continue the line before, with the characters that they begin with.
    """

    count: int
    width: int
    line: Callable[[int], Content]
    stops: Sequence[int] = ()
    joins: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, contents: Sequence[Content], stops: Sequence[int] = ()) -> Self:
        """Return lines that are all made already."""
        widest = max((each.cell_length for each in contents), default=0)
        joins = {number: each.lead for number, each in enumerate(contents) if isinstance(each, Continued)}
        return cls(len(contents), widest, contents.__getitem__, tuple(stops), joins)

    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join(self.line(number).plain for number in range(self.count))


# Lays something out for a width in cells.
Layout: TypeAlias = Callable[[int], Lines]


def nothing(_width: int) -> Lines:
    """Lay out nothing at all."""
    return Lines.of(())


class LinesView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows what a layout makes of the width that there is; scrolls, and lets its text be selected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", "Line down", show=False, id="lines.down"),
        Binding("up,k", "scroll(-1)", "Line up", show=False, id="lines.up"),
        Binding("pagedown,space", "scroll_pages(1)", "Page down", show=False, id="lines.page-down"),
        Binding("pageup,b", "scroll_pages(-1)", "Page up", show=False, id="lines.page-up"),
        Binding("home,g", "scroll_end(-1)", "Beginning", show=False, id="lines.top"),
        Binding("end,G", "scroll_end(1)", "End", show=False, id="lines.bottom"),
        Binding("shift+right", "sideways(1)", "Scroll right", show=False, id="lines.right"),
        Binding("shift+left", "sideways(-1)", "Scroll left", show=False, id="lines.left"),
    ]

    class Read(Message):
        """The lines are read: they have the focus, or are scrolled or clicked."""

    DEFAULT_CSS = """
    LinesView {
        overflow-x: auto;
        overflow-y: auto;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._layout: Layout = nothing
        self._top: int | None = None
        self._offset: Offset | None = None
        self._laid_out = nothing(0)
        self._strips: LRUCache[int, Strip] = LRUCache(_STRIPS_KEPT)

    @property
    def lines(self) -> Lines:
        """What is shown, laid out for the width that there is."""
        return self._laid_out

    def show(self, layout: Layout, *, top: int = 0, offset: Offset | None = None) -> None:
        """Show what `layout` makes, from its beginning, or from where the line `top` is in sight.

        With an `offset` it is shown from exactly there: it was read before.
        """
        self._layout = layout
        self._top, self._offset = top, offset
        self._lay_out()
        self._begin()

    def renew(self, layout: Layout) -> None:
        """Show what `layout` makes instead of the same page as it was before: it stays where it is."""
        self._layout = layout
        self._lay_out()

    def lay_out_again(self) -> None:
        """Lay out what is shown again, because personal data is masked or shown now."""
        self._lay_out()

    def bring(self, number: int) -> None:
        """Scroll so that line `number` stands a few lines below the upper edge."""
        self.scroll_to(y=max(0, number - 2), animate=False, force=True)

    def line(self, number: int) -> Content:
        """One line as it is to be drawn."""
        return self._laid_out.line(number)

    def _begin(self) -> None:
        """Scroll to where the page is to begin, once it is known how much of it is in sight."""
        height = self.scrollable_content_region.height
        if self._top is None or height <= 0:
            return
        x, y = self._offset or (0, 0 if self._top < height else self._top - 2)
        self.scroll_to(x=x, y=y, animate=False, force=True)
        self._top = self._offset = None

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width or self.size.width
        self._laid_out = self._layout(max(1, width))
        self._strips.clear()
        self.virtual_size = Size(self._laid_out.width, self._laid_out.count)
        self.refresh()

    def on_resize(self) -> None:
        """Lay out again: prose is wrapped and columns are cut to the width."""
        self._lay_out()
        self._begin()

    def on_focus(self) -> None:
        """Say that the lines are read. A mouse button focuses them too."""
        self.post_message(self.Read())

    def on_mouse_scroll_down(self) -> None:
        """Say that the lines are read."""
        self.post_message(self.Read())

    on_mouse_scroll_up = on_mouse_scroll_down

    def render_line(self, y: int) -> Strip:
        """Draw the line at `y` cells below the upper edge."""
        scroll_x, scroll_y = self.scroll_offset
        number = scroll_y + y
        style = self.visual_style.rich_style
        if number >= self._laid_out.count:
            return Strip.blank(self.size.width, style)
        strip = self._strip(number).crop_extend(scroll_x, scroll_x + self.size.width, style)
        return strip.apply_offsets(scroll_x, number)

    def _strip(self, number: int) -> Strip:
        selection = self.text_selection
        if selection is None and (known := self._strips.get(number)) is not None:
            return known
        line = self.line(number)
        if selection is not None and (span := selection.get_span(number)) is not None:
            start, end = span
            line = line.stylize("reverse", start, len(line) if end == -1 else end)
        base = self.visual_style
        parts = line.render(base, end="", parse_style=self.app.stylesheet.parse_style)
        strip = Strip([Segment(text, (base + style).rich_style) for text, style in parts], line.cell_length)
        for each in self.app.get_line_filters():
            if isinstance(each, MaskFilter):
                # Before it is cropped: a part of an address is not recognised as one.
                strip = Strip(each.masked(list(strip)), line.cell_length)
        if selection is None:
            self._strips[number] = strip
        return strip

    def notify_style_update(self) -> None:
        """Forget the drawn lines when their colours have changed."""
        self._strips.clear()
        super().notify_style_update()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, for copying."""
        return selection.extract(self._laid_out.text()), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's signature
        """Draw again when another text is selected."""
        self.refresh()

    def action_scroll(self, lines: int) -> None:
        """Scroll by `lines` lines."""
        self.post_message(self.Read())
        self.scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by `pages` pages, one line of the old one staying in sight."""
        self.post_message(self.Read())
        self.scroll_relative(y=pages * max(1, self.scrollable_content_region.height - 1), animate=False)

    def action_scroll_end(self, direction: int) -> None:  # type: ignore[override]  # Textual's takes nothing
        """Scroll to the beginning (-1) or the end (1)."""
        self.post_message(self.Read())
        self.scroll_to(y=0 if direction < 0 else self.max_scroll_y, animate=False)

    def action_sideways(self, steps: int) -> None:
        """Scroll to the right (1) or back (-1)."""
        self.post_message(self.Read())
        self.scroll_relative(x=steps * _SIDEWAYS, animate=False)
