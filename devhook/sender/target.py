"""Where requests may be sent to: an endpoint on this machine, any other only when that is asked for."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from devhook.errors import InputError

_PORT: Final = re.compile(r":?(\d{1,5})(/.*)?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_HIGHEST_PORT: Final = 65535
_LIKE_THIS: Final = "Write it like this: http://localhost:3000/webhooks, or in short: 3000"


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
