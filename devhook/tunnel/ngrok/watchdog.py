"""The watchdog process: the agent ends when devhook ends, even after SIGKILL.

pyngrok starts `FOLDER/ngrok`, a script of ours. The script runs this module, which forks a watcher and then
becomes the agent. devhook has the writing end of a named pipe open, and the watcher waits for its end of
file: the kernel closes the pipe even after SIGKILL, on Linux and macOS. The watcher is the agent's child: as
long as the agent is its parent, the process id is the agent's.
"""

import os
import select
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from devhook.child_environment import child_environment, unset_line
from devhook.errors import TunnelError

_COMMAND: Final = "ngrok"
_CONFIG: Final = "ngrok.yml"
_PIPE: Final = "watchdog"
_PID: Final = "pid"
_ERRORS: Final = "errors"
# The part of the agent's standard error that is read, from its end.
_TAIL: Final = 8192  # bytes
# Seconds between SIGTERM and SIGKILL: ngrok logs out of its service, which frees the address.
GRACE: Final = 3.0
_POLL: Final = 0.02
_RELEASE: Final = b"."
_AGENTS_OWN: Final = ("NGROK_",)


class Watchdog:
    """The folder of one agent, and devhook's end of the pipe to the watcher."""

    def __init__(self, folder: Path, pipe: int) -> None:
        self._folder = folder
        self._pipe: int | None = pipe

    @classmethod
    @contextmanager
    def around(cls, executable: Path, config: str, *, token_in_config: bool) -> Iterator[Self]:
        """Prepare the start of one agent with this configuration; its files are removed at the end.

        With `token_in_config` the agent's environment has no NGROK_AUTHTOKEN, which may be another token.
        Raise TunnelError if the temporary folder cannot be written.
        """
        with ExitStack() as stack:
            try:
                folder = Path(stack.enter_context(_folder()))
                _write(folder / _CONFIG, config, 0o600)
                # Not only in the agent: the watcher keeps the environment that this program starts with.
                unset = "unset NGROK_AUTHTOKEN\n" if token_in_config else ""
                words = (sys.executable, "-P", "-m", __name__, str(folder), str(executable))
                unset += unset_line(os.environ, _AGENTS_OWN)
                _write(folder / _COMMAND, f'#!/bin/sh\n{unset}exec {shlex.join(words)} "$@"\n', 0o700)
                watchdog = cls(folder, _named_pipe(folder / _PIPE))
            except OSError as error:
                raise TunnelError(
                    f"ngrok cannot be started: {error.strerror}.",
                    f"Make {tempfile.gettempdir()} writable.",
                ) from error
            stack.callback(watchdog.release)
            yield watchdog

    @property
    def command(self) -> str:
        """The path of the program that pyngrok starts. It starts the agent once only."""
        return str(self._folder / _COMMAND)

    @property
    def config(self) -> str:
        """The path of the agent's configuration file, which may contain the token."""
        return str(self._folder / _CONFIG)

    @property
    def pid(self) -> int | None:
        """The agent's process id; None before its start."""
        with suppress(OSError, ValueError):
            return int((self._folder / _PID).read_text())
        return None

    def errors(self) -> str:
        """Return the end of the agent's standard error, which may contain a token."""
        with suppress(OSError):
            return (self._folder / _ERRORS).read_bytes()[-_TAIL:].decode("utf-8", "replace")
        return ""

    def forget_config(self) -> None:
        """Remove the configuration file, which the agent has read."""
        Path(self.config).unlink(missing_ok=True)

    def release(self) -> None:
        """Have the watcher end the agent, if it still runs: SIGTERM, and SIGKILL three seconds later."""
        if self._pipe is not None:
            # There is no reader before the agent's start and after its end.
            with suppress(BrokenPipeError):
                os.write(self._pipe, _RELEASE)
            os.close(self._pipe)
            self._pipe = None


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="devhook-ngrok-", ignore_cleanup_errors=True)


def _write(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - opened by descriptor, for the mode
        file.write(text)


def _named_pipe(path: Path) -> int:
    """Create a named pipe and return its writing end, which can be opened only while there is a reader."""
    os.mkfifo(path, 0o600)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.open(path, os.O_WRONLY)
    finally:
        os.close(reader)


def main(folder: Path, command: list[str]) -> None:
    """Fork a watcher, then become the agent."""
    agent = os.getpid()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(os.open(folder / _ERRORS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    # pyngrok restarts an ended agent without its tunnel; the second start fails here, since the file exists.
    _write(folder / _PID, str(agent), 0o600)
    if os.fork() == 0:
        # The watcher must not hold the agent's output open.
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            _watch(folder, agent)
        finally:
            os._exit(0)
    environment = child_environment(os.environ, _AGENTS_OWN)
    os.execve(command[0], command, environment)  # noqa: S606 - this process becomes the agent


def _watch(folder: Path, agent: int) -> None:
    """Wait for devhook's end of the pipe, end the agent, and remove the folder if devhook was killed."""
    # Leave the agent's process group, which is signalled.
    os.setsid()
    released = _wait_for_release(folder / _PIPE)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if os.getppid() == agent:
            os.killpg(agent, number)
            until = time.monotonic() + GRACE
            while os.getppid() == agent and time.monotonic() < until:
                time.sleep(_POLL)
    if not released:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_release(pipe: Path) -> bytes:
    """Wait for devhook; return what it wrote at the release, b"" if it was killed."""
    try:
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    # Linux's select reports no end of file on a pipe without a writer at its opening; read does.
    with suppress(BlockingIOError):
        return os.read(reader, 1)
    select.select([reader], [], [])
    return os.read(reader, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
