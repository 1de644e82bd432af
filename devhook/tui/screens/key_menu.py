"""A menu of a few choices, each with a key: what is copied, saved, or opened in another program."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from devhook.tui import styles
from devhook.tui.key_names import key_hints
from devhook.tui.untrusted import cut


class KeyMenu(ModalScreen[str | None]):
    """A line for each binding `choose('name')`; returns the name that was chosen, None when it is left.

    `about` says more of each, by its name.
    """

    KEY: ClassVar[str]
    """The key that opens the menu."""
    TITLE_WORDS: ClassVar[str]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", show=False, id="menu.leave"),
    ]

    def __init__(self, about: Mapping[str, str], title: str = "") -> None:
        super().__init__()
        self._about = about
        self._title = title or self.TITLE_WORDS

    @classmethod
    def choices(cls) -> Iterator[tuple[str, Binding]]:
        """Yield the name and the binding of each choice."""
        for binding in Binding.make_bindings(cls.BINDINGS):
            action, _, name = binding.action.rstrip(")'").partition("('")
            if action == "choose":
                yield name, binding

    @classmethod
    def palette(cls, action: str) -> Iterator[Binding]:
        """Yield the commands of the palette that choose at once: they run `action('name')`."""
        for name, binding in cls.choices():
            key = f"{cls.KEY} {binding.key}"
            yield replace(binding, action=f"{action}('{name}')", key_display=key, id=None)

    def compose(self) -> ComposeResult:
        """Compose a line for each choice."""
        with Container(id="key-menu") as container:
            container.border_title = Content.styled(self._title, "bold")
            container.border_subtitle = key_hints(("Esc", "leaves"))
            for name, binding in self.choices():
                yield Static(self._line(name, binding))

    def _line(self, name: str, binding: Binding) -> Content:
        about = self._about.get(name, "")
        key = self.app.get_key_display(binding)
        wide = max(len(each.description) for _, each in self.choices())
        return Content.assemble(
            (f" {key}  ", styles.HOTKEY),
            (f"{binding.description:<{wide}}  ", styles.PLAIN),
            (cut(about, max(8, self.app.size.width - wide - 12)), styles.MUTED),
        )

    def action_choose(self, name: str) -> None:
        """Return what was chosen."""
        self.dismiss(name)
