"""The line below the detail: the path under the cursor, or the text of the search and its hits."""

from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input, Static

from devhook.tui import styles
from devhook.tui.untrusted import UntrustedInput, displayed
from devhook.tui.widgets.find_view import FindView

_WHOLE: Final = "the whole document"


class FindBox(UntrustedInput):
    """The text that is searched for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "keep", tooltip="Keep the marks and return to the text", id="find.keep"),
        Binding("escape", "leave", "leave", tooltip="Return to where the search began", id="find.leave"),
        Binding("down", "step(1)", "Next hit", show=False, id="find.next"),
        Binding("up", "step(-1)", "Previous hit", show=False, id="find.previous"),
    ]

    @property
    def line(self) -> "FindLine":
        """The line that it is a part of."""
        parent = self.parent
        assert isinstance(parent, FindLine)  # noqa: S101 - it composes the box; this tells mypy
        return parent

    def action_done(self) -> None:
        """Keep what is found, once all keys that were typed have come."""
        self.call_later(self.line.close)

    def action_leave(self) -> None:
        """Cancel the search."""
        self.line.give_up()

    def action_step(self, steps: int) -> None:
        """Go to another hit without leaving the box."""
        self.line.step(steps)


class FindLine(Horizontal):
    """Shows the path under the cursor; during a search its text and the count of the hits."""

    path: reactive[str | None] = reactive(None)
    """The path under the cursor; None where there is none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._view: FindView | None = None

    def compose(self) -> ComposeResult:
        """Compose the path; the rest is made by the first search."""
        yield Static(id="path")

    @property
    def text(self) -> str:
        """The text that is searched for; empty for none."""
        return self._box.value if self.has_class("-finding") else ""

    @property
    def _box(self) -> FindBox:
        return self.query_one(FindBox)

    # The search

    def open(self, view: FindView) -> None:
        """Open the box for a text to find in `view`."""
        self._view = view
        view.begin_find()
        self.add_class("-finding")
        if not self.query(FindBox):
            box = FindBox(id="find", compact=True, placeholder="find", select_on_focus=True)
            self.mount(Static("/", id="find-sign"), box, before="#path")
            self.mount(Static(id="found"))
        # `focus()` waits its turn: keys that are typed at once would reach the lines.
        self.screen.set_focus(self._box)

    def close(self) -> None:
        """Return to the text; close the line if the box is empty."""
        self._seek()
        if not self._box.value:
            self.leave()
        if self._view is not None:
            self.screen.set_focus(self._view)

    def give_up(self) -> None:
        """Return to the text, at the place before the search."""
        if self._view is not None:
            self._view.leave_find()
            self.screen.set_focus(self._view)
        self.leave()

    def leave(self) -> bool:
        """End the search and stay; False where there is no search."""
        was = self.has_class("-finding")
        self.remove_class("-finding")
        if self._view is not None:
            self._view.end_find()
        return was

    def mark_in(self, view: FindView) -> None:
        """Search what is read now: another tab, or another part of the screen."""
        if self.has_class("-finding") and not self._box.has_focus:
            if self._view is not None and self._view is not view:
                self._view.end_find()
            self._view = view
            view.show_found(self.text)

    def step(self, steps: int) -> bool:
        """Go to the next hit (1) or the previous one (-1); False where there is no search."""
        if not self.text or self._view is None:
            return False
        self._view.step(steps)
        return True

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._seek()

    def _seek(self) -> None:
        """Find the text that is in the box now."""
        if self._view is None:
            return
        found, typed = self._view.find, self._box.value
        if typed != (found.query if found else ""):
            self._view.seek(typed)
        self.tell()

    def tell(self) -> None:
        """Show the number of hits."""
        find = self._view.find if self._view else None
        words = find.words() if find else ""
        style = styles.MUTED if find is None or find.hits else styles.ERROR
        for found in self.query("#found").results(Static):
            found.update(Content.styled(words, style))
        self.call_after_refresh(self._tell_path)  # it has another width

    # The path

    def watch_path(self) -> None:
        """Show another path, or none."""
        self.set_class(self.path is not None, "-path")
        self.call_after_refresh(self._tell_path)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 - Textual's signature
        """Cut the path to the width."""
        self.call_after_refresh(self._tell_path)

    def _tell_path(self) -> None:
        path = self.query_one("#path", Static)
        words = "" if self.path is None else displayed(self.path or _WHOLE)
        style = styles.ACCENT if self.path else styles.MUTED
        path.update(Content.styled(_end_of(words, path.content_size.width), style))


def _end_of(text: str, cells: int) -> str:
    """Return the end of a text, which tells most of a path, in at most so many cells."""
    if cell_len(text) <= cells:
        return text
    while text and cell_len(text) >= cells:
        text = text[1:]
    return f"…{text}"
