"""Where the ngrok agent is on this machine, and whether it is new enough."""

import asyncio
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pyngrok.installer import get_default_ngrok_dir

from devhook.child_environment import child_environment
from devhook.errors import DevhookError, InputError, TunnelError
from devhook.text import duration, visible

# pyngrok 9 requests /api/endpoints, which exists since 3.30.0 (https://ngrok.com/docs/agent/changelog,
# 2025-09-23). An older agent answers 404, and pyngrok then waits forever.
_OLDEST: Final = (3, 30)
_NAME: Final = "ngrok"
_HEAD: Final = 1024
# Seconds until a killed process has ended.
_KILLED: Final = 2.0
_VERSION: Final = re.compile(r"version v?(\d+)\.(\d+)(?:\.\d+)?")

_INSTALL: Final = (
    "Install it: brew install ngrok (macOS), snap install ngrok or the apt line of ngrok.com/download "
    "(Linux), scoop install ngrok (Windows). Or use any other tunnel: --public-url https://…"
)


def found(given: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the path of the ngrok agent: `given`, PYNGROK_NGROK_PATH, the first on PATH, or pyngrok's own.

    Raise InputError if `given` is not a program, TunnelError if there is no agent. Nothing is downloaded.
    """
    if given is not None:
        if not _runs(given):
            raise InputError(f"{given} is not an executable program.", "Use the path of the ngrok agent.")
        return given.absolute()
    for candidate in _candidates(environment):
        if _runs(candidate) and not _is_pyngroks_script(candidate):
            return candidate.absolute()
    raise TunnelError("ngrok is not installed, or is not on PATH.", _INSTALL)


async def checked_version(executable: Path, patience: float = 10.0) -> str:
    """Return the agent's version, `3.39.10`. Raise TunnelError if it is too old, or not an ngrok agent.

    The first start after an installation takes some seconds on macOS, which examines the program.
    """
    printed = await _version_output(executable, patience)
    match = _VERSION.search(printed)
    if match is None:
        raise TunnelError(
            f"{executable} is not an ngrok agent; its version output is: "
            f"{visible(printed.strip()[:80]) or 'empty'}.",
            "Use the path of the ngrok agent, or install it: ngrok.com/download",
        )
    version = match[0].removeprefix("version ")
    if (int(match[1]), int(match[2])) < _OLDEST:
        raise TunnelError(
            f"The ngrok agent is too old: {version}; devhook needs {_OLDEST[0]}.{_OLDEST[1]} or newer.",
            "Type: ngrok update",
        )
    return version


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("PYNGROK_NGROK_PATH"):
        yield Path(named)
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        # A relative folder is one of the project that devhook is started in.
        if Path(folder).is_absolute():
            yield Path(folder) / _NAME
    yield Path(get_default_ngrok_dir()) / _NAME


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _is_pyngroks_script(path: Path) -> bool:
    """Return whether this is pyngrok's own `ngrok` command, beside Python: it downloads the agent."""
    try:
        with path.open("rb") as file:
            return b"pyngrok" in file.read(_HEAD)
    except OSError:
        return False


async def _version_output(executable: Path, patience: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            executable,
            "--version",
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
            env=child_environment(os.environ, ("NGROK_",)),
        )
    except OSError as error:
        raise _cannot_be_started(executable, error) from error
    try:
        async with asyncio.timeout(patience):
            printed, _ = await process.communicate()
    except TimeoutError as error:
        raise TunnelError(
            f"{executable} did not print its version within {duration(patience)}.",
            "Type ngrok version to check it.",
        ) from error
    finally:
        await _kill(process)
    return printed.decode("utf-8", "replace")


def _cannot_be_started(executable: Path, error: OSError) -> DevhookError:
    return TunnelError(
        f"{executable} cannot be started: {error.strerror}.",
        "It may be built for another kind of machine. Install it again: ngrok.com/download",
    )


async def _kill(process: Process) -> None:
    """Kill the process and the processes that it started, if it still runs."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        # The pipe is closed at the end of the output, which a process outside the group may hold open.
        with suppress(TimeoutError):
            async with asyncio.timeout(_KILLED):
                await process.communicate()
