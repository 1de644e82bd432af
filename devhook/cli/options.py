"""The options that several commands share, and their values: targets, an endpoint, a secret, a speed."""

import math
import os
import re
from collections.abc import Callable, Sequence
from functools import wraps
from glob import escape
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem
from pydantic import SecretStr

from devhook.cli.credentials import credentials, secrets_known
from devhook.errors import InputError, NetworkError
from devhook.files import NONBLOCK
from devhook.inbox.retention import Keep
from devhook.receiver.targets import Target
from devhook.resources import fixtures
from devhook.sender.target import is_listening, target_url
from devhook.shop.access import shop_domain
from devhook.text import did_you_mean, nearest
from devhook.webhook.signature import Secret
from devhook.webhook.topics import matching, topic_names

_SIZE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) *([KMGT]?)(?:i?B)?", re.IGNORECASE)


class NearestChoice(click.Choice):  # type: ignore[type-arg]  # before click 8.2 it took no argument
    """A choice whose error names the value nearest to a misspelt one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value. Raise BadParameter with all values and the nearest one."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            question = did_you_mean(nearest(str(value), map(str, self.choices), 1))
            self.fail(f"{error.message} {question}".rstrip(), param, ctx)


class TopicName(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 it took no argument
    """A topic as the user typed it. The shell completes the topics that a delivery can have."""

    name = "topic"

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the topics that begin with `incomplete`."""
        return [CompletionItem(name) for name in topic_names() if name.startswith(incomplete.lower())]


def complete_scenario(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the scenarios of devhook that begin with `incomplete`, or a request for files."""
    names = sorted(file.stem for file in (fixtures() / "scenarios").glob(f"{escape(incomplete)}*.toml"))
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--output` and `--json`: which output shows the session."""
    output = click.option(
        "--output",
        type=NearestChoice(["tui", "lines", "json"]),
        help="How deliveries are shown. Default: tui in a terminal, lines elsewhere.",
    )
    json = click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object per delivery: --output json."
    )
    return output(json(command))


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--forward-to`, `--route` and `--allow-remote`: the apps that deliveries are forwarded to."""
    forward_to = click.option(
        "--forward-to",
        multiple=True,
        metavar="URL",
        help="Forward deliveries to your app: 3000, localhost:3000/webhooks. Repeatable; each gets all.",
    )
    route = click.option(
        "--route",
        multiple=True,
        metavar="TOPIC=URL",
        help="Forward deliveries of a topic to another URL: 'fulfillments/*=3001'.",
    )
    allow_remote = click.option(
        "--allow-remote", is_flag=True, help="Allow the target to be on another machine."
    )
    return forward_to(route(allow_remote(command)))


def answer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--wait-for-target` and `--answer`: how the receiver answers a delivery."""
    wait = click.option(
        "--wait-for-target", is_flag=True, help="Answer with the target's own answer, within 4.5 s."
    )
    answer = click.option(
        "--answer",
        multiple=True,
        metavar="FAULT",
        help="Answer with a fault: 500x3, slow:6s, drop, 50%:503, 404@orders/*.",
    )
    return wait(answer(command))


def require_target(targets: Sequence[Target], *, waits: bool) -> None:
    """Raise InputError when `waits` is set and there is no target."""
    if waits and not targets:
        raise InputError("--wait-for-target needs a target.", "Add --forward-to 3000")


def targets_asked(
    forward_to: Sequence[str], routes: Sequence[str], *, allow_remote: bool
) -> tuple[Target, ...]:
    """Return the targets of the routes, then those that get all other deliveries.

    Raise InputError for an invalid address or an unknown topic.
    """
    targets = []
    for route in routes:
        topic, equals, url = route.partition("=")
        if not equals:
            raise InputError(f"--route {route} has no =.", "Example: --route orders/paid=3000")
        topics = tuple(found.name for found in matching(topic))
        targets.append(Target(url=target_url(url, allow_remote=allow_remote), topics=topics))
    return (*targets, *(Target(url=target_url(url, allow_remote=allow_remote)) for url in forward_to))


def out_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--out` and `--force`: the file to write instead of stdout."""
    out = click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write to FILE. Default: stdout.",
    )
    force = click.option("--force", is_flag=True, help="Overwrite FILE.")
    return out(force(command))


def _bytes(_context: click.Context, _option: click.Parameter, value: object) -> int:
    """Parse a number of bytes: `500000`, `500K`, `1.5G`, `2 GiB`; a K is 1024."""
    found = _SIZE.fullmatch(str(value).strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is not a size. Examples: 500M, 2G, or a number of bytes.")
    return int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " "))


