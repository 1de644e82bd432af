"""Where deliveries are forwarded to: which target gets which topics, at what address. Pure."""

import ipaddress
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict

from devhook.errors import InputError

_PORT: Final = re.compile(r":?(\d{1,5})")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ENDPOINT: Final = re.compile(r"[!-~]+")
_HIGHEST_PORT: Final = 65535
_LIKE_THIS: Final = "Write it like this: --forward-to http://localhost:3000/webhooks"


class Target(BaseModel):
    """An app of the developer's that deliveries are forwarded to.

    `url` is its endpoint. Where it has a path, every delivery goes to just that; where it has none, to the
    path that it came on. `topics` are those it wants, as names or globs (`fulfillments/*`); a target without
    any gets what no other one asks for.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    topics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called on a screen: `localhost:3000/webhooks`."""
        return self.url.partition("://")[2].removesuffix("/")

    @property
    def place(self) -> tuple[str, int]:
        """The host and the port that it listens on."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def address(self, path: str) -> str:
        """Where a delivery goes that came on `path` (a request target, query included)."""
        parts = urlsplit(self.url)
        return self.url.rstrip("/") + path if parts.path in {"", "/"} and not parts.query else self.url


def targets_of(targets: Sequence[Target], topic: str | None) -> tuple[Target, ...]:
    """The targets that get a delivery of this topic, in their order."""
    asking = tuple(
        target for target in targets if any(fnmatchcase(topic or "", pattern) for pattern in target.topics)
    )
    return asking or tuple(target for target in targets if not target.topics)


def target_url(text: str, *, allow_remote: bool = False) -> str:
    """Return the endpoint that was typed: `3000`, `localhost:3000/webhooks` or `http://localhost:3000`.

    Raises InputError for what is no endpoint, and for one on another machine unless that is allowed: a
    forwarded delivery is real, and its effects would be too.
    """
    wanted = text.strip()
    if port := _PORT.fullmatch(wanted):
        wanted = f"http://localhost:{port[1]}"
    elif not _SCHEME.match(wanted):
        wanted = f"http://{wanted}"
    parts = _parts(wanted)
    if parts is None:
        raise InputError(f"{text!r} is no address that deliveries can be forwarded to.", _LIKE_THIS)
    if parts.username is not None or parts.fragment:
        raise InputError("A target has neither a user nor a #fragment.", _LIKE_THIS)
    if not allow_remote and not is_this_machine(parts.hostname or ""):
        raise InputError(
            f"{parts.hostname} is another machine; what is forwarded there is handled there.",
            "If that is meant, add --allow-remote.",
        )
    return wanted


def is_this_machine(host: str) -> bool:
    """Whether a host of a URL can only be this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # RFC 6761: localhost and what ends in .localhost is never asked of anybody else.
        return host == "localhost" or host.endswith(".localhost")


def _parts(url: str) -> SplitResult | None:
    """The parts of a usable http(s) URL; None for any other."""
    try:
        parts = urlsplit(url)
        usable = parts.port is None or 0 < parts.port <= _HIGHEST_PORT
    except ValueError:
        return None
    if not (usable and parts.scheme in {"http", "https"} and parts.hostname and _ENDPOINT.fullmatch(url)):
        return None
    return parts
