"""The options for a shop, its domain, and the client of its Admin API."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

from devhook.cli.console import info
from devhook.cli.credentials import credentials
from devhook.errors import InputError
from devhook.sender.target import is_this_machine
from devhook.shop.access import shop_domain
from devhook.shop.client import AdminClient
from devhook.shop.versions import NEWEST, checked


def shop_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--shop`, `--api-version` and `--admin-origin`: which shop's Admin API is called, and where.

    DEVHOOK_SHOP applies to every command; DEVHOOK_LISTEN_SHOP applies to one command and overrides it.
    """

    def variables(setting: str) -> list[str]:
        return [f"DEVHOOK_{command.__name__.upper()}_{setting}", f"DEVHOOK_{setting}"]

    shop = click.option(
        "--shop",
        metavar="SHOP",
        envvar=variables("SHOP"),
        help="acme, acme.myshopify.com or the URL of its admin. Also DEVHOOK_SHOP.",
    )
    version = click.option(
        "--api-version",
        metavar="VERSION",
        envvar=variables("API_VERSION"),
        default=NEWEST,
        show_default=True,
        help="The Admin API's version. Also DEVHOOK_API_VERSION.",
    )
    origin = click.option(
        "--admin-origin",
        metavar="URL",
        envvar=variables("ADMIN_ORIGIN"),
        help="Call the Admin API here instead of at https://SHOP: a proxy or a simulated shop. Also "
        "DEVHOOK_ADMIN_ORIGIN.",
    )
    return shop(version(origin(command)))


def required_shop(shop: str | None) -> str:
    """Return the domain of the shop. Raise InputError when none is set."""
    if not (shop or "").strip():
        raise InputError(
            "A shop is required.",
            "Use --shop acme, or set DEVHOOK_SHOP, or store it with: devhook init",
        )
    return shop_domain(str(shop))


def admin_client(shop: str, api_version: str, admin_origin: str | None) -> AdminClient:
    """Return the client of a shop's Admin API (`acme.myshopify.com`), with the configured credentials.

    Raise InputError for missing credentials, and for an invalid version or origin.
    """
    version = checked(api_version)
    origin = _origin(admin_origin) if admin_origin else ""
    client = AdminClient(shop, credentials(shop).access(), origin=origin, api_version=version)
    if origin:
        info(f"Calling the Admin API at {origin} instead of https://{shop}.")
    return client


def _origin(text: str) -> str:
    """Return the origin. Raise InputError for one that is neither encrypted nor on this machine."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if (
        not host
        or parts.scheme not in {"http", "https"}
        or parts.path.strip("/")
        or parts.query
        or "@" in parts.netloc
    ):
        raise InputError("--admin-origin is not an origin.", "Example: https://proxy.example:8443")
    if parts.scheme == "http" and not is_this_machine(host):
        raise InputError(
            f"--admin-origin http://{parts.netloc} would send the access token unencrypted.",
            f"Use https://{parts.netloc}",
        )
    return f"{parts.scheme}://{parts.netloc}"
