"""The tunnel as the run holds it: an ngrok agent that is started again when it dies, and told about."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from devhook.errors import CredentialsRefused, DevhookError
from devhook.tunnel.events import AddressChanged, AgentDied, Down, GaveUp, TunnelEvent, Up
from devhook.tunnel.ngrok.agent import Agent, LogEvent, SessionChange
from devhook.tunnel.ngrok.executable import checked_version, found
from devhook.tunnel.ngrok.settings import AgentConfig, NgrokSettings, agent_config, spare_loopback

# A session that is back brings its endpoint back after it, possibly at a new address. Seconds, and times.
_SETTLING: Final = 0.5
_LOOKS: Final = 10
# An agent that lived so long gets all its new starts again.
_HEALTHY: Final = 60.0


@asynccontextmanager
async def open_tunnel(upstream: str, settings: NgrokSettings) -> AsyncIterator["NgrokTunnel"]:
    """Open a tunnel to `upstream`, such as `http://127.0.0.1:4000`, through the ngrok agent of this machine.

    It stands inside the block. Raises TunnelError, CredentialsRefused or InputError, within the settings'
    `start_timeout`, when it cannot be opened; what happens to it later is put into its `events`.
    """
    executable = found(settings.executable, os.environ)
    await checked_version(executable)
    spare_loopback(os.environ)
    tunnel = NgrokTunnel(executable, agent_config(settings.token, os.environ), upstream, settings)
    keeping = asyncio.get_running_loop().create_task(tunnel.keep())
    try:
        await asyncio.wait({keeping, tunnel.stands}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
        yield tunnel
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        if not keeping.cancelled():
            keeping.result()


class NgrokTunnel:
    """A public address that ngrok provides.

    `stands` is done once it leads here. `agent` is the process that holds it, None between two of them.
    """

    def __init__(self, executable: Path, config: AgentConfig, upstream: str, settings: NgrokSettings) -> None:
        self.url = ""
        self.events: asyncio.Queue[TunnelEvent] = asyncio.Queue()
        self.agent: int | None = None
        self.stands: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._executable = executable
        self._config = config
        self._upstream = upstream
        self._settings = settings
        self._down = False

    async def keep(self) -> None:
        """Hold the address until this is cancelled, or there is no use in trying again.

        Raises why it could not be had the first time; later failures are told by `events`.
        """
        pauses = list(self._settings.pauses)
        while True:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            try:
                reason = await self._hold()
            except DevhookError as error:
                if not self.url:
                    raise
                if isinstance(error, CredentialsRefused) or not pauses:
                    self.events.put_nowait(GaveUp(at=_now(), reason=error.message, remedy=error.hint))
                    return
            else:
                if loop.time() - begun > _HEALTHY:
                    pauses = list(self._settings.pauses)
                if not pauses:
                    self.events.put_nowait(GaveUp(at=_now(), reason=reason, remedy=""))
                    return
                self._down = True
                self.events.put_nowait(
                    AgentDied(at=_now(), reason=reason, attempts=len(pauses), pause=pauses[0])
                )
            await asyncio.sleep(pauses.pop(0))

    async def _hold(self) -> str:
        """Run one agent, tell what happens to it, and return what it ended of."""
        start = Agent.start(
            self._executable,
            self._config,
            self._upstream,
            self._settings.url,
            self._settings.start_timeout,
        )
        async with start as agent:
            self.agent = agent.pid
            try:
                self._arrived(agent.url)
                if not self.stands.done():
                    self.stands.set_result(None)
                return await self._follow(agent)
            finally:
                self.agent = None

    async def _follow(self, agent: Agent) -> str:
        """Tell the news of the session; return what the agent ended of, or was ended for.

        Where a session is back, the agent is asked for its address once its log has been quiet for a moment.
        """
        looks = 0
        while True:
            try:
                async with asyncio.timeout(_SETTLING if looks else None):
                    event = await agent.log_events.get()
            except TimeoutError:
                if address := await agent.address():
                    self._arrived(address)
                looks = 0 if address else looks - 1
                if not (address or looks or agent.ended):
                    return "ngrok did not give the address back after a loss of its connection."
                continue
            if event is None:
                return _death(agent.status)
            if event.change is SessionChange.LOST:
                self._lost(agent, event)
                looks = 0
            elif event.change is SessionChange.STARTED or self._down:
                looks = _LOOKS

    def _lost(self, agent: Agent, event: LogEvent) -> None:
        if not self._down:
            self._down = True
            reason = agent.showable(event.reason) or "the connection to ngrok broke off"
            self.events.put_nowait(Down(at=_now(), reason=f"{reason}."))

    def _arrived(self, url: str) -> None:
        old, self.url = self.url, url
        was_down, self._down = self._down, False
        if old and old != url:
            self.events.put_nowait(AddressChanged(at=_now(), old=old, new=url))
        elif was_down:
            self.events.put_nowait(Up(at=_now(), url=url))


def _death(status: int) -> str:
    how = f"status {status}" if status >= 0 else f"killed by signal {-status}"
    return f"the ngrok agent ended ({how})."


def _now() -> datetime:
    return datetime.now(UTC)
