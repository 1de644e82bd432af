"""Notifications: what went wrong and what to do about it. They may quote strangers and are never markup."""

from typing import Final, Literal

from textual.widget import Widget

from devhook.errors import DevhookError
from devhook.text import visible

_SHORTLY: Final = 2.5  # seconds


def warn(
    widget: Widget, message: str, hint: str = "", *, severity: Literal["warning", "error"] = "error"
) -> None:
    """Notify of something that went wrong, with what to do about it below."""
    title = visible(message) if hint else ""
    widget.notify(visible(hint or message), title=title, severity=severity, markup=False)


def refuse(widget: Widget, error: DevhookError) -> None:
    """Notify that what was asked for cannot be done."""
    warn(widget, error.message, error.hint, severity="warning")


def say(widget: Widget, sentence: str) -> None:
    """Notify shortly of something that was done."""
    widget.notify(visible(sentence), timeout=_SHORTLY, markup=False)
