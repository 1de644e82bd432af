"""Which ngrok on this machine is the real one, and whether it is new enough."""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from devhook.errors import DevhookError, InputError, TunnelError
from devhook.text import duration, visible

# /api/endpoints, which pyngrok 9 speaks, came with 3.30.0 (ngrok's changelog, 2025-09-23). An older agent
# answers it 404, and pyngrok then waits for ever.
_OLDEST: Final = (3, 30)
_NAME: Final = "ngrok"
_START: Final = 1024
_VERSION: Final = re.compile(r"version v?(\d+)\.(\d+)(?:\.\d+)?")

_INSTALL: Final = (
    "Install it: brew install ngrok (macOS), snap install ngrok or the apt line of ngrok.com/download "
    "(Linux), scoop install ngrok (Windows). Any other tunnel will do too: --public-url https://…"
)


def found(given: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the ngrok agent: the one given, PYNGROK_NGROK_PATH, the first on PATH, or pyngrok's own.

    Raises InputError when the given one is none, TunnelError when there is none. Nothing is downloaded.
    """
    if given is not None:
        if not _runs(given):
            raise InputError(f"{given} is not a program that can be run.", "Say where the ngrok agent is.")
        return given.absolute()
    for candidate in _candidates(environment):
        if _runs(candidate) and not _is_pyngroks_script(candidate):
            return candidate.absolute()
    raise TunnelError("ngrok is not installed, or not on PATH.", _INSTALL)


async def checked_version(executable: Path, patience: float = 10.0) -> str:
    """Return the agent's version, `3.39.10`. Raises TunnelError when it is too old, or is no ngrok agent.

    The first start after an installation takes some seconds on macOS, which examines the program.
    """
    said = await _says_its_version(executable, patience)
    match = _VERSION.search(said)
    if match is None:
        raise TunnelError(
            f"{executable} does not answer like ngrok; asked for its version it said: "
            f"{visible(said.strip()[:80]) or 'nothing'}.",
            "Say where the ngrok agent is, or install it: ngrok.com/download",
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
        if folder:
            yield Path(folder) / _NAME
    from pyngrok.installer import get_default_ngrok_dir  # noqa: PLC0415 - it reads YAML, which takes time

    yield Path(get_default_ngrok_dir()) / _NAME


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _is_pyngroks_script(path: Path) -> bool:
    """Whether this is the `ngrok` command that pyngrok installs beside Python: it downloads the agent."""
    try:
        with path.open("rb") as file:
            return b"pyngrok" in file.read(_START)
    except OSError:
        return False


async def _says_its_version(executable: Path, patience: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            executable, "--version", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise _cannot_be_started(executable, error) from error
    try:
        async with asyncio.timeout(patience):
            said, _ = await process.communicate()
    except TimeoutError as error:
        raise TunnelError(
            f"{executable} did not say its version within {duration(patience)}.",
            "Type ngrok version to see whether it works.",
        ) from error
    finally:
        await _put_down(process)
    return said.decode("utf-8", "replace")


def _cannot_be_started(executable: Path, error: OSError) -> DevhookError:
    return TunnelError(
        f"{executable} cannot be started: {error.strerror}.",
        "It may be made for another kind of machine. Install it anew: ngrok.com/download",
    )


async def _put_down(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        # What it left unread is read too: only then is the pipe closed.
        await process.communicate()
