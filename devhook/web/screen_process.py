"""A devhook whose terminal is a page: a child process on a pseudo-terminal, which ends when that closes.

The child is the same program on a real terminal, so that everything that holds there holds here: when this
process is killed, the kernel closes the pseudo-terminal, and a devhook whose terminal vanishes ends.
"""

import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Self

from devhook.processes import OWN_GROUP, kill_tree, terminate_tree

assert sys.platform != "win32", "Windows has no pseudo-terminals of this kind."  # noqa: S101 - this tells mypy

_AT_ONCE: Final = 65_536
_MOST_INPUT: Final = 1_000_000
"""Bytes of input that wait for the child; a longer paste is cut."""
_ENDING: Final = 2.0
"""Seconds that the child may take to end, before it is killed."""
_KILLED: Final = 0.3
_SMALLEST, _LARGEST = 4, 500


class Size(NamedTuple):
    """The size of the screen in cells."""

    columns: int
    rows: int

    @classmethod
    def of(cls, columns: object, rows: object) -> Self:
        """Return the size that a page asks for, within bounds. Raise ValueError."""
        given = [int(str(each)) for each in (columns, rows)]
        return cls(*(max(_SMALLEST, min(_LARGEST, each)) for each in given))


class ScreenProcess:
    """A running devhook. `write` gives it keys; `on_output` gets what it writes to its terminal.

    `size`: the size of its terminal.
    """

    def __init__(
        self, process: Process, terminal: int, size: Size, on_output: Callable[[bytes], object]
    ) -> None:
        self.size = size
        self._process = process
        self._terminal = terminal
        self._on_output = on_output
        self._input = bytearray()
        self._closed = False
        asyncio.get_running_loop().add_reader(terminal, self._read)

    @classmethod
    async def start(
        cls,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        size: Size,
        on_output: Callable[[bytes], object],
    ) -> Self:
        """Start `devhook ARGUMENTS` on a terminal of this size."""
        # Until its screen is open the child ignores it too: it would end by it.
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        terminal, follower = os.openpty()
        try:
            _set_size(terminal, size)
            os.set_blocking(terminal, False)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                # A `json.py` in the folder where devhook is started must not become a part of it.
                "-P",
                "-m",
                "devhook",
                *arguments,
                stdin=follower,
                stdout=follower,
                stderr=follower,
                env=dict(environment),
                **OWN_GROUP,
            )
        except BaseException:
            os.close(terminal)
            raise
        finally:
            os.close(follower)
        return cls(process, terminal, size, on_output)

    def write(self, keys: bytes) -> None:
        """Give it input."""
        if not self._closed and len(self._input) + len(keys) <= _MOST_INPUT:
            self._input += keys
            self._write()

    def resize(self, size: Size) -> None:
        """Set the size of its terminal."""
        if not self._closed and size != self.size:
            self.size = size
            _set_size(self._terminal, size)

    def repaint(self) -> None:
        """Make it draw the whole screen again."""
        if not self._has_ended:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGUSR1)

    async def ended(self) -> int:
        """Wait until it has ended; return its status."""
        return await self._process.wait()

    async def end(self) -> None:
        """End it: ask, wait for a while, kill."""
        if not self._has_ended:
            terminate_tree(self._process.pid)
            await self._wait(_ENDING)
        if not self._has_ended:
            kill_tree(self._process.pid)
            await self._wait(_KILLED)
        self._close()

    @property
    def _has_ended(self) -> bool:
        return self._process.returncode is not None

    async def _wait(self, seconds: float) -> None:
        waiting = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({waiting}, timeout=seconds)
        waiting.cancel()

    def _read(self) -> None:
        try:
            data = os.read(self._terminal, _AT_ONCE)
        except BlockingIOError:
            return
        except OSError:  # EIO: the child has closed its end
            data = b""
        if data:
            self._on_output(data)
        else:
            asyncio.get_running_loop().remove_reader(self._terminal)

    def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._input:
                del self._input[: os.write(self._terminal, self._input)]
        except BlockingIOError:
            loop.add_writer(self._terminal, self._write)
            return
        except OSError:
            self._input.clear()
        loop.remove_writer(self._terminal)

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._terminal)
            loop.remove_writer(self._terminal)
            os.close(self._terminal)


def _set_size(terminal: int, size: Size) -> None:
    with suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))
