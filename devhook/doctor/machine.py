"""What stands in the way on this machine: the port, the inbox, the developer's own app."""

import asyncio
import os
import shutil
import socket
from pathlib import Path
from typing import Final

from devhook.doctor.finding import Finding, note, obstacle, ok
from devhook.inbox.database import Inbox
from devhook.inbox.folder import is_there
from devhook.receiver.forwarding import Target
from devhook.sender.target import is_listening
from devhook.text import byte_size

# Some ten thousand deliveries.
_LITTLE_SPACE: Final = 100 * 2**20


async def port_findings(host: str, port: int) -> list[Finding]:
    """Whether the receiver could listen there. What is opened to find out is closed again."""
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


async def target_findings(target: Target) -> list[Finding]:
    """Whether something listens where deliveries are to be forwarded to. Nothing is sent there."""
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
    """Whether deliveries can be kept there. An inbox that is not there yet is not made."""
    return await asyncio.to_thread(_inbox, path)


def _inbox(path: Path) -> list[Finding]:
    path = path.absolute()
    if is_there(path):
        with Inbox.open(path):
            pass
        place, what = path, f"The inbox {path}"
    else:
        place = next(folder for folder in path.parents if folder.exists())
        what = f"The inbox {path} is not there yet; {place}"
    if not os.access(place, os.W_OK):
        return [
            obstacle("inbox", f"{what} cannot be written.", "Use another inbox: devhook --inbox FOLDER …")
        ]
    free = shutil.disk_usage(place if place.is_dir() else place.parent).free
    if free < _LITTLE_SPACE:
        return [
            note(
                "inbox",
                f"{what} can be written, but the disk has only {byte_size(free)} left.",
                "Free some space.",
            )
        ]
    return [ok("inbox", f"{what} can be written.")]


def _reason(error: OSError) -> str:
    return (
        (error.strerror or "it does not answer")
        if not isinstance(error, TimeoutError)
        else "it does not answer"
    )
