"""What a tunnel provider is: its name, what it needs on this machine, and how its tunnel opens."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from devhook.tunnel.events import TunnelEvent


class Tunnel(Protocol):
    """A public address, for as long as a session lasts.

    Whether it leads to the receiver is measured by pings, in the same way for every provider.
    """

    @property
    def url(self) -> str:
        """The current public address, without a slash at its end: `https://acme.ngrok.app`."""
        ...

    @property
    def events(self) -> asyncio.Queue[TunnelEvent]:
        """The changes of the tunnel that were not taken out yet."""
        ...


class Requirement(NamedTuple):
    """One thing that a provider needs on this machine.

    `name`: the name of the check in `devhook doctor`, such as `ngrok token`.
    `check`: takes the environment and returns a sentence, or raises a DevhookError if it is not met.
    """

    name: str
    check: Callable[[Mapping[str, str]], Awaitable[str]]


class TunnelProvider(ABC):
    """A way to get a public address."""

    @property
    @abstractmethod
    def requirements(self) -> Sequence[Requirement]:
        """What the provider needs before it can open a tunnel. Checking a requirement opens nothing."""

    @abstractmethod
    def open(self, upstream: str) -> AbstractAsyncContextManager[Tunnel]:
        """Open a tunnel to `upstream`, such as `http://127.0.0.1:4000`; it closes at the end of the block.

        Raise a DevhookError if it cannot be opened. Later changes are put into the tunnel's `events`.
        """
