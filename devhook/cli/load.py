"""`devhook load`: its options, the run, and how it reports the results."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from devhook import event_loop
from devhook.cli.console import confirm, echo, info
from devhook.cli.inbox_access import WordsCommand, selection_argument
from devhook.cli.load_display import LoadDisplay
from devhook.cli.load_options import LoadReport, plan_options, report_options, write_report
from devhook.cli.load_source import load_stories
from devhook.cli.masking import masked_line
from devhook.cli.options import (
    client_secret,
    complete_scenario,
    endpoint_options,
    endpoint_url,
    require_listening,
)
from devhook.errors import ExitStatus, InputError
from devhook.load.app_count import count_of, settled_count
from devhook.load.limits import passed_limits
from devhook.load.plan import LoadPlan
from devhook.load.process import LoadProcesses, require_locust
from devhook.load.report import html_report, load_junit
from devhook.load.results import LoadResults
from devhook.sender.target import is_this_machine, target_url
from devhook.shop.access import shop_domain
from devhook.text import counted

_PORT: Final = 5557
"""Locust's own port for a master."""
_HIGHEST_PORT: Final = 65_535
_MOST_WORKERS: Final = 64
_NAME: Final = 64
_SHORTER: Final = 4
"""Locust makes the column of names shorter than requested by this."""


