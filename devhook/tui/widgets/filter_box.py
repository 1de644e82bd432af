"""The line to type a filter into. What is pasted into it is made visible before it is shown."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from devhook.errors import InputError
from devhook.filter.completion import Completion, completion
from devhook.filter.language import Filter
from devhook.filter.selection import Selection
from devhook.filter.word import Seen, WrongWord
from devhook.inbox.database import Inbox
from devhook.tui import styles
from devhook.tui.untrusted import UntrustedInput, untrusted

_OFFERED: Final = 8


class FilterBox(UntrustedInput):
    """Posts a filter at every key that leaves one; Enter keeps it, Escape takes it away, Tab completes.

    While a word is wrong the last good filter stays. One that may yet become right is not complained of: the
    others make the filter meanwhile.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "keep", tooltip="Keep the filter and return to the list", id="filter.keep"),
        Binding("down", "done", "keep", show=False, id="filter.down"),
        Binding(
            "tab",
            "complete",
            "complete",
            tooltip="Complete the word; again for the next completion",
            id="filter.complete",
        ),
        Binding(
            "escape", "clear", "clear", tooltip="Clear the filter and return to the list", id="filter.clear"
        ),
    ]

    @dataclass
    class FilterChanged(Message):
        """The filter is another one."""

        filter: Filter

    @dataclass
    class HelpChanged(Message):
        """What helps with the typing is another thing: how it may go on, or what is wrong; or nothing."""

        help: Content

    class Done(Message):
        """The typing is over: the focus belongs to the list."""

    def __init__(self, inbox: Inbox, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(
            text,
            id=id,
            compact=True,
            placeholder="orders/*  #1001  is:late  changed:note  -is:duplicate",
            select_on_focus=False,
        )
        self.seen = Seen()
        self._inbox = inbox
        self._wrong: InputError | None = None
        self._offer: Completion | None = None
        self._taken = -1

    def action_clear(self) -> None:
        """Take the filter away and close."""
        self.value = ""
        self.post_message(self.FilterChanged(Filter()))
        self.post_message(self.Done())

    def action_done(self) -> None:
        """Keep the filter and go back to the list; not while a word is wrong."""
        if self._wrong is not None:
            self.post_message(self.HelpChanged(_complaint(self._wrong)))
        else:
            self.post_message(self.Done())

    def action_complete(self) -> None:
        """Go on with the word before the cursor; pressed again, take the next way that it may go on."""
        if self._offer is None or self._taken < 0:
            self._offer = completion(self.value, self.cursor_position, self.seen)
        offer = self._offer
        if not offer.candidates:
            return
        self._taken = (self._taken + 1) % len(offer.candidates)
        before, after = self.value[: offer.start], self.value[self.cursor_position :]
        with self.prevent(Input.Changed):
            self.value = f"{before}{offer.candidates[self._taken]}{after}"
        self.cursor_position = len(self.value) - len(after)
        if len(offer.candidates) == 1 or offer.candidates[self._taken].endswith(":"):
            self._taken = -1
        self._parse()

    def watch_has_focus(self, focused: bool) -> None:  # noqa: FBT001 - as Textual calls it
        """Say how it may go on, while somebody types."""
        super().watch_has_focus(focused)
        self._taken = -1
        if focused:
            self._parse()
        else:
            self.post_message(self.HelpChanged(Content()))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._taken = -1
        self._parse()

    def _parse(self) -> None:
        """Post what is typed as a filter, and help with the typing."""
        try:
            self._wrong = None
            self._narrow(self.value)
        except InputError as error:
            self._wrong = error
        if isinstance(self._wrong, WrongWord) and self._wrong.unfinished:
            with contextlib.suppress(InputError):
                self._narrow(self.value[: self._wrong.start] + self.value[self._wrong.end :])
        elif self._wrong is not None:
            self.post_message(self.HelpChanged(_complaint(self._wrong)))
            return
        if self.has_focus:
            self.post_message(self.HelpChanged(self._ways_on()))

    def _narrow(self, text: str) -> None:
        selection = Selection.parse(text, datetime.now().astimezone())
        self.post_message(self.FilterChanged(selection.resolve(self._inbox).filter))

    def _ways_on(self) -> Content:
        """The ways that the word may go on, from the one that was taken."""
        if self._taken < 0:
            self._offer = completion(self.value, self.cursor_position, self.seen)
        offered = self._offer.candidates if self._offer else ()
        first = max(0, self._taken)
        shown = (*offered[first:], *offered[:first])[:_OFFERED]
        if not shown:
            return Content()
        parts: list[Content | tuple[str, str]] = [("Tab ", styles.HOTKEY)]
        for place, candidate in enumerate(shown):
            parts += [untrusted(candidate, styles.MUTED if place else styles.STRONG), ("  ", styles.MUTED)]
        return Content.assemble(*parts)


def _complaint(wrong: InputError) -> Content:
    return Content.assemble(
        untrusted(f"✗ {wrong.message} ", styles.ERROR), untrusted(wrong.hint, styles.MUTED)
    )
