"""The two panes of the main page, and the line between them, which the mouse and two keys move."""

from dataclasses import dataclass
from typing import Final

from textual import events
from textual.containers import Container
from textual.message import Message

from devhook.tui.screen_memory import LEAST_SHARE, MOST_SHARE

_STEP: Final = 4
_WHOLE: Final = 100


class Panes(Container):
    """Lays out its two children beside each other, or one below the other.

    `wide`, `narrow`: the first one's share of the width and of the height, in percent; 0: as usual.
    """

    @dataclass
    class Divided(Message):
        """The line was moved: the first pane's share, and whether the panes are beside each other."""

        share: int
        beside: bool

    def __init__(self, *, wide: int = 0, narrow: int = 0, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self._shares = {True: wide, False: narrow}
        self._dragging = False

    @property
    def _beside(self) -> bool:
        return not self.screen.has_class("-narrow")

    def on_resize(self) -> None:
        """Divide the room as it was divided, wherever the panes are now."""
        self._lay_out()

    def move(self, steps: int) -> None:
        """Move the line by some steps."""
        first, whole = self._measured()
        self._divide(round(_WHOLE * first / max(1, whole)) + _STEP * steps)

    # The mouse. The line is the edge of either pane, and what happens there comes here.

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the line."""
        if self._is_on_line(event):
            self._dragging = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the line to the mouse."""
        if self._dragging:
            at = event.screen_x - self.region.x if self._beside else event.screen_y - self.region.y
            self._divide(round(_WHOLE * at / max(1, self._measured()[1])))

    def on_mouse_up(self) -> None:
        """Let go of the line."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _is_on_line(self, event: events.MouseDown) -> bool:
        first, second = self.children[0].region, self.children[1].region
        if self._beside:
            return event.screen_x in {first.right - 1, second.x}
        return event.screen_y == second.y

    def _measured(self) -> tuple[int, int]:
        """Return the cells of the first pane and of both, in the direction in which they are divided."""
        first, whole = self.children[0].outer_size, self.size
        return (first.width, whole.width) if self._beside else (first.height, whole.height)

    def _divide(self, share: int) -> None:
        share = max(LEAST_SHARE, min(MOST_SHARE, share))
        self._shares[self._beside] = share
        self._lay_out()
        self.post_message(self.Divided(share, self._beside))

    def _lay_out(self) -> None:
        """Give both panes their share; without one they have what devhook.tcss says."""
        share = self._shares[self._beside]
        for pane, part in zip(self.children, (share, _WHOLE - share), strict=True):
            for name, applies in (("width", self._beside), ("height", not self._beside)):
                if share and applies:
                    setattr(pane.styles, name, f"{part}fr")
                else:
                    pane.styles.clear_rule(name)