def keep_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--keep-days`, `--keep-count`, `--keep-bytes` and `--keep-untrusted`: the limits of the inbox.

    The command gets them as `keep`.
    """

    @wraps(command)
    def limited(
        *arguments: Any,
        keep_days: int,
        keep_count: int,
        keep_bytes: int,
        keep_untrusted: int,
        **options: Any,
    ) -> Any:
        keep = Keep(days=keep_days, count=keep_count, size=keep_bytes, untrusted=keep_untrusted)
        return command(*arguments, keep=keep, **options)

    days = click.option(
        "--keep-days",
        type=click.IntRange(0, 36_500),
        default=30,
        show_default=True,
        metavar="N",
        help="Remove deliveries that are older than N days; 0 sets no limit.",
    )
    count = click.option(
        "--keep-count",
        type=click.IntRange(0),
        default=100_000,
        show_default=True,
        metavar="N",
        help="Remove the oldest deliveries beyond N; 0 sets no limit.",
    )
    size = click.option(
        "--keep-bytes",
        callback=_bytes,
        default="1G",
        show_default=True,
        metavar="SIZE",
        help="Remove the oldest deliveries beyond SIZE (500M, 2G); 0 sets no limit.",
    )
    untrusted = click.option(
        "--keep-untrusted",
        type=click.IntRange(0, 100),
        default=10,
        show_default=True,
        metavar="PERCENT",
        help="Let deliveries without a valid signature have PERCENT of --keep-count and --keep-bytes; "
        "the oldest beyond it are removed.",
    )
    return days(count(size(untrusted(limited))))


def endpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--to`, `--allow-remote` and `--shop`: the endpoint, and the shop whose secret signs."""
    target = click.option(
        "--to", "target", metavar="URL", help="The endpoint: http://localhost:3000/webhooks, or 3000."
    )
    remote = click.option("--allow-remote", is_flag=True, help="Allow the endpoint to be on another machine.")
    shop = click.option(
        "--shop",
        metavar="SHOP",
        envvar=[f"DEVHOOK_{command.__name__.upper()}_SHOP", "DEVHOOK_SHOP"],
        help="The shop whose client secret is in the keyring. Also DEVHOOK_SHOP.",
    )
    return target(remote(shop(command)))


def endpoint_url(target: str | None, *, allow_remote: bool) -> str:
    """Return the endpoint of `--to`. Raise InputError when it is missing, invalid or not allowed."""
    if not (target or "").strip():
        command = click.get_current_context().command_path
        raise InputError("--to is required.", f"{command} … --to http://localhost:3000")
    return target_url(str(target), allow_remote=allow_remote)


def signing_secret(shop: str | None, option: str) -> Secret:
    """Return the app's client secret. Raise InputError, naming `option`, when none is set."""
    known = secrets_known(shop_domain(shop) if shop else "")
    if not known:
        raise InputError(
            "No client secret is set to sign with.",
            f"Set DEVHOOK_CLIENT_SECRET, or remove {option}.",
        )
    return known[0]


def client_secret(shop: str) -> SecretStr:
    """Return the app's client secret. Raise InputError when none is set."""
    found = credentials(shop).found
    if "client_secret" not in found:
        raise InputError(
            "No client secret is set to sign with.",
            "Set DEVHOOK_CLIENT_SECRET (or SHOPIFY_API_SECRET) to the secret that the app verifies with.",
        )
    return found["client_secret"].value


def require_writable(file: Path, option: str) -> None:
    """Raise InputError when the file of `option` cannot be written, before anything is sent."""
    try:
        # A pipe without a reader would be waited for.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | NONBLOCK, 0o666))
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror}.",
            f"Create its folder, or use another file with {option}.",
        ) from error


async def require_listening(url: str) -> None:
    """Raise NetworkError when nothing accepts connections at `url`."""
    if not await is_listening(url):
        raise NetworkError(f"Nothing listens at {url}.", "Start your app, or use another endpoint with --to.")


A_DAY: Final = 86_400
"""Seconds; the longest time that an option bounds. `inf` would be no bound."""


class NumberRange(click.FloatRange):
    """A number in a range. `nan` is in none: no comparison with it is true, and no time would run out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number. Fail for `nan` and for a number outside of the range."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def speed_of(text: str) -> float:
    """Parse a speed-up factor: `1`, `10`, or infinity for `max`."""
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise click.BadParameter(f"{text!r} is neither a number above 0 nor max.")
    return speed
