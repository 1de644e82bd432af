"""`devhook listen`: its options."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from devhook.cli.narration import note
from devhook.cli.options import face_options, secrets_known

if TYPE_CHECKING:
    from devhook.errors import ExitStatus


@click.command()
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4000,
    show_default=True,
    help="Where to listen; 0 takes a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--path", metavar="PATH", help="Take deliveries on this path only and answer 404 to any other.")
@click.option(
    "--body-limit",
    type=click.IntRange(1),
    default=5 * 1024 * 1024,
    show_default="5 MiB",
    metavar="BYTES",
    help="Answer 413 to a larger body.",
)
@click.option(
    "--tunnel",
    type=click.Choice(["none"]),
    default="none",
    show_default=True,
    help="none: deliveries come to this machine's address, or through a tunnel of your own.",
)
@face_options
@click.pass_obj
def listen(  # noqa: PLR0913 - one parameter for each option
    inbox: Path,
    *,
    topics: tuple[str, ...],
    port: int,
    host: str,
    path: str | None,
    body_limit: int,
    tunnel: str,  # noqa: ARG001 - its one value is what this command does
    output: str | None,
    as_json: bool,
) -> "ExitStatus":
    r"""Receive webhooks and show them live.

    TOPIC narrows what is shown (orders/updated, 'fulfillments/*', ORDERS_PAID); everything is kept.

    \b
    Signatures are checked with the secrets found in these variables:
      DEVHOOK_CLIENT_SECRET         the app's client secret (or SHOPIFY_API_SECRET)
      DEVHOOK_OLD_CLIENT_SECRET     the one before, during a rotation
      DEVHOOK_NOTIFICATIONS_SECRET  of webhooks made in the admin, under Settings > Notifications
    """
    from devhook.cli.faces import chosen, show
    from devhook.receiver.config import ReceiverConfig
    from devhook.run import listening
    from devhook.webhook.topics import matching

    face = chosen(output, json=as_json)
    wanted = [found.name for word in topics for found in matching(word)]
    pattern = f"topic:{','.join(wanted)}" if wanted else ""
    config = ReceiverConfig(
        inbox=inbox,
        host=host,
        port=port,
        secrets=secrets_known(),
        secret_path=f"/{path.removeprefix('/')}" if path else None,
        body_limit=body_limit,
    )
    return show(listening(config, pattern, note), face)
