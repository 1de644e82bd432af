"""A program on a pseudo-terminal, for benchmarks: what it wrote, when, and how many bytes."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

# Seconds without output after which a screen counts as drawn.
QUIET = 0.3


class PseudoTerminal:
    """A devhook on a terminal of its own. A thread reads what it writes, as a terminal would."""

    def __init__(self, *arguments, columns=120, lines=36, cwd=None, env=None):
        self.began = time.perf_counter()
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devhook", *map(str, arguments)],
            stdin=follower, stdout=follower, stderr=follower, start_new_session=True, cwd=cwd,
            env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
            | {"TEXTUAL_ANIMATIONS": "none", **(env or {})},
        )  # fmt: skip
        os.close(follower)
        self._leader = leader
        self.raw = bytearray()
        self.written_at = self.began
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._leader, 65536)
            except OSError:
                data = b""
            with self._changed:
                self.raw += data
                self.written_at = time.perf_counter()
                self._changed.notify_all()
            if not data:
                return

    def press(self, keys):
        os.write(self._leader, keys.encode())

    def seconds_until(self, text, start=0, within=60.0):
        """Wait for `text` among what is written from the byte `start` on; return the moment."""
        wanted, deadline = text.encode(), time.perf_counter() + within
        with self._changed:
            while self.raw.find(wanted, start) < 0:
                left = deadline - time.perf_counter()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"{text!r} did not come: {bytes(self.raw[-2000:])!r}")
                self._changed.wait(left)
            return self.written_at

    def until_quiet(self, seconds=QUIET, within=20.0):
        """Wait until nothing was written for so long."""
        deadline = time.perf_counter() + within
        while time.perf_counter() < deadline:
            quiet = time.perf_counter() - self.written_at
            if quiet >= seconds:
                return
            time.sleep(seconds - quiet)

    def answered(self, keys, text=""):
        """Press keys; return the seconds until `text` (or anything) was written."""
        start, began = len(self.raw), time.perf_counter()
        self.press(keys)
        if text:
            return self.seconds_until(text, start) - began
        with self._changed:
            while len(self.raw) == start:
                assert self._changed.wait(20)
            return self.written_at - began

    def memory(self):
        """The resident megabytes of the process and of those that it started."""
        return {pid: _resident(pid) for pid in (self.process.pid, *_children(self.process.pid))}

    def processor(self):
        """The seconds of the processor that the process itself has used."""
        return processor(self.process.pid)

    def close(self):
        """End it as a person would, and wait."""
        with contextlib.suppress(OSError):
            self.press("q")
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self._reader.join(5)
        os.close(self._leader)


def processor(pid):
    """The seconds of the processor that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def _children(pid):
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
