"""What a tab of the detail is: lines laid out from a delivery, under a name."""

from typing import ClassVar

from devhook.inbox.database import Inbox
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.widgets.lines_view import nothing
from devhook.tui.widgets.pick_view import PickView


class DetailTab(PickView):
    """One tab of the detail. The list of all tabs is `TABS` in `widgets/detail.py`.

    Bindings of its own appear in the help as a section of their own.
    """

    NAME: ClassVar[str]
    """The lower-case name: the tab's title and the first part of its id."""

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self.inbox = inbox

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery. It is called when the tab is in front."""
        raise NotImplementedError

    def clear(self) -> None:
        """Show nothing."""
        self.show(nothing)
