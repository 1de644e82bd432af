"""The selected delivery in tabs; a tab is laid out when it is in front."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import TabbedContent, TabPane

from devhook.inbox.database import Inbox
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.answer import AnswerTab
from devhook.tui.tabs.changes import ChangesTab
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.tabs.headers import HeadersTab
from devhook.tui.tabs.payload import PayloadTab
from devhook.tui.tabs.signature import SignatureTab
from devhook.tui.tabs.timeline import TimelineTab
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.delivery_columns import subject_words

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


class Detail(Container):
    """Shows one delivery."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.back", "back", tooltip="To the list", id="detail.back"),
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
        # What each tab shows, by its name.
        self._shown: dict[str, DeliveryView | None] = {}
        self._beside: DeliveryView | None = None

    def compose(self) -> ComposeResult:
        """Compose a pane for each tab."""
        with Horizontal():
            with TabbedContent(initial=self._first, id="tabs"):
                for tab in TABS:
                    with TabPane(tab.NAME.capitalize(), id=tab.NAME):
                        yield tab(self._inbox, id=f"{tab.NAME}-lines")
            # On a wide screen the payload stands beside the other tabs; see devhook.tcss.
            yield PayloadTab(self._inbox, id="beside")

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

    def show(self, view: DeliveryView | None) -> None:
        """Show another delivery, or none."""
        self._delivery = view
        self.border_title = _title(view)
        self._lay_out()

    def forget(self) -> None:
        """Clear every tab: a tab behind would show its old content for a moment when it is activated."""
        self._shown.clear()
        self._beside = None
        for tab in self.query(DetailTab):
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
            self._shown.pop(TimelineTab.NAME, None)

    @on(ChangesTab.HistoryRequested)
    def _show_history(self, message: ChangesTab.HistoryRequested) -> None:
        """Show the history of one field in the timeline tab."""
        message.stop()
        if self._delivery is None:
            return
        self._shown[TimelineTab.NAME] = self._delivery
        self._tabs.active = TimelineTab.NAME
        timeline = self.query_one(TimelineTab)
        timeline.show_history(self._delivery, message.number)
        timeline.focus()

    @property
    def _tabs(self) -> TabbedContent:
        return self.query_one(TabbedContent)

    @property
    def _active(self) -> str:
        return self._tabs.active or _NAMES[0]

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

    def _lay_out(self) -> None:
        """Lay out the tab in front, unless it shows this delivery already."""
        name, view = self._active, self._delivery
        self.set_class(name == PayloadTab.NAME, "-payload")
        self._lay_out_beside()
        if name in self._shown and self._shown[name] is view:
            return
        self._shown[name] = view
        if view is None:
            self.front.clear()
        else:
            self.front.show_delivery(view)

    def on_resize(self) -> None:
        """Fill the payload beside the tabs when there is room for it."""
        self._lay_out_beside()

    def _lay_out_beside(self) -> None:
        beside = self.query_one("#beside", PayloadTab)
        if self.screen.size.width < WIDEST or self._beside is self._delivery:
            return
        self._beside = self._delivery
        if self._delivery is None:
            beside.clear()
        else:
            beside.show_delivery(self._delivery)


def _title(view: DeliveryView | None) -> Content:
    if view is None:
        return Content.styled("No delivery", styles.MUTED)
    row = view.row
    name = subject_words(row.subject, _SUBJECT)
    parts: list[Content] = [untrusted(f"{name}  ", "bold")] if name else []
    parts.append(untrusted(row.topic or "no topic", styles.PLAIN))
    parts.append(Content.styled(f"  delivery {row.id}", styles.MUTED))
    return Content.assemble(*parts)
