"""Shows a running load test on stderr: Locust's table, and how much is done."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from devhook.cli.console import info, redraw
from devhook.cli.progress import Progress
from devhook.load.plan import LoadPlan
from devhook.text import counted, duration

_BAR: Final = 30


class LoadDisplay:
    """Shows the events of a run: in a terminal the table, redrawn every second; else a line now and then.

    `last` is the last second's event: the results so far.
    """

    def __init__(self, plan: LoadPlan) -> None:
        self.last: Mapping[str, Any] = {}
        self._plan = plan
        self._rows = 0
        self._in_terminal = sys.stderr.isatty()
        self._progress = Progress("Sending", plan.shape.total)

    def take(self, event: Mapping[str, Any]) -> None:
        """Show one event."""
        match event["event"]:
            case "second":
                self.last = event
                self._show(event)
            case "notice":
                self._say(str(event["text"]))
            case "connected":
                self._say("Connected to the master.")
            case "page":
                self._say(f"Charts: {event['url']}")
            case "end" if self._rows:
                self._show(event, over=True)
            case "workers":
                self._say(f"{counted(int(event['ready']), 'worker')} connected.")

    def close(self) -> None:
        """End the progress, so that other text can follow."""
        self._progress.close()
        self._rows = 0

    def _say(self, sentence: str) -> None:
        self.close()
        info(sentence)

    def _show(self, event: Mapping[str, Any], *, over: bool = False) -> None:
        sent = int(event["counts"].get("sent", 0))
        if not self._in_terminal:
            self._progress.advance(sent - self._progress.done)
            return
        total = self._plan.shape.total
        filled = min(_BAR, _BAR * sent // max(total, 1))
        left = max(0.0, self._plan.shape.seconds - float(event.get("span", 0.0)))
        bar = f"[{'#' * filled}{'-' * (_BAR - filled)}]"
        rest = f"{duration(left)} left" if sent < total else "waiting for answers and retries"
        if over:
            rest = f"in {duration(float(event.get('span', 0.0)))}"
        self._rows = redraw([*event["table"], "", f"{bar} {sent:,} of {total:,} sent, {rest}"], self._rows)
