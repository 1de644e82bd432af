"""The addresses of the two pages, and which requests may ask for them."""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

_TOKEN_BYTES: Final = 18


class Role(Enum):
    """The two kinds of pages: the owner's has keys, the audience's has none."""

    OWNER = "owner"
    WATCHER = "watch"


class Addresses:
    """The addresses of one run. Each contains a token that nobody can guess and that this run alone knows.

    A page of another site can make a browser send requests here. So the Host must be one of this server's,
    which no name is that somebody points to this machine, and an Origin, which every browser sends with a
    WebSocket, must be that of the page.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._tokens = {role: secrets.token_urlsafe(_TOKEN_BYTES) for role in Role}

    def of(self, role: Role) -> str:
        """Return the address of a page."""
        named = _everywhere(self._host, role) or self._host
        host = f"[{named}]" if ":" in named else named
        return f"http://{host}:{self._port}/{self._tokens[role]}/"

    def role(self, token: str) -> Role | None:
        """Return the role that the token belongs to; None if it is unknown."""
        given = token.encode("utf-8", "replace")
        found = None
        for role, known in self._tokens.items():
            # Each is compared: the time says nothing about either.
            found = role if hmac.compare_digest(given, known.encode()) else found
        return found

    def allows(self, headers: Mapping[str, str]) -> bool:
        """Return whether the Host is this server's, and the Origin, if there is one, that of its pages."""
        host = headers.get("Host", "")
        if not self._is_here(host):
            return False
        origin = headers.get("Origin")
        return origin is None or origin == f"http://{host}"

    def _is_here(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if port != self._port or "@" in host:
            return False
        if _everywhere(self._host, Role.OWNER) is None:
            here = self._host.lower()
            return name in ({here, "localhost"} if is_local(here) else {here})
        # Reached at any of its addresses; a name can be anybody's, but for its own.
        with suppress(ValueError):
            return bool(ipaddress.ip_address(name))
        return name in {"localhost", socket.gethostname().lower()}


def is_local(host: str) -> bool:
    """Return whether a server at this host can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _everywhere(host: str, role: Role) -> str | None:
    """Return where a page is found, for a host that means every address; None for any other.

    The owner sits at this machine, the audience at others.
    """
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host)  # noqa: S104 - looked up, not bound
    return socket.gethostname() if loopback and role is Role.WATCHER else loopback
