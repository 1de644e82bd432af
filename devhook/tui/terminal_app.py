"""An app on a terminal that may vanish: it closes within a bound, and masks all that it shows."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from textual import events
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.theme import Theme

from devhook.privacy.mask import Mask
from devhook.signs import has_utf8
from devhook.tui.key_names import key_name
from devhook.tui.mask_filter import MaskFilter
from devhook.tui.sign_filter import SignFilter
from devhook.tui.themes import DARK, THEMES

if sys.platform == "win32":
    # Textual's own driver: Windows ends the programs of a console that is closed.
    TerminalDriver = None
else:
    from devhook.tui.driver import TerminalDriver

_OPENING: Final = 1.0
"""Seconds that an app may go on opening when it is to close."""
_LEAVING: Final = 1.5
_CANCELLED: Final = 0.3

Result = TypeVar("Result")


def shown_key(node: DOMNode, action: str, usual: str) -> str:
    """Return the first key of a binding as it is shown: the user's own, else the usual one."""
    app = node.app
    keys = app.user_keys.get(action) if isinstance(app, TerminalApp) else None
    return key_name(keys.partition(",")[0]) if keys else usual


class _ParsedOnce(Stylesheet):
    """A stylesheet that parses its rules again only for other colours.

    Textual asks for it when an app has opened, and has parsed them with the same ones by then: this saves
    10 of 150 ms until the first page is there.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._given = variables
        self._are_others = False

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the colours; the same ones change nothing."""
        if variables != self._given:
            self._given = variables
            self._are_others = True
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse the rules with the colours that were set, if they are others."""
        if self._are_others:
            super().reparse()
            self._are_others = False


class TerminalApp(App[Result]):
    """An app that never waits for its terminal, and masks every line while it has a mask."""

    def __init__(self, theme: str = DARK) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.theme = theme
        self.stylesheet = _ParsedOnce(self.get_css_variables())
        self.user_keys: Mapping[str, str] = {}
        self._mask_filter: MaskFilter | None = None
        # The last one: a pseudonym may have signs.
        self._sign_filters = () if has_utf8(os.environ) else (SignFilter(),)
        self._ready_to_leave = asyncio.Event()

    @property
    def available_themes(self) -> Mapping[str, Theme]:  # type: ignore[override]  # Textual reads it only
        """The themes that can be chosen. All of them have every colour that devhook draws with."""
        return THEMES

    @property
    def mask(self) -> Mask | None:
        """The mask for personal data; None where it is shown."""
        return None

    @property
    def knowing_mask(self) -> Mask | None:
        """The mask for text that stands beside a page and may quote it: a notification, the clipboard."""
        return self.mask

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters, the mask while personal data is masked, and signs in ASCII."""
        mask = self.mask
        filters = [*super().get_line_filters()]
        if mask is not None:
            if self._mask_filter is None or self._mask_filter.mask is not mask:
                self._mask_filter = MaskFilter(mask)
            filters.append(self._mask_filter)
        return [*filters, *self._sign_filters]

    def on_key(self, event: events.Key) -> None:
        """Give what is typed at once after a key that opens a line to that line.

        Such keys were read before it had the focus, and have come here from where the focus was.
        """
        line = self.focused
        if line is not None and line.check_consume_key(event.key, event.character):
            event.prevent_default()
            line.post_message(events.Key(event.key, event.character))

    def on_resize(self) -> None:
        """Draw everything: a terminal of another size may have moved what it shows."""
        if TerminalDriver is not None and isinstance(self._driver, TerminalDriver):
            self._driver.forget_shown()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy text, with pseudonyms where personal data is masked."""
        mask = self.knowing_mask
        self.copy_exactly(mask.text(text) if mask else text)

    def copy_exactly(self, text: str) -> None:
        """Copy text that is masked already where it has to be, such as a masked delivery that is signed."""
        # A lone surrogate, which JSON can spell, is no text for a terminal.
        super().copy_to_clipboard(text.encode("utf-8", "replace").decode())

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
        if mask := self.knowing_mask:
            message, title = mask.text(message), mask.text(title)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def on_ready(self) -> None:
        """Every widget of the first page is there."""
        self._ready_to_leave.set()

    async def leave(self) -> None:
        """Close the app, once it is open: a page that is closed while it opens fails to find its parts."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_OPENING):
                await self._ready_to_leave.wait()
        self.exit()

    def restore_terminal(self) -> None:
        """Give the terminal back where the app could not."""
        if TerminalDriver is not None and isinstance(self._driver, TerminalDriver):
            self._driver.restore()


async def show_app(app: TerminalApp[Result], stopping: Awaitable[object]) -> Result | None:
    """Show the app until the user leaves it or `stopping` is done; return what it returned.

    An app that does not close within `_LEAVING` seconds is cancelled, and the terminal restored without it.
    """
    showing = asyncio.ensure_future(app.run_async())
    stop = asyncio.ensure_future(_awaited(stopping))
    try:
        await asyncio.wait({showing, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not showing.done():
            await app.leave()
            await asyncio.wait({showing}, timeout=_LEAVING)
    finally:
        showing.cancel()
        stop.cancel()
        await asyncio.wait({showing}, timeout=_CANCELLED)
        if not showing.done() or showing.cancelled():
            app.restore_terminal()
    return showing.result() if showing.done() and not showing.cancelled() else None


async def _awaited(work: Awaitable[object]) -> None:
    await work
