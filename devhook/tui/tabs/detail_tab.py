"""The base of the tabs in the detail: each lays a delivery out as lines, and remembers where it was read."""

from typing import ClassVar

from textual.geometry import Offset

from devhook.inbox.database import Inbox
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.widgets.find_view import FindView, ReadingPosition
from devhook.tui.widgets.lines_view import Layout, nothing


class DetailTab(FindView):
    """One tab of the detail. The list of all tabs is `TABS` in `widgets/detail.py`.

    Bindings of its own appear in the help as a section of their own.
    """

    NAME: ClassVar[str]
    """The lower-case name: the tab's title and the first part of its id."""

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self.inbox = inbox
        self.view: DeliveryView | None = None
        self._wanted: ReadingPosition | None = None
        self._begins: ReadingPosition | None = None
        self._waits_at: ReadingPosition | None = None

    # For the detail

    def open(self, view: DeliveryView, place: ReadingPosition | None) -> None:
        """Show a delivery, from `place` where it was left there."""
        self._wanted = place
        self.view = view
        self.show_delivery(view)

    def renew_delivery(self, view: DeliveryView) -> None:
        """Show the same delivery, which was fetched again; what is read stays."""
        self.open(view, self.left)

    def clear(self) -> None:
        """Show nothing."""
        self.view = self._wanted = None
        self.show(nothing)

    @property
    def left(self) -> ReadingPosition | None:
        """Where the delivery is read now; None at its beginning."""
        place = self._wanted if self.place == self._waits_at else self.place
        return None if place == self._begins else place

    # For the tabs

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery. It is called when the tab is in front."""
        raise NotImplementedError

    @property
    def wanted(self) -> ReadingPosition | None:
        """Where what is shown next is to be read; None: from its beginning."""
        return self._wanted

    def wait(self, layout: Layout) -> None:
        """Show what is known of the delivery until there is more to be shown."""
        wanted = self._wanted
        self.show(layout)
        self._wanted, self._waits_at = wanted, self.place

    def complete(self, layout: Layout) -> None:
        """Show what was waited for. Somebody who reads already stays there."""
        if self.place == self._waits_at:
            self.show(layout)
        else:
            self._wanted = self._waits_at = None
            self.renew(layout)

    def show(self, layout: Layout, *, top: int = 0, offset: Offset | None = None, picked: int = 0) -> None:
        """Show what `layout` makes: from where it was left, else from `top` with `picked` picked."""
        place, self._wanted, self._waits_at = self._wanted, None, None
        if place is not None:
            offset, picked = Offset(place.left, place.top), place.picked
        super().show(layout, top=top, offset=offset, picked=picked)
        self._begins = None if place is not None else self.place

    # What is under the cursor

    @property
    def path(self) -> str | None:
        """The path of the value under the cursor; empty for the whole document, None where there is none."""
        return None

    @property
    def value(self) -> str | None:
        """The value under the cursor as text; None where there is none."""
        return None

    def fold(self) -> bool:
        """Fold or unfold the value under the cursor; False where nothing folds."""
        return False

    def fold_all(self) -> bool:
        """Open everything; where everything is open, fold it. False where nothing folds."""
        return False
