"""A question to be answered with yes or no before something is done that cannot be undone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from devhook.tui import ink
from devhook.tui.foreign import foreign


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
                yield Static(foreign(line, ink.PLAIN))
            yes, no = (Content.styled(key, ink.HOTKEY) for key in ("y", "n"))
            yield Static(Content.assemble("\n", yes, " yes   ", no, " no"))
