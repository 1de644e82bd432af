"""What every full page of the app has: its commands in the palette, its line of keys, the mask's message."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.message import Message
from textual.screen import Screen
from textual.selection import Selection
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from devhook.tui.mask_filter import masked_line
from devhook.tui.untrusted import MaskingApp

_WHOLE: Final = Selection(None, None)
# Actions of the pages whose keys are left out of a narrow line of keys, the first one first.
_YIELDING: Final = ("answer_with", "edit", "open_in", "fold", "save", "replay", "copy", "find")
# Cells beside a key and its description.
_AROUND: Final = 3


class ScreenCommands(Provider):
    """Offers the key bindings of the active screen, with their descriptions."""

    async def discover(self) -> Hits:
        """Offer every binding while nothing is typed."""
        for binding in self._bindings():
            yield DiscoveryHit(
                _title(binding), partial(self.screen.run_action, binding.action), help=self._help(binding)
            )

    async def search(self, query: str) -> Hits:
        """Offer the bindings that match what is typed."""
        matcher = self.matcher(query)
        for binding in self._bindings():
            title = _title(binding)
            score = matcher.match(f"{title} {binding.tooltip}")
            if score > 0:
                command = partial(self.screen.run_action, binding.action)
                yield Hit(score, matcher.highlight(title), command, text=title, help=self._help(binding))

    def _bindings(self) -> Iterator[Binding]:
        seen = set()
        more = self.screen.PALETTE if isinstance(self.screen, DevhookScreen) else ()
        for binding in Binding.make_bindings([*self.screen.BINDINGS, *more]):
            name = binding.action.partition("(")[0]
            if binding.description and binding.action not in seen and self.screen.check_action(name, ()):
                seen.add(binding.action)
                yield binding

    def _help(self, binding: Binding) -> str:
        return f"{self.app.get_key_display(binding)}  {binding.tooltip}".rstrip()


def _title(binding: Binding) -> str:
    return binding.description[:1].upper() + binding.description[1:]


class KeyLine(Footer):
    """Textual's footer, which makes all its widgets again and lays the screen out whenever the focus moves.

    Where the keys are the same ones as before, this leaves it as it is.
    """

    _composed_for = 0
    _shown: tuple[tuple[Binding, bool], ...] | None = None

    def compose(self) -> ComposeResult:
        """Compose the keys that there is room for: the ones for what is rarer go first."""
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        for action in _YIELDING:
            if sum(len(key.key_display) + len(key.description) + _AROUND for key in keys) <= self.size.width:
                break
            keys = [key for key in keys if key.action.partition("(")[0] != action]
        self.styles.grid_size_columns = len(keys)
        yield from keys

    async def on_resize(self, event: events.Resize) -> None:
        """Compose the keys that there is room for now."""
        if event.size.width != self._composed_for:
            self._composed_for = event.size.width
            await self.recompose()

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Show the keys that hold now, where they are not shown already."""
        shown = tuple(
            (key.binding, key.enabled) for key in screen.active_bindings.values() if key.binding.show
        )
        if shown == self._shown:
            return
        # Out of focus Textual leaves the footer as it is, and this must not think it made.
        self._shown = shown if screen.app.app_focus else None
        super().bindings_changed(screen)


class DevhookScreen(Screen[None]):
    """A page that fills the terminal. Its bindings are in the palette, and it hears when the mask changes."""

    COMMANDS: ClassVar[set[Any]] = {ScreenCommands}
    PALETTE: ClassVar[tuple[Binding, ...]] = ()
    """Commands of the palette beside the page's own bindings; the key is for show."""

    class MaskChanged(Message):
        """The session's mask was set or removed: the page draws its personal data again."""

    def get_selected_text(self) -> str | None:
        """Return the selected text; where personal data is masked, of the lines as they are shown."""
        mask = self.app.mask if isinstance(self.app, MaskingApp) else None
        if mask is None:
            return super().get_selected_text()
        if not self.selections:
            return None
        selected = []
        for widget, selection in self.selections.items():
            whole = widget.get_selection(_WHOLE) if widget.is_attached else None
            if whole is not None:
                lines = "\n".join(masked_line(mask, line) for line in whole[0].splitlines())
                selected += [selection.extract(lines), whole[1]]
        return "".join(selected).rstrip("\n")
