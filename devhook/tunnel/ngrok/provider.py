"""ngrok as a tunnel provider: what it is called, what it needs, and what its error pages mean."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Self

from devhook.errors import CredentialsRefused
from devhook.tunnel.provider import Explanation, PingAnswer, Tunnel, TunnelOptions, TunnelProvider


class NgrokProvider(TunnelProvider):
    """Starts the ngrok agent that is installed on this machine. `domain` None: the account's own domain."""

    NAME = "ngrok"
    ABOUT = "ngrok: devhook starts the agent that is installed on this machine"

    def __init__(self, domain: str | None = None) -> None:
        self.domain = domain

    @classmethod
    def configured(cls, options: TunnelOptions) -> Self:
        """Return the provider for `--domain`."""
        return cls(options.domain)

    @asynccontextmanager
    async def open(self, upstream: str) -> AsyncIterator[Tunnel]:
        """Start an agent; it is started again when it ends by itself."""
        # The agent's modules load pyngrok and pydantic, which --help does without.
        from devhook.tunnel.ngrok.settings import NgrokSettings  # noqa: PLC0415
        from devhook.tunnel.ngrok.tunnel import open_tunnel  # noqa: PLC0415

        async with open_tunnel(upstream, NgrokSettings(domain=self.domain)) as tunnel:
            yield tunnel

    def checks(self, environment: Mapping[str, str]) -> Mapping[str, Awaitable[str]]:
        """Check that the agent is installed and new enough, and that ngrok has a token."""
        return {"ngrok": _agent(environment), "ngrok token": _token(environment)}

    @staticmethod
    def explain(answer: PingAnswer) -> Explanation | None:
        """Explain the error code in the header Ngrok-Error-Code, else the one in the page."""
        from devhook.tunnel.ngrok.error_codes import codes_in, explained  # noqa: PLC0415

        for code in codes_in(answer.headers.get("Ngrok-Error-Code", "")) or codes_in(answer.page):
            return explained(code)
        return None


async def _agent(environment: Mapping[str, str]) -> str:
    from devhook.tunnel.ngrok.executable import checked_version, found  # noqa: PLC0415

    executable = found(None, environment)
    version = await checked_version(executable)
    return f"The ngrok agent is version {version} ({executable})."


async def _token(environment: Mapping[str, str]) -> str:
    """Say where ngrok has a token from. Whether it is accepted shows when a tunnel is opened."""
    from devhook.tunnel.ngrok.error_codes import ERROR_MEANINGS  # noqa: PLC0415
    from devhook.tunnel.ngrok.settings import configured_token  # noqa: PLC0415

    if environment.get("NGROK_AUTHTOKEN", "").strip():
        return "ngrok has a token, from NGROK_AUTHTOKEN."
    if configured_token():
        return "ngrok has a token, in its own configuration."
    missing = ERROR_MEANINGS["4018"]
    raise CredentialsRefused(missing.message, missing.hint)
