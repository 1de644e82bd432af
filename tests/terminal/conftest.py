"""A real terminal for the tests: the program runs on a pseudo-terminal, pyte says what a person would see."""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios

import pyte
import pytest

# What a key sends that the screen names by another word than its character.
SENT = {"⏎": "\r", "Enter": "\r", "Esc": "\x1b", "space": " ", "→": "\x1b[C"}


class Terminal:
    """A program on a pseudo-terminal. Every wait is for a fact and has a deadline."""

    def __init__(self, columns, lines, *, controlling=True):
        self._controlling = controlling
        self._size = (lines, columns)
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._moved = asyncio.Event()
        self._unread = bytearray()
        self.raw = bytearray()
        self._hung_up = False

    async def start(self, *arguments, env=None, program=("-m", "devhook")):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", *self._size, 0, 0))
        # What says how large another terminal is must not be believed in this one.
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        environment = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environment |= {"TEXTUAL_ANIMATIONS": "none", **(env or {})}

        def become_the_terminals_own():
            os.setsid()
            if self._controlling:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *program, *map(str, arguments),
            stdin=follower, stdout=follower, stderr=follower,
            env=environment, preexec_fn=become_the_terminals_own,
        )  # fmt: skip
        os.close(follower)
        self._leader = leader
        os.set_blocking(leader, False)
        asyncio.get_running_loop().add_reader(leader, self._read)

    def _read(self):
        try:
            data = os.read(self._leader, 65536)
        except BlockingIOError:
            return
        except OSError:  # Linux says EIO when the other side has closed
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._leader)
        self.raw += data
        self._unread += data
        self._moved.set()

    def text(self):
        """Evaluate what was written since the last time; only somebody who looks needs that."""
        self._stream.feed(bytes(self._unread))
        self._unread.clear()
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def press(self, keys):
        os.write(self._leader, keys.encode())

    async def use(self, hint):
        """Press the key that the screen names, as in `/ filter`: who reads only it knows no other."""
        await self.shows(hint)
        key = hint.partition(" ")[0]
        self.press(SENT.get(key, key))

    async def shows(self, *texts, within=60.0):
        await self.until(lambda: all(text in self.text() for text in texts), " and ".join(texts), within)

    async def until(self, fact, what="it", within=60.0):
        try:
            async with asyncio.timeout(within):
                while not fact():
                    self._moved.clear()
                    await self._moved.wait()
                    # A frame comes in several reads, and to evaluate the screen takes longer than one.
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"{what} did not show within {within} s. The screen was:\n{self.text()}")

    async def ended(self, within=60.0):
        async with asyncio.timeout(within):
            status = await self.process.wait()
        if not self._hung_up:
            self._read_rest()
        return status

    def hang_up(self):
        """Close the window. One that controls no process sends no SIGHUP, like some lost connections."""
        self._hung_up = True
        asyncio.get_running_loop().remove_reader(self._leader)
        os.close(self._leader)

    def _read_rest(self):
        with contextlib.suppress(OSError):
            while data := os.read(self._leader, 65536):
                self.raw += data
                self._unread += data

    async def close(self):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
        if not self._hung_up:
            self.hang_up()


@pytest.fixture
async def terminal(tmp_path, monkeypatch):
    """Start `devhook ARGUMENTS` on a terminal of its own, in an empty folder: `await terminal("demo")`."""
    monkeypatch.chdir(tmp_path)
    # What the screen of one test remembers is not for that of another.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    opened = []

    async def start(*arguments, columns=120, lines=36, controlling=True, **how):
        shown = Terminal(columns, lines, controlling=controlling)
        await shown.start(*arguments, **how)
        opened.append(shown)
        return shown

    yield start

    for shown in opened:
        await shown.close()
