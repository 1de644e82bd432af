"""The list of deliveries, newest first. Only the rows on the screen are drawn, so its length costs nothing.

It follows the newest delivery until the cursor is moved; then the selection stays on its delivery, and the
rows in sight stay where they are, while others arrive above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from devhook.inbox.deliveries import Row
from devhook.privacy.mask import Mask
from devhook.tui import styles
from devhook.tui.widgets.delivery_columns import DeliveryColumns
from devhook.tui.widgets.filtered_rows import FilteredRows, RowFilter

# How many rows a filter is tried on between two looks at the keyboard; 2,000 take about 10 ms.
_PORTION: Final = 2_000


class DeliveryList(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows rows, one of them selected; says so when another is, and when it could do with older ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", tooltip="Focus the delivery's detail", id="list.open"),
        Binding("down,j", "move(1)", "Older", show=False, tooltip="The next older delivery", id="list.down"),
        Binding("up,k", "move(-1)", "Newer", show=False, tooltip="The next newer delivery", id="list.up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="list.page-down"),
        Binding("pageup,b", "page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("home,g", "newest", "Newest", show=False, tooltip="The newest delivery", id="list.newest"),
        Binding(
            "end", "oldest", "Oldest", show=False, tooltip="The oldest delivery loaded", id="list.oldest"
        ),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"delivery-list--cursor", "delivery-list--hover"}
    DEFAULT_CSS = """
    DeliveryList {
        overflow-x: hidden;
        overflow-y: auto;

        & > .delivery-list--cursor { background: $foreground 10%; }
        & > .delivery-list--hover { background: $foreground 5%; }
        &:focus > .delivery-list--cursor { background: $primary 22%; }
    }
    """

    following: reactive[bool] = reactive(True, init=False)
    """Whether the newest delivery is selected as it comes."""
    hovered: reactive[int | None] = reactive(None, init=False)
    """The line under the mouse."""
    mask: reactive[Mask | None] = reactive(None, init=False)
    """What the rows are masked with as they are drawn; those it knows and tells of are as they came."""

    @dataclass
    class Selected(Message):
        """Another delivery is selected: its row, or None when there is none."""

        row: Row | None

    @dataclass
    class OpenRequested(Message):
        """The selected delivery was asked to be opened."""

        row: Row

    @dataclass
    class OlderRequested(Message):
        """The end of the list is near: rows from before `delivery` are wanted that `filter` lets through."""

        delivery: int
        filter: RowFilter

    class SummaryChanged(Message):
        """What there is to say about the list as a whole has changed; see `DeliveryList.summary`."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._deliveries = FilteredRows()
        self._selected: Row | None = None
        self._cursor: int | None = None
        self._seen = 0  # the newest id when following stopped
        self._exhausted = False
        self._searched = False  # nothing older is to be found under the filter
        self._searching = False
        self._only_found = False

    # What is known of the list

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        return self._selected

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that the filter lets through, oldest first."""
        return self._deliveries.shown

    @property
    def known(self) -> int:
        """How many rows there are, shown or not."""
        return self._deliveries.known

    @property
    def filter(self) -> RowFilter:
        """What the rows are filtered by."""
        return self._deliveries.filter

    @property
    def new_above(self) -> int:
        """How many shown rows came since following stopped."""
        if self.following:
            return 0
        shown = self._deliveries.shown
        index = self._deliveries.nearest(self._seen)
        if index is None:
            return 0
        return len(shown) - index - (1 if shown[index].id <= self._seen else 0)

    def summary(self) -> Content:
        """What the list's title says: how many are shown, and whether it follows."""
        shown, known = len(self._deliveries.shown), self._deliveries.known
        every = f"{known:,}{'' if self._exhausted else '+'}"
        count = f"{shown:,} of {'all' if self._searched else every}" if self.filter else every
        parts: list[str | tuple[str, str]] = [
            ("Deliveries", "bold"),
            (f" {count}" if known else "", styles.MUTED),
        ]
        if self._deliveries.unexamined or self._searching:
            parts.append((" searching…", styles.MUTED))
        if not known:
            return Content.assemble(*parts)
        if self.following:
            parts.append((" · following", styles.SUCCESS))
        else:
            new = self.new_above
            parts.append((f" · {new:,} new · " if new else " · ", styles.WARNING if new else styles.MUTED))
            parts += [("F", styles.HOTKEY), (" follows", styles.MUTED)]
        return Content.assemble(*parts)

    # Facts from outside

    def add(self, rows: Sequence[Row]) -> None:
        """Take in newer rows, oldest first. A burst is one repaint, whatever its size."""
        added = self._deliveries.add(rows)
        self._resize_content()
        if self.following:
            self._place_cursor(len(self._deliveries.shown) - 1)
            self.scroll_to(y=0, animate=False, force=True)
        else:
            # The same delivery; its row may be another one, now that it has been read.
            selected = self._selected
            newest = len(self._deliveries.shown) - 1
            self._place_cursor(self._deliveries.nearest(selected.id) if selected else newest)
            if added and round(self.scroll_y):
                self.scroll_to(y=self.scroll_y + added, animate=False, force=True)
        self.refresh()
        self.post_message(self.SummaryChanged())

    def add_older(self, rows: Sequence[Row], *, last: bool) -> None:
        """Take in older rows, oldest first; `last` means that there are no more."""
        self._exhausted = last
        self._deliveries.add_older(rows)
        self._examine()

    def add_found(self, rows: Sequence[Row], reached: int) -> None:
        """Take in what the inbox found under the filter, oldest first, when it had looked down to `reached`.

        0 means that it has looked everywhere.
        """
        self._searched = not reached
        self._searching = False
        self._deliveries.add_found(rows, reached)
        self._older_shown(len(rows))

    def narrow(self, to: RowFilter, *, found: bool = False) -> None:
        """Show only what the filter lets through; the selection stays where it can.

        With `found` only the inbox can tell what that is; see `add_found`.
        """
        self._deliveries.narrow(to, found=found)
        self._only_found = found
        self._searched = self._searching = False
        wanted = None if self.following or self._selected is None else self._selected.id
        deep = 0 if wanted is None else self._deliveries.known - self._deliveries.position(wanted)
        self._deliveries.examine(max(_PORTION, deep))
        self._resize_content()
        if wanted is None:
            self._place_cursor(len(self._deliveries.shown) - 1)
        else:
            self._place_cursor(self._deliveries.nearest(wanted))
        self._show_cursor()
        self._examine_more()
        self.refresh()
        self.post_message(self.SummaryChanged())

    def follow(self) -> None:
        """Go to the newest delivery and stay with it."""
        self.following = True
        self._place_cursor(len(self._deliveries.shown) - 1)
        self.scroll_to(y=0, animate=False, force=True)

    # The filter, in portions

    def go_to(self, delivery: int) -> bool:
        """Select a delivery by its id; False when it is not among those shown."""
        index = self._deliveries.place(delivery)
        if index is None:
            return False
        self._go_to_line(self._line_of(index))
        return True

    def _examine(self) -> None:
        self._older_shown(self._deliveries.examine(_PORTION))

    def _older_shown(self, found: int) -> None:
        if self._cursor is None:
            self._place_cursor(len(self._deliveries.shown) - 1)
        else:
            self._cursor += found  # older rows were put before it; it stays on its delivery
        self._resize_content()
        self._examine_more()
        self.refresh()
        self.post_message(self.SummaryChanged())

    def _examine_more(self) -> None:
        if self._deliveries.unexamined:
            self.call_later(self._examine)
        else:
            self._ask_for_older()

    def _ask_for_older(self) -> None:
        """Ask for older rows when less than a page of shown ones is left below."""
        oldest = self._deliveries.oldest
        everything = self._searched if self._only_found else self._searched or self._exhausted
        if oldest is None or everything or self._searching or self._deliveries.unexamined:
            return
        if len(self._deliveries.shown) - self.scroll_offset.y < 2 * max(1, self._page):
            self._searching = bool(self.filter)
            self.post_message(self.OlderRequested(oldest, self.filter))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Look for older rows as the end comes near."""
        super().watch_scroll_y(old_value, new_value)
        self._ask_for_older()

    # The cursor. Lines count from the top, where the newest is; indexes count from the oldest

    def _line_of(self, index: int) -> int:
        return len(self._deliveries.shown) - 1 - index

    def _index_of(self, line: int) -> int:
        return len(self._deliveries.shown) - 1 - line

    def _place_cursor(self, index: int | None) -> None:
        shown = self._deliveries.shown
        self._cursor = index if index is not None and 0 <= index < len(shown) else None
        row = None if self._cursor is None else shown[self._cursor]
        if row is not self._selected:
            self._selected = row
            self.post_message(self.Selected(row))
        self.refresh()

    def _show_cursor(self) -> None:
        if self._cursor is None:
            return
        line, top, page = self._line_of(self._cursor), self.scroll_offset.y, max(1, self._page)
        if line < top:
            self.scroll_to(y=line, animate=False, force=True)
        elif line >= top + page:
            self.scroll_to(y=line - page + 1, animate=False, force=True)

    def _go_to_line(self, line: int) -> None:
        """Move the cursor because somebody asked for it, which ends the following."""
        if not self._deliveries.shown:
            return
        if self.following:
            self._seen = self._deliveries.shown[-1].id
            self.following = False
        self._place_cursor(self._index_of(max(0, min(line, len(self._deliveries.shown) - 1))))
        self._show_cursor()

    def watch_following(self) -> None:
        """Say that the title changed."""
        self.post_message(self.SummaryChanged())

    def action_move(self, lines: int) -> None:
        """Move the cursor by `lines` lines; down is older."""
        if self._cursor is not None:
            self._go_to_line(self._line_of(self._cursor) + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by `pages` pages."""
        self.action_move(pages * max(1, self._page - 1))

    def action_newest(self) -> None:
        """Move the cursor to the newest delivery, without following."""
        self._go_to_line(0)

    def action_oldest(self) -> None:
        """Move the cursor to the oldest delivery loaded so far."""
        self._go_to_line(len(self._deliveries.shown) - 1)

    def action_open(self) -> None:
        """Ask for the selected delivery to be opened."""
        if self._selected is not None:
            self.post_message(self.OpenRequested(self._selected))

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Select the clicked row; a second click opens it."""
        line = self._line_at(event)
        if line is None:
            return
        self._go_to_line(line)
        if event.chain > 1:
            self.action_open()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light up the row under the mouse."""
        self.hovered = self._line_at(event)

    def on_leave(self) -> None:
        """Put the light out."""
        self.hovered = None

    def _line_at(self, event: events.MouseEvent) -> int | None:
        offset = event.get_content_offset(self)
        line = None if offset is None else offset.y + self.scroll_offset.y
        return line if line is not None and line < len(self._deliveries.shown) else None

    # Drawing

    @property
    def _page(self) -> int:
        return self.scrollable_content_region.height

    def _resize_content(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._deliveries.shown))

    def on_resize(self) -> None:
        """Divide the columns anew, keep the cursor in sight, fill the new room."""
        self._resize_content()
        self.call_after_refresh(self._show_cursor)
        self._ask_for_older()

    def render_line(self, y: int) -> Strip:
        """Draw the row at `y` cells below the upper edge."""
        line = y + self.scroll_offset.y
        index = self._index_of(line)
        if index < 0:
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        if index == self._cursor:
            base = self.visual_style + self.get_visual_style("delivery-list--cursor", partial=True)
        elif line == self.hovered:
            base = self.visual_style + self.get_visual_style("delivery-list--hover", partial=True)
        else:
            base = self.visual_style
        columns = DeliveryColumns.within(self.size.width, self._deliveries.shown[-1].id)
        row = self._deliveries.shown[index]
        content = columns.line(row.masked(self.mask) if self.mask else row)
        if index == self._cursor:
            content = Content.styled("▌", styles.ACCENT) + content[1:]
        parts = content.render(base, end="", parse_style=self.app.stylesheet.parse_style)
        strip = Strip([Segment(text, (base + style).rich_style) for text, style in parts])
        return strip.adjust_cell_length(self.size.width, base.rich_style)
