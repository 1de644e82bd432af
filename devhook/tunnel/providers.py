"""The table of tunnel providers, and which provider the options of a command select."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from devhook.errors import InputError
from devhook.tunnel.cloudflared.tunnel import Cloudflared
from devhook.tunnel.given_address import GivenAddress
from devhook.tunnel.ngrok.settings import NgrokSettings
from devhook.tunnel.ngrok.tunnel import Ngrok
from devhook.tunnel.provider import TunnelProvider


class ProviderChoice(NamedTuple):
    """A provider that `--tunnel` names: what it is, and how it is made from the domain asked for, or None."""

    about: str
    make: Callable[[str | None], TunnelProvider]


PROVIDERS: Final[Mapping[str, ProviderChoice]] = {
    "ngrok": ProviderChoice(
        "devhook starts the agent that is installed here",
        lambda domain: Ngrok(NgrokSettings(domain=domain)),
    ),
    "cloudflared": ProviderChoice(
        "devhook starts it; no account, a new address each time",
        lambda domain: Cloudflared(domain=domain),
    ),
}
"""The providers that `--tunnel` names."""

DEFAULT: Final = "ngrok"
"""The provider that opens a tunnel when none is named."""

NO_TUNNEL: Final = "none"
"""The value of `--tunnel` that opens no tunnel."""

CHOICES: Final = (*PROVIDERS, NO_TUNNEL)
"""The values of `--tunnel`."""


def selected(
    tunnel: str | None, domain: str | None, url: str | None, shop: str = ""
) -> TunnelProvider | None:
    """Return the provider that the options select; None where this machine needs no public address.

    `tunnel`, `domain` and `url` are the values of `--tunnel`, `--domain` and `--public-url`. `shop` is the
    shop that has to reach this machine, empty where there is none. Raise InputError for options that
    conflict.
    """
    if url:
        if domain or tunnel not in {None, NO_TUNNEL}:
            raise InputError(
                f"--public-url cannot be used together with {tunnel or DEFAULT}.", "Remove one of them."
            )
        return GivenAddress(url)
    if tunnel == NO_TUNNEL or not (tunnel or shop or domain):
        if shop:
            raise InputError(
                f"Without a public address {shop} cannot reach this machine.",
                "Remove --tunnel none, or use your own tunnel: --public-url https://…",
            )
        return None
    return PROVIDERS[tunnel or DEFAULT].make(domain)
