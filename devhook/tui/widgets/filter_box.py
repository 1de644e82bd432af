"""The line to type a filter into. What is pasted into it is made visible before it is shown."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from devhook.inbox.filter import Filter, WrongWord
from devhook.visible import visible


class FilterBox(Input):
    """Posts a filter at every key; Enter keeps it, Escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "keep", tooltip="Go back to the list and keep the filter", id="filter.keep"),
        Binding("down", "done", "keep", show=False, id="filter.down"),
        Binding(
            "escape", "clear", "clear", tooltip="Go back to the list without a filter", id="filter.clear"
        ),
    ]

    @dataclass
    class Narrowed(Message):
        """The filter is another one."""

        filter: Filter

    class Done(Message):
        """The typing is over: the focus belongs to the list."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(text, id=id, compact=True, placeholder="orders/*  #1001  late  -duplicate")

    def validate_value(self, value: str) -> str:
        """Make what was pasted visible; the filter looks at visible text too."""
        return visible(value)

    def action_clear(self) -> None:
        """Take the filter away and close."""
        self.value = ""
        self.post_message(self.Narrowed(Filter()))
        self.post_message(self.Done())

    def action_done(self) -> None:
        """Keep the filter and go back to the list."""
        self.post_message(self.Done())

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        with contextlib.suppress(WrongWord):
            self.post_message(self.Narrowed(Filter.parse(event.value, datetime.now().astimezone())))
