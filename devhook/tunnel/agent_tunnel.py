"""A tunnel through an agent, a program that devhook starts: it is restarted when it ends."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Final, Generic, Protocol, Self, TypeVar

from devhook.errors import CredentialsRefused, DevhookError
from devhook.tunnel.events import AddressChanged, AgentDied, Down, GaveUp, TunnelEvent, Up
from devhook.tunnel.supervisor import BY_SIGNAL

PAUSES: Final = (1.0, 3.0, 10.0, 30.0, 60.0)
"""Seconds before each restart of an agent that ended by itself; their number limits the restarts."""

# Seconds. An agent that ran for this long is allowed all its restarts again.
_HEALTHY: Final = 60.0


class Agent(Protocol):
    """A process that provides an address."""

    url: str

    @property
    def pid(self) -> int:
        """Its process id."""
        ...


RunningAgent = TypeVar("RunningAgent", bound=Agent)


class AgentTunnel(ABC, Generic[RunningAgent]):
    """A public address that an agent provides.

    `url`: the current address, empty before the first one.
    `events`: the changes that were not taken out yet.
    `ready`: done as soon as there is an address.
    `agent`: the process id of the agent, None between two agents.
    """

    def __init__(self, pauses: Sequence[float]) -> None:
        self.url = ""
        self.events: asyncio.Queue[TunnelEvent] = asyncio.Queue()
        self.agent: int | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pauses = pauses
        self._down = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Self]:
        """Run agents inside the block. Raise the failure of the first start."""
        running = asyncio.get_running_loop().create_task(self._run())
        try:
            await asyncio.wait({running, self.ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield self
        finally:
            running.cancel()
            # Every step of an agent's end has its own bound.
            await asyncio.wait({running})
            if not running.cancelled():
                running.result()

    @abstractmethod
    def _start(self) -> AbstractAsyncContextManager[RunningAgent]:
        """Return the context of one agent, which is connected inside the block and ends with it."""

    @abstractmethod
    async def _follow(self, agent: RunningAgent) -> str:
        """Report an agent's changes until it ends or is of no use, and return the reason."""

    async def _run_agent(self) -> str:
        """Run one agent until it ends or is of no use, and return the reason."""
        async with self._start() as agent:
            self.agent = agent.pid
            try:
                self._set_address(agent.url)
                return await self._follow(agent)
            finally:
                self.agent = None

    async def _run(self) -> None:
        """Run agents until this is cancelled, or until a restart is of no use.

        Raise the failure of the first start. Later failures are put into `events`.
        """
        pauses = list(self._pauses)
        while True:
            loop = asyncio.get_running_loop()
            started = loop.time()
            try:
                reason = await self._run_agent()
            except DevhookError as error:
                if not self.url:
                    raise
                if isinstance(error, CredentialsRefused) or not pauses:
                    self.events.put_nowait(GaveUp(at=_now(), reason=error.message, remedy=error.hint))
                    return
            else:
                if loop.time() - started > _HEALTHY:
                    pauses = list(self._pauses)
                if not pauses:
                    self.events.put_nowait(GaveUp(at=_now(), reason=reason, remedy=""))
                    return
                self._down = True
                self.events.put_nowait(
                    AgentDied(at=_now(), reason=reason, attempts=len(pauses), pause=pauses[0])
                )
            await asyncio.sleep(pauses.pop(0))

    def _report_loss(self, reason: str) -> None:
        """Report once that the address leads nowhere."""
        if not self._down:
            self._down = True
            self.events.put_nowait(Down(at=_now(), reason=f"{reason}."))

    def _set_address(self, url: str) -> None:
        """Report the address of an agent that is connected: the first one, the same again, or another."""
        old, self.url = self.url, url
        was_down, self._down = self._down, False
        if old and old != url:
            self.events.put_nowait(AddressChanged(at=_now(), old=old, new=url))
        elif was_down:
            self.events.put_nowait(Up(at=_now(), url=url))
        if not self.ready.done():
            self.ready.set_result(None)


def ending(agent: str, status: int) -> str:
    """Return why an agent ended, from its exit status: as in a shell, 128 and the number of a signal."""
    how = f"killed by signal {status - BY_SIGNAL}" if status > BY_SIGNAL else f"status {status}"
    return f"the {agent} agent ended ({how})."


def _now() -> datetime:
    return datetime.now(UTC)
