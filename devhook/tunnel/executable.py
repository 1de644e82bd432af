"""A tunnel's agent as a program on this machine: where it is, and what it prints as its version."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from devhook.child_environment import child_environment
from devhook.errors import TunnelError
from devhook.processes import OWN_GROUP, kill_tree
from devhook.text import duration

# Seconds until a killed process has ended.
_KILLED: Final = 2.0


def is_program(path: Path) -> bool:
    """Return whether `path` can be executed."""
    return path.is_file() and os.access(path, os.X_OK)


def on_path(name: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the paths that a program of this name can have by PATH, whether it is there or not."""
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        # A relative folder is one of the project that devhook is started in.
        if Path(folder).is_absolute():
            yield Path(folder) / name


async def version_output(executable: Path, patience: float, prefixes: Sequence[str], remedy: str) -> str:
    """Return what the agent prints for `--version`, within `patience` seconds.

    `prefixes` begin the names of the environment variables that the agent may see. Raise TunnelError, with
    `remedy` as its hint, for a program that cannot be started, and for one that does not end.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            executable,
            "--version",
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            env=child_environment(os.environ, prefixes),
            **OWN_GROUP,
        )
    except OSError as error:
        raise TunnelError(f"{executable} cannot be started: {error.strerror}.", remedy) from error
    try:
        async with asyncio.timeout(patience):
            printed, _ = await process.communicate()
    except TimeoutError as error:
        raise TunnelError(
            f"{executable} did not print its version within {duration(patience)}.",
            f"Type {executable.name} version to check it.",
        ) from error
    finally:
        await kill(process)
    return printed.decode("utf-8", "replace")


async def kill(process: Process) -> None:
    """Kill the process and the processes that it started, if it still runs."""
    if process.returncode is None:
        kill_tree(process.pid)
        # The pipe is closed at the end of the output, which a process outside the group may hold open.
        with suppress(TimeoutError):
            async with asyncio.timeout(_KILLED):
                await process.communicate()
