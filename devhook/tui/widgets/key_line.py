"""The keys at the foot of a screen, made anew only when they are others."""

from typing import TYPE_CHECKING, Any

from textual.widgets import Footer

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.screen import Screen


class KeyLine(Footer):
    """Textual's footer, which makes all its widgets again and lays the screen out whenever the focus moves.

    Where the keys are the same ones as before, this leaves it as it is.
    """

    _shown: "tuple[tuple[Binding, bool], ...] | None" = None

    def bindings_changed(self, screen: "Screen[Any]") -> None:
        """Show the keys that hold now, where they are not shown already."""
        shown = tuple(
            (key.binding, key.enabled) for key in screen.active_bindings.values() if key.binding.show
        )
        if shown == self._shown:
            return
        # Out of focus Textual leaves the footer as it is, and this must not think it made.
        self._shown = shown if screen.app.app_focus else None
        super().bindings_changed(screen)
