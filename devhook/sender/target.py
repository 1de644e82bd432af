"""The target that requests are sent to: its notations, which are allowed, and whether it listens."""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from devhook.errors import InputError

_PORT: Final = re.compile(r":?(\d{1,5})(/.*)?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_HIGHEST_PORT: Final = 65535
_HTTPS_PORT: Final = 443
_HTTP_PORT: Final = 80
# Seconds. A connection without data costs a development server almost nothing.
_CONNECT_TIMEOUT: Final = 2.0
_CHECK_INTERVAL: Final = 3.0
_RETRY_INTERVAL: Final = 0.1
_LIKE_THIS: Final = "Write it like this: http://localhost:3000/webhooks, or in short: 3000"

Sleep = Callable[[float], Awaitable[object]]


def target_url(text: str, *, allow_remote: bool = False) -> str:
    """Return the URL for `3000`, `3000/hook`, `localhost:3000` or `http://localhost:3000`.

    An endpoint accepts whatever the app's secret signs, and the effects of a delivery on another machine
    cannot be undone. So another machine needs `allow_remote`. Raises InputError without it, and for text that
    is not an endpoint.
    """
    wanted = text.strip()
    if port := _PORT.fullmatch(wanted):
        wanted = f"http://localhost:{port[1]}{port[2] or ''}"
    elif not _SCHEME.match(wanted):
        wanted = f"http://{wanted}"
    parts = _parts(wanted)
    if parts is None:
        raise InputError(f"{text!r} is not an address that requests can be sent to.", _LIKE_THIS)
    if parts.username is not None or parts.fragment:
        raise InputError("The address of an endpoint contains no user and no #fragment.", _LIKE_THIS)
    if not (allow_remote or is_this_machine(parts.hostname or "")):
        raise InputError(
            f"{parts.hostname} is not this machine, and its app may act on signed deliveries.",
            "If you may test this endpoint, add --allow-remote.",
        )
    return wanted


def address(url: str, path: str) -> str:
    """Return the URL for a delivery that arrived on `path`: `url`, with that path if `url` has none.

    The path is untrusted; whatever it contains, the URL never leads to another host.
    """
    parts = urlsplit(url)
    if parts.path not in {"", "/"} or parts.query:
        return url
    return f"{url.rstrip('/')}/{path.removeprefix('/')}"


def is_this_machine(host: str) -> bool:
    """Return whether `host` is a loopback address, or a name that always means one (RFC 6761)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")


def host_and_port(url: str) -> tuple[str, int]:
    """Return the host and the port that an http(s) URL connects to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (_HTTPS_PORT if parts.scheme == "https" else _HTTP_PORT)


async def is_listening(url: str) -> bool:
    """Return whether the endpoint at `url` accepts a connection within two seconds. Sends no data."""
    host, port = host_and_port(url)
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, UnicodeError):
        # TimeoutError is an OSError; a host name with an empty label is a UnicodeError.
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def until_listening(url: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Wait without limit until the endpoint at `url` accepts connections."""
    while not await is_listening(url):
        await sleep(_RETRY_INTERVAL)


async def listening_changes(url: str, interval: float = _CHECK_INTERVAL) -> AsyncIterator[bool]:
    """Yield whether the endpoint at `url` listens: first now, then at every change.

    `interval` is the seconds between two checks.
    """
    known: bool | None = None
    while True:
        found = await is_listening(url)
        if found is not known:
            known = found
            yield found
        await asyncio.sleep(interval)


def _parts(url: str) -> SplitResult | None:
    """Return the parts of a valid http(s) URL; None for any other text."""
    try:
        parts = urlsplit(url)
        usable = parts.port is None or 0 < parts.port <= _HIGHEST_PORT
    except ValueError:
        return None
    if not (usable and parts.scheme in {"http", "https"} and parts.hostname and _PRINTABLE.fullmatch(url)):
        return None
    return parts
