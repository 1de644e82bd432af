"""Which subscriptions deliver to a dead tunnel: only an answer of the tunnel service over HTTPS proves it."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

# The domains of tunnels. Any other address is a server, and is not requested.
_TUNNELS: Final = (
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "ngrok-free.app",
    "ngrok-free.dev",
    "trycloudflare.com",
    "loca.lt",
    "localtunnel.me",
    "lhr.life",
    "localhost.run",
    "pinggy.io",
    "pinggy.link",
    "serveo.net",
    "ts.net",
    "tunnelmole.net",
    "devtunnels.ms",
)
_PATIENCE: Final = 5.0
_AT_ONCE: Final = 8
_LONGEST: Final = 15.0
# ngrok's answer for an address without an agent. With 8012 only the app behind the tunnel is down:
# https://ngrok.com/docs/errors/
_NGROK_OFFLINE: Final = "ERR_NGROK_3200"
# Cloudflare's answer for a tunnel without a program.
_CLOUDFLARE_OFFLINE: Final = 530


def is_tunnel(uri: str) -> bool:
    """Return whether the address is in a domain of tunnels."""
    host = _host(uri)
    return uri.startswith("https://") and any(host.endswith(f".{name}") for name in _TUNNELS)


class TunnelAnswers(NamedTuple):
    """What the tunnels among some addresses answered, by address.

    `dead`: why, of each that is dead: `ngrok has no agent for it (ERR_NGROK_3200)`.
    `unreachable`: what happened, of each that could not be requested. It proves nothing: a proxy, a firewall
    or the resolver of this machine may be the cause.
    """

    dead: Mapping[str, str]
    unreachable: Mapping[str, str]


async def dead_tunnels(uris: Iterable[str], http: httpx.AsyncClient | None = None) -> Mapping[str, str]:
    """Request the tunnels among `uris`; return the reason for each that is dead."""
    return (await tunnel_answers(uris, http)).dead


async def tunnel_answers(uris: Iterable[str], http: httpx.AsyncClient | None = None) -> TunnelAnswers:
    """Request the tunnels among `uris`.

    The page `/` is requested, so that no webhook is called. A tunnel that does not answer in time is not
    called dead: five seconds for one, fifteen for all.
    """
    tunnels = sorted({uri for uri in uris if is_tunnel(uri)})
    if not tunnels:
        return TunnelAnswers({}, {})
    dead: dict[str, str] = {}
    unreachable = {urlsplit(uri).netloc: "it does not answer" for uri in tunnels}
    async with httpx.AsyncClient() if http is None else nullcontext(http) as client:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def ask(front: str) -> None:
            async with turns:
                try:
                    dead[front] = await _why_dead(client, f"https://{front}/")
                    del unreachable[front]
                except httpx.HTTPError as error:
                    unreachable[front] = f"it cannot be reached: {type(error).__name__}"
                except TimeoutError:
                    pass

        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST), asyncio.TaskGroup() as tasks:
                for front in list(unreachable):
                    tasks.create_task(ask(front))
    return TunnelAnswers(_of(tunnels, dead), _of(tunnels, unreachable))


def _of(uris: Iterable[str], reasons: Mapping[str, str]) -> Mapping[str, str]:
    return {uri: reason for uri in uris if (reason := reasons.get(urlsplit(uri).netloc))}


async def _why_dead(client: httpx.AsyncClient, url: str) -> str:
    """Return why the tunnel is dead; "" if it is not. Raise httpx.HTTPError or TimeoutError."""
    async with asyncio.timeout(_PATIENCE), client.stream("GET", url, follow_redirects=False) as answer:
        return _reason(answer)


def _reason(answer: httpx.Response) -> str:
    code = answer.headers.get("ngrok-error-code", "")
    if code == _NGROK_OFFLINE:
        return f"ngrok has no agent for it ({code})"
    if answer.status_code == _CLOUDFLARE_OFFLINE and _host(str(answer.url)).endswith(".trycloudflare.com"):
        return f"Cloudflare has no tunnel for it ({_CLOUDFLARE_OFFLINE})"
    return ""


def _host(uri: str) -> str:
    try:
        return (urlsplit(uri).hostname or "").rstrip(".")
    except ValueError:
        return ""
