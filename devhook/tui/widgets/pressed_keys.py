"""Shows the presenter's last keys in a corner of the screen, for the audience."""

from collections import deque
from functools import partial
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from devhook.tui import styles
from devhook.tui.key_names import key_name

_SECONDS: Final = 3.0
"""How long keys stand after the last one."""


class PressedKeys(Container):
    """Shows the last keys, above everything else; nothing when none was pressed for a while."""

    def __init__(self, keys: deque[str]) -> None:
        super().__init__()
        self._keys = keys
        self._looks = 0

    def compose(self) -> ComposeResult:
        """The keys."""
        yield Static()

    def on_mount(self) -> None:
        """Show what was pressed on the page before this one."""
        self.look()

    def look(self) -> None:
        """Show the last keys for a few seconds."""
        shown = Content(" ").join(Content.styled(f" {key} ", styles.PRESSED) for key in self._keys)
        # There is none before this is mounted.
        for static in self.query(Static):
            static.update(shown)
        self.set_class(bool(self._keys), "-pressed")
        self._looks += 1
        self.set_timer(_SECONDS, partial(self._fade, self._looks))

    def _fade(self, look: int) -> None:
        if look == self._looks:
            self._keys.clear()
            self.set_class(False, "-pressed")


def pressed(event: events.Key, focused: object) -> tuple[str, ...]:
    """Return the name of a key; nothing for text that is typed into an input, which shows it."""
    if isinstance(focused, Input | TextArea) and event.is_printable:
        return ()
    if event.is_printable and event.character and event.character.strip():
        return (event.character,)
    return (key_name(event.key),)
