"""Signs in ASCII on every line that a widget draws, for a terminal whose locale has no UTF-8."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from devhook.signs import SIGNS

_UNKNOWN = "?"


class SignFilter(LineFilter):
    """Replaces each character that is not ASCII by as many ASCII characters as it has cells."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments in ASCII."""
        return [
            each if each.text.isascii() else Segment(ascii_cells(each.text), each.style, each.control)
            for each in segments
        ]


def ascii_cells(text: str) -> str:
    """Return text in ASCII of the same width."""
    return "".join(
        character if character.isascii() else SIGNS.get(character, _UNKNOWN * cell_len(character))
        for character in text
    )
