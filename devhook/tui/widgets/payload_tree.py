"""The values of a payload as a tree that folds; the cursor goes with that of the editor beside it."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from devhook.text import counted
from devhook.tui import styles
from devhook.tui.json_text_outline import JsonTextOutline, Node
from devhook.tui.untrusted import cut, untrusted
from devhook.tui.widgets.rows_view import RowsView

_INDENT: Final = 2
_DEEPEST: Final = 12


class PayloadTree(RowsView, can_focus=True, inherit_bindings=False):
    """Shows an outline. Enter edits a value, and folds or unfolds what has values inside."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "choose", "edit", tooltip="Edit the value; fold an object or a list", id="tree.edit"
        ),
        Binding("down,j", "move(1)", "Down", show=False, id="tree.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="tree.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="tree.page-up"),
        Binding("home,g", "end(-1)", "First", show=False, id="tree.first"),
        Binding("end,G", "end(1)", "Last", show=False, id="tree.last"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor was moved to a value by somebody."""

        node: Node

    @dataclass
    class EditRequested(Message):
        """A value is to be edited."""

        node: Node

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self._outline = JsonTextOutline.of("")
        self._shown: list[int] = []
        self._folded: set[tuple[str, ...]] = set()
        self._line = 0

    def show(self, outline: JsonTextOutline) -> None:
        """Show another outline; what is folded stays so, and the cursor stays at its path."""
        before = self.selected
        self._outline = outline
        self._list()
        if before is not None:
            paths = [outline.nodes[number].path for number in self._shown]
            self._line = paths.index(before.path) if before.path in paths else min(self._line, len(paths) - 1)
        self._line = max(0, self._line)
        self.refresh()

    def select_at(self, location: tuple[int, int]) -> None:
        """Move the cursor to the value at a place of the text, or to the folded one around it."""
        number = self._outline.node_at(location)
        if number is None:
            return
        self._line = max(0, sum(each <= number for each in self._shown) - 1)
        self.show_cursor()
        self.refresh()

    @property
    def selected(self) -> Node | None:
        """The value under the cursor."""
        return self._outline.nodes[self._shown[self._line]] if self._line < len(self._shown) else None

    def _list(self) -> None:
        """List the values that are not inside of a folded one."""
        self._shown = []
        hidden_below: int | None = None
        for number, node in enumerate(self._outline.nodes):
            if hidden_below is not None and node.depth > hidden_below:
                continue
            hidden_below = node.depth if node.path in self._folded else None
            self._shown.append(number)
        self.resize_content()

    @property
    def line_count(self) -> int:
        """How many values are listed."""
        return len(self._shown)

    @property
    def cursor_line(self) -> int | None:
        """The line of the selected value."""
        return self._line if self._shown else None

    def draw(self, line: int) -> Content:
        """Draw a value: its name, and what it is or how much is inside."""
        node = self._outline.nodes[self._shown[line]]
        indent = " " * (1 + _INDENT * min(node.depth, _DEEPEST))
        if node.inside is None:
            sign, told = "  ", self._outline.value(node)
            style = _style_of(told)
        else:
            sign = "▸ " if node.path in self._folded else "▾ "
            told, style = counted(node.inside, "value"), styles.MUTED
        name = f"{node.name or 'payload'}  "
        room = max(1, self.size.width - len(indent) - len(sign) - len(name) - 1)
        return Content.assemble(
            indent, (sign, styles.ACCENT), untrusted(name, styles.KEY), (cut(told, room), style)
        )

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.resize_content()
        self.call_after_refresh(self.show_cursor)

    def on_click(self, event: events.Click) -> None:
        """Select the clicked value; a second click edits it."""
        line = self.line_at(event)
        if line is not None:
            self._go_to(line)
            if event.chain > 1:
                self.action_choose()

    def action_move(self, lines: int) -> None:
        """Move the cursor by some lines."""
        self._go_to(self._line + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by some pages."""
        self.action_move(pages * max(1, self.page - 1))

    def action_end(self, direction: int) -> None:
        """Move the cursor to the first value (-1) or to the last (1)."""
        self._go_to(0 if direction < 0 else len(self._shown) - 1)

    def action_choose(self) -> None:
        """Edit the selected value; fold or unfold one with values inside."""
        node = self.selected
        if node is None:
            return
        if node.inside is None:
            self.post_message(self.EditRequested(node))
        else:
            self._folded ^= {node.path}
            self._list()
            self.refresh()

    def _go_to(self, line: int) -> None:
        if not self._shown:
            return
        self._line = max(0, min(line, len(self._shown) - 1))
        self.show_cursor()
        self.refresh()
        self.post_message(self.Moved(self._outline.nodes[self._shown[self._line]]))


def _style_of(value: str) -> str:
    if value.startswith('"'):
        return styles.STRING
    return styles.WORD if value[:1].isalpha() else styles.NUMBER
