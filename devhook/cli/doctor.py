"""`devhook doctor`: which checks the options ask for, and how their findings are printed."""

import os
from collections.abc import Awaitable
from pathlib import Path
from typing import Final

import click

from devhook import event_loop
from devhook.cli.console import echo, info
from devhook.cli.credentials import credentials, secret_findings
from devhook.cli.options import NearestChoice, TopicName, target_options, targets_asked
from devhook.cli.project import current_project
from devhook.cli.shop import admin_client, required_shop, shop_options
from devhook.doctor import machine
from devhook.doctor.finding import Finding, FindingOutcome, examined, failed, skipped
from devhook.doctor.project import project_findings
from devhook.doctor.shop import shop_findings
from devhook.errors import DevhookError, ExitStatus, InputError
from devhook.project.app_config import AppConfig
from devhook.shop.registrations import journal_leases
from devhook.text import counted, visible
from devhook.tunnel.providers import CHOICES, DEFAULT, selected
from devhook.webhook.topics import Topic, matching

_SIGNS: Final = {
    "ok": ("✓", "green"),
    "note": ("!", "yellow"),
    "obstacle": ("✗", "red"),
    "skipped": ("-", None),
}


@click.command()
@click.argument("topics", nargs=-1, type=TopicName(), metavar="[TOPIC]...")
@shop_options
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address that devhook listen would use."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4000,
    show_default=True,
    help="The port that devhook listen would use.",
)
@click.option(
    "--tunnel",
    type=NearestChoice(CHOICES),
    default=DEFAULT,
    show_default=True,
    help="The tunnel that devhook listen would open.",
)
@click.option("--public-url", metavar="URL", help="The public address of your own tunnel.")
@target_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per finding.")
@click.pass_obj
def doctor(  # noqa: PLR0913 - one parameter for each option
    inbox: Path,
    *,
    topics: tuple[str, ...],
    shop: str | None,
    api_version: str,
    admin_origin: str | None,
    host: str,
    port: int,
    tunnel: str,
    public_url: str | None,
    forward_to: tuple[str, ...],
    route: tuple[str, ...],
    allow_remote: bool,
    as_json: bool,
) -> ExitStatus:
    """Check everything that devhook listen needs.

    TOPIC defaults to orders/updated. Nothing is changed. The settings of listen in the config file apply here
    too. The exit status is 1 when a check fails.
    """
    wanted = {topic.name: topic for word in topics or ("orders/updated",) for topic in matching(word)}
    project = current_project()
    checks: dict[str, Awaitable[list[Finding]]] = {
        "app": _ready(project_findings(project.app, project.problem, api_version)),
        "shop": _shop(shop, api_version, admin_origin, list(wanted.values()), inbox, project.app),
        "inbox": machine.inbox_findings(inbox),
        "port": machine.port_findings(host, port),
    }
    try:
        provider = selected(None if public_url else tunnel, None, public_url)
    except InputError as error:
        checks["address"] = machine.unusable_address(error)
    else:
        for requirement in provider.requirements if provider else ():
            checks[requirement.name] = machine.requirement_findings(requirement, os.environ)
    for target in targets_asked(forward_to, route, allow_remote=allow_remote):
        checks[f"target {target.name}"] = machine.target_findings(target)
    return event_loop.run(_report(checks, as_json=as_json))


async def _ready(findings: list[Finding]) -> list[Finding]:
    """Return findings that nothing has to be waited for."""
    return findings


async def _shop(
    shop: str | None,
    api_version: str,
    admin_origin: str | None,
    topics: list[Topic],
    inbox: Path,
    app: AppConfig | None,
) -> list[Finding]:
    """Return the findings about the shop and the secrets; the keyring is looked up by the shop's name."""
    try:
        domain = required_shop(shop)
    except DevhookError as error:
        return [failed("shop", error), *secret_findings(credentials())]
    known = credentials(domain)
    try:
        client = admin_client(domain, api_version, admin_origin)
    except DevhookError as error:
        unasked = skipped("shop", f"{domain} was not asked.")
        return [failed("access", error), unasked, *secret_findings(known)]
    source = " and ".join(dict.fromkeys(known.found[name].source for name in known.opening))
    async with client:
        leases = [lease for lease in journal_leases(inbox, domain) if lease.proven]
        found = await shop_findings(client, known.access(), source, topics, leases, app)
    return [*found, *secret_findings(known)]


async def _report(checks: dict[str, Awaitable[list[Finding]]], *, as_json: bool) -> ExitStatus:
    """Print each finding as it arrives; return FAILED when there is an obstacle."""
    obstacles = 0
    async for finding in examined(checks):
        echo(finding.model_dump(mode="json") if as_json else _in_words(finding))
        obstacles += finding.outcome is FindingOutcome.OBSTACLE
    if obstacles:
        info(f"{counted(obstacles, 'obstacle')} found.")
        return ExitStatus.FAILED
    info("No obstacle found.")
    return ExitStatus.DONE


def _in_words(finding: Finding) -> str:
    sign, colour = _SIGNS[finding.outcome]
    line = f"{click.style(sign, fg=colour)} {visible(finding.message)}"
    return f"{line}\n  → {visible(finding.hint)}" if finding.hint else line
