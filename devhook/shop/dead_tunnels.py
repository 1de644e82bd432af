"""Which subscriptions lead into a tunnel that is gone: measured over HTTPS, never guessed by name."""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Final
from urllib.parse import urlsplit

import httpx

# The names that tunnels give out. Any other address is somebody's server, and none of our business.
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
# "No such name" and "no address for it"; anything else is the resolver's own trouble, EAI_AGAIN above all.
_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
# ngrok's own answer where no agent holds the address. 8012, the app behind it is down, is another matter:
# then the tunnel stands. https://ngrok.com/docs/errors/
_NGROK_OFFLINE: Final = "ERR_NGROK_3200"
# Cloudflare's answer where a tunnel's program does not run.
_CLOUDFLARE_OFFLINE: Final = 530


def is_tunnel(uri: str) -> bool:
    """Whether the address looks like one that a tunnel gave out."""
    host = _host(uri)
    return uri.startswith("https://") and any(host.endswith(f".{name}") for name in _TUNNELS)


async def dead_tunnels(uris: Iterable[str], http: httpx.AsyncClient | None = None) -> Mapping[str, str]:
    """Ask the tunnels among `uris` whether they stand, and return why not for each that is gone.

    `{"https://a1b2.ngrok-free.app/hooks": "ngrok knows no agent that holds it"}`. What is asked is the
    tunnel's front page and not the path: nobody's webhook is called. What does not answer in five seconds, or
    cannot be asked, is not called dead.
    """
    tunnels = sorted({uri for uri in uris if is_tunnel(uri)})
    if not tunnels:
        return {}
    async with httpx.AsyncClient() if http is None else nullcontext(http) as client:
        turns = asyncio.Semaphore(_AT_ONCE)
        fronts = {urlsplit(uri).netloc for uri in tunnels}

        async def asked(front: str) -> str:
            async with turns:
                return await _why_dead(client, f"https://{front}/")

        answers = dict(zip(fronts, await asyncio.gather(*map(asked, fronts)), strict=True))
    return {uri: reason for uri in tunnels if (reason := answers[urlsplit(uri).netloc])}


async def _why_dead(client: httpx.AsyncClient, url: str) -> str:
    """Why the tunnel is gone; nothing when it stands, or when that cannot be told."""
    try:
        async with asyncio.timeout(_PATIENCE), client.stream("GET", url, follow_redirects=False) as answer:
            return _said(answer)
    except httpx.ConnectError as error:
        return _unreachable(error)
    except (httpx.HTTPError, TimeoutError):
        return ""


def _said(answer: httpx.Response) -> str:
    code = answer.headers.get("ngrok-error-code", "")
    if code == _NGROK_OFFLINE:
        return f"ngrok has no agent for it ({code})"
    if answer.status_code == _CLOUDFLARE_OFFLINE and _host(str(answer.url)).endswith(".trycloudflare.com"):
        return f"Cloudflare has no tunnel for it ({_CLOUDFLARE_OFFLINE})"
    return ""


def _unreachable(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "its name does not exist any more" if cause.errno in _NO_SUCH_NAME else ""
        if isinstance(cause, ConnectionRefusedError):
            return "it refuses connections"
        cause = cause.__cause__ or cause.__context__
    return ""


def _host(uri: str) -> str:
    try:
        return (urlsplit(uri).hostname or "").rstrip(".")
    except ValueError:
        return ""
