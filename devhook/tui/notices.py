"""Notifications on the screen. They may quote untrusted text: it is made visible, never parsed as markup."""

from collections.abc import Sequence
from typing import Final, Literal

from textual.widget import Widget

from devhook.errors import DevhookError
from devhook.receiver.protocol import Notice
from devhook.text import visible

# Seconds that a notification of something that succeeded is shown.
_BRIEFLY: Final = 2.5


def warn(
    widget: Widget, message: str, hint: str = "", *, severity: Literal["warning", "error"] = "error"
) -> None:
    """Notify of something that went wrong; the hint is shown below the message."""
    title = visible(message) if hint else ""
    widget.notify(visible(hint or message), title=title, severity=severity, markup=False)


def warn_all(widget: Widget, notices: Sequence[Notice]) -> None:
    """Notify of what came at once: what has the same remedy is one notification."""
    together: dict[str, list[Notice]] = {}
    for notice in notices:
        together.setdefault(notice.hint or notice.message, []).append(notice)
    for alike in together.values():
        first, *others = dict.fromkeys(notice.message for notice in alike)
        warn(widget, f"{first} And {len(others)} more." if others else first, alike[0].hint)


def show_error(widget: Widget, error: DevhookError) -> None:
    """Notify that a requested action failed."""
    warn(widget, error.message, error.hint, severity="warning")


def info(widget: Widget, sentence: str) -> None:
    """Notify briefly of something that was done."""
    widget.notify(visible(sentence), timeout=_BRIEFLY, markup=False)


def tell(widget: Widget, sentence: str) -> None:
    """Show a notice of something that was done, long enough to read all of it."""
    widget.notify(visible(sentence), markup=False)


class RepeatedErrors:
    """Notifies once of an error that every poll raises again, until another error is raised."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._last = ""

    def warn(self, error: DevhookError) -> None:
        """Notify of `error` unless it is the one that was shown last."""
        if self._last != error.message:
            self._last = error.message
            warn(self._widget, error.message, error.hint)
