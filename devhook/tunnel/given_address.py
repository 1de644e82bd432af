"""What a public address is: what every tunnel offers a run, and which addresses Shopify would deliver to."""

import asyncio
import ipaddress
import re
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

from devhook.errors import InputError
from devhook.text import visible
from devhook.tunnel.events import TunnelEvent

# Names that lead nowhere outside of this machine or network; Shopify refuses them (recorded answers:
# https://github.com/airhorns/shopify-draft-proxy).
_INTERNAL: Final = ("localhost", "local", "internal", "lan", "home.arpa")
_SHOPIFYS: Final = ("shopify.com", "myshopify.com")
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_OUTSIDE: Final = re.compile(r"[\x00-\x20\x7f]|[^\x00-\x7f]")
_EXAMPLE: Final = "It looks like this: --public-url https://hooks.example.com"


class Tunnel(Protocol):
    """A public address, for as long as a run lasts. What happens to it is put into `events`."""

    @property
    def url(self) -> str:
        """Where it leads here from, at this moment, without a slash at its end: `https://acme.ngrok.app`."""
        ...

    @property
    def events(self) -> asyncio.Queue[TunnelEvent]:
        """What happened to it that nobody has taken out yet."""
        ...


class GivenAddress:
    """A public address that the user's own tunnel provides. Nothing is known of it but what pings show."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.events: asyncio.Queue[TunnelEvent] = asyncio.Queue()


def public_address(text: str) -> str:
    """Return the address that `text` gives, without a slash at its end.

    Raises InputError, with one sentence per mistake, for what Shopify would not deliver to.
    """
    given = text.strip()
    if not given:
        raise InputError("The public address is empty.", _EXAMPLE)
    if outside := _OUTSIDE.search(given):
        raise InputError(
            f"The public address holds {visible(outside[0]) if outside[0] != ' ' else 'a space'}.",
            "An address is plain ASCII; a name with other letters is written as xn--….",
        )
    parts, port = _split(given)
    _refuse_scheme(given, parts)
    host = (parts.hostname or "").rstrip(".")
    _refuse_host(host)
    if parts.username is not None or parts.password is not None:
        raise InputError(
            "The public address holds a user name or a password; it would stand in every subscription.",
            "Leave out what stands before the @.",
        )
    if parts.query or parts.fragment or given.endswith(("?", "#")):
        raise InputError(
            "The public address has a ? or a #; devhook adds a path of its own to it.",
            f"Leave out what comes after: https://{host}{parts.path}",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}{'' if port in {None, 443} else f':{port}'}{parts.path.rstrip('/')}"


def _split(given: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{given} is no address: its host or its port cannot be read.", _EXAMPLE) from error
    return parts, port


def _refuse_scheme(given: str, parts: SplitResult) -> None:
    if "://" not in given:
        raise InputError(f"{given} has no https:// before it.", f"Say --public-url https://{given}")
    if parts.scheme == "http":
        raise InputError(
            "Shopify delivers to https:// only; this address is http://.",
            f"If your tunnel speaks TLS: --public-url https://{parts.netloc}{parts.path}",
        )
    if parts.scheme != "https":
        raise InputError(f"Shopify delivers to https:// only; this address is {parts.scheme}://.", _EXAMPLE)


def _refuse_host(host: str) -> None:
    if not host:
        raise InputError("The public address names no host.", _EXAMPLE)
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        _refuse_name(host)
        return
    if not number.is_global:
        raise InputError(
            f"{host} cannot be reached from the internet; Shopify refuses internal addresses.",
            "Give the address that your tunnel shows, not the one it leads to.",
        )


def _refuse_name(host: str) -> None:
    labels = host.split(".")
    if _within(host, _INTERNAL) or len(labels) == 1:
        raise InputError(
            f"{host} cannot be reached from the internet; Shopify refuses internal addresses.",
            "Give the address that your tunnel shows, not the one it leads to.",
        )
    if _within(host, _SHOPIFYS):
        raise InputError(f"Shopify does not deliver to itself, and {host} is Shopify's.", _EXAMPLE)
    # A last label of digits would be an IPv4 address, and this is none.
    if not all(map(_NAME.fullmatch, labels)) or labels[-1].isdecimal():
        raise InputError(f"{host} is not the name of a host.", _EXAMPLE)


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
