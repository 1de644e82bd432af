"""The left pane of the main page: the filter, the list of deliveries, the text of an empty list."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from devhook.errors import DevhookError
from devhook.filter.completion import seen_in
from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.deliveries import Row
from devhook.inbox.mistakes import keep_mistake
from devhook.inbox.timeline import case_of
from devhook.session.session import Session
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.tui.notices import RepeatedErrors, info, show_error
from devhook.tui.terminal_app import shown_key
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.empty_list import nothing_came, nothing_matches
from devhook.tui.widgets.filter_box import FilterBox
from devhook.tui.widgets.go_to_box import GoToBox, place_of
from devhook.webhook.delivery import Signature

# Rows that are read from the inbox at a time, without a filter and under one.
_PAGE: Final = 500
_PAGE_FOUND: Final = 200
# Marked at a time; the search's time ends first.
_PAGE_MARKED: Final = 100_000
# Seconds that one search of the inbox may hold up the screen.
_SEARCHING_TIME: Final = 0.04
# Bad signatures that are explained in the list, and the rest after each, in times of what it took.
_DIAGNOSED: Final = 20
_REST: Final = 4
# Marks that are looked for in the inbox, and the seconds between.
_MARKS_CHECKED: Final = 1_000
_MARKS_CHECKED_EVERY: Final = 1.0


class DeliveriesPane(Vertical):
    """Shows the deliveries of the inbox that the filter lets through; reads older ones on demand.

    `unread` are the rows that had no reading yet when they were loaded.
    """

    @dataclass
    class DeliverySelected(Message):
        """Another delivery is selected: its row, or None when there is none."""

        row: Row | None

    def __init__(self, session: Session, errors: RepeatedErrors, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self.unread: list[Row] = []
        self._undiagnosed: deque[Row] = deque(maxlen=_DIAGNOSED)
        self._diagnosing = False
        self._session = session
        self._errors = errors

    def compose(self) -> ComposeResult:
        """Compose the filter, its help, the list, and the text of an empty list."""
        with Horizontal(id="filter-line"):
            yield Static("/", id="filter-sign")
            yield FilterBox(self._session.inbox, self._session.filter_text, id="filter")
        yield Static(id="filter-help")
        yield Static(id="list-header")
        yield DeliveryList(id="list")
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Show the newest deliveries."""
        self._narrow(Filter.parse(self._session.filter_text, datetime.now().astimezone()))
        self.delivery_list.mask = self._session.mask
        self._leave_filter()
        self._load(before=None)
        self._describe()
        self.set_interval(_MARKS_CHECKED_EVERY, self._unmark_removed)

    @property
    def delivery_list(self) -> DeliveryList:
        """The list of deliveries."""
        return self.query_one(DeliveryList)

    # The list

    @on(DeliveryList.Selected)
    def _selected(self, message: DeliveryList.Selected) -> None:
        # Textual stops a message at its sender, which is this pane when it fills or filters the list.
        message.stop()
        self.post_message(self.DeliverySelected(message.row))

    @on(DeliveryList.SummaryChanged)
    def _describe(self) -> None:
        self.border_title = self.delivery_list.summary()
        self.query_one("#list-header", Static).update(self.delivery_list.columns().header())
        empty = not self.delivery_list.shown
        self.set_class(empty, "-empty")
        if empty:
            self.query_one("#empty", Static).update(self._empty_text())

    def _empty_text(self) -> Content:
        if self.delivery_list.filter:
            text = self.query_one(FilterBox).value.strip()
            key = shown_key(self, "back", "Esc")
            every = self.delivery_list
            return nothing_matches(text, every.known, searching=every.searching, key=key)
        return nothing_came(self._session)

    def _load(self, before: int | None) -> None:
        """Show the newest deliveries of the inbox, or those before the delivery `before`."""
        try:
            rows = self._session.inbox.rows(before=before, limit=_PAGE, newest_first=True)
        except DevhookError as error:
            self._errors.warn(error)
            return
        self.delivery_list.add_older(rows[::-1], last=len(rows) < _PAGE)
        self.diagnose(rows[:_DIAGNOSED][::-1])
        self.unread += [row for row in rows if row.verdict is None]

    @on(DeliveryList.OlderRequested)
    def _load_older(self, message: DeliveryList.OlderRequested) -> None:
        if message.filter is not self.delivery_list.filter:
            return
        if not isinstance(message.filter, Search):
            self._load(before=message.delivery)
            return
        try:
            page = message.filter.page(_PAGE_FOUND, before=message.delivery, seconds=_SEARCHING_TIME)
        except DevhookError as error:
            self._errors.warn(error)
            return
        self.delivery_list.add_found(page.rows[::-1], page.reached)

    def diagnose(self, rows: Sequence[Row]) -> None:
        """Find out why signatures of `rows` are bad, the newest first, and say it in the list."""
        self._undiagnosed += [
            row for row in rows if row.signature is Signature.INVALID and not row.is_explained
        ]
        if self._undiagnosed and self._session.secrets and not self._diagnosing:
            self._diagnosing = True
            self._diagnose()

    @work(exit_on_error=False)
    async def _diagnose(self) -> None:
        session = self._session
        try:
            while self._undiagnosed:
                row, started = self._undiagnosed.pop(), time.monotonic()
                try:
                    case = case_of(session.inbox, row.id, session.inbox.delivery(row.id))
                except DevhookError:
                    continue  # it was removed meanwhile
                found = await asyncio.to_thread(diagnose, case, session.secrets, session.mistakable)
                self._show_mistake(row, found)
                await asyncio.sleep(_REST * (time.monotonic() - started))
        finally:
            self._diagnosing = False

    def _show_mistake(self, row: Row, found: Diagnosis) -> None:
        try:
            keep_mistake(self._session.inbox, row.id, found)
            self.delivery_list.add([self._session.inbox.row(row.id)])
        except DevhookError as error:
            self._errors.warn(error)

    # Marks

    @property
    def picked(self) -> list[int]:
        """What an action on deliveries acts on, oldest first: the marked ones, else the one under the cursor.

        Only those that are still in the inbox. Raises InboxError.
        """
        return self._session.inbox.existing(self.delivery_list.picked)

    @on(DeliveryList.AllRequested)
    @work(exclusive=True, group="marks")
    async def _mark_all(self, message: DeliveryList.AllRequested) -> None:
        """Mark all deliveries of the inbox that match, in portions, until the marks are cleared."""
        every = message.filter
        search = every if isinstance(every, Search) else Search(self._session.inbox, Filter())
        before: int | None = None
        while before != 0 and self.delivery_list.gathers:
            try:
                page = search.page(_PAGE_MARKED, before=before, seconds=_SEARCHING_TIME)
            except DevhookError as error:
                self._errors.warn(error)
                return
            before = page.reached
            self.delivery_list.gather((row.id for row in page.rows), last=not before)
            await asyncio.sleep(0)

    def _unmark_removed(self) -> None:
        """Remove the marks of deliveries that retention removed; of very many when they are used."""
        if not 0 < self.delivery_list.marked_count <= _MARKS_CHECKED:
            return
        marked = self.delivery_list.marked
        try:
            removed = set(marked).difference(self._session.inbox.existing(marked))
        except DevhookError as error:
            self._errors.warn(error)
            return
        if removed:
            self.delivery_list.unmark(removed)

    # In the order's number

    def open_go_to(self) -> None:
        """Show the line for an order's number, and focus it."""
        self.add_class("-going")
        box = self._go_to_box()
        box.value = ""
        self.screen.set_focus(box)

    def _go_to_box(self) -> GoToBox:
        """Return the line, which is made when it is first wanted."""
        for box in self.query(GoToBox):
            return box
        line, box = Horizontal(id="go-to-line"), GoToBox(id="go-to")
        self.mount(line, after="#filter-help")
        # Now, not when the line composes: the box gets what is typed at once.
        line.mount(Static(":", id="go-to-sign"), box)
        return box

    @on(GoToBox.Left)
    def _leave_go_to(self) -> None:
        self.remove_class("-going")
        self.delivery_list.focus()

    @on(GoToBox.Wanted)
    def _go_to(self, message: GoToBox.Wanted) -> None:
        """Select the delivery; where the list does not have it, show it with a filter."""
        try:
            row, filter_text = place_of(self._session.inbox, message.text)
        except DevhookError as error:
            show_error(self, error)
            return
        self._leave_go_to()
        if not self.delivery_list.go_to(row.id):
            self.query_one(FilterBox).value = filter_text
            self.add_class("-filtering")
            info(self, f"The list did not show delivery {row.id}, so the filter is {filter_text} now.")

    # The filter

    def open_filter(self) -> None:
        """Show the filter and focus it."""
        self.add_class("-filtering")
        try:
            self.query_one(FilterBox).seen = seen_in(self._session.inbox, with_values=not self._session.mask)
        except DevhookError as error:
            self._errors.warn(error)
        # `focus()` waits its turn: keys that are typed at once would reach the list.
        self.screen.set_focus(self.query_one(FilterBox))

    def clear_filter(self) -> None:
        """Remove the filter."""
        self.query_one(FilterBox).action_clear()

    @on(FilterBox.FilterChanged)
    def _filter_changed(self, message: FilterBox.FilterChanged) -> None:
        self._narrow(message.filter)

    def _narrow(self, wanted: Filter) -> None:
        if wanted:
            self.delivery_list.narrow(Search(self._session.inbox, wanted), found=wanted.reads_bodies)
        else:
            self.delivery_list.narrow(wanted)

    @on(FilterBox.HelpChanged)
    def _help_changed(self, message: FilterBox.HelpChanged) -> None:
        self.set_class(bool(message.help), "-helping")
        self.query_one("#filter-help", Static).update(message.help)

    @on(FilterBox.Done)
    def _leave_filter(self) -> None:
        self.set_class(bool(self.delivery_list.filter), "-filtering")
        self.delivery_list.focus()
