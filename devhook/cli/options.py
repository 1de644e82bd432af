"""Options that several commands share, and what is made of them: the shop's client, the secrets."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from devhook.cli.narration import note
from devhook.errors import InputError
from devhook.sender.target import is_this_machine, target_url
from devhook.shop.versions import NEWEST, checked

if TYPE_CHECKING:
    from devhook.receiver.targets import Target
    from devhook.shop.client import AdminClient
    from devhook.webhook.signature import Secret

_SIZE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) *([KMGT]?)(?:i?B)?", re.IGNORECASE)


def face_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--output`, `--json` and `--mask`: which face a run is shown with, and whether it shows people."""
    output = click.option(
        "--output",
        type=click.Choice(["tui", "lines", "json"]),
        help="How deliveries are shown. Default: tui in a terminal, lines elsewhere.",
    )
    json = click.option(
        "--json", "as_json", is_flag=True, help="One JSON object per delivery: --output json."
    )
    return output(json(mask_option(command)))


def mask_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--mask`: whether people are shown by pseudonyms."""
    text = "Show pseudonyms instead of personal data; ctrl+l on the screen."
    return click.option("--mask", is_flag=True, help=text)(command)


def shop_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--shop`, `--api-version` and `--admin-origin`: which shop's Admin API is asked, and how.

    DEVHOOK_SHOP holds for every command, DEVHOOK_LISTEN_SHOP for one, and goes before.
    """

    def variables(setting: str) -> list[str]:
        return [f"DEVHOOK_{command.__name__.upper()}_{setting}", f"DEVHOOK_{setting}"]

    shop = click.option(
        "--shop",
        metavar="SHOP",
        envvar=variables("SHOP"),
        help="acme, acme.myshopify.com or an address of its admin. Also DEVHOOK_SHOP.",
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
        help="Ask here instead of https://SHOP: a proxy, or a simulated shop. Also DEVHOOK_ADMIN_ORIGIN.",
    )
    return shop(version(origin(command)))


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--forward-to`, `--route` and `--allow-remote`: the apps that deliveries are forwarded to."""
    forward_to = click.option(
        "--forward-to",
        multiple=True,
        metavar="URL",
        help="Send deliveries on to your app: 3000, localhost:3000/webhooks. Several get all of them.",
    )
    route = click.option(
        "--route",
        multiple=True,
        metavar="TOPIC=URL",
        help="Send deliveries of a topic elsewhere: 'fulfillments/*=3001'.",
    )
    allow_remote = click.option("--allow-remote", is_flag=True, help="Let your app be on another machine.")
    return forward_to(route(allow_remote(command)))


def answer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--wait-for-target` and `--answer`: what the sender of a delivery is answered."""
    wait = click.option(
        "--wait-for-target", is_flag=True, help="Answer the shop what your app answers, within 4.5 s."
    )
    answer = click.option(
        "--answer",
        multiple=True,
        metavar="FAULT",
        help="Answer wrongly on purpose: 500x3, slow:6s, drop, 50%:503, 404@orders/*.",
    )
    return wait(answer(command))


def require_target(targets: "Sequence[Target]", *, waits: bool) -> None:
    """Raise InputError where a target is to be waited for and there is none."""
    if waits and not targets:
        raise InputError("--wait-for-target needs a target to wait for.", "Add --forward-to 3000")


def targets_asked(
    forward_to: Sequence[str], routes: Sequence[str], *, allow_remote: bool
) -> tuple["Target", ...]:
    """Return the targets: those of the routes, and those that get all other deliveries.

    Raises InputError for what is no endpoint, or no topic.
    """
    from devhook.receiver.targets import Target
    from devhook.webhook.topics import matching

    targets = []
    for route in routes:
        topic, equals, url = route.partition("=")
        if not equals:
            raise InputError(f"--route {route} has no =.", "Write it like this: --route orders/paid=3000")
        topics = tuple(found.name for found in matching(topic))
        targets.append(Target(url=target_url(url, allow_remote=allow_remote), topics=topics))
    return (*targets, *(Target(url=target_url(url, allow_remote=allow_remote)) for url in forward_to))


def out_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--out` and `--force`: the file that is written instead of stdout."""
    out = click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Default: stdout."
    )
    force = click.option("--force", is_flag=True, help="Overwrite FILE.")
    return out(force(command))


def _bytes(_context: click.Context, _option: click.Parameter, value: object) -> int:
    """Read a number of bytes: `500000`, `500K`, `1.5G`, `2 GiB`; a K is 1024."""
    found = _SIZE.fullmatch(str(value).strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is no size. Write it like this: 500M, 2G, or a number of bytes.")
    return int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " "))


def keep_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--keep-days`, `--keep-count` and `--keep-bytes`: how much of what came is kept."""
    days = click.option(
        "--keep-days",
        type=click.IntRange(0, 36_500),
        default=30,
        show_default=True,
        metavar="N",
        help="Remove what is older; 0 removes nothing for its age.",
    )
    count = click.option(
        "--keep-count",
        type=click.IntRange(0),
        default=100_000,
        show_default=True,
        metavar="N",
        help="Remove the oldest beyond so many; 0 sets no bound.",
    )
    size = click.option(
        "--keep-bytes",
        callback=_bytes,
        default="1G",
        show_default=True,
        metavar="SIZE",
        help="Remove the oldest beyond so many bytes of bodies (500M, 2G); 0 sets no bound.",
    )
    return days(count(size(command)))


def shop_asked(shop: str | None) -> str:
    """Return the domain of the shop that was asked for. Raises InputError where there is none."""
    from devhook.shop.access import shop_domain

    if not (shop or "").strip():
        raise InputError(
            "Which shop? None was given.",
            'Use --shop acme, or set DEVHOOK_SHOP, or write shop = "acme" in .devhook/config.toml.',
        )
    return shop_domain(str(shop))


def admin_client(shop: str, api_version: str, admin_origin: str | None) -> "AdminClient":
    """Return the client of a shop's Admin API (`acme.myshopify.com`), with the credentials that are known.

    Raises InputError where they are missing, or where version or origin cannot be used.
    """
    from devhook.cli.credentials import credentials
    from devhook.shop.client import AdminClient

    version = checked(api_version)
    origin = _origin(admin_origin) if admin_origin else ""
    client = AdminClient(shop, credentials(shop).access(), origin=origin, api_version=version)
    if origin:
        note(f"Asking {origin} instead of https://{shop}.")
    return client


def secrets_known(shop: str = "") -> tuple["Secret", ...]:
    """Return the secrets to check deliveries with; those of the keyring too where the shop is known."""
    from devhook.cli.credentials import credentials

    return credentials(shop).secrets()


def _origin(text: str) -> str:
    """The origin, when the token may be sent there: encrypted, or within this machine."""
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
        raise InputError("--admin-origin is no origin.", "Write it like this: https://proxy.example:8443")
    if parts.scheme == "http" and not is_this_machine(host):
        raise InputError(
            f"--admin-origin http://{parts.netloc} would send the token unencrypted through the network.",
            f"Use https://{parts.netloc}",
        )
    return f"{parts.scheme}://{parts.netloc}"
