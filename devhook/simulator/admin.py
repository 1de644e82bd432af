"""The simulated shop's Admin API: a real HTTP server that answers GraphQL and the client-credentials grant."""

from datetime import datetime
from types import TracebackType
from typing import Callable, Self

from devhook.simulator.installation import Installation
from devhook.simulator.subscriptions import Subscriptions


class AdminServer:
    """POST /admin/api/{version}/graphql.json and POST /admin/oauth/access_token on 127.0.0.1.

    Open it with `async with`; then `url` is its origin (`http://127.0.0.1:40123`).
    """

    def __init__(  # noqa: PLR0913
        self,
        subscriptions: Subscriptions,
        installation: Installation,
        *,
        domain: str,
        clock: Callable[[], datetime],
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The origin it listens on."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raise NotImplementedError
