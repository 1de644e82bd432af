"""Answer with…: a fault that devhook answers the next deliveries with."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from devhook.errors import InputError
from devhook.tui import styles
from devhook.tui.key_names import key_hints
from devhook.tui.notices import show_error
from devhook.tui.untrusted import UntrustedInput, untrusted
from devhook.tui.widgets.menu import Draw, Menu, MenuItem
from devhook.webhook.answer_fault import AnswerFault, parse_fault

_THE_TRUTH: Final = "normal"
_CHOICES: Final = {
    "500x1": "500 once: Shopify retries later",
    "500x3": "500 three times: the pauses between the retries grow",
    "500": "500 until you change it: Shopify removes the subscription after 8 failures",
    "50%:503": "503 to a random half of the deliveries, until you change it",
    "slow:6sx1": "The normal answer after 6 s: Shopify gives up after 5 s and retries",
    "dropx1": "The connection is closed without an answer, once",
    "301x1": "A redirect, once: Shopify does not follow it and counts a failure",
    "410x1": "410 once: Shopify counts it like any other failure",
}
_FAULT: Final = 11


class AnswerWithScreen(ModalScreen[tuple[AnswerFault, ...] | None]):
    """Lets a fault be chosen or typed, and returns the faults to be in force; None when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Use this answer", priority=True, id="answer-with.take"),
        Binding("down", "move(1)", "Down", show=False, priority=True, id="answer-with.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="answer-with.up"),
        Binding(
            "escape", "dismiss", "Leave", tooltip="Without a change", priority=True, id="answer-with.leave"
        ),
    ]
    AUTO_FOCUS = "UntrustedInput"

    def __init__(self, in_force: Sequence[str]) -> None:
        super().__init__()
        self._in_force = tuple(in_force)

    def compose(self) -> ComposeResult:
        """What is in force, the choices, and a line for a fault of one's own."""
        with Container(id="answer-with") as container:
            container.border_title = Content.styled("Answer with…", "bold")
            container.border_subtitle = key_hints(("Enter", "uses this answer"), ("Esc", "leaves"))
            yield Static(self._standing(), id="in-force")
            yield Menu(id="faults")
            with Horizontal(id="fault-line"):
                yield Static("or", id="fault-sign")
                yield UntrustedInput(
                    id="fault", compact=True, placeholder="404x2@orders/*  slow:3s:500  25%:drop"
                )

    def on_mount(self) -> None:
        """Offer the truth first where it is not being told."""
        truth = [MenuItem(_THE_TRUTH, _drawn("", "The normal answer: 200, or 401 for a bad signature"))]
        choices = [MenuItem(fault, _drawn(fault, about)) for fault, about in _CHOICES.items()]
        self.query_one(Menu).show([*(truth if self._in_force else []), *choices])

    def _standing(self) -> Content:
        if not self._in_force:
            return Content.styled(
                "Deliveries get the normal answer: 200, or 401 for a bad signature.", styles.MUTED
            )
        faults = untrusted(", ".join(self._in_force), f"bold {styles.WARNING}")
        return Content.assemble(("Current: ", styles.MUTED), faults)

    def action_move(self, items: int) -> None:
        """Move the cursor of the choices."""
        self.query_one(Menu).action_move(items)

    def action_take(self) -> None:
        """Return what was typed, else what is under the cursor."""
        typed = self.query_one(UntrustedInput).value.strip()
        chosen = typed or self.query_one(Menu).selected or _THE_TRUTH
        if chosen == _THE_TRUTH:
            self.dismiss(())
            return
        try:
            self.dismiss(tuple(parse_fault(each) for each in chosen.replace(",", " ").split()))
        except InputError as error:
            show_error(self, error)

    @on(Menu.Pressed)
    def _pressed(self) -> None:
        self.query_one(UntrustedInput).value = ""
        self.action_take()


def _drawn(fault: str, about: str) -> Draw:
    def draw(width: int) -> Sequence[Content]:
        pieces = Content.styled(about, styles.PLAIN).wrap(max(16, width - _FAULT - 3))
        return [
            Content.styled(f"  {'' if number else fault:<{_FAULT}}", styles.HOTKEY) + piece
            for number, piece in enumerate(pieces)
        ]

    return draw
