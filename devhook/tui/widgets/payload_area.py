"""The editor of a payload: JSON in colours, and what could act in it escaped."""

from collections.abc import Mapping
from typing import Final

from rich.style import Style
from textual.document._document import DocumentBase
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult, TextAreaTheme

from devhook.tui import styles
from devhook.tui.json_text_outline import line_parts
from devhook.tui.untrusted import writable_json

_COLOURS: Final[Mapping[str, str]] = {
    "key": styles.KEY,
    "string": styles.STRING,
    "number": styles.NUMBER,
    "word": styles.WORD,
    "punctuation": styles.PUNCTUATION,
}
_THEME: Final = "devhook"

Highlight = tuple[int, int | None, str]


class _Highlights(dict[int, list[Highlight]]):
    """The parts of each line, found as it is drawn: a payload of 350 KB has ten thousand lines."""

    def __init__(self, document: DocumentBase) -> None:
        super().__init__()
        self._document = document

    def __bool__(self) -> bool:
        return True

    def __missing__(self, line: int) -> list[Highlight]:
        text = self._document.get_line(line)
        # In bytes, as Textual counts them.
        found: list[Highlight] = [
            (len(text[:start].encode()), len(text[:end].encode()), kind)
            for start, end, kind in line_parts(text)
        ]
        self[line] = found
        return found


class PayloadArea(TextArea):
    """The payload as JSON. Control characters are escaped, also in pasted text."""

    def on_mount(self) -> None:
        """Take the colours of the app's theme, now and when it changes."""
        self._take_colours()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._take_colours())

    def _take_colours(self) -> None:
        variables = self.app.theme_variables
        colours = {kind: Style(color=variables[name.removeprefix("$")]) for kind, name in _COLOURS.items()}
        self.register_theme(TextAreaTheme(_THEME, syntax_styles=colours))
        # A theme of the same name is another one now.
        self.theme = "css"
        self.theme = _THEME

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self._highlights = _Highlights(self.document)

    def edit(self, edit: Edit) -> EditResult:
        """Apply an edit, with its control characters escaped."""
        edit.text = writable_json(edit.text)
        return super().edit(edit)
