"""The page of a presentation: the deliveries of the steps so far, and the trainer's notes."""

from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, runtime_checkable

from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content

from devhook.errors import DevhookError
from devhook.scenario.loading import load_scenario, scenario_names
from devhook.scenario.model import Scenario
from devhook.tui import styles
from devhook.tui.notices import info, show_error
from devhook.tui.screen_memory import ScreenMemory
from devhook.tui.screens.choice import ChoiceScreen
from devhook.tui.screens.deliveries import DeliveriesScreen
from devhook.tui.widgets.deliveries_pane import DeliveriesPane
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.detail import Detail
from devhook.tui.widgets.notes_pane import NotesPane
from devhook.tui.widgets.panes import Panes
from devhook.tui.widgets.retry_lines import RetryLines
from devhook.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.session.presentation import Presentation

PRESENTER_BINDINGS: Final = (
    Binding(
        "pagedown",
        "forward",
        "next step",
        priority=True,
        tooltip="Scroll the note, then perform the next step; presenter remotes send the same key",
        id="present.forward",
    ),
    Binding("greater_than_sign", "forward", "next step", show=False, id="present.forward-too"),
    Binding(
        "pageup",
        "back",
        "step back",
        priority=True,
        tooltip="Go back to before the last step",
        id="present.back",
    ),
    Binding("less_than_sign", "back", "step back", show=False, id="present.back-too"),
    Binding(
        "B",
        "choose_step",
        "back to…",
        show=False,
        tooltip="Choose an earlier step to go back to",
        id="present.choose",
    ),
)
# From here on the notes stand beside the deliveries, and rows have a blank line between them.
_BESIDE: Final = 130
_TALL: Final = 32


@runtime_checkable
class PresentingApp(Protocol):
    """An app that can continue its presentation from another step, with a new session."""

    def show_again(self) -> object:
        """Show the presentation from its goal on."""


async def choose_scenario(app: App[Any]) -> Scenario | None:
    """Ask for a lesson or another scenario; None if none is chosen."""
    scenarios = {name: load_scenario(name) for name in scenario_names()}
    # Lessons first: they have notes.
    names = sorted(scenarios, key=lambda name: (not scenarios[name].is_lesson, name))
    chosen = await app.push_screen_wait(
        ChoiceScreen("Present", {name: scenarios[name].title for name in names})
    )
    return scenarios[chosen] if chosen is not None else None


class PresentedPane(DeliveriesPane):
    """The deliveries of a presentation, which only the scenario sends."""

    def _empty_text(self) -> Content:
        if self.delivery_list.filter:
            return super()._empty_text()
        return Content.styled("Nothing has been delivered yet.", styles.PLAIN)


class StackedPanes(Panes):
    """The panes one below the other, however wide the screen is."""

    @property
    def _beside(self) -> bool:
        return False


class PresenterScreen(DeliveriesScreen):
    """Shows a presentation. The keys of the shop are disabled: only the scenario acts."""

    BINDINGS: ClassVar[list[BindingType]] = [*PRESENTER_BINDINGS]

    def __init__(self, presentation: "Presentation") -> None:
        super().__init__(presentation.session, ScreenMemory())
        self.add_class("-presenting")
        self._presentation = presentation

    def compose(self) -> ComposeResult:
        """The status line, the two panes, the retries, the notes."""
        yield StatusLine(id="status")
        with Container(id="stage"):
            with Vertical(id="column"):
                with StackedPanes(id="panes"):
                    yield PresentedPane(self._session, self._errors, id="deliveries")
                    yield Detail(self._session.inbox, id="detail")
                if self._session.simulated is not None:
                    yield RetryLines(self._session, self._session.simulated, id="retries")
            yield NotesPane(self._presentation.scenario, id="notes")

    def on_mount(self) -> None:
        """Show the note. What has happened until now is shown as on every page of a session."""
        self._show_note()

    def on_resize(self, event: events.Resize) -> None:
        """Place the notes, and space the rows, where there is room."""
        self.set_class(event.size.width >= _BESIDE, "-beside")
        is_tall = event.size.height >= _TALL
        self.set_class(is_tall, "-tall")
        self.query_one(DeliveryList).pitch = 2 if is_tall else 1
        self.call_after_refresh(self._show_keys)

    @property
    def _notes(self) -> NotesPane:
        return self.query_one(NotesPane)

    def _show_note(self) -> None:
        self._notes.show(self._presentation.at)
        # Whether all of it is visible is known after the layout.
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        self._notes.show_keys(self._presentation.at)

    def action_forward(self) -> None:
        """Scroll the note; at its end perform the next step."""
        if self._notes.doing:
            return
        if self._notes.read_on():
            self.call_after_refresh(self._show_keys)
        elif self._presentation.at < len(self._presentation.steps):
            self._perform()
        else:
            info(self, "That was the last step.")

    @work(group="presentation")
    async def _perform(self) -> None:
        self._notes.do("…")
        try:
            await self._presentation.forward()
        except DevhookError as error:
            show_error(self, error)
        self._notes.do("")
        self._list.follow()
        self._show_note()

    def action_back(self) -> None:
        """Go back one step; pressed again meanwhile, one more."""
        if self._presentation.goal == 0:
            info(self, "This is the beginning.")
        else:
            self._go_back(self._presentation.goal - 1)

    @work(group="presentation")
    async def action_choose_step(self) -> None:
        """Choose a step to go back to."""
        steps = self._presentation.steps[: self._presentation.at]
        choices = {"0": "before the first step"}
        choices |= {str(number): step.words for number, step in enumerate(steps[:-1], start=1)}
        chosen = await self.app.push_screen_wait(ChoiceScreen("Back to step", choices))
        if chosen is not None:
            self._go_back(int(chosen))

    def _go_back(self, at: int) -> None:
        if isinstance(self.app, PresentingApp):
            self._notes.do(f"Back to step {at} …")
            self._presentation.goal = at
            self.app.show_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the shop's keys: the scenario acts."""
        return action not in {"act", "inject"} and super().check_action(action, parameters)
