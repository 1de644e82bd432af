"""`devhook listen`: its options, and the session that they describe."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from devhook import event_loop
from devhook.cli.commands import LOADING
from devhook.cli.console import confirm, info
from devhook.cli.credentials import credentials
from devhook.cli.masking import run_mask
from devhook.cli.options import (
    NearestChoice,
    TopicName,
    answer_options,
    keep_options,
    output_options,
    require_target,
    target_options,
    targets_asked,
)
from devhook.cli.outputs import OutputName, chosen, show
from devhook.cli.progress import Progress
from devhook.cli.project import current_project, suggestions
from devhook.cli.shop import admin_client, required_shop, shop_options
from devhook.errors import ExitStatus, InputError
from devhook.inbox.retention import Keep
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.targets import Forward
from devhook.session.listen import ListenOptions, listening
from devhook.shop.subscriptions import PayloadFormat, Shape
from devhook.tunnel.provider import TunnelProvider
from devhook.tunnel.providers import CHOICES, selected
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.companions import offered
from devhook.webhook.topics import Topic, matching, topic


@click.command()
@click.argument("topics", nargs=-1, type=TopicName(), metavar="[TOPIC]...")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4000,
    show_default=True,
    help="The port to listen on; 0 selects a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--path", metavar="PATH", help="Accept deliveries on this path only; answer 404 on all others.")
@target_options
@click.option(
    "--forward",
    type=NearestChoice(["trusted", "all"]),
    default="trusted",
    show_default=True,
    help="The deliveries to forward: all includes those with a wrong or missing signature.",
)
@answer_options
@click.option(
    "--body-limit",
    type=click.IntRange(1),
    default=5 * 1024 * 1024,
    show_default="5 MiB",
    metavar="BYTES",
    help="Answer 413 to a larger body.",
)
@shop_options
@click.option(
    "--tunnel",
    type=NearestChoice(CHOICES),
    help="The tunnel to open. Default: ngrok with --shop, else none.",
)
@click.option("--domain", metavar="NAME", help="The ngrok domain to use. Default: the one of your account.")
@click.option("--install-ngrok", is_flag=True, help="Fetch ngrok's agent first if it is not installed.")
@click.option("--public-url", metavar="URL", help="The https address of your own tunnel to this machine.")
@click.option("--suggest", is_flag=True, help="Subscribe also to the topics that carry what these omit.")
@click.option(
    "--format",
    "written",
    envvar="DEVHOOK_LISTEN_FORMAT",
    type=NearestChoice(["json", "xml"]),
    default="json",
    help="The format of the payloads.",
)
@click.option("--include-fields", metavar="A,B", help="Subscribe to these fields only: id,line_items.sku.")
@click.option(
    "--filter",
    "condition",
    envvar="DEVHOOK_LISTEN_FILTER",
    metavar="QUERY",
    help="Subscribe with Shopify's filter: total_price:>100.",
)
@click.option(
    "--metafield-namespace",
    metavar="NAME",
    multiple=True,
    help="Subscribe to the metafields of this namespace too.",
)
@keep_options
@click.option(
    "--exec",
    "command",
    metavar="COMMAND",
    help="Run a shell command once deliveries are accepted, end with it, and return its status.",
)
@output_options
@click.pass_obj
def listen(  # noqa: PLR0913 - one parameter for each option
    inbox: Path,
    *,
    topics: tuple[str, ...],
    port: int,
    host: str,
    path: str | None,
    forward_to: tuple[str, ...],
    route: tuple[str, ...],
    wait_for_target: bool,
    allow_remote: bool,
    forward: str,
    answer: tuple[str, ...],
    body_limit: int,
    shop: str | None,
    api_version: str,
    admin_origin: str | None,
    tunnel: str | None,
    domain: str | None,
    install_ngrok: bool,
    public_url: str | None,
    suggest: bool,
    written: str,
    include_fields: str | None,
    condition: str | None,
    metafield_namespace: tuple[str, ...],
    keep: Keep,
    command: str | None,
    output: str | None,
    as_json: bool,
) -> ExitStatus:
    """Receive webhooks and show them live.

    With --shop devhook subscribes to each TOPIC (orders/updated, 'fulfillments/*', ORDERS_PAID) at its public
    address while it runs, and removes the subscriptions at the end. Without --shop, TOPIC filters what is
    shown. devhook init asks for these settings on a screen and stores them.

    \b
    Secrets come from the environment, or from [secrets] in the config file, or from the keyring:
      DEVHOOK_CLIENT_SECRET         the app's client secret, which signs (or SHOPIFY_API_SECRET)
      DEVHOOK_OLD_CLIENT_SECRET     the one before, during a rotation
      DEVHOOK_NOTIFICATIONS_SECRET  of webhooks made in the admin, under Settings > Notifications
      DEVHOOK_ACCESS_TOKEN          opens the Admin API; or SHOPIFY_API_KEY beside the client secret
      NGROK_AUTHTOKEN               of your ngrok account, unless ngrok knows it already
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    if command and output == OutputName.TUI:
        raise InputError("--exec and the screen cannot be used together.", "Remove --output tui.")
    shown_with = chosen(output or ("lines" if command and not as_json else None), json=as_json)
    targets = targets_asked(forward_to, route, allow_remote=allow_remote)
    require_target(targets, waits=wait_for_target)
    at = required_shop(shop) if shop else ""
    known = credentials(at)
    wanted = ListenOptions(
        receiver=ReceiverConfig(
            inbox=inbox,
            host=host,
            port=port,
            secrets=known.secrets(),
            secret_path=f"/{path.removeprefix('/')}" if path else None,
            body_limit=body_limit,
            targets=targets,
            forward=Forward(forward),
            wait_for_target=wait_for_target,
            faults=tuple(map(parse_fault, answer)),
            keep=keep,
        ),
        topics=_topics(topics or (("orders/updated",) if at else ()), suggest=suggest),
        shape=Shape(
            format=PayloadFormat(written.upper()),
            filter=condition,
            include_fields=tuple(filter(None, (include_fields or "").split(","))),
            metafield_namespaces=metafield_namespace,
        ),
        public=selected(tunnel, domain, public_url, at),
        mistakable=known.mistakable(),
        mask=run_mask(),
        loading=click.get_current_context().meta.get(LOADING),
        command=command or "",
    )
    if wanted.public:
        _require_program(wanted.public, install=install_ngrok)
    client = admin_client(at, api_version, admin_origin) if at else None
    for sentence in event_loop.run(suggestions(current_project(), topics, at, forwards=bool(targets))):
        info(sentence)
    return show(listening(wanted, client, info), shown_with)


def _require_program(provider: TunnelProvider, *, install: bool) -> None:
    """Fetch the provider's missing program if `install` is set, or if a person in a terminal agrees."""
    missing = provider.missing_program(os.environ)
    if missing is None:
        return
    what = f"{missing.what}, from {missing.source} to {missing.into}"
    if not install:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return
        info("ngrok is not installed.")
        if not confirm(f"Fetch {what}?"):
            return
    info(f"Fetching {what}.")
    with Progress("Fetching", 100, "percent") as progress:
        event_loop.run(missing.fetch(progress.advance))


def _topics(words: Sequence[str], *, suggest: bool) -> tuple[Topic, ...]:
    """Return the topics that the words match; with `suggest` also the topics that carry what these omit."""
    wanted = {found.name: found for word in words for found in matching(word)}
    if suggest:
        wanted |= {name: topic(name) for each in offered(wanted) for name in each.topics()}
    return tuple(wanted.values())
