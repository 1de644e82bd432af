"""`devhook play`: its options, and what is said of the attempts."""

import asyncio
import json
from pathlib import Path
from typing import Final

import click
from pydantic import SecretStr

from devhook.cli.console import echo, info
from devhook.cli.credentials import secrets_known
from devhook.cli.kept import open_inbox
from devhook.cli.options import endpoint_options, require_listening, speed_of, where_to
from devhook.cli.sends import answered
from devhook.errors import ExitStatus
from devhook.scenario.model import Scenario, load_scenario
from devhook.shop.access import shop_domain
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.rehearsal import SIMULATED_SECRET, Rehearsal, signed_anew
from devhook.text import duration, visible

# Seconds before a retry that look as if nothing happened any more.
_LONG: Final = 10.0


@click.command()
@click.argument("scenario", metavar="SCENARIO")
@endpoint_options
@click.option(
    "--speed",
    type=speed_of,
    default="1",
    show_default=True,
    metavar="1|100|max",
    help="Shorten the pauses, also those before retries, by this factor; max removes them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per attempt.")
@click.pass_obj
def play(
    inbox: Path,
    *,
    scenario: str,
    target: str | None,
    allow_remote: bool,
    shop: str | None,
    speed: float,
    as_json: bool,
) -> ExitStatus:
    """Play a scenario against your own endpoint.

    A simulated shop sends the deliveries; no subscription is needed. SCENARIO is a name (order-lifecycle,
    duplicates-and-late, nothing-visible, tampered) or a TOML file, such as devhook record writes. A delivery
    that is not accepted is retried as Shopify does, eight times in four hours.

    \b
      devhook play order-lifecycle --to 3000
      devhook play duplicates-and-late --to localhost:3000/webhooks --speed 100

    The exit status is 1 when a delivery was never accepted, or a forged one was.
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    played = load_scenario(scenario)
    url = where_to(target, allow_remote=allow_remote)
    secret = _secret(shop)
    _announce(played, url, secret)
    with open_inbox(inbox) as opened:
        rehearsal = Rehearsal(opened, url, secret, speed, _Telling(as_json=as_json).add)
        asyncio.run(_performed(rehearsal, played, url, as_json=as_json))
    return ExitStatus.DONE if rehearsal.passed else ExitStatus.FAILED


class _Telling:
    """Tells of each attempt, and once how long it will take where one has to wait."""

    def __init__(self, *, as_json: bool) -> None:
        self._show = as_object if as_json else as_line
        self._waits = False

    def add(self, attempt: Attempt) -> None:
        """Tell of one attempt."""
        echo(self._show(attempt))
        if not self._waits and (attempt.retry_in or 0.0) > _LONG:
            self._waits = True
            info("Shopify retries for four hours; --speed 1000 shortens that to seconds.")


async def _performed(rehearsal: Rehearsal, scenario: Scenario, url: str, *, as_json: bool) -> None:
    """Play it, and say what it came to, also when it was stopped."""
    await require_listening(url)
    stopped = True
    try:
        await rehearsal.run(scenario)
        stopped = False
    finally:
        if stopped:
            info("Stopped before the end of the scenario.")
        if rehearsal.summary.count:
            for line in rehearsal.lines():
                (info if as_json else echo)(line)


def as_line(attempt: Attempt) -> str:
    """Return an attempt as a line for people."""
    time = f"{attempt.at.astimezone():%H:%M:%S.%f}"[:-3]
    what = f"{visible(attempt.topic or '(no topic)'):<41} {visible(attempt.envelope.about):<8}"
    return f"{time} {what} {attempt.number}  {answered(attempt.answer)}{_consequence(attempt)}"


def as_object(attempt: Attempt) -> str:
    """Return an attempt as one JSON object on one line, ASCII only. Its keys are a contract."""
    told = {
        "time": attempt.at.isoformat(timespec="microseconds"),
        "topic": attempt.topic,
        "order": attempt.envelope.about or None,
        "webhook_id": attempt.webhook_id,
        "attempt": attempt.number,
        "forged": attempt.envelope.forged,
        "url": attempt.url,
        "answer": attempt.answer.as_json(),
        "retry_in": attempt.retry_in,
        "removed": attempt.removed,
    }
    return json.dumps(told)


def _consequence(attempt: Attempt) -> str:
    """What Shopify does about the answer, where that is worth a word."""
    envelope = attempt.envelope
    if envelope.forged:
        what = envelope.tamper.effect if envelope.tamper else "forged"
        return f" ({what}): {'as required' if envelope.answered_as_wanted(attempt.answer) else 'wrong'}"
    if attempt.removed:
        return ", subscription removed after 8 failures"
    if attempt.retry_in is not None:
        return f", retry in {duration(attempt.retry_in)}"
    return ""


def _secret(shop: str | None) -> SecretStr:
    """The app's client secret; the simulated shop's where none is known."""
    known = secrets_known(shop_domain(shop) if shop else "")
    if known:
        return known[0].value
    info(f"No client secret is set, so the simulated shop signs with its own: {SIMULATED_SECRET}")
    info("Set it in your app (SHOPIFY_API_SECRET), or set DEVHOOK_CLIENT_SECRET to your app's secret.")
    return SecretStr(SIMULATED_SECRET)


def _announce(scenario: Scenario, url: str, secret: SecretStr) -> None:
    """Say what is played where, and what of it is not as it was recorded."""
    info(f"{scenario.title}: {sum(step.times for step in scenario.steps)} steps, to {url}.")
    if count := signed_anew(scenario, secret):
        one = "delivery is" if count == 1 else "deliveries are"
        info(f"{count:,} recorded {one} signed again, because the secret is a different one.")
