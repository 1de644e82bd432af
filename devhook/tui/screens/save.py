"""Asks for the name of a file to save to. An existing file is replaced only after a second Enter."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from devhook.tui import styles
from devhook.tui.key_names import key_hints
from devhook.tui.screens.devhook_screen import MASK, DevhookScreen
from devhook.tui.untrusted import UntrustedInput, untrusted


class SaveTo(NamedTuple):
    """The file to save to, and whether it may replace one that is there."""

    file: Path
    replace: bool


class SaveScreen(ModalScreen[SaveTo | None]):
    """Lets a file be named; relative names lie in `folder`. `note` says what will be in the file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "save", priority=True, id="save.save"),
        Binding("escape", "dismiss", "leave", priority=True, id="save.leave"),
        MASK,
    ]
    AUTO_FOCUS = "UntrustedInput"

    def __init__(self, title: str, suggestion: str, folder: Path, note: Callable[[], str]) -> None:
        super().__init__()
        self._title = title
        self._suggestion = suggestion
        self._folder = folder
        self._note = note
        self._asked: Path | None = None

    def compose(self) -> ComposeResult:
        """Compose the name, the note and the complaint."""
        with Container(id="save") as container:
            container.border_title = Content.styled(self._title, "bold")
            container.border_subtitle = key_hints(("Enter", "saves"), ("Esc", "leaves"))
            yield UntrustedInput(self._suggestion, id="save-name", compact=True, select_on_focus=False)
            yield Static(untrusted(f"in {self._folder}", styles.MUTED))
            yield Static(untrusted(self._note(), styles.MUTED), id="save-note")
            yield Static(id="save-complaint")

    @on(DevhookScreen.MaskChanged)
    def _say_what_is_saved(self) -> None:
        self.query_one("#save-note", Static).update(untrusted(self._note(), styles.MUTED))

    def action_save(self) -> None:
        """Return the file, or say why it cannot be that one."""
        named = self.query_one(Input).value.strip()
        try:
            file = self._folder / Path(named).expanduser()
            if not named or file.is_dir():
                file /= self._suggestion
            complaint = self._complaint(file)
        except RuntimeError:
            complaint = f"There is no user {named.partition('/')[0]}. Use another name."
        except OSError as error:
            complaint = f"This file cannot be written: {error.strerror}. Use another name."
        if complaint:
            self.query_one("#save-complaint", Static).update(untrusted(complaint, styles.WARNING))
        else:
            self.dismiss(SaveTo(file, replace=file == self._asked))

    def _complaint(self, file: Path) -> str:
        if not file.parent.is_dir():
            return f"There is no folder {file.parent}."
        if not file.exists() or file == self._asked:
            return ""
        if not file.is_file():
            return f"{file} is not a regular file. Use another name."
        self._asked = file
        return f"{file} already exists. Press Enter again to overwrite it, or use another name."
