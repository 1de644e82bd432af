"""A command that runs while a session is open, such as a test suite; the session ends with it."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from typing import Final

from devhook.errors import DevhookError
from devhook.processes import OWN_GROUP, kill_tree, terminate_tree
from devhook.session.session import Session

# Seconds between SIGTERM and SIGKILL, and until a killed command has ended.
_GRACE: Final = 2.0
_KILLED: Final = 1.0
_BY_SIGNAL: Final = 128
"""The status of a shell for a command that a signal ended is this number and the signal's."""


class CommandFailed(DevhookError):
    """The command ended with another status than 0, which becomes the status of the session."""

    def __init__(self, command: str, status: int) -> None:
        super().__init__(f"{command} ended with status {status}.")
        self.status = status  # type: ignore[misc,assignment] # an instance has a status of its own


async def run_command(session: Session, command: str) -> None:
    """Run a shell command, and stop the session when it ends.

    It has the environment of devhook, with the addresses in DEVHOOK_ADDRESS and DEVHOOK_PUBLIC_URL. What it
    prints goes to stderr: stdout is the session's. It and what it started are ended when this is cancelled.
    """
    status = session.status()
    environment = {**os.environ, "DEVHOOK_ADDRESS": status.address}
    if status.public_url:
        environment["DEVHOOK_PUBLIC_URL"] = status.public_url
    try:
        process = await asyncio.create_subprocess_shell(
            command, stdin=DEVNULL, stdout=2, env=environment, **OWN_GROUP
        )
    except OSError as error:
        session.stop(DevhookError(f"{command} cannot be started: {error.strerror}."))
        return
    try:
        ended = await process.wait()
    finally:
        await _end(process)
    code = ended if ended >= 0 else _BY_SIGNAL - ended
    session.stop(CommandFailed(command, code) if code else None)


async def _end(process: Process) -> None:
    """End the command and what it started."""
    for end_tree, patience in ((terminate_tree, _GRACE), (kill_tree, _KILLED)):
        # What the command started may outlive it.
        end_tree(process.pid)
        if process.returncode is not None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
