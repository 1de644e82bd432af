"""The app: its themes, the keys that work everywhere, and the page it opens with."""

import asyncio
from collections import deque
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from devhook.errors import DevhookError
from devhook.privacy.mask import Mask
from devhook.session.session import Session
from devhook.tui.keys import sections
from devhook.tui.notices import info, show_error
from devhook.tui.screen_memory import ScreenMemory, state_file
from devhook.tui.screen_settings import ScreenSettings
from devhook.tui.screens.deliveries import DeliveriesScreen
from devhook.tui.screens.devhook_screen import MASK, DevhookScreen
from devhook.tui.screens.help import HelpScreen
from devhook.tui.screens.presenter import PresenterScreen, choose_scenario
from devhook.tui.terminal_app import TerminalApp, show_app
from devhook.tui.themes import DARK, THEMES
from devhook.tui.widgets.detail import Detail
from devhook.tui.widgets.lines_view import LinesView
from devhook.tui.widgets.notes_pane import NotesPane
from devhook.tui.widgets.pressed_keys import PressedKeys, pressed

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.session.presentation import Presentation

_KEYS_SHOWN: Final = 3
_AGAIN: Final = 2.0
"""Seconds within which a second Ctrl+C quits."""
_NO_DEMO: Final = DevhookError(
    "Only a demo can present lessons.",
    "Start one with: devhook demo --present lesson-hmac",
)


