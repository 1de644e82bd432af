"""The list of deliveries, newest first: its keys, its filter in portions, its title, its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from devhook.inbox.deliveries import Row
from devhook.privacy.mask import Mask
from devhook.tui import styles
from devhook.tui.notices import info
from devhook.tui.terminal_app import shown_key
from devhook.tui.widgets.delivery_columns import DeliveryColumns
from devhook.tui.widgets.filtered_rows import RowFilter
from devhook.tui.widgets.marked_rows import MARK_BINDINGS, MarkedRows

# How many rows a filter is tried on between two looks at the keyboard; 2,000 take about 10 ms.
_PORTION: Final = 2_000
_NO_DELIVERY: Final = "There is no delivery here yet."


class DeliveryList(MarkedRows, can_focus=True, inherit_bindings=False):
    """Shows rows, one of them selected; says so when another is, and when it could do with older ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", tooltip="Focus the delivery's detail", id="list.open"),
        *MARK_BINDINGS,
        Binding("z", "fold", "Fold", show=False, tooltip="Deliveries of the same action", id="list.fold"),
        Binding("Z", "fold_all", "Fold all", show=False, id="list.fold-all"),
        Binding("down,j", "move(1)", "Older", show=False, tooltip="The next older delivery", id="list.down"),
        Binding("up,k", "move(-1)", "Newer", show=False, tooltip="The next newer delivery", id="list.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("home,g", "newest", "Newest", show=False, tooltip="The newest delivery", id="list.newest"),
        Binding("end", "oldest", "Oldest", show=False, tooltip="The oldest one loaded", id="list.oldest"),
    ]
    mask: reactive[Mask | None] = reactive(None, init=False)
    """What the rows are masked with as they are drawn; those it knows and tells of are as they came."""

    @dataclass
    class OpenRequested(Message):
        """The selected delivery was asked to be opened."""

        row: Row

    @dataclass
    class OlderRequested(Message):
        """The end of the list is near: rows from before `delivery` are wanted that `filter` lets through."""

        delivery: int
        filter: RowFilter

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._forwards = False  # an app has been asked
        self._exhausted = False
        self._searched = False  # nothing older is to be found under the filter
        self._searching = False
        self._only_found = False

    # What is known of the list

    @property
    def known(self) -> int:
        """How many rows there are, shown or not."""
        return self._deliveries.known

    @property
    def filter(self) -> RowFilter:
        """What the rows are filtered by."""
        return self._deliveries.filter

    @property
    def searching(self) -> bool:
        """Whether rows that the filter lets through may still be found."""
        return bool(self._deliveries.unexamined) or self._searching

    def columns(self) -> DeliveryColumns:
        """Return how the columns share the width."""
        shown = self._deliveries.shown
        return DeliveryColumns.within(self.size.width, shown[-1].id if shown else 0, app=self._forwards)

    def summary(self) -> Content:
        """What the list's title says: how many are shown and marked, and whether it follows."""
        shown, known = len(self._deliveries.shown), self._deliveries.known
        every = f"{known:,}{'' if self._exhausted else '+'}"
        count = f"{shown:,} of {'all' if self._searched else every}" if self.filter else every
        parts = [("Deliveries", "bold"), (f" {count}" if known else "", styles.MUTED)]
        if self.searching:
            parts.append((" searching…", styles.MUTED))
        parts += self.marks_words()
        if known and self.following:
            parts.append((" · following", styles.SUCCESS))
        elif known:
            new = self.new_above
            parts.append((f" · {new:,} new · " if new else " · ", styles.WARNING if new else styles.MUTED))
            parts += [(shown_key(self, "follow", "F"), styles.HOTKEY), (" follows", styles.MUTED)]
        return Content.assemble(*parts)

    # Facts from outside

    def add(self, rows: Sequence[Row]) -> None:
        """Take in newer rows, oldest first. A burst is one repaint, whatever its size."""
        anchor = None if self.following else self._anchor()
        self._deliveries.add(rows)
        self._note_answers(rows)
        self.resize_content()
        if anchor is None:
            self._place_cursor(len(self._lines) - 1)
            self.scroll_to(y=0, animate=False, force=True)
        else:
            # The same delivery; its row may be another one, now that it has been read.
            self._place_cursor_on(self._selected.id if self._selected else None)
            self._hold(*anchor)
        self.refresh()
        self.post_message(self.SummaryChanged())

    def add_older(self, rows: Sequence[Row], *, last: bool) -> None:
        """Take in older rows, oldest first; `last` means that there are no more."""
        self._exhausted = last
        self._note_answers(rows)
        self._deliveries.add_older(rows)
        self._examine()

    def add_found(self, rows: Sequence[Row], reached: int) -> None:
        """Take in what the inbox found under the filter, oldest first, when it had looked down to `reached`.

        0 means that it has looked everywhere.
        """
        self._searched = not reached
        self._searching = False
        self._note_answers(rows)
        self._deliveries.add_found(rows, reached)
        self._older_shown()

    def narrow(self, to: RowFilter, *, found: bool = False) -> None:
        """Show only what the filter lets through; the selection stays where it can.

        With `found` only the inbox can tell what that is; see `add_found`.
        """
        self.end_range()
        self._deliveries.narrow(to, found=found)
        self._only_found = found
        self._searched = self._searching = False
        wanted = None if self.following or self._selected is None else self._selected.id
        deep = 0 if wanted is None else self._deliveries.known - self._deliveries.position(wanted)
        self._deliveries.examine(max(_PORTION, deep))
        self.resize_content()
        self._place_cursor_on(wanted)
        self.show_cursor()
        self._examine_more()
        self.refresh()
        self.post_message(self.SummaryChanged())

    # The filter, in portions

    def _note_answers(self, rows: Sequence[Row]) -> None:
        """Show the column of the app's answers from the first one on."""
        self._forwards = self._forwards or any(row.target is not None for row in rows)

    def _examine(self) -> None:
        self._deliveries.examine(_PORTION)
        self._older_shown()

    def _older_shown(self) -> None:
        # Older rows were put before the selected one; the cursor stays on it.
        self._place_cursor_on(self._selected.id if self._selected else None)
        self.resize_content()
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
        if len(self._lines) - self.top < 2 * max(1, self.page):
            self._searching = bool(self.filter)
            self.post_message(self.OlderRequested(oldest, self.filter))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Look for older rows as the end comes near."""
        super().watch_scroll_y(old_value, new_value)
        self._ask_for_older()

    def action_open(self) -> None:
        """Ask for the selected delivery to be opened."""
        if self._selected is not None:
            self.post_message(self.OpenRequested(self._selected))
        else:
            info(self, _NO_DELIVERY)

    def action_fold(self) -> None:
        """Open the action of the selected delivery, or close it."""
        if self._selected is None:
            info(self, _NO_DELIVERY)
        elif not self._toggle(self._selected):
            info(self, "The list has no other delivery of its action.")

    def action_fold_all(self) -> None:
        """Close all actions, or open them all."""
        if self._lines.toggle_all():
            self._toggled()
        else:
            info(self, "No action in the list has a second delivery.")

    def _toggle(self, row: Row) -> bool:
        """Open or close the action of `row`; False if it has no other delivery."""
        if found := self._lines.toggle(row):
            self._toggled()
        return found

    def _toggled(self) -> None:
        """Keep the cursor on its delivery, or on the line of its closed action."""
        self.resize_content()
        self._place_cursor_on(self._selected.id if self._selected else None)
        self.show_cursor()
        self._ask_for_older()
        self.refresh()

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Select the clicked row; a second click opens it, one with Ctrl marks it."""
        line = self.line_at(event)
        if line is None:
            return
        self._go_to_line(line)
        offset = event.get_content_offset(self)
        on_mark = offset is not None and self.columns().marks_at(offset.x)
        if on_mark and self._toggle(self._lines.rows[self._index_of(line)]):
            return
        if event.ctrl:
            self.toggle_marks(line)
        elif event.chain > 1:
            self.action_open()

    # Drawing

    def on_resize(self) -> None:
        """Divide the columns anew, keep the cursor in sight, fill the new room."""
        self.resize_content()
        self.call_after_refresh(self.show_cursor)
        self._ask_for_older()
        self.post_message(self.SummaryChanged())

    def draw(self, line: int) -> Content:
        """Draw a line; it is masked only now."""
        index = self._index_of(line)
        shown = self._lines.line(index)
        above = self._lines.rows[index + 1].topic if index + 1 < len(self._lines) else None
        row = shown.row.masked(self.mask) if self.mask else shown.row
        return self.columns().line(shown._replace(row=row), above)
