"""One of many to be chosen by its name: typed in part, or gone to with the arrows."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from devhook.tui import styles
from devhook.tui.untrusted import UntrustedInput, cut, fitted, untrusted
from devhook.tui.widgets.menu import Draw, Menu, MenuItem


class ChoiceScreen(ModalScreen[str | None]):
    """Lets one of `choices` be chosen, names with what there is to say of each; None when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", priority=True, id="choice.take"),
        Binding("down", "move(1)", "Down", show=False, priority=True, id="choice.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="choice.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, priority=True, id="choice.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, priority=True, id="choice.page-up"),
        Binding("escape", "dismiss", "Leave", priority=True, id="choice.leave"),
    ]
    AUTO_FOCUS = "UntrustedInput"

    def __init__(self, title: str, choices: Mapping[str, str]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        """The name to type, and the choices that fit it."""
        with Container(id="choice") as container:
            container.border_title = Content.styled(self._title, "bold")
            with Horizontal(id="search-line"):
                yield Static("/", id="search-sign")
                yield UntrustedInput(id="search", compact=True)
            yield Menu(id="choices")

    def on_mount(self) -> None:
        """Show all choices. The focus stays in the line above."""
        self.query_one(Menu).can_focus = False
        self._show()

    @on(Input.Changed)
    def _show(self) -> None:
        typed = self.query_one(UntrustedInput).value.strip().lower()
        if typed == self._shown:
            return
        self._shown = typed
        wide = max(map(len, self._choices), default=0)
        found = [name for name in self._choices if typed in name.lower()]
        found.sort(key=lambda name: not name.startswith(typed))
        self.query_one(Menu).show([MenuItem(name, _drawn(name, wide, self._choices[name])) for name in found])
        self.query_one(Menu).action_end(-1)

    @on(Menu.Pressed)
    def action_take(self) -> None:
        """Return the one under the cursor, of those that fit what was typed up to now."""
        self._show()
        chosen = self.query_one(Menu).selected
        if chosen is not None:
            self.dismiss(chosen)

    def action_move(self, items: int) -> None:
        """Move the cursor."""
        self.query_one(Menu).action_move(items)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a page."""
        self.query_one(Menu).action_page(pages)


def _drawn(name: str, wide: int, about: str) -> Draw:
    def draw(width: int) -> Sequence[Content]:
        rest = cut(about, max(0, width - wide - 5))
        return [Content.assemble((f"  {fitted(name, wide)}  ", styles.HOTKEY), (rest, styles.MUTED))]

    return draw


class QuestionScreen(ModalScreen[bool]):
    """Asks; `y` is yes, and anything else that closes it is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes", id="question.yes"),
        Binding("n,escape", "dismiss(False)", "no", id="question.no"),
    ]

    def __init__(self, question: str, *about: str) -> None:
        super().__init__()
        self._question = question
        self._about = about

    def compose(self) -> ComposeResult:
        """The question, what it is about, and the keys."""
        with Container(id="question") as container:
            container.border_title = Content.styled(self._question, "bold")
            for line in self._about:
                yield Static(untrusted(line, styles.PLAIN))
            yes, no = (Content.styled(key, styles.HOTKEY) for key in ("y", "n"))
            yield Static(Content.assemble("\n", yes, " yes   ", no, " no"))
