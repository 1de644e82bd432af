"""Options of the commands that send to an endpoint, and what is made of them: its URL, a secret, a speed."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from devhook.cli.options import secrets_known
from devhook.errors import InputError, NetworkError
from devhook.sender.target import is_listening, target_url

if TYPE_CHECKING:
    from devhook.webhook.signature import Secret


def endpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--to`, `--allow-remote` and `--shop`: where requests are sent to, and whose secret signs them."""
    target = click.option(
        "--to", "target", metavar="URL", help="Where to: http://localhost:3000/webhooks, or 3000."
    )
    remote = click.option("--allow-remote", is_flag=True, help="Send to another machine than this one.")
    shop = click.option(
        "--shop",
        metavar="SHOP",
        envvar=[f"DEVHOOK_{command.__name__.upper()}_SHOP", "DEVHOOK_SHOP"],
        help="The shop whose client secret the keyring holds. Also DEVHOOK_SHOP.",
    )
    return target(remote(shop(command)))


def where_to(target: str | None, *, allow_remote: bool) -> str:
    """Return the endpoint of `--to`. Raises InputError where there is none that may be sent to."""
    if not (target or "").strip():
        command = click.get_current_context().command_path
        raise InputError(
            "Where to? No endpoint was given.", f"Add one: {command} … --to http://localhost:3000"
        )
    return target_url(str(target), allow_remote=allow_remote)


def signing_secret(shop: str | None, option: str) -> "Secret":
    """Return the app's client secret. Raises InputError where none is known; `option` is what needs it."""
    from devhook.shop.access import shop_domain

    known = secrets_known(shop_domain(shop) if shop else "")
    if not known:
        raise InputError(
            "There is nothing to sign with: no client secret is known.",
            f"Set DEVHOOK_CLIENT_SECRET, or leave {option} out.",
        )
    return known[0]


async def require_listening(url: str) -> None:
    """Raise NetworkError where nothing accepts connections."""
    if not await is_listening(url):
        raise NetworkError(
            f"Nothing listens at {url}.", "Start your app, or name another endpoint with --to."
        )


def speed_of(text: str) -> float:
    """Return how many times as fast something is to be: `1`, `10`, or infinitely with `max`."""
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise click.BadParameter(f"{text!r} is neither a number above 0 nor max.")
    return speed
