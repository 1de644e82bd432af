"""The tunnel through ngrok for a whole session: an agent that is restarted when it ends."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from devhook.errors import CredentialsRefused, TunnelError
from devhook.tunnel.agent_tunnel import AgentTunnel, ending
from devhook.tunnel.ngrok.agent import NgrokAgent, SessionChange
from devhook.tunnel.ngrok.error_codes import ERROR_MEANINGS
from devhook.tunnel.ngrok.executable import checked_version, found, place
from devhook.tunnel.ngrok.fetching import fetch
from devhook.tunnel.ngrok.settings import (
    AgentConfig,
    NgrokSettings,
    agent_config,
    bypass_proxy_for_loopback,
    has_configured_token,
)
from devhook.tunnel.provider import MissingProgram, Requirement, TunnelProvider

# The endpoint comes back some time after the session, possibly at a new address: seconds between two requests
# for the address, and how many requests are made.
_SETTLING: Final = 0.5
_REQUESTS: Final = 10


@asynccontextmanager
async def open_tunnel(upstream: str, settings: NgrokSettings) -> AsyncIterator["NgrokTunnel"]:
    """Open a tunnel to `upstream`, such as `http://127.0.0.1:4000`, through the ngrok agent of this machine.

    It is open inside the block. Raise TunnelError, CredentialsRefused or InputError, within the settings'
    `start_timeout`, if it cannot be opened. Later changes are put into its `events`.
    """
    executable = found(settings.executable, os.environ)
    await checked_version(executable)
    bypass_proxy_for_loopback(os.environ)
    tunnel = NgrokTunnel(executable, agent_config(settings.token, os.environ), upstream, settings)
    async with tunnel.opened():
        yield tunnel


class Ngrok(TunnelProvider):
    """The provider that starts an ngrok agent on this machine, with these settings."""

    def __init__(self, settings: NgrokSettings) -> None:
        self._settings = settings

    @property
    def requirements(self) -> Sequence[Requirement]:
        """Return the checks of the agent's version and of its token. The agent is not started."""
        return (Requirement("ngrok", self._check_agent), Requirement("ngrok token", self._check_token))

    def missing_program(self, environment: Mapping[str, str]) -> MissingProgram | None:
        """Return ngrok's agent if it is not installed."""
        try:
            found(self._settings.executable, environment)
        except TunnelError:
            return MissingProgram(
                what="ngrok's agent, about 12 MB",
                source="bin.ngrok.com",
                into=place(),
                fetch=lambda advance: fetch(advance, environment),
            )
        return None

    def open(self, upstream: str) -> AbstractAsyncContextManager["NgrokTunnel"]:
        """Open a tunnel to `upstream`; see `open_tunnel`."""
        return open_tunnel(upstream, self._settings)

    async def _check_agent(self, environment: Mapping[str, str]) -> str:
        executable = found(self._settings.executable, environment)
        version = await checked_version(executable)
        return f"The ngrok agent is version {version} ({executable})."

    async def _check_token(self, environment: Mapping[str, str]) -> str:
        """Whether the token is valid shows only when a tunnel is opened."""
        if self._settings.token or environment.get("NGROK_AUTHTOKEN", "").strip():
            return "ngrok has a token from NGROK_AUTHTOKEN."
        if has_configured_token():
            return "ngrok has a token in its own configuration."
        missing = ERROR_MEANINGS["4018"]
        raise CredentialsRefused(missing.message, missing.hint)


class NgrokTunnel(AgentTunnel[NgrokAgent]):
    """A public address that ngrok provides."""

    def __init__(self, executable: Path, config: AgentConfig, upstream: str, settings: NgrokSettings) -> None:
        super().__init__(settings.pauses)
        self._executable = executable
        self._config = config
        self._upstream = upstream
        self._settings = settings

    def _start(self) -> AbstractAsyncContextManager[NgrokAgent]:
        return NgrokAgent.start(
            self._executable,
            self._config,
            self._upstream,
            self._settings.url,
            self._settings.start_timeout,
        )

    async def _follow(self, agent: NgrokAgent) -> str:
        """Put the changes of the session into `events`; return why the agent ended, or why it is to be ended.

        When the session is back, the agent's address is requested once its log is silent for a moment.
        """
        requests = 0
        while True:
            try:
                async with asyncio.timeout(_SETTLING if requests else None):
                    event = await agent.log_events.get()
            except TimeoutError:
                if address := await agent.address():
                    self._set_address(address)
                requests = 0 if address else requests - 1
                if not (address or requests or agent.ended):
                    return "ngrok did not restore the address after its connection was lost."
                continue
            if event is None:
                return ending("ngrok", agent.status)
            if event.change is SessionChange.LOST:
                self._report_loss(agent.showable(event.reason) or "the connection to ngrok was lost")
                requests = 0
            elif event.change is SessionChange.STARTED or self._down:
                requests = _REQUESTS
