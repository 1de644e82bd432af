"""The selected delivery in tabs, laid out when they are looked at; what may take long is made in a thread."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import TabbedContent, TabPane

from devhook.inbox.database import Inbox
from devhook.signature_doctor.doctor import Diagnosis
from devhook.text import byte_size
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.answer import answer_tab
from devhook.tui.tabs.headers import headers_tab
from devhook.tui.tabs.payload import Payload, payload_tab
from devhook.tui.tabs.signature import signature_tab
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.changes_view import ChangesView
from devhook.tui.widgets.delivery_columns import subject_words
from devhook.tui.widgets.lines_view import Layout, Lines, LinesView, nothing
from devhook.tui.widgets.timeline_view import TimelineView

CHANGES: Final = "changes"
PAYLOAD: Final = "payload"
HEADERS: Final = "headers"
SIGNATURE: Final = "signature"
TIMELINE: Final = "timeline"
ANSWER: Final = "answer"
_TABS: Final = (CHANGES, PAYLOAD, HEADERS, SIGNATURE, ANSWER, TIMELINE)
# Reading and walking this much JSON takes about 10 ms, which nobody sees.
_READ_AT_ONCE: Final = 64 * 1024
_NAME: Final = 30
# Seconds that a delivery is looked at before the doctor is asked: who scrolls past a hundred asks for none.
_SETTLED: Final = 0.1


class Detail(Container):
    """Shows one delivery."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.back", "back", tooltip="To the list", id="detail.back"),
        Binding(
            "}", "change(1)", "Next change", show=False, tooltip="In the payload", id="detail.next-change"
        ),
        Binding("{", "change(-1)", "Previous change", show=False, id="detail.previous-change"),
    ]

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._inbox = inbox
        self._opened: DeliveryView | None = None
        self._shown: dict[str, DeliveryView | None] = {}
        self._marked: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        """The tabs, each a view of lines."""
        with TabbedContent(initial=CHANGES, id="tabs"):
            for tab in _TABS:
                with TabPane(tab.capitalize(), id=tab):
                    yield self._new_view(tab)

    def on_mount(self) -> None:
        """Leave the focus to the lines: the tabs have keys of their own."""
        self.query_one("ContentTabs").can_focus = False
        self.show(None)

    @property
    def opened(self) -> DeliveryView | None:
        """The delivery that is shown."""
        return self._opened

    @property
    def view(self) -> LinesView:
        """The lines of the tab in front."""
        return self._view(self._tabs.active or CHANGES)

    def show(self, opened: DeliveryView | None) -> None:
        """Show another delivery, or none, in the tab that is in front."""
        self._opened = opened
        self.border_title = _title(opened)
        self._lay_out()

    def forget(self) -> None:
        """Empty every tab: one behind would be seen for a moment, as it was, when it comes to the front."""
        self.workers.cancel_group(self, "payload")
        self._shown.clear()
        for tab in _TABS:
            self._view(tab).show(nothing)

    def turn_to(self, tab: str) -> None:
        """Bring a tab to the front."""
        had_focus = self.view.has_focus
        self._tabs.active = tab
        if had_focus:
            self.view.focus()

    def grow(self) -> None:
        """Take up what has come to the life of the shown delivery's subject."""
        if self._tabs.active == TIMELINE:
            self.query_one(TimelineView).grow()
        else:
            self._shown.pop(TIMELINE, None)

    def turn(self, steps: int) -> None:
        """Bring another tab to the front: 1 the next, -1 the previous."""
        self.turn_to(_TABS[(_TABS.index(self._tabs.active) + steps) % len(_TABS)])

    def action_change(self, steps: int) -> None:
        """Bring the next or the previous changed field of the payload into sight."""
        if self._tabs.active != PAYLOAD or not self._marked:
            return
        top = self.view.scroll_offset.y + 2
        later = [line for line in self._marked if line > top]
        earlier = [line for line in self._marked if line < top]
        line = (later or self._marked)[0] if steps > 0 else (earlier or self._marked)[-1]
        self.view.bring(line)

    @on(ChangesView.HistoryRequested)
    def _show_history(self, message: ChangesView.HistoryRequested) -> None:
        """Turn to the timeline, and show one field's history there."""
        message.stop()
        if self._opened is None:
            return
        self._shown[TIMELINE] = self._opened
        self._tabs.active = TIMELINE
        view = self.query_one(TimelineView)
        view.show_history(self._opened, message.number)
        view.focus()

    def _new_view(self, tab: str) -> LinesView:
        if tab == CHANGES:
            return ChangesView(id=f"{tab}-lines")
        if tab == TIMELINE:
            return TimelineView(self._inbox, id=f"{tab}-lines")
        return LinesView(id=f"{tab}-lines")

    @property
    def _tabs(self) -> TabbedContent:
        return self.query_one(TabbedContent)

    def _view(self, tab: str) -> LinesView:
        return self.query_one(f"#{tab}-lines", LinesView)

    @on(TabbedContent.TabActivated)
    def _turned(self, event: TabbedContent.TabActivated) -> None:
        event.stop()
        self._lay_out()

    def _lay_out(self) -> None:
        """Lay the tab in front out, unless it shows this delivery already."""
        tab, opened = self._tabs.active or CHANGES, self._opened
        if tab in self._shown and self._shown[tab] is opened:
            return
        self._shown[tab] = opened
        if opened is None:
            self._view(tab).show(nothing)
        elif tab == CHANGES:
            self.query_one(ChangesView).show_changes(opened)
        elif tab == TIMELINE:
            self.query_one(TimelineView).show_life(opened)
        elif tab == PAYLOAD:
            self._lay_out_payload(opened)
        elif tab == SIGNATURE and opened.diagnose is not None:
            self._view(tab).show(_layout(tab, opened))
            self._diagnose(opened, opened.diagnose)
        else:
            self._view(tab).show(_layout(tab, opened))

    def _lay_out_payload(self, opened: DeliveryView) -> None:
        if len(opened.exact.body) <= _READ_AT_ONCE:
            self.workers.cancel_group(self, "payload")
            self._show_payload(payload_tab(opened))
        else:
            size = byte_size(len(opened.exact.body))
            note = Lines.of([Content.styled(f" Reading {size}…", styles.MUTED)])
            self._view(PAYLOAD).show(lambda _width: note)
            self._read_payload(opened)

    @work(exclusive=True, group="payload")
    async def _read_payload(self, opened: DeliveryView) -> None:
        payload = await asyncio.to_thread(payload_tab, opened)
        if self._opened is opened:
            self._show_payload(payload)

    @work(exclusive=True, group="signature")
    async def _diagnose(self, opened: DeliveryView, diagnose: Callable[[], Diagnosis]) -> None:
        await asyncio.sleep(_SETTLED)
        diagnosis = await asyncio.to_thread(diagnose)
        if self._shown.get(SIGNATURE) is opened:
            self._view(SIGNATURE).show(partial(signature_tab, opened, diagnosis=diagnosis))

    def _show_payload(self, payload: Payload) -> None:
        self._marked = payload.marked
        top = payload.marked[0] if payload.marked else 0
        self._view(PAYLOAD).show(lambda _width: payload.lines, top=top)


def _layout(tab: str, opened: DeliveryView) -> Layout:
    lay_out = {HEADERS: headers_tab, SIGNATURE: signature_tab, ANSWER: answer_tab}
    return partial(lay_out[tab], opened)


def _title(opened: DeliveryView | None) -> Content:
    if opened is None:
        return Content.styled("No delivery", styles.MUTED)
    row = opened.row
    name = subject_words(row.subject, _NAME)
    parts: list[Content] = [untrusted(f"{name}  ", "bold")] if name else []
    parts.append(untrusted(row.topic or "no topic", styles.PLAIN))
    parts.append(Content.styled(f"  delivery {row.id}", styles.MUTED))
    return Content.assemble(*parts)
