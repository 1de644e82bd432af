"""The checks of this machine: the port, the tunnel, the inbox, the developer's own app."""

import asyncio
import errno
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from devhook.doctor.finding import Finding, failed, note, obstacle, ok
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import is_there
from devhook.receiver.targets import Target
from devhook.sender.target import is_listening
from devhook.text import byte_size
from devhook.tunnel.provider import Requirement

# Space for some ten thousand deliveries.
_LITTLE_SPACE: Final = 100 * 2**20


async def port_findings(host: str, port: int) -> list[Finding]:
    """Return whether the receiver can listen on that port. The port is opened and closed again."""
    # In a thread: the host may be a name, and the name server may not answer.
    return await asyncio.to_thread(_port, host, port)


def _port(host: str, port: int) -> list[Finding]:
    if port == 0:
        return [ok("port", "A free port will be selected.")]
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        return [
            obstacle(
                "port",
                f"Port {port} cannot be listened on at {host}: {_reason(error)}.",
                "Stop the process that uses it (perhaps another devhook listen), or use a free one: --port 0",
            )
        ]
    return [ok("port", f"Port {port} is free at {host}.")]


async def requirement_findings(requirement: Requirement, environment: Mapping[str, str]) -> list[Finding]:
    """Return whether this machine meets a requirement of the tunnel provider. Nothing is opened."""
    return [ok(requirement.name, await requirement.check(environment))]


async def unusable_address(error: InputError) -> list[Finding]:
    """Return the finding for a public address that Shopify does not deliver to."""
    return [failed("address", error)]


async def target_findings(target: Target) -> list[Finding]:
    """Return whether something listens at the target. Nothing is sent there."""
    if await is_listening(target.url):
        return [ok("target", f"Something listens at {target.name}.")]
    return [
        obstacle(
            "target",
            f"Nothing listens at the target {target.name}.",
            "Start your app, or use the port that it listens on: --forward-to 3000",
        )
    ]


async def inbox_findings(path: Path) -> list[Finding]:
    """Return whether deliveries can be stored in that inbox. An inbox that does not exist is not created."""
    return await asyncio.to_thread(_inbox, path)


def _inbox(path: Path) -> list[Finding]:
    path = path.absolute()
    if is_there(path):
        with Inbox.open(path):
            pass
        place, what = path, f"The inbox {path}"
    else:
        place = next(folder for folder in path.parents if folder.exists())
        what = f"The inbox {path} does not exist yet; {place}"
    if not os.access(place, os.W_OK):
        return [obstacle("inbox", f"{what} is not writable.", "Use another inbox: devhook --inbox FOLDER …")]
    free = shutil.disk_usage(place if place.is_dir() else place.parent).free
    if free < _LITTLE_SPACE:
        return [
            note(
                "inbox",
                f"{what} is writable, but the disk has only {byte_size(free)} left.",
                "Free some space.",
            )
        ]
    return [ok("inbox", f"{what} is writable.")]


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    # asyncio and socket add the attempt to the words of the system.
    if error.errno in errno.errorcode and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno or 0)
    return error.strerror or "it does not answer"
