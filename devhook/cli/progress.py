"""The progress of long work, on stderr: how much is done, how fast, and how long the rest takes."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

import click

from devhook.cli.console import info
from devhook.text import byte_size, duration

_BEFORE_A_BAR: Final = 0.5
_BETWEEN_LINES: Final = 10.0
"""Seconds. A bar that is gone at once is a flicker; a log that is read later needs few lines."""


class Progress:
    """Shows the progress of `total` items while it is entered: a bar in a terminal, else a line now and then.

    `label`: what is done, such as `Exporting`.
    `unit`: what is counted; None: bytes.
    `beside_data`: whether results are printed at the same time; in one terminal they show the progress.
    `clock`: returns seconds.
    """

    def __init__(
        self,
        label: str,
        total: int,
        unit: str | None = "deliveries",
        *,
        beside_data: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.done = 0
        self._label = label
        self._total = total
        self._unit = unit
        self._clock = clock
        self._begun = self._last_line = clock()
        self._in_terminal = sys.stderr.isatty()
        self._quiet = beside_data and sys.stdout.isatty()
        self._stack = ExitStack()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the line of the bar, so that other text can follow."""
        self._stack.close()
        self._bar = None

    def advance(self, count: int = 1) -> None:
        """Count items as done, and update the display if it is due."""
        self.done += count
        now = self._clock()
        if self._quiet or now - self._begun < _BEFORE_A_BAR:
            return
        if self._in_terminal:
            self._draw(self.done if self._bar is None else count)
        elif now - self._last_line >= _BETWEEN_LINES:
            self._last_line = now
            info(self._sentence())

    def _draw(self, count: int) -> None:
        if self._bar is None:
            bar: Any = click.progressbar(
                length=max(self._total, self.done),
                label=self._label,
                show_pos=self._unit is not None,
                item_show_func=lambda _item: self._rate(),
                file=sys.stderr,
            )
            self._bar = self._stack.enter_context(bar)
        self._bar.update(count)

    def _rate(self) -> str:
        each_second = self.done / max(self._clock() - self._begun, 0.001)
        return f"{byte_size(round(each_second)) if self._unit is None else f'{each_second:,.0f}'}/s"

    def _sentence(self) -> str:
        rest = (self._clock() - self._begun) / max(self.done, 1) * max(0, self._total - self.done)
        left = f", {duration(rest)} left" if rest else ""
        if self._unit is None:
            return f"{self._label}: {byte_size(self.done)} of {byte_size(self._total)}, {self._rate()}{left}."
        return f"{self._label}: {self.done:,} of {self._total:,} {self._unit}, {self._rate()}{left}."
