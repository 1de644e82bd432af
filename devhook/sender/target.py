"""The endpoint that requests are sent to: how it is written, which one is allowed, whether it listens."""

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
# Seconds. A connection that sends nothing costs a development server next to nothing.
_CONNECT_TIMEOUT: Final = 2.0
_CHECK_INTERVAL: Final = 3.0
_RETRY_INTERVAL: Final = 0.1
_LIKE_THIS: Final = "Write it like this: http://localhost:3000/webhooks, or in short: 3000"

Sleep = Callable[[float], Awaitable[object]]


def target_url(text: str, *, allow_remote: bool = False) -> str:
    """Return the endpoint that was typed: `3000`, `3000/hook`, `localhost:3000` or `http://localhost:3000`.

    What is signed with an app's secret is true to whoever gets it, and what a real delivery does at another
    machine is done: an address beyond this one has to be asked for. Raises InputError for such a one, and for
    what is no endpoint.
    """
    wanted = text.strip()
    if port := _PORT.fullmatch(wanted):
        wanted = f"http://localhost:{port[1]}{port[2] or ''}"
    elif not _SCHEME.match(wanted):
        wanted = f"http://{wanted}"
    parts = _parts(wanted)
    if parts is None:
        raise InputError(f"{text!r} is no address that requests can be sent to.", _LIKE_THIS)
    if parts.username is not None or parts.fragment:
        raise InputError("The address of an endpoint has neither a user nor a #fragment.", _LIKE_THIS)
    if not (allow_remote or is_this_machine(parts.hostname or "")):
        raise InputError(
            f"{parts.hostname} is not this machine: what is signed for the app would be true there.",
            "If it is an endpoint of yours that may be used, add --allow-remote.",
        )
    return wanted


def address(url: str, path: str) -> str:
    """Return where a delivery goes that came on `path`: to `url`, on that path where `url` has none.

    A path that a stranger wrote stays one, whatever it holds: it can never lead to another host.
    """
    parts = urlsplit(url)
    if parts.path not in {"", "/"} or parts.query:
        return url
    return f"{url.rstrip('/')}/{path.removeprefix('/')}"


def is_this_machine(host: str) -> bool:
    """Whether `host` is a loopback address, or a name that can only be one (RFC 6761)."""
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
    """Whether a connection to the endpoint at `url` is accepted within two seconds. No byte is sent."""
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
    """Wait until the endpoint at `url` accepts connections, however long that takes."""
    while not await is_listening(url):
        await sleep(_RETRY_INTERVAL)


async def listening_changes(url: str, interval: float = _CHECK_INTERVAL) -> AsyncIterator[bool]:
    """Yield whether the endpoint at `url` listens: at once, then whenever that changes.

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
    """The parts of a usable http(s) URL; None for any other."""
    try:
        parts = urlsplit(url)
        usable = parts.port is None or 0 < parts.port <= _HIGHEST_PORT
    except ValueError:
        return None
    if not (usable and parts.scheme in {"http", "https"} and parts.hostname and _PRINTABLE.fullmatch(url)):
        return None
    return parts
