"""The trainer's notes of a presentation: the step, its note, and which key goes on."""

from collections.abc import Iterator
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from devhook.scenario.model import Scenario
from devhook.scenario.note_text import NoteBlock, TextStyle, blocks
from devhook.tui import styles
from devhook.tui.terminal_app import shown_key
from devhook.tui.untrusted import cut, untrusted
from devhook.tui.widgets.lines_view import Lines, LinesView

_LOOKS: Final = {
    TextStyle.PLAIN: styles.PLAIN,
    TextStyle.STRONG: f"bold {styles.ACCENT}",
    TextStyle.EMPHASIS: f"italic {styles.PLAIN}",
    TextStyle.CODE: styles.WARNING,
}
_INDENT: Final = "  "
_ITEM: Final = "• "
# Cells of three pressed keys.
_PRESSED: Final = 22
# More steps than this are not drawn one by one.
_MOST_DOTS: Final = 20


class NotesView(LinesView, can_focus=False):
    """The text of a note. The list keeps the focus; the wheel and the key that goes on scroll."""


class NotesPane(Vertical):
    """Shows where a presentation is, and the note of the step that was performed last.

    `doing`: what is being done and not over yet; empty for nothing.
    """

    def __init__(self, scenario: Scenario, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self._scenario = scenario
        self.doing = ""

    def compose(self) -> ComposeResult:
        """The step, its note, the keys."""
        yield Static(id="notes-step")
        yield NotesView(id="notes-lines")
        yield Static(id="notes-keys")

    def show(self, at: int) -> None:
        """Show the note of the step at `at`: 0 is the scenario's."""
        steps = self._scenario.steps
        self.border_title = untrusted(self._scenario.title, "bold")
        words = steps[at - 1].words if at else "before the first step"
        self.query_one("#notes-step", Static).update(
            Content.assemble(_progress(at, len(steps)), untrusted(words, styles.STRONG))
        )
        note = steps[at - 1].trainers_note if at else self._scenario.note or self._scenario.about
        self.query_one(NotesView).show(lambda width: Lines.of([*_lines(note, width)]))
        self.show_keys(at)

    def do(self, doing: str) -> None:
        """Show what is being done instead of the keys."""
        self.doing = doing
        self.query_one("#notes-keys", Static).update(untrusted(doing, styles.WARNING))

    def show_keys(self, at: int) -> None:
        """Show what the keys do at `at`, unless something is being done."""
        if not self.doing:
            self.query_one("#notes-keys", Static).update(self._keys(at))

    def read_on(self) -> bool:
        """Scroll to the rest of the note; return whether there was any."""
        if self._is_read:
            return False
        self.query_one(NotesView).action_scroll_pages(1)
        return True

    @property
    def _is_read(self) -> bool:
        view = self.query_one(NotesView)
        return view.scroll_offset.y >= view.max_scroll_y

    def _keys(self, at: int) -> Content:
        steps = self._scenario.steps
        width = self.query_one("#notes-keys", Static).content_size.width
        # Beside the deliveries each key has a line; else the pressed keys stand at the end of the one.
        apart = "\n" if self.screen.has_class("-beside") else "   "
        back = (
            [
                (apart, styles.PLAIN),
                (shown_key(self, "present.back", "PgUp"), styles.HOTKEY),
                (" back", styles.MUTED),
            ]
            if at
            else []
        )
        room = max(12, width - 6 - (0 if apart == "\n" else _PRESSED + (12 if at else 0)))
        on = (shown_key(self, "present.forward", "PgDn"), styles.HOTKEY)
        following: list[tuple[str, str]]
        if not self._is_read:
            following = [on, (" shows the rest of the note", styles.MUTED)]
        elif at < len(steps):
            following = [on, (f" {cut(f'next: {steps[at].words}', room)}", styles.PLAIN)]
        else:
            following = [
                ("The end. ", styles.PLAIN),
                (shown_key(self, "quit", "q"), styles.HOTKEY),
                (" leaves", styles.MUTED),
            ]
        return Content.assemble(*following, *back)


def _progress(at: int, count: int) -> Content:
    dots = f"{'●' * at}{'○' * (count - at)}  " if count <= _MOST_DOTS else ""
    return Content.assemble((f"step {at} of {count}  ", styles.MUTED), (dots, styles.ACCENT))


def _lines(note: str, width: int) -> Iterator[Content]:
    for number, block in enumerate(blocks(note)):
        if number and not block.follows:
            yield Content()
        lead = _ITEM if block.is_item else _INDENT if block.is_code else ""
        indent = " " * len(lead)
        content = _content(block)
        pieces = [content] if block.is_code else content.wrap(max(8, width - len(lead)))
        for row, piece in enumerate(pieces):
            yield Content.styled(indent if row else lead, styles.PLAIN) + piece.rstrip()


def _content(block: NoteBlock) -> Content:
    return Content.assemble(*(untrusted(piece.text, _LOOKS[piece.look]) for piece in block.pieces))
