"""What a tunnel provider is: its name, what it needs on this machine, and how its tunnel opens."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

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


class MissingProgram(NamedTuple):
    """A provider's program that is not on this machine and can be fetched.

    `what`, `source`, `into`: the program and its size, the host it comes from, where it is put.
    `fetch`: fetches it; takes a function that is called with the percent that are new. Raises a DevhookError.
    """

    what: str
    source: str
    into: Path
    fetch: Callable[[Callable[[int], None]], Coroutine[Any, Any, object]]


class TunnelProvider(ABC):
    """A way to get a public address."""

    @property
    @abstractmethod
    def requirements(self) -> Sequence[Requirement]:
        """What the provider needs before it can open a tunnel. Checking a requirement opens nothing."""

    def missing_program(
        self,
        environment: Mapping[str, str],  # noqa: ARG002 - for the providers that have such a program
    ) -> MissingProgram | None:
        """Return the program that has to be fetched first; None where it is there, or cannot be fetched."""
        return None

    @abstractmethod
    def open(self, upstream: str) -> AbstractAsyncContextManager[Tunnel]:
        """Open a tunnel to `upstream`, such as `http://127.0.0.1:4000`; it closes at the end of the block.

        Raise a DevhookError if it cannot be opened. Later changes are put into the tunnel's `events`.
        """
