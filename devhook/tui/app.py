"""The app: its themes, the keys that work everywhere, and the page it opens with."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen

from devhook.errors import DevhookError
from devhook.tui.keys import sections
from devhook.tui.notices import info
from devhook.tui.screens.deliveries import DeliveriesScreen
from devhook.tui.screens.devhook_screen import DevhookScreen
from devhook.tui.screens.help import HelpScreen
from devhook.tui.themes import DARK, LIGHT

if TYPE_CHECKING:
    from devhook.session.session import Session


class DevhookApp(App[None]):
    """The screen of one run. The run is opened before it and closed after it; the app only looks at it."""

    TITLE = "devhook"
    CSS_PATH = "devhook.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", tooltip="Keys and signs", id="help"),
        Binding(
            "ctrl+l",
            "mask",
            "mask",
            show=False,
            tooltip="Pseudonyms instead of personal data, for a projector",
            id="mask",
        ),
        Binding("q", "quit", "quit", tooltip="Back to the command line", id="quit"),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="quit.always"),
        Binding(
            "ctrl+c",
            "interrupt",
            "copy the selected text, or quit",
            show=False,
            priority=True,
            id="interrupt",
        ),
    ]

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session

    def on_mount(self) -> None:
        """Take on devhook's own look; the palette has others."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_default_screen(self) -> Screen[None]:
        """The page it opens with."""
        return DeliveriesScreen(self._session)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Leave out what the help page and the keys have already."""
        kept = {"Theme", "Screenshot", "Maximize", "Minimize"}
        yield from (each for each in super().get_system_commands(screen) if each.title in kept)
        mask = "Show personal data" if self._session.mask else "Mask personal data"
        yield SystemCommand(mask, "Pseudonyms on every page, for a projector", self.action_mask)
        yield SystemCommand("Quit", "Back to the command line", self.action_quit)

    def action_mask(self) -> None:
        """Mask personal data on every page, or show it again."""
        self._session.toggle_mask()
        self.clear_notifications()
        self.screen.clear_selection()
        for screen in self.screen_stack:
            screen.post_message(DevhookScreen.MaskChanged())
        info(self.screen, f"Personal data is {'masked' if self._session.mask else 'shown as it came'}.")

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Notify, with pseudonyms where personal data is masked."""
        if self._session.mask:
            message, title = self._session.mask.text(message), self._session.mask.text(title)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def action_help(self) -> None:
        """Show the keys and the signs."""
        shop, access = self._session.simulated is not None, self._session.registrations is not None
        self.push_screen(HelpScreen(sections(type(self), shop=shop, access=access)))

    async def action_interrupt(self) -> None:
        """Do what Ctrl+C does in a terminal: copy when text is selected, else end the program."""
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
            self.screen.clear_selection()
        else:
            await self.action_quit()


async def screen_output(session: "Session") -> None:
    """Show the run on the screen."""
    app = DevhookApp(session)

    async def leave() -> None:
        await session.wait_until_stopping()
        app.exit()

    async def tell_the_end() -> None:
        await session.wait_until_finished()
        app.notify("The scenario has been played. The shop is yours: 1 checks out an order.", markup=False)

    loop = asyncio.get_running_loop()
    beside = [loop.create_task(leave()), loop.create_task(tell_the_end())]
    try:
        await app.run_async()
    finally:
        for task in beside:
            task.cancel()
    if app.return_code:
        # Textual has printed the traceback; the deliveries are where they were.
        raise DevhookError(
            "The screen broke. Every delivery that was answered 200 is in the inbox.",
            "Go on without it: devhook listen --output lines. Please report the lines above.",
        )
