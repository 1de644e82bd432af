"""The folder of one agent that pyngrok starts, and the watchdog: the agent ends when devhook does.

pyngrok starts `FOLDER/ngrok`, a script of ours, and gives it devhook's own standard input. So the supervisor
that the script becomes waits for a lock instead (see `tunnel.supervisor`): devhook holds `FOLDER/running`,
and the system releases it even after SIGKILL.
"""

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Final, Self

from filelock import FileLock

from devhook.child_environment import child_environment, unset_names
from devhook.errors import TunnelError
from devhook.tunnel.supervisor import supervise

_COMMAND: Final = "ngrok.bat" if sys.platform == "win32" else "ngrok"
_CONFIG: Final = "ngrok.yml"
_RUNNING: Final = "running"
_RELEASED: Final = "released"
_PID: Final = "pid"
_ERRORS: Final = "errors"
# The part of the agent's standard error that is read, from its end.
_TAIL: Final = 8192  # bytes
# Seconds between two attempts to get the lock.
_EVERY: Final = 0.1
_AGENTS_OWN: Final = ("NGROK_",)
_TOKEN: Final = "NGROK_AUTHTOKEN"  # noqa: S105 - the name of the variable


class Watchdog:
    """The folder of one agent, and devhook's lock in it."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._folder = folder
        self._lock = lock

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
                words = [sys.executable, "-P", "-m", __name__, str(folder), str(executable)]
                _write(folder / _COMMAND, _script(words, without_token=token_in_config), 0o700)
                # pyngrok calls in a thread, and the lock is released in another one.
                lock = FileLock(folder / _RUNNING, thread_local=False)
                lock.acquire()
                watchdog = cls(folder, lock)
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
        """Make the supervisor end the agent, if it still runs: SIGTERM, and SIGKILL three seconds later."""
        if self._lock.is_locked:
            with suppress(OSError):
                (self._folder / _RELEASED).touch()
            self._lock.release()


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="devhook-ngrok-", ignore_cleanup_errors=True)


def _write(path: Path, text: str, mode: int) -> None:
    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    with open(path, "xb", opener=opener) as file:
        file.write(text.encode())


def _script(words: list[str], *, without_token: bool) -> str:
    """Return the script that becomes the supervisor; its environment has what the agent may see."""
    removed = unset_names(os.environ, _AGENTS_OWN)
    removed += [_TOKEN] if without_token else []
    if sys.platform == "win32":
        # cmd.exe reads the script in the code page of the console, and expands % between quotes too.
        lines = ["@echo off", "chcp 65001 >nul", *(f'set "{name}="' for name in removed)]
        quoted = " ".join(f'"{word}"' for word in words).replace("%", "%%")
        return "\r\n".join([*lines, f"{quoted} %*", ""])
    unset = f"unset {' '.join(removed)}\n" if removed else ""
    return f'#!/bin/sh\n{unset}exec {shlex.join(words)} "$@"\n'


def main(folder: Path, command: list[str]) -> int:
    """Run the agent as long as devhook holds the lock; return its status."""
    # Standard input is devhook's terminal.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(os.open(folder / _ERRORS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    # pyngrok restarts an ended agent without its tunnel; the second start fails here, since the file exists.
    _write(folder / _PID, str(os.getpid()), 0o600)
    abandoned = Event()

    def wait() -> None:
        with suppress(OSError):
            FileLock(folder / _RUNNING).acquire(poll_interval=_EVERY)
            # A devhook that was killed has not released it.
            if not (folder / _RELEASED).exists():
                abandoned.set()

    def remove_abandoned() -> None:
        if abandoned.is_set():
            shutil.rmtree(folder, ignore_errors=True)

    environment = child_environment(os.environ, _AGENTS_OWN)
    return supervise(command, until=wait, at_the_end=remove_abandoned, env=environment)


if __name__ == "__main__":
    status = main(Path(sys.argv[1]), sys.argv[2:])
    os._exit(status)
