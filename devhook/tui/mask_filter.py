"""The mask on every line that a widget draws: the last thing before the terminal."""

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from devhook.privacy.mask import Mask
from devhook.tui.untrusted import fitted

_BLANKS: Final = re.compile(" *")


class MaskFilter(LineFilter):
    """Masks the lines of every widget, so that a pane whose author forgot the mask shows no personal data.

    It finds personal data and secrets by their shape, in the whole line, whatever styles it consists of. A
    pane that knows the fields masks names and notes before it draws. The text beside a pseudonym stays where
    it is.
    """

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self.mask = mask

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments with pseudonyms."""
        return self.masked(segments)

    def masked(self, segments: list[Segment]) -> list[Segment]:
        """Return the segments of one line with pseudonyms."""
        line = "".join(segment.text for segment in segments)
        masked = masked_line(self.mask, line)
        if masked == line:
            return segments
        cells = iter(masked)
        return [
            Segment("".join(_taken(cells, cell_len(segment.text))), segment.style, segment.control)
            for segment in segments
        ]


def masked_line(mask: Mask, line: str) -> str:
    """Return a line with pseudonyms, as wide as it was.

    A pseudonym that is longer than what it replaces takes the blanks behind it, all but one, or is cut.
    """
    pieces = []
    end = 0
    for start, stop, text in mask.edits(line):
        cells = cell_len(line[start:stop])
        after = _blanks_end(line, stop)
        taken = max(0, min(cell_len(text) - cells, after - stop - (after < len(line))))
        pieces += [line[end:start], fitted(text, cells + taken)]
        end = stop + taken
    return "".join([*pieces, line[end:]])


def _blanks_end(line: str, start: int) -> int:
    blanks = _BLANKS.match(line, start)
    return blanks.end() if blanks else start


def _taken(characters: Iterator[str], cells: int) -> Iterator[str]:
    """Yield the next characters that fill so many cells."""
    while cells > 0 and (character := next(characters, "")):
        cells -= cell_len(character)
        yield character