@click.command(cls=WordsCommand)
@selection_argument
@endpoint_options
@click.option(
    "--from",
    "recording",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Send the deliveries of a recording that devhook export wrote.",
)
@click.option(
    "--scenario",
    shell_complete=complete_scenario,
    metavar="NAME|FILE",
    help="Send the deliveries of a scenario, such as order-lifecycle.",
)
@plan_options
@click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    default=1,
    show_default=True,
    metavar="N",
    help="Send from N processes on this machine; with --master, wait for N workers.",
)
@click.option(
    "--master", metavar="ADDRESS", help="Lead workers on other machines, which connect to this address."
)
@click.option("--worker", metavar="ADDRESS", help="Work for the master at this address.")
@click.option("--web", is_flag=True, help="Open Locust's page with charts on this machine, until Ctrl+C.")
@click.option(
    "--count-from",
    metavar="URL",
    help="An address of the app that answers how many deliveries it has acted on.",
)
@report_options
@click.pass_obj
def load(  # noqa: PLR0913 - one parameter for each option
    inbox: Path,
    *,
    words: tuple[str, ...],
    target: str | None,
    allow_remote: bool,
    shop: str | None,
    recording: Path | None,
    scenario: str | None,
    plan: LoadPlan,
    workers: int,
    master: str | None,
    worker: str | None,
    web: bool,
    count_from: str | None,
    report: LoadReport,
) -> ExitStatus:
    """Send as Shopify would at scale, and check that the app keeps up.

    The deliveries are those of the inbox that the words select (ids, filter words), of a recording or of a
    scenario. Each is sent with fresh ids and times, as of another order, and signed with the app's client
    secret. The load never waits for the app: a slow one gets as many deliveries as a fast one.

    \b
      devhook load --scenario order-lifecycle --to 3000/webhooks --rate 300/s --for 5m --workers 2
      devhook load 'topic:orders/*' --to 3000 --burst flash-sale --rate 200/s --duplicates 2%
      devhook load --from case.jsonl --to 3000 --ramp 10..300 --fail-if 'late>0.1%' --html load.html

    Needs Locust: pip install 'devhook[load]'. The exit status is 1 when a limit is passed, and when the
    schedule could not be held: then this machine, not the app, was too slow.
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    require_locust()
    if master and worker:
        raise InputError("--master and --worker are two processes.", "Remove one of them.")
    url = endpoint_url(target, allow_remote=allow_remote)
    count_url = target_url(count_from, allow_remote=allow_remote) if count_from else None
    host, port = _meeting(master or worker, allow_remote=allow_remote)
    task: dict[str, Any] = {
        "role": "worker" if worker else "master" if master or workers > 1 else "alone",
        "host": host,
        "port": port,
        "workers": workers,
        "web": web and not worker,
        "html": report.html is not None and not worker,
        "width": _NAME,
        "url": url,
        "shown": masked_line(url),
        "plan": plan.model_dump(mode="json"),
        "stories": [],
        "secret": "",
    }
    if not master:
        task["secret"] = client_secret(shop_domain(shop) if shop else "").get_secret_value()
        task["stories"] = load_stories(inbox, words, recording, scenario)
        names = [template.topic for story in task["stories"] for template in story.deliveries]
        task["width"] = min(
            _NAME, max(map(len, names)) + len(" (duplicate)" if plan.duplicates else " (retry)") + _SHORTER
        )
    elif words or recording or scenario:
        raise InputError("A master sends nothing itself.", "Give the deliveries to devhook load --worker.")
    report.require_writable()
    _agree(plan, url, worker=worker)
    run = _Run(task, plan, report, count_url, here=0 if master or worker else workers)
    return run.work() if worker else run.test()


class _Run:
    """One run: shows it while it lasts, and reports its results however it ends."""

    def __init__(
        self,
        task: dict[str, Any],
        plan: LoadPlan,
        report: LoadReport,
        count_url: str | None,
        *,
        here: int,
    ) -> None:
        self._task = task
        self._plan = plan
        self._wanted = report
        self._count_url = count_url
        self._display = LoadDisplay(plan)
        self._processes = LoadProcesses(task, here if here > 1 else 0, self._display.take)
        self._begun = datetime.now(UTC)
        self._status: ExitStatus | None = None

    def test(self) -> ExitStatus:
        """Run the test, or lead it; report its results and return the exit status."""
        try:
            event_loop.run(self._send())
        except KeyboardInterrupt:
            if self._status is None:
                self._report(None)
                return ExitStatus.INTERRUPTED
        finally:
            self._display.close()
        return self._status or ExitStatus.DONE

    def work(self) -> ExitStatus:
        """Work for a master until it has enough."""
        info(f"Waiting for the master at {self._task['host']}:{self._task['port']}.")
        event_loop.run(self._work())
        info("The master has ended the run. It shows the results.")
        return ExitStatus.DONE

    async def _work(self) -> None:
        async with self._processes:
            await self._processes.run()

    async def _send(self) -> None:
        """Send everything, and report; then keep the page open until Ctrl+C, if there is one."""
        url, before = self._count_url, 0
        if self._task["stories"]:
            await require_listening(self._task["url"])
        if url is not None:
            before = await count_of(url)
        self._begun = datetime.now(UTC)
        async with self._processes:
            await self._processes.run()
            self._status = self._report(None if url is None else await settled_count(url) - before)
            end = self._processes.end or {}
            if self._task["web"] and not end.get("stopped"):
                info("The page with the charts stays open until Ctrl+C.")
                await asyncio.Event().wait()

    def _report(self, counted_by_app: int | None) -> ExitStatus:
        """Print and write the results, and return the exit status."""
        self._display.close()
        event = self._processes.end or {**self._display.last, "stopped": True}
        if not event.get("counts"):
            info("Nothing was sent.")
            return ExitStatus.FAILED
        results = LoadResults(self._plan, event, counted_by_app)
        passed = passed_limits(results, self._wanted.thresholds)
        if results.stopped:
            info("Stopped before the end of the schedule; the results so far:")
        if self._wanted.as_json:
            echo(self._object(results))
        else:
            for line in results.lines():
                echo(line)
        for limit in passed:
            info(f"Fails: {limit.text} (measured: {limit.measured(results)}).")
        if not results.held:
            cause = (
                "Run it again." if results.lost else "Use more --workers, a lower rate, or other machines."
            )
            info(f"The schedule was not held, so the results say less about the app. {cause}")
        self._write(str(event.get("html", "")), results)
        return ExitStatus.FAILED if passed or not results.held else ExitStatus.DONE

    def _object(self, results: LoadResults) -> dict[str, Any]:
        """Return the results as a JSON object. Its keys are a contract."""
        return {
            "time": self._begun.isoformat(timespec="microseconds"),
            "url": self._task["url"],
            **results.as_json(),
            "limits": [
                {"limit": limit.text, "measured": limit.measured(results), "passed": limit.passed(results)}
                for limit in self._wanted.thresholds
            ],
        }

    def _write(self, page: str, results: LoadResults) -> None:
        url = masked_line(self._task["url"])
        if self._wanted.html is not None and page:
            report = html_report(page, results, self._wanted.thresholds, url=url, begun=self._begun)
            write_report(self._wanted.html, report.encode(), "--html")
        if self._wanted.junit is not None:
            document = load_junit(results, self._wanted.thresholds, url=url, begun=self._begun)
            write_report(self._wanted.junit, document, "--junit")


def _meeting(address: str | None, *, allow_remote: bool) -> tuple[str, int]:
    """Return host and port where master and workers meet. Raise InputError for another machine's."""
    if address is None:
        return "127.0.0.1", 0
    host, _, port = address.rpartition(":") if ":" in address else (address, "", str(_PORT))
    if not host or not port.isdecimal() or not 0 < int(port) <= _HIGHEST_PORT:
        raise InputError(
            f"{address!r} is not an address.", f"Write it like this: 10.0.0.5 or 10.0.0.5:{_PORT}"
        )
    if not (allow_remote or is_this_machine(host)):
        raise InputError(
            f"{host} is not this machine only, and whoever reaches that port can take part.",
            "In a network that you trust, add --allow-remote.",
        )
    return host, int(port)


def _agree(plan: LoadPlan, url: str, *, worker: str | None) -> None:
    """Report what is about to happen, and ask before it happens to another machine."""
    shape = plan.shape
    host = urlsplit(url).hostname or ""
    if worker:
        info(f"About to send to {url} what the master at {worker} plans, signed with the client secret.")
    else:
        info(f"{counted(shape.total, 'delivery')} to {url}: {shape.words}. {plan.retry_words}")
    if is_this_machine(host):
        return
    info(
        f"{host} is another machine: its app gets signed deliveries at this rate, may act on them, and may "
        "stop working for others."
    )
    if sys.stdin.isatty() and sys.stderr.isatty() and not confirm("Send them?"):
        raise InputError("Nothing was sent.", "To send to this machine: --to 3000")
