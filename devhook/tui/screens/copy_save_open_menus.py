"""The menus of `y`, `w` and `o`: what can be copied, saved, and opened in another program."""

from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from devhook.tui.screens.key_menu import KeyMenu

TAKE_BINDINGS: Final = (
    Binding("y", "copy", "copy", tooltip="Copy the body, headers, curl, a path or a value", id="copy"),
    Binding("w", "save", "save", tooltip="Save the body, or deliveries as a recording", id="save"),
    Binding("o", "open_in", "open", tooltip="Open in $PAGER or $EDITOR", id="open-in"),
)


def _choice(key: str, name: str, description: str, tooltip: str, of: str) -> Binding:
    return Binding(key, f"choose('{name}')", description, tooltip=tooltip, id=f"{of}.{name}")


class CopyMenu(KeyMenu):
    """What `y` copies."""

    KEY = "y"
    TITLE_WORDS = "Copy"
    BINDINGS: ClassVar[list[BindingType]] = [
        _choice("b", "body", "copy body", "The bytes of the body, as text", "copy"),
        _choice("h", "headers", "copy headers", "All headers, as they came", "copy"),
        _choice("u", "address", "copy public address", "Where deliveries are received", "copy"),
        _choice(
            "c", "curl", "copy as curl", "The command that sends the delivery, signed as it came", "copy"
        ),
        _choice("p", "path", "copy path", "The path under the cursor: line_items[2].price", "copy"),
        _choice("v", "value", "copy value", "The value under the cursor", "copy"),
    ]


class SaveMenu(KeyMenu):
    """What `w` saves to a file."""

    KEY = "w"
    TITLE_WORDS = "Save to a file"
    BINDINGS: ClassVar[list[BindingType]] = [
        _choice("b", "body", "save body", "The bytes of the body", "save"),
        _choice(
            "r", "recording", "save recording", "As devhook export: .jsonl, .har, .sh, .http or .py", "save"
        ),
    ]


class OpenMenu(KeyMenu):
    """What `o` opens in another program."""

    KEY = "o"
    TITLE_WORDS = "Open"
    BINDINGS: ClassVar[list[BindingType]] = [
        _choice("b", "body", "open body in pager", "In $PAGER", "open"),
        _choice("h", "headers", "open headers in pager", "In $PAGER", "open"),
        _choice("t", "tab", "open tab in pager", "What the tab shows, to its end, in $PAGER", "open"),
        _choice("B", "body-editor", "open body in editor", "In $VISUAL or $EDITOR", "open"),
        _choice("H", "headers-editor", "open headers in editor", "In $VISUAL or $EDITOR", "open"),
        _choice("T", "tab-editor", "open tab in editor", "In $VISUAL or $EDITOR", "open"),
    ]


MENUS: Final[tuple[type[KeyMenu], ...]] = (CopyMenu, SaveMenu, OpenMenu)
