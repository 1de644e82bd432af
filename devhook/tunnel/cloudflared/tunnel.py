"""The tunnel through cloudflared for a whole session, and what it needs on this machine."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from devhook.errors import InputError, TunnelError
from devhook.text import visible
from devhook.tunnel.agent_tunnel import PAUSES, AgentTunnel, ending
from devhook.tunnel.cloudflared.agent import CloudflaredAgent, LogChange
from devhook.tunnel.executable import is_program, on_path, version_output
from devhook.tunnel.provider import Requirement, TunnelProvider

NAME: Final = "cloudflared"
_VERSION: Final = re.compile(r"cloudflared version v?(\d{4}\.\d+\.\d+)")
_EXAMINING: Final = 10.0
"""Seconds that the version may take: macOS examines a new program at its first start."""
_RECONNECTING: Final = 1.0
"""Seconds between two looks while the connection is lost."""
_INSTALL: Final = (
    "Install it: brew install cloudflared (macOS), winget install Cloudflare.cloudflared (Windows), or the "
    "package of https://github.com/cloudflare/cloudflared/releases (Linux). Or use any other tunnel: "
    "--public-url https://…"
)


class CloudflaredSettings(BaseModel):
    """How the agent is started. Times are seconds.

    `start_timeout`: how long a start may take. Shopify's CLI waits 40 s for a quick tunnel.
    `pauses`: the pause before each restart of an agent that ended; their number limits the restarts.
    """

    model_config = ConfigDict(frozen=True)

    start_timeout: float = Field(default=40.0, gt=0)
    pauses: tuple[float, ...] = PAUSES


class Cloudflared(TunnelProvider):
    """The provider that opens a quick tunnel through cloudflared on this machine."""

    def __init__(self, settings: CloudflaredSettings | None = None, domain: str | None = None) -> None:
        """Raise InputError for a domain: a quick tunnel has none of its own."""
        if domain:
            raise InputError(
                "A quick tunnel of Cloudflare has a new address at every start, so --domain cannot be used.",
                "Remove --domain, or run a named tunnel yourself: --public-url https://…",
            )
        self._settings = settings or CloudflaredSettings()

    @property
    def requirements(self) -> Sequence[Requirement]:
        """Return the check of the program's version. No tunnel is opened."""
        return (Requirement(NAME, self._check_agent),)

    @asynccontextmanager
    async def open(self, upstream: str) -> AsyncIterator["CloudflaredTunnel"]:
        """Open a tunnel to `upstream`. Raise TunnelError, within `start_timeout`, if it cannot be opened."""
        executable = found(os.environ)
        async with CloudflaredTunnel(executable, upstream, self._settings).opened() as tunnel:
            yield tunnel

    async def _check_agent(self, environment: Mapping[str, str]) -> str:
        executable = found(environment)
        printed = await version_output(executable, _EXAMINING, (), _INSTALL)
        version = _VERSION.search(printed)
        if version is None:
            raise TunnelError(
                f"{executable} is not cloudflared; its version output is: "
                f"{visible(printed.strip()[:80]) or 'empty'}.",
                _INSTALL,
            )
        return f"cloudflared is version {version[1]} ({executable}). A quick tunnel needs no account."


class CloudflaredTunnel(AgentTunnel[CloudflaredAgent]):
    """A public address that a quick tunnel provides. A restarted agent has another one."""

    def __init__(self, executable: Path, upstream: str, settings: CloudflaredSettings) -> None:
        super().__init__(settings.pauses)
        self._executable = executable
        self._upstream = upstream
        self._settings = settings

    def _start(self) -> AbstractAsyncContextManager[CloudflaredAgent]:
        return CloudflaredAgent.start(self._executable, self._upstream, self._settings.start_timeout)

    async def _follow(self, agent: CloudflaredAgent) -> str:
        """Report losses and returns of the connection; return why the agent ended."""
        while True:
            change: LogChange | None = LogChange.CONNECTED
            try:
                async with asyncio.timeout(_RECONNECTING if self._down else None):
                    change = await agent.changes.get()
            except TimeoutError:
                pass
            if change is None:
                return ending(NAME, agent.status)
            # The log also warns of one of several connections, and of what is healed already.
            connected = await agent.is_connected()
            if connected and self._down:
                self._set_address(agent.url)
            elif not connected and change is LogChange.LOST:
                self._report_loss("cloudflared lost its connection to Cloudflare")


def found(environment: Mapping[str, str]) -> Path:
    """Return the path of cloudflared. Raise TunnelError if PATH has none."""
    program = next((each for each in on_path(NAME, environment) if is_program(each)), None)
    if program is None:
        raise TunnelError("cloudflared is not installed, or is not on PATH.", _INSTALL)
    return program.absolute()
