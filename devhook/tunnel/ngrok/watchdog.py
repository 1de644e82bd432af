"""The watchdog: the agent ends when devhook does, whatever devhook dies of.

pyngrok starts `FOLDER/ngrok`, a script of ours. It runs this module, which leaves a watcher behind and
becomes the agent. devhook holds the writing end of a named pipe open; the watcher waits for its end. The
kernel closes it even at SIGKILL, on Linux and macOS alike. The watcher is the agent's child, so that as long
as its parent is the agent, the agent's number belongs to the agent and to nobody else.
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
# Bytes of the agent's standard error that are looked at.
_TAIL: Final = 8192
# Seconds between SIGTERM and SIGKILL: ngrok says goodbye to its service, which frees the address.
GRACE: Final = 3.0
_LOOK: Final = 0.02
_LET_GO: Final = b"."
_AGENTS_OWN: Final = ("NGROK_",)


class Watchdog:
    """The folder of one agent, and devhook's end of its watchdog."""

    def __init__(self, folder: Path, held: int) -> None:
        self._folder = folder
        self._held: int | None = held

    @classmethod
    @contextmanager
    def around(cls, executable: Path, config: str, *, token_in_config: bool) -> Iterator[Self]:
        """Prepare the start of one agent with this configuration; what it left is gone at the end.

        With `token_in_config` the agent does not see NGROK_AUTHTOKEN, which might hold another one.
        """
        with ExitStack() as stack:
            try:
                folder = Path(stack.enter_context(_folder()))
                _write(folder / _CONFIG, config, 0o600)
                forget = "unset NGROK_AUTHTOKEN\n" if token_in_config else ""
                words = (sys.executable, "-P", "-m", __name__, str(folder), str(executable))
                # pyngrok passes on the whole environment, and the watcher keeps what it was started with.
                forget += unset_line(os.environ, _AGENTS_OWN)
                _write(folder / _COMMAND, f'#!/bin/sh\n{forget}exec {shlex.join(words)} "$@"\n', 0o700)
                watchdog = cls(folder, _pipe(folder / _PIPE))
            except OSError as error:
                raise TunnelError(
                    f"The start of ngrok cannot be prepared: {error.strerror}.",
                    f"See that {tempfile.gettempdir()} can be written to.",
                ) from error
            stack.callback(watchdog.let_go)
            yield watchdog

    @property
    def command(self) -> str:
        """The program that pyngrok is to start. It starts the agent once and never again."""
        return str(self._folder / _COMMAND)

    @property
    def config(self) -> str:
        """The agent's configuration file. It may hold the token."""
        return str(self._folder / _CONFIG)

    @property
    def pid(self) -> int | None:
        """The agent's process, once it was started."""
        with suppress(OSError, ValueError):
            return int((self._folder / _PID).read_text())
        return None

    def errors(self) -> str:
        """Return the end of what the agent wrote to its standard error: it may hold a token."""
        with suppress(OSError):
            return (self._folder / _ERRORS).read_bytes()[-_TAIL:].decode("utf-8", "replace")
        return ""

    def forget_config(self) -> None:
        """Remove the configuration file, which the agent has read."""
        Path(self.config).unlink(missing_ok=True)

    def let_go(self) -> None:
        """Have the agent ended, if it is still there: SIGTERM, and SIGKILL three seconds later."""
        if self._held is not None:
            # There is no reader before the agent is started, nor when it is gone.
            with suppress(BrokenPipeError):
                os.write(self._held, _LET_GO)
            os.close(self._held)
            self._held = None


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="devhook-ngrok-", ignore_cleanup_errors=True)


def _write(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor, for the mode
        file.write(text)


def _pipe(path: Path) -> int:
    """Make a named pipe and return its writing end, which can only be opened while there is a reader."""
    os.mkfifo(path, 0o600)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.open(path, os.O_WRONLY)
    finally:
        os.close(reader)


def main(folder: Path, command: list[str]) -> None:
    """Become the agent, and leave a watcher behind."""
    agent = os.getpid()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(os.open(folder / _ERRORS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    # pyngrok starts a dead agent again without a word, and without its tunnel: not this one.
    _write(folder / _PID, str(agent), 0o600)
    if os.fork() == 0:
        # The agent's output must end with the agent.
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            _watch(folder, agent)
        finally:
            os._exit(0)
    environment = child_environment(os.environ, _AGENTS_OWN)
    os.execve(command[0], command, environment)  # noqa: S606 - becoming the agent is what this is for


def _watch(folder: Path, agent: int) -> None:
    """Wait for the end of the watchdog, then for the agent's; tidy up when devhook cannot any more."""
    # Out of the agent's process group, which is what is ended.
    os.setsid()
    told = _wait_for_the_end(folder / _PIPE)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if os.getppid() == agent:
            os.killpg(agent, number)
            patience = time.monotonic() + GRACE
            while os.getppid() == agent and time.monotonic() < patience:
                time.sleep(_LOOK)
    if not told:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_the_end(pipe: Path) -> bytes:
    """Return what devhook said when it let go; nothing, when it died."""
    try:
        watchdog = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    # Linux reports no end on a pipe that had no writer when it was opened, but reading it shows it.
    with suppress(BlockingIOError):
        return os.read(watchdog, 1)
    select.select([watchdog], [], [])
    return os.read(watchdog, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
