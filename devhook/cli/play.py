"""`devhook play`: its options, and how it reports the attempts."""

from pathlib import Path
from typing import Any, Final

import click
from pydantic import SecretStr

from devhook import event_loop
from devhook.cli.console import echo, info
from devhook.cli.credentials import secrets_known
from devhook.cli.inbox_access import open_inbox
from devhook.cli.options import complete_scenario, endpoint_options, endpoint_url, require_listening, speed_of
from devhook.cli.progress import Progress
from devhook.cli.send_report import answer_words
from devhook.cli.session_events import masked_attempt
from devhook.errors import ExitStatus
from devhook.scenario.loading import load_scenario
from devhook.scenario.model import Scenario
from devhook.shop.access import shop_domain
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.scenario_run import SIMULATED_SECRET, ScenarioRun, count_resigned
from devhook.text import counted, duration, visible

# Seconds; a longer pause before a retry looks like a hang, so it is announced.
_LONG_PAUSE: Final = 10.0


@click.command()
@click.argument("scenario", shell_complete=complete_scenario, metavar="SCENARIO")
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

    A simulated shop sends the deliveries; no subscription is needed. SCENARIO is a name of
    devhook scenarios, or a TOML file, such as devhook record writes. A delivery that is not accepted is
    retried as Shopify does, eight times in four hours.

    \b
      devhook play order-lifecycle --to 3000
      devhook play duplicates-and-late --to localhost:3000/webhooks --speed 100

    The exit status is 1 when a delivery was never accepted, or a forged one was.
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    played = load_scenario(scenario)
    url = endpoint_url(target, allow_remote=allow_remote)
    secret = _secret(shop)
    _announce(played, url, secret)
    steps = sum(step.times for step in played.steps)
    with open_inbox(inbox) as opened, Progress("Playing", steps, "steps", beside_data=True) as progress:
        report = _AttemptReport(as_json=as_json)
        rehearsal = ScenarioRun(opened, url, secret, speed, report.add, on_step=lambda _: progress.advance())
        event_loop.run(_run(rehearsal, played, url, as_json=as_json))
    return ExitStatus.DONE if rehearsal.passed else ExitStatus.FAILED


class _AttemptReport:
    """Prints each attempt, and once how to shorten long pauses."""

    def __init__(self, *, as_json: bool) -> None:
        self._show = as_object if as_json else as_line
        self._announced = False

    def add(self, attempt: Attempt) -> None:
        """Print one attempt."""
        echo(self._show(masked_attempt(attempt)))
        if not self._announced and (attempt.retry_in or 0.0) > _LONG_PAUSE:
            self._announced = True
            info("Shopify retries for four hours; --speed 1000 shortens that to seconds.")


async def _run(rehearsal: ScenarioRun, scenario: Scenario, url: str, *, as_json: bool) -> None:
    """Play the scenario and print its summary, also when it was stopped."""
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
    """Return an attempt as a line of text."""
    time = f"{attempt.at.astimezone():%H:%M:%S.%f}"[:-3]
    what = f"{visible(attempt.topic or '(no topic)'):<41} {visible(attempt.envelope.about):<8}"
    return f"{time} {what} {attempt.number}  {answer_words(attempt.answer)}{_consequence(attempt)}"


def as_object(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as a JSON object. Its keys are a contract."""
    return {
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


def _consequence(attempt: Attempt) -> str:
    """Return what follows from the answer: a retry, a removed subscription, a rejected forgery."""
    envelope = attempt.envelope
    if envelope.forged:
        what = envelope.tamper.effect if envelope.tamper else "forged"
        return f" ({what}): {'as required' if envelope.answered_as_required(attempt.answer) else 'wrong'}"
    if attempt.removed:
        return ", subscription removed after 8 failures"
    if attempt.retry_in is not None:
        return f", retry in {duration(attempt.retry_in)}"
    return ""


def _secret(shop: str | None) -> SecretStr:
    """Return the app's client secret, or the simulated shop's when none is set."""
    known = secrets_known(shop_domain(shop) if shop else "")
    if known:
        return known[0].value
    info(f"No client secret is set, so the simulated shop signs with its own: {SIMULATED_SECRET}")
    info("Set it in your app (SHOPIFY_API_SECRET), or set DEVHOOK_CLIENT_SECRET to your app's secret.")
    return SecretStr(SIMULATED_SECRET)


def _announce(scenario: Scenario, url: str, secret: SecretStr) -> None:
    """Report what is played, the endpoint, and how many recorded deliveries are signed again."""
    steps = counted(sum(step.times for step in scenario.steps), "step")
    info(f"{scenario.title}: {steps}, to {url}.")
    if count := count_resigned(scenario, secret):
        deliveries = "delivery is" if count == 1 else "deliveries are"
        info(f"{count:,} recorded {deliveries} signed again, because the secret is a different one.")
