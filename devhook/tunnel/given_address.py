"""A public address that the user gives, and which addresses Shopify delivers to."""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from devhook.errors import InputError
from devhook.text import visible
from devhook.tunnel.events import TunnelEvent
from devhook.tunnel.provider import Requirement, TunnelProvider

# Names that do not resolve outside of this machine or network. Shopify rejects them; recorded answers are in
# https://github.com/airhorns/shopify-draft-proxy.
_INTERNAL: Final = ("localhost", "local", "internal", "lan", "home.arpa")
_SHOPIFYS: Final = ("shopify.com", "myshopify.com")
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_OUTSIDE: Final = re.compile(r"[\x00-\x20\x7f]|[^\x00-\x7f]")
_EXAMPLE: Final = "Use an address of this form: --public-url https://hooks.example.com"


class GivenAddress(TunnelProvider):
    """The provider for a public address of the user's own tunnel, which is also the tunnel itself.

    Raise InputError for an address that Shopify does not deliver to.
    """

    def __init__(self, url: str) -> None:
        self.url = public_address(url)
        self.events = asyncio.Queue[TunnelEvent]()

    @property
    def requirements(self) -> Sequence[Requirement]:
        """Return the check of the address itself; it sends nothing."""
        return (Requirement("address", self._describe),)

    @asynccontextmanager
    async def open(self, upstream: str) -> AsyncIterator[Self]:  # noqa: ARG002 - the user's tunnel leads there
        """Open nothing: the user's tunnel is open already."""
        yield self

    async def _describe(self, _: Mapping[str, str]) -> str:
        return f"{self.url} is an address that Shopify can deliver to."


def public_address(text: str) -> str:
    """Return the address in `text`, normalised, without a slash at its end.

    Raise InputError, with one message per mistake, for an address that Shopify does not deliver to.
    """
    given = text.strip()
    if not given:
        raise InputError("The public address is empty.", _EXAMPLE)
    if outside := _OUTSIDE.search(given):
        raise InputError(
            f"The public address contains {visible(outside[0]) if outside[0] != ' ' else 'a space'}.",
            "An address is plain ASCII; a host name with other letters is written as xn--….",
        )
    parts, port = _split(given)
    _check_scheme(given, parts)
    host = (parts.hostname or "").rstrip(".")
    _check_host(host)
    if parts.username is not None or parts.password is not None:
        raise InputError(
            "The public address contains a user name or a password; every subscription would contain it.",
            "Remove the part before the @.",
        )
    if parts.query or parts.fragment or given.endswith(("?", "#")):
        raise InputError(
            "The public address contains a ? or a #; devhook appends a path to it.",
            f"Use the part before it: https://{host}{parts.path}",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}{'' if port in {None, 443} else f':{port}'}{parts.path.rstrip('/')}"


def _split(given: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{given} is not an address: its host or port is invalid.", _EXAMPLE) from error
    return parts, port


def _check_scheme(given: str, parts: SplitResult) -> None:
    if "://" not in given:
        raise InputError(f"{given} does not begin with https://.", f"Use --public-url https://{given}")
    if parts.scheme == "http":
        raise InputError(
            "Shopify delivers to https:// only; this address is http://.",
            f"If your tunnel speaks TLS: --public-url https://{parts.netloc}{parts.path}",
        )
    if parts.scheme != "https":
        raise InputError(f"Shopify delivers to https:// only; this address is {parts.scheme}://.", _EXAMPLE)


def _check_host(host: str) -> None:
    if not host:
        raise InputError("The public address has no host.", _EXAMPLE)
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        _check_name(host)
        return
    if not number.is_global:
        raise InputError(
            f"{host} cannot be reached from the internet; Shopify rejects internal addresses.",
            "Use the address that your tunnel shows, not the one that it leads to.",
        )


def _check_name(host: str) -> None:
    labels = host.split(".")
    if _within(host, _INTERNAL) or len(labels) == 1:
        raise InputError(
            f"{host} cannot be reached from the internet; Shopify rejects internal addresses.",
            "Use the address that your tunnel shows, not the one that it leads to.",
        )
    if _within(host, _SHOPIFYS):
        raise InputError(f"Shopify does not deliver to its own addresses, such as {host}.", _EXAMPLE)
    # With a last label of digits it would be an IPv4 address.
    if not all(map(_NAME.fullmatch, labels)) or labels[-1].isdecimal():
        raise InputError(f"{host} is not a valid host name.", _EXAMPLE)


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
