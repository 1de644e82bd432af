"""The selected delivery in tabs; a tab is laid out when it is in front."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import TabbedContent, TabPane

from devhook.inbox.database import Inbox
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.notices import info
from devhook.tui.tabs.answer import AnswerTab
from devhook.tui.tabs.changes import ChangesTab
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.tabs.headers import HeadersTab
from devhook.tui.tabs.payload import PayloadTab
from devhook.tui.tabs.signature import SignatureTab
from devhook.tui.tabs.timeline import TimelineTab
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.delivery_columns import subject_words
from devhook.tui.widgets.find_line import FindLine
from devhook.tui.widgets.find_view import ReadingPosition
from devhook.tui.widgets.lines_view import LinesView

TABS: Final[tuple[type[DetailTab], ...]] = (
    ChangesTab,
    PayloadTab,
    HeadersTab,
    SignatureTab,
    AnswerTab,
    TimelineTab,
)
_NAMES: Final = tuple(tab.NAME for tab in TABS)
WIDEST: Final = 180
"""Columns of the screen from which on the payload stands beside the other tabs."""

# Cells for the name of the subject in the title.
_SUBJECT: Final = 30
# Tabs of deliveries whose place is remembered.
_PLACES: Final = 1_000
_NO_FOLD: Final = (
    "There is nothing to fold here. z folds objects and lists in the payload and long values in the changes."
)


class Detail(Container):
    """Shows one delivery. What is read of it stays: each tab of it is returned to where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # As everywhere: here they are what is wanted first.
        Binding("right,]", "screen.turn(1)", "tab", tooltip="Next tab", id="tab.next"),
        Binding("left,[", "screen.turn(-1)", "Previous tab", show=False, id="tab.previous"),
        Binding("slash", "find", "find", tooltip="Find text in the tab, as you type", id="detail.find"),
        Binding("n", "find_next(1)", "Next hit", show=False, id="detail.find-next"),
        Binding("N", "find_next(-1)", "Previous hit", show=False, id="detail.find-previous"),
        Binding("z", "fold", "fold", tooltip="Fold or unfold the value under the cursor", id="detail.fold"),
        Binding(
            "Z",
            "fold_all",
            "Fold all",
            show=False,
            tooltip="Fold or unfold everything",
            id="detail.fold-all",
        ),
        Binding(
            "escape", "back", "back", tooltip="End the search, then return to the list", id="detail.back"
        ),
    ]

    @dataclass
    class Turned(Message):
        """Another tab is in front: its name."""

        tab: str

    def __init__(self, inbox: Inbox, tab: str = "", *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._inbox = inbox
        self._first = tab if tab in _NAMES else _NAMES[0]
        self._delivery: DeliveryView | None = None
        self._reading: DetailTab | None = None
        # Where the tabs of deliveries were left, by the tab's id and the delivery's.
        self._places = LRUCache[tuple[str | None, int], ReadingPosition](_PLACES)
        self._outdated = False  # the timeline lacks new versions

    def compose(self) -> ComposeResult:
        """Compose a pane for each tab, and the line below them."""
        with Horizontal():
            with TabbedContent(initial=self._first, id="tabs"):
                for tab in TABS:
                    with TabPane(tab.NAME.capitalize(), id=tab.NAME):
                        yield tab(self._inbox, id=f"{tab.NAME}-lines")
            # On a wide screen the payload stands beside the other tabs; see devhook.tcss.
            yield PayloadTab(self._inbox, id="beside")
        yield FindLine(id="find-line")

    def on_mount(self) -> None:
        """Keep the focus on the lines, which have the keys."""
        self.query_one("ContentTabs").can_focus = False
        self.show(None)

    @property
    def delivery(self) -> DeliveryView | None:
        """The delivery that is shown."""
        return self._delivery

    @property
    def front(self) -> DetailTab:
        """The tab in front."""
        return self.query_one(f"#{self._active}-lines", DetailTab)

    @property
    def reading(self) -> DetailTab:
        """What is read: the payload beside the tabs where it was entered last, else the tab in front."""
        return self._beside if self._reading is self._beside and self._beside.display else self.front

    def show(self, view: DeliveryView | None) -> None:
        """Show another delivery, the same one fetched again, or none."""
        self._delivery = view
        self.border_title = _title(view)
        self._lay_out()

    def forget(self) -> None:
        """Clear every tab: a tab behind would show its old content for a moment when it is activated."""
        for tab in self.query(DetailTab):
            self._leave(tab)
            tab.clear()

    def turn_to(self, tab: type[DetailTab]) -> None:
        """Activate a tab."""
        self._activate(tab.NAME)

    def turn(self, steps: int) -> None:
        """Activate the next tab (1) or the previous one (-1)."""
        self._activate(_NAMES[(_NAMES.index(self._active) + steps) % len(_NAMES)])

    def update_timeline(self) -> None:
        """Take up new versions of the shown delivery's subject."""
        if self._active == TimelineTab.NAME:
            self.query_one(TimelineTab).grow()
        else:
            self._outdated = True

    @on(ChangesTab.HistoryRequested)
    def _show_history(self, message: ChangesTab.HistoryRequested) -> None:
        """Show the history of one field in the timeline tab."""
        message.stop()
        if self._delivery is None:
            return
        timeline = self.query_one(TimelineTab)
        self._leave(timeline)
        self._tabs.active = TimelineTab.NAME
        timeline.show_history(self._delivery, message.number)
        timeline.focus()

    @property
    def _tabs(self) -> TabbedContent:
        return self.query_one(TabbedContent)

    @property
    def _active(self) -> str:
        return self._tabs.active or _NAMES[0]

    @property
    def _beside(self) -> PayloadTab:
        return self.query_one("#beside", PayloadTab)

    def _activate(self, name: str) -> None:
        had_focus = self.front.has_focus
        self._tabs.active = name
        if had_focus:
            self.front.focus()

    @on(TabbedContent.TabActivated)
    def _activated(self, event: TabbedContent.TabActivated) -> None:
        event.stop()
        self.post_message(self.Turned(self._active))
        self._lay_out()
        self._found_line.mark_in(self.reading)
        self._tell_path()

    def _lay_out(self) -> None:
        """Lay out what is in sight, unless it shows this delivery already."""
        self.set_class(self._active == PayloadTab.NAME, "-payload")
        self._fill(self.front)
        if self.screen.size.width >= WIDEST:
            self._fill(self._beside)

    def on_resize(self) -> None:
        """Fill the payload beside the tabs when there is room for it."""
        self._lay_out()

    def _fill(self, tab: DetailTab) -> None:
        """Show the delivery in a tab, from where that was left."""
        view, before = self._delivery, tab.view
        if view is before and not (self._outdated and isinstance(tab, TimelineTab)):
            return
        if isinstance(tab, TimelineTab):
            self._outdated = False
        if view is None:
            self._leave(tab)
            tab.clear()
        elif before is not None and before.row.id == view.row.id:
            tab.renew_delivery(view)
        else:
            self._leave(tab)
            tab.open(view, self._places.get((tab.id, view.row.id)))

    def _leave(self, tab: DetailTab) -> None:
        """Note where the delivery in a tab is read."""
        if tab.view is None:
            return
        key, place = (tab.id, tab.view.row.id), tab.left
        if place is None:
            self._places.discard(key)
        else:
            self._places[key] = place

    # What is read: the find, the folds, the path under the cursor

    @property
    def _found_line(self) -> FindLine:
        return self.query_one(FindLine)

    @on(events.DescendantFocus)
    def _entered(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, DetailTab):
            self._reading = event.widget
            self._found_line.mark_in(self.reading)
            self._tell_path()

    @on(DetailTab.Searched)
    def _tell_found(self) -> None:
        self._found_line.tell()

    @on(DetailTab.Picked)
    def _tell_path(self) -> None:
        """Name the path under the cursor below the tabs."""
        self._found_line.path = self.reading.path

    def on_mouse_down(self) -> None:
        """Say that the delivery is read: a tab was clicked, or its lines."""
        self.post_message(LinesView.Read())

    def action_find(self) -> None:
        """Open the line to type into."""
        self.post_message(LinesView.Read())
        self._found_line.open(self.reading)

    def action_find_next(self, steps: int) -> None:
        """Go to the next hit (1) or the previous one (-1)."""
        self.post_message(LinesView.Read())
        if not self._found_line.step(steps):
            info(self, "There is no search. Press / in the detail to find text.")

    def action_fold(self) -> None:
        """Fold or unfold the value under the cursor."""
        self.reading.pick_in_sight()
        if not self.reading.fold():
            info(self, _NO_FOLD)

    def action_fold_all(self) -> None:
        """Fold or unfold everything."""
        if not self.reading.fold_all():
            info(self, _NO_FOLD)

    async def action_back(self) -> None:
        """Leave the search; without one go to the list."""
        if not self._found_line.leave():
            await self.run_action("screen.back")


def _title(view: DeliveryView | None) -> Content:
    if view is None:
        return Content.styled("No delivery", styles.MUTED)
    row = view.row
    name = subject_words(row.subject, _SUBJECT)
    parts: list[Content] = [untrusted(f"{name}  ", "bold")] if name else []
    parts.append(untrusted(row.topic or "no topic", styles.PLAIN))
    parts.append(Content.styled(f"  delivery {row.id}", styles.MUTED))
    return Content.assemble(*parts)
