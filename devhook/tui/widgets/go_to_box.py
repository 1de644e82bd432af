"""The line to type an order's number or a delivery's id into, to go there."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message

from devhook.errors import InputError
from devhook.filter.id_words import OrderWord
from devhook.filter.language import Filter, Term
from devhook.filter.search import Search
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.tui.untrusted import UntrustedInput

_LONGEST_ID: Final = 18


class GoToBox(UntrustedInput):
    """Posts where to go at Enter, and closes at Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "go", tooltip="Go to the order or the delivery", id="go-to.go"),
        Binding("escape", "leave", "leave", tooltip="Return to the list", id="go-to.leave"),
    ]

    @dataclass
    class Wanted(Message):
        """The user asks to go to what was typed."""

        text: str

    class Left(Message):
        """The user left the box."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(
            id=id,
            compact=True,
            placeholder="1001: an order's number, or a delivery's id",
            select_on_focus=False,
        )

    def action_go(self) -> None:
        """Ask for what is typed."""
        if wanted := self.value.strip():
            self.post_message(self.Wanted(wanted))
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Close."""
        self.post_message(self.Left())


def place_of(inbox: Inbox, text: str) -> tuple[Row, str]:
    """Return the newest delivery of an order, or else the delivery with an id; and a filter that shows it.

    Raise InputError where there is neither.
    """
    name = text.strip().removeprefix(":").strip()
    found = Search(inbox, Filter((Term(OrderWord([name])),))).newest(1) if name else []
    if found:
        return found[0], f'order:"{name}"' if " " in name else f"order:{name}"
    if name.isdecimal() and name.isascii() and len(name) <= _LONGEST_ID:
        rows = inbox.rows(after=int(name) - 1, before=int(name) + 1)
        if rows:
            return rows[0], name
        raise InputError(
            f"The inbox has no order #{name} and no delivery {name}.",
            "/ searches the deliveries for other text.",
        )
    raise InputError(f"The inbox has no order {name}.", "/ searches the deliveries for other text.")
