"""The changes in the detail: goes from change to change, unfolds one, and asks for its history."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.changes import changes_tab, shown_changes
from devhook.tui.widgets.pick_view import PickView


class ChangesView(PickView):
    """Shows what a delivery changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "unfold",
            "whole value",
            tooltip="Of the picked change, or folded again",
            id="changes.unfold",
        ),
        Binding(
            "h",
            "history",
            "history",
            tooltip="The field's value in every version",
            id="changes.history",
        ),
    ]

    class HistoryRequested(Message):
        """The user wants to see the history of the field of change `number`."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._opened: DeliveryView | None = None
        self._unfolded: frozenset[int] = frozenset()

    def show_changes(self, opened: DeliveryView) -> None:
        """Show what a delivery changed, folded."""
        self._opened, self._unfolded = opened, frozenset()
        self.show(lambda width: changes_tab(opened, width))

    def action_unfold(self) -> None:
        """Show both values of the picked change to their end, or fold them again."""
        opened = self._opened
        if opened is None or self.picked is None:
            return
        self._unfolded ^= {self.picked}
        unfolded = self._unfolded
        self.again(lambda width: changes_tab(opened, width, unfolded))

    def action_history(self) -> None:
        """Ask for the history of the picked field."""
        changes = shown_changes(self._opened.reading) if self._opened else []
        if self.picked is not None and self.picked < len(changes):
            self.post_message(self.HistoryRequested(self.picked))
