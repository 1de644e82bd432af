"""The terminal as the screen uses it: the event loop never waits for it, and its death is reported.

Textual's own writer has a queue of 30 texts that the event loop fills with a blocking call. A terminal that
stands still (Ctrl+S, a lost ssh connection) or is closed stops the whole program there, signals included.
"""

import asyncio
import os
import signal
import sys
import termios
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, Final

from textual.drivers.linux_driver import LinuxDriver
from textual.widget import Widget

from devhook.child_environment import IN_BROWSER
from devhook.tui.shown_cells import ShownCells

assert sys.platform != "win32", "Windows has a driver of Textual's own."  # noqa: S101 - this tells mypy

_MOST_CHARACTERS: Final = 2_000_000
"""Text that waits for the terminal. A complete repaint of 250x80 cells has about 100,000 characters."""
_LAST_WRITES: Final = 1.0
"""Seconds that the last writes may take when the screen closes."""
_LAST_READ: Final = 0.5
"""Seconds that the input thread may take to end. It looks for its end ten times a second."""
_LEAVE: Final = (
    b"\x1b[<u\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[?1004l"
)


class TerminalWriter:
    """Writes text to a file descriptor in a thread of its own. `write` never blocks.

    `on_behind` is called when text was dropped because more than `_MOST_CHARACTERS` waited, and the terminal
    accepts text again; `on_dead` when the terminal accepts none any more. Both are called in the thread.
    """

    def __init__(
        self, descriptor: int, on_behind: Callable[[], object], on_dead: Callable[[], object]
    ) -> None:
        # A descriptor, not `sys.stderr`: a thread that is blocked inside a buffered file stops Python's exit.
        self._descriptor = os.dup(descriptor)
        self._on_behind = on_behind
        self._on_dead = on_dead
        self._waiting: deque[str] = deque()
        self._size = 0
        self._behind = False
        self._ended = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="devhook-terminal", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Write `text` after everything that was written before."""
        with self._changed:
            if self._size + len(text) > _MOST_CHARACTERS:
                self._waiting.clear()
                self._size = 0
                self._behind = True
            self._waiting.append(text)
            self._size += len(text)
            self._changed.notify()

    def stop(self, within: float) -> None:
        """Write what waits, for at most `within` seconds, and end the thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(within)

    def _run(self) -> None:
        try:
            while text := self._next():
                data = text.encode("utf-8", "replace")
                while data:
                    data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._on_dead()
        finally:
            os.close(self._descriptor)

    def _next(self) -> str:
        """Return what waits, as one text; an empty one at the end."""
        with self._changed:
            if self._behind and not self._waiting:
                self._behind = False
                self._on_behind()
            self._changed.wait_for(lambda: self._waiting or self._ended)
            text = "".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            return text


class TerminalDriver(LinuxDriver):
    """Textual's driver with a writer that never blocks and an input thread that ends with the terminal."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._output: TerminalWriter | None = None
        self._shown = ShownCells()
        self._started = False

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        assert self._file is not None  # noqa: S101 - a screen has a terminal; this tells mypy
        self._output = TerminalWriter(self._file.fileno(), self._repaint, self._leave_app)
        self._started = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if os.environ.get(IN_BROWSER):
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._draw_again)

    def write(self, data: str) -> None:
        """Write to the terminal, without waiting for it, what it does not show yet."""
        if self._output is not None and (changed := self._shown.changed(data)):
            self._output.write(changed)

    def forget_shown(self) -> None:
        """Write whatever is drawn next: the terminal may show something else than was written."""
        self._shown.forget()

    def close(self) -> None:
        """End the writer once everything is written, at most `_LAST_WRITES` seconds later."""
        super().close()
        if self._output is not None:
            self._output.stop(_LAST_WRITES)
            self._output = None

    def disable_input(self) -> None:
        """Stop reading keys. A read that blocks, because another process took the key, is not waited for."""
        reader, self._key_thread = self._key_thread, None
        if reader is not None:
            self.exit_event.set()
            reader.join(_LAST_READ)
            self.exit_event.clear()
        super().disable_input()

    def _sigcont_application(self, *signal_and_frame: object) -> None:
        """Take the terminal over again. After SIGSTOP, which no program can handle, give it back first."""
        if self._output is not None:
            self.suspend_application_mode()
        if self._started:
            super()._sigcont_application(*signal_and_frame)

    def run_input_thread(self) -> None:
        """Read keys until the screen closes or the terminal does."""
        try:
            super().run_input_thread()
        except OSError:
            self._leave_app()

    def restore(self) -> None:
        """Give the terminal back without the app's help and without waiting for it."""
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        if self._output is not None:
            self._output.write(_LEAVE.decode())
            self._output.stop(_LAST_WRITES)
            self._output = None

    def _repaint(self) -> None:
        self._app.call_later(self._draw_again)

    def _draw_again(self) -> None:
        """Draw every widget again: a refresh of the screen alone draws what has changed."""
        self.forget_shown()
        for widget in self._app.screen.walk_children(Widget, with_self=True):
            widget.refresh()

    def _leave_app(self) -> None:
        self._app.call_later(self._app.action_quit)
