"""`devhook demo`: its options."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from devhook.cli.narration import note
from devhook.cli.options import face_options

if TYPE_CHECKING:
    from devhook.errors import ExitStatus


@click.command(short_help="Run a simulated shop, offline, and see its webhooks.")
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
@face_options
@click.pass_obj
def demo(
    inbox: Path | None, *, scenario: str, speed: float | None, output: str | None, as_json: bool, mask: bool
) -> "ExitStatus":
    """See everything offline: a simulated shop, its subscriptions, signed deliveries.

    In a terminal the screen opens and you run the shop with keys. Elsewhere the scenario is played to
    its end and summed up; the exit status is 1 when the sum is not what the scenario expects.
    """
    from devhook.cli.faces import Output, chosen, show
    from devhook.demonstration import demonstrating
    from devhook.sending.scenario import load_scenario

    face = chosen(output, json=as_json)
    if speed is None and face is Output.TUI:
        speed = 1.0
    opening = demonstrating(load_scenario(scenario), speed, inbox, note, judged=face is not Output.TUI)
    return show(opening, face, masked=mask)
