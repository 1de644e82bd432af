"""What every full page of the app has: its commands in the palette, its line of keys, the mask's message."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.message import Message
from textual.screen import Screen
from textual.selection import Selection
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from devhook.tui.mask_filter import masked_line
from devhook.tui.untrusted import app_mask

# The app's keys do not work in a dialog: one that shows or saves personal data has this key too.
MASK: Final = Binding(
    "ctrl+l",
    "app.mask",
    "mask",
    show=False,
    tooltip="Show pseudonyms instead of personal data",
    id="mask",
)
# What the footer leaves out first.
_YIELDING: Final = ("mark", "edit", "answer_with", "open_in", "fold", "open", "save", "copy")
_WHOLE: Final = Selection(None, None)


class ScreenCommands(Provider):
    """Offers the key bindings that the active screen offers, with their descriptions."""

    async def discover(self) -> Hits:
        """Offer every binding while nothing is typed."""
        for binding, widget in self._bindings():
            yield DiscoveryHit(
                _title(binding), partial(widget.run_action, binding.action), help=self._help(binding)
            )

    async def search(self, query: str) -> Hits:
        """Offer the bindings that match what is typed."""
        matcher = self.matcher(query)
        for binding, widget in self._bindings():
            title = _title(binding)
            score = matcher.match(f"{title} {binding.tooltip}")
            if score > 0:
                command = partial(widget.run_action, binding.action)
                yield Hit(score, matcher.highlight(title), command, text=title, help=self._help(binding))

    def _bindings(self) -> Iterator[tuple[Binding, Widget]]:
        seen = set()
        screen = self.screen
        offered = screen.offered() if isinstance(screen, DevhookScreen) else ()
        for binding, widget in offered:
            name = binding.action.partition("(")[0]
            if binding.description and binding.action not in seen and screen.check_action(name, ()):
                seen.add(binding.action)
                yield binding, widget

    def _help(self, binding: Binding) -> str:
        return f"{self.app.get_key_display(binding)}  {binding.tooltip}".rstrip()


def _title(binding: Binding) -> str:
    return binding.description[:1].upper() + binding.description[1:]


class KeyLine(Footer):
    """Textual's footer, which makes all its widgets again and lays the screen out whenever the focus moves.

    Where the keys are the same ones as before, this leaves it as it is. On a narrow screen the keys that are
    worth least are left out whole.
    """

    _shown: tuple[tuple[Binding, bool], ...] | None = None

    def compose(self) -> ComposeResult:
        """Compose the keys that there is room for."""
        keys = list(super().compose())
        for action in ("", *_YIELDING):
            keys = [key for key in keys if not isinstance(key, FooterKey) or key.action != action]
            if sum(map(_cells, keys)) <= self.screen.size.width:
                break
        yield from keys

    def on_resize(self) -> None:
        """Compose the keys again: there is room for more of them, or for fewer."""
        self.call_after_refresh(self.recompose)

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


def _cells(key: Widget) -> int:
    """Return the cells of a key in the footer: it and its words, blanks between and around them."""
    return len(f" {key.key_display} {key.description} ") if isinstance(key, FooterKey) else 0


class DevhookScreen(Screen[None]):
    """A page that fills the terminal. Its bindings are in the palette, and it hears when the mask changes."""

    COMMANDS: ClassVar[set[Any]] = {ScreenCommands}

    class MaskChanged(Message):
        """The session's mask was set or removed: the page draws its personal data again."""

    def offered(self) -> Iterable[tuple[Binding, Widget]]:
        """Yield the bindings that the palette offers, each with the widget that it acts on."""
        return ((binding, self) for binding in Binding.make_bindings(self.BINDINGS))

    def get_selected_text(self) -> str | None:
        """Return the selected text; where personal data is masked, of the lines as they are shown."""
        mask = app_mask(self.app)
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
