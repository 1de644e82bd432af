"""`devhook demo`: its options."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from devhook.cli.console import info
from devhook.cli.options import answer_options, face_options, require_target, target_options, targets_asked

if TYPE_CHECKING:
    from devhook.errors import ExitStatus
    from devhook.webhook.signature import Secret


@click.command()
@click.option(
    "--scenario",
    default="order-lifecycle",
    show_default=True,
    metavar="NAME|FILE",
    help="What happens in the simulated shop: a name, or a TOML file of your own.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="Play the scenario N times as fast. Default: 1 in a terminal; elsewhere without its pauses.",
)
@click.option(
    "--retry-speed",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Let the shop's retries come N times as fast as Shopify's, which take 4 hours."
    " Default: 20 in a terminal, 1000 elsewhere.",
)
@target_options
@answer_options
@face_options
@click.pass_obj
def demo(  # noqa: PLR0913 - one parameter for each option
    inbox: Path | None,
    *,
    scenario: str,
    speed: float | None,
    retry_speed: int | None,
    forward_to: tuple[str, ...],
    route: tuple[str, ...],
    allow_remote: bool,
    wait_for_target: bool,
    answer: tuple[str, ...],
    output: str | None,
    as_json: bool,
    mask: bool,
) -> "ExitStatus":
    """Run a simulated shop offline and show its webhooks.

    In a terminal the screen opens and you run the shop with keys. Elsewhere the scenario is played to
    its end and summed up; the exit status is 1 when the sum is not what the scenario expects.

    What is not answered 2xx the shop tries again as Shopify does, and after 8 failures in a row it removes
    the subscription. With --answer you bring that about, with --wait-for-target your app may; where there
    were retries, the sum is not judged.

    With --forward-to your own app gets the deliveries. They are signed with its client secret where that is
    in DEVHOOK_CLIENT_SECRET, SHOPIFY_API_SECRET or the config file.
    """
    from devhook.cli.outputs import OutputName, chosen, show
    from devhook.receiver.faults import parse_fault
    from devhook.scenario.model import load_scenario
    from devhook.session.demo import UNWATCHED, WATCHED, Demo, demonstrating

    face = chosen(output, json=as_json)
    watched = face is OutputName.TUI
    targets = targets_asked(forward_to, route, allow_remote=allow_remote)
    require_target(targets, waits=wait_for_target)
    wanted = Demo(
        scenario=load_scenario(scenario),
        speed=1.0 if speed is None and watched else speed,
        retry_speed=retry_speed or (WATCHED if watched else UNWATCHED),
        inbox=inbox,
        judged=not watched,
        secret=_secret() if targets else None,
        targets=targets,
        wait_for_target=wait_for_target,
        faults=tuple(map(parse_fault, answer)),
    )
    return show(demonstrating(wanted, info), face, masked=mask)


def _secret() -> "Secret | None":
    """The client secret of the user's app, for the simulated shop to sign with; says how to have one."""
    from devhook.cli.credentials import credentials

    known = credentials()
    secret = next((each for each in known.secrets() if each.name == "client secret"), None)
    if secret is None:
        info("Your app cannot verify what it gets: its client secret is not known here.")
        info("Set DEVHOOK_CLIENT_SECRET to it, and the simulated shop signs with that.")
    else:
        source = known.found["client_secret"].source
        info(f"The simulated shop signs with your app's client secret, out of {source}.")
    return secret