class DevhookApp(TerminalApp[None]):
    """The screen of one session, or of a presentation. What it shows is opened before it and closed after it.

    A presentation that a key begins in a demo is closed with the demo, at the latest.
    """

    TITLE = "devhook"
    CSS_PATH = "devhook.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", tooltip="Keys and signs", id="help"),
        MASK,
        Binding(
            "P",
            "present",
            "present",
            show=False,
            tooltip="In a demo: show a lesson step by step, with trainer's notes",
            id="present",
        ),
        Binding("q", "quit", "quit", tooltip="Close devhook", id="quit"),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="quit.always"),
        Binding(
            "ctrl+c",
            "interrupt",
            "copy the selected text; twice: quit",
            show=False,
            priority=True,
            id="interrupt",
        ),
    ]

    def __init__(
        self,
        session: Session,
        settings: ScreenSettings = ScreenSettings(),  # noqa: B008 - it cannot change
        memory: ScreenMemory | None = None,
        presentation: "Presentation | None" = None,
    ) -> None:
        self._memory = memory or ScreenMemory()
        remembered = self._memory.look.theme
        super().__init__(settings.theme or (remembered if remembered in THEMES else DARK))
        self.set_keymap(dict(settings.keymap))
        self.user_keys = settings.keymap
        self._first = session
        self._presentation = presentation
        self._shown = presentation or session
        self._pressed: deque[str] = deque(maxlen=_KEYS_SHOWN)
        self._interrupted_at: float | None = None

    @property
    def _session(self) -> Session:
        return self._first if self._presentation is None else self._presentation.session

    def get_default_screen(self) -> Screen[None]:
        """Return the page that the app opens with."""
        if self._presentation is None:
            return DeliveriesScreen(self._first, self._memory)
        return Screen()

    def on_mount(self) -> None:
        """Show the presentation, if there is one."""
        if self._presentation is not None:
            # Above an empty page: the page at the bottom of the stack cannot be switched to another one.
            self.push_screen(PresenterScreen(self._presentation))

    def watch_theme(self, theme: str) -> None:
        """Remember the theme that was chosen on the screen."""
        if self.is_running:
            self._memory.remember(theme=theme)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Leave out what the help page and the keys have already."""
        kept = {"Theme", "Screenshot", "Maximize", "Minimize"}
        yield from (each for each in super().get_system_commands(screen) if each.title in kept)
        mask = "Show personal data" if self._session.mask else "Mask personal data"
        yield SystemCommand(mask, "Show pseudonyms instead of personal data on every page", self.action_mask)
        if self._presentation is None and self._first.present is not None:
            yield SystemCommand(
                "Present", "Show a lesson step by step, with trainer's notes", self.action_present
            )
        yield SystemCommand("Quit", "Close devhook", self.action_quit)

    def action_mask(self) -> None:
        """Mask personal data on every page, or show it again."""
        self._session.toggle_mask()
        self.clear_notifications()
        self.screen.clear_selection()
        for screen in self.screen_stack:
            for widget in screen.walk_children(Widget, with_self=True):
                widget.refresh()  # its lines are drawn again, through the filters
                if isinstance(widget, LinesView):
                    widget.lay_out_again()
            screen.post_message(DevhookScreen.MaskChanged())
        info(self.screen, f"Personal data is {'masked' if self._session.mask else 'shown as it came'}.")

    @property
    def mask(self) -> Mask | None:
        """The mask for personal data; None where it is shown."""
        return self._session.mask

    @property
    def knowing_mask(self) -> Mask | None:
        """The mask that also knows the personal values of the selected delivery."""
        if self.mask is not None:
            for page in self.screen_stack:
                for detail in page.query(Detail):
                    if detail.delivery is not None and detail.delivery.mask is not None:
                        return detail.delivery.mask
        return self.mask

    # A presentation

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the key that presents during a presentation."""
        if action == "present":
            return self._presentation is None
        return super().check_action(action, parameters)

    @work(exclusive=True, group="presentation")
    async def action_present(self) -> None:
        """Choose a scenario and show it step by step, above the demo."""
        if self._first.present is None:
            show_error(self.screen, _NO_DEMO)
            return
        scenario = await choose_scenario(self)
        if scenario is None:
            return
        try:
            self._presentation = await self._first.present(scenario)
        except DevhookError as error:
            show_error(self.screen, error)
            return
        await self.push_screen(PresenterScreen(self._presentation))

    @work(group="presentation")
    async def show_again(self) -> None:
        """Show the presentation from its goal on."""
        presentation = self._presentation
        if presentation is None:
            return

        async def take_up() -> None:
            await self.switch_screen(PresenterScreen(presentation))
            self._show_pressed()

        try:
            await presentation.back(take_up)
        except DevhookError as error:
            show_error(self.screen, error)
            for notes in self.screen.query(NotesPane):
                notes.do("")
                notes.show_keys(presentation.at)

    @work(group="leaving")
    async def _leave_presentation(self, presentation: "Presentation") -> None:
        """Return to the demo at once; the presentation closes meanwhile."""
        await self.pop_screen()
        await presentation.aclose()

    async def on_event(self, event: events.Event) -> None:
        """Show the audience which key is pressed."""
        if isinstance(event, events.Key) and not event.is_forwarded and self._presentation is not None:
            self._pressed.extend(pressed(event, self.focused))
            self._show_pressed()
        await super().on_event(event)

    def _show_pressed(self) -> None:
        shown = self.screen.query(PressedKeys)
        if shown:
            shown.first().look()
        elif self._pressed:
            self.screen.mount(PressedKeys(self._pressed))

    def action_help(self) -> None:
        """Show the keys and the signs."""
        shop, access = self._session.simulated is not None, self._session.registrations is not None
        innermost = self.focused or self.screen
        focus = [type(each) for each in innermost.ancestors_with_self if isinstance(each, Widget)]
        found = sections(type(self), shop=shop, access=access, focus=focus, keymap=self.user_keys)
        self.push_screen(HelpScreen(found))

    def _handle_exception(self, error: Exception) -> None:
        """Let Textual show what broke; what breaks because the screen closes is of no interest."""
        if not self._shown.is_stopping:
            super()._handle_exception(error)

    async def action_quit(self) -> None:
        """End the session, and with it the screen; or a presentation that a key began in a demo."""
        if self._presentation is not None and self._presentation is not self._shown:
            presentation, self._presentation = self._presentation, None
            self._leave_presentation(presentation)
            return
        self._shown.stop()
        self.exit()

    async def action_interrupt(self) -> None:
        """Copy when text is selected; else say which key quits, and quit when it is pressed again at once."""
        before, self._interrupted_at = self._interrupted_at, None
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
            self.screen.clear_selection()
        elif before is not None and monotonic() - before <= _AGAIN:
            await self.action_quit()
        else:
            self._interrupted_at = monotonic()
            info(self.screen, "Press q to quit, or Ctrl+C again.")


async def presentation_output(presentation: "Presentation", settings: ScreenSettings) -> None:
    """Show a presentation on the screen until the user leaves it or it is to end. It is not remembered."""
    app = DevhookApp(presentation.session, settings, presentation=presentation)
    await show_app(app, presentation.wait_until_stopping())
    _require_success(app, is_stopping=presentation.is_stopping)


async def screen_output(session: Session, settings: ScreenSettings) -> None:
    """Show the session on the screen until the user leaves it or the session is to end."""
    memory = ScreenMemory(state_file())
    app = DevhookApp(session, settings, memory)

    async def report_the_end() -> None:
        await session.wait_until_finished()
        app.notify("The scenario is finished. Press 1 to check out an order.", markup=False)

    reporting = asyncio.get_running_loop().create_task(report_the_end())
    try:
        await show_app(app, session.wait_until_stopping())
    finally:
        reporting.cancel()
        memory.finish()
    _require_success(app, is_stopping=session.is_stopping)


def _require_success(app: DevhookApp, *, is_stopping: bool) -> None:
    """Raise DevhookError where the screen broke."""
    if app.return_code and not is_stopping:
        # Textual has printed the traceback; the deliveries are where they were.
        raise DevhookError(
            "The screen failed. Every delivery that was answered 200 is in the inbox.",
            "Continue without it: devhook listen --output lines. Please report the traceback above.",
        )
