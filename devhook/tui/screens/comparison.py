"""The comparison page: what differs between two marked deliveries."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from devhook.analysis.clocks import in_order
from devhook.analysis.comparison import Comparison
from devhook.errors import DevhookError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.timeline import compare_versions, mask_of
from devhook.text import counted
from devhook.tui.key_names import key_hints
from devhook.tui.notices import show_error, warn
from devhook.tui.screens.devhook_screen import MASK
from devhook.tui.tabs.timeline_layout import comparison_layout
from devhook.tui.untrusted import app_mask
from devhook.tui.widgets.lines_view import Lines, LinesView

_PAIR: Final = 2


def compare_marked(widget: Widget, inbox: Inbox, marked: Sequence[int], selected: Row | None) -> None:
    """Show what differs between the two marked deliveries, or between the marked and the selected one."""
    pair = {*marked, selected.id} if len(marked) == 1 and selected else set(marked)
    if len(pair) != _PAIR:
        told = f"{counted(len(marked), 'delivery')} marked." if marked else "No delivery is marked."
        warn(widget, told, "Mark two deliveries with Space, then press d.", severity="warning")
        return
    try:
        one, other = (inbox.row(each) for each in sorted(pair))
    except DevhookError as error:
        show_error(widget, error)
        return
    widget.app.push_screen(ComparisonScreen(inbox, one, other))


class ComparisonScreen(ModalScreen[None]):
    """Compares two deliveries, given in the order of their arrival: the older version with the newer one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,d,q", "dismiss", "close", id="comparison.close"),
        MASK,
    ]
    AUTO_FOCUS = "LinesView"

    def __init__(self, inbox: Inbox, one: Row, other: Row) -> None:
        super().__init__()
        self._inbox = inbox
        self._before, self._after = in_order((one, other), lambda row: row.clocks)

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with Container(id="comparison") as container:
            container.border_title = Content.styled(
                f"Deliveries {self._before.id} and {self._after.id}", "bold"
            )
            container.border_subtitle = key_hints(("Esc", "closes"))
            yield LinesView(id="comparison-lines")

    def on_mount(self) -> None:
        """Compare."""
        self._compare()

    @work(exclusive=True, group="comparison")
    async def _compare(self) -> None:
        try:
            compared = await asyncio.to_thread(self._compared)
        except DevhookError as error:
            show_error(self, error)
            return
        self.query_one(LinesView).show(partial(self._layout, compared))

    def _compared(self) -> Comparison | None:
        """Read both bodies on a connection of this thread; they have up to 5 MB."""
        with self._inbox.beside() as inbox:
            return compare_versions(inbox, self._before, self._after)

    def _layout(self, compared: Comparison | None, width: int) -> Lines:
        mask = app_mask(self.app)
        if mask is not None and compared is not None:
            known = mask_of(mask, self._inbox, self._before.id, self._after.id)
            compared = known.comparison(compared, self._after.topic)
        return comparison_layout(self._before, self._after, None, compared, width)
