"""The mask on every line that a widget draws: the last thing before the terminal."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from devhook.privacy.mask import Mask
from devhook.tui.untrusted import fitted


class MaskFilter(LineFilter):
    """Masks the lines of every widget, so that a pane whose author forgot the mask shows no personal data.

    It finds personal data and secrets by their shape, within one piece of equal style. A pane that knows the
    fields masks names and notes before it draws. The width of a line in cells stays.
    """

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self.mask = mask

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments with pseudonyms."""
        return [self._masked(segment) for segment in segments]

    def _masked(self, segment: Segment) -> Segment:
        masked = self.mask.text(segment.text)
        if masked == segment.text:
            return segment
        return Segment(fitted(masked, cell_len(segment.text)), segment.style, segment.control)
