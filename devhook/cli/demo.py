"""`devhook demo`: its options, and the session that they describe."""

from pathlib import Path

import click

from devhook.cli.browser import show_in_browser, wants_browser, web_options
from devhook.cli.commands import LOADING
from devhook.cli.console import info
from devhook.cli.credentials import credentials
from devhook.cli.masking import run_mask
from devhook.cli.options import (
    NumberRange,
    answer_options,
    complete_scenario,
    output_options,
    require_target,
    target_options,
    targets_asked,
)
from devhook.cli.outputs import OutputName, chosen, show, show_presentation
from devhook.errors import ExitStatus, InputError
from devhook.scenario.loading import load_scenario
from devhook.session.demo import UNWATCHED, WATCHED, DemoOptions
from devhook.session.presentation import Presentation, demonstrating_with_lessons
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.signature import Secret


@click.command()
@click.option(
    "--scenario",
    default="order-lifecycle",
    show_default=True,
    shell_complete=complete_scenario,
    metavar="NAME|FILE",
    help="The scenario to play: a name, or the path of a TOML file.",
)
@click.option(
    "--present",
    shell_complete=complete_scenario,
    metavar="NAME|FILE",
    help="Show a scenario step by step, masked, with trainer's notes. To list lessons: devhook scenarios.",
)
@click.option(
    "--speed",
    type=NumberRange(0, min_open=True),
    metavar="N",
    help="Play the scenario N times as fast. Default: 1 in a terminal, without pauses elsewhere.",
)
@click.option(
    "--retry-speed",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Retry N times as fast as Shopify, whose retries take 4 hours."
    " Default: 20 in a terminal, 1000 elsewhere.",
)
@target_options
@answer_options
@output_options
@web_options
@click.pass_obj
def demo(  # noqa: PLR0913 - one parameter for each option
    inbox: Path | None,
    *,
    scenario: str,
    present: str | None,
    speed: float | None,
    retry_speed: int | None,
    forward_to: tuple[str, ...],
    route: tuple[str, ...],
    allow_remote: bool,
    wait_for_target: bool,
    answer: tuple[str, ...],
    output: str | None,
    as_json: bool,
    web: int | None,
    web_host: str,
) -> ExitStatus:
    """Run a simulated shop offline and show its webhooks.

    In a terminal the screen opens, and keys control the shop. Elsewhere the scenario is played to its end and
    summed up; the exit status is 1 when the summary is not what the scenario expects.

    The shop retries as Shopify does after every answer other than 2xx, and removes the subscription after 8
    failures in a row. --answer and --wait-for-target can cause such failures; with retries the summary is not
    checked.

    With --forward-to your own app receives the deliveries. They are signed with its client secret if that is
    set in DEVHOOK_CLIENT_SECRET, SHOPIFY_API_SECRET or the config file.
    """
    in_browser = wants_browser(web, output, json=as_json)
    shown_with = OutputName.TUI if in_browser else chosen(output, json=as_json)
    _require_presentable(present, shown_with, inbox)
    watched = shown_with is OutputName.TUI
    targets = targets_asked(forward_to, route, allow_remote=allow_remote)
    require_target(targets, waits=wait_for_target)
    wanted = DemoOptions(
        scenario=load_scenario(present or scenario),
        speed=1.0 if speed is None and watched else speed,
        retry_speed=retry_speed or (WATCHED if watched else UNWATCHED),
        inbox=inbox,
        judged=not watched,
        secret=_secret() if targets else None,
        targets=targets,
        wait_for_target=wait_for_target,
        faults=tuple(map(parse_fault, answer)),
        mask=run_mask(),
        loading=click.get_current_context().meta.get(LOADING),
    )
    if in_browser:
        return show_in_browser(web or 0, web_host, signs=bool(targets))
    if present:
        return show_presentation(Presentation(wanted))
    return show(demonstrating_with_lessons(wanted, info), shown_with)


def _require_presentable(present: str | None, output: OutputName, inbox: Path | None) -> None:
    """Raise InputError for options that a presentation has no use for."""
    if present and output is not OutputName.TUI:
        raise InputError(
            "A presentation needs the screen.",
            f"Run devhook demo --present {present} in a terminal, or read it: devhook scenarios {present}",
        )
    if present and inbox:
        raise InputError(
            "A presentation has a temporary inbox, which is created again when you go back a step.",
            "Remove --inbox.",
        )


def _secret() -> Secret | None:
    """Return the app's client secret for the simulated shop; None, with a hint, when it is not set."""
    known = credentials()
    secret = next((each for each in known.secrets() if each.name == "client secret"), None)
    if secret is None:
        info("The client secret of your app is not set, so your app cannot verify these deliveries.")
        info("Set DEVHOOK_CLIENT_SECRET to it; the simulated shop then signs with it.")
    else:
        source = known.found["client_secret"].source
        info(f"The simulated shop signs with your app's client secret from {source}.")
    return secret
