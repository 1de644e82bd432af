"""`devhook probe`: its options, and how it reports the results of the checks."""

import asyncio
import random
import shutil
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from devhook import event_loop
from devhook.cli.console import echo, info
from devhook.cli.masking import masked_line, run_mask
from devhook.cli.options import A_DAY, NumberRange, TopicName, client_secret, require_writable
from devhook.cli.progress import Progress
from devhook.errors import DevhookError, ExitStatus, InputError, NetworkError
from devhook.forge.source import DEMO_SHOP
from devhook.probe.check import ProbeCheck
from devhook.probe.endpoint import ProbeEndpoint
from devhook.probe.junit import junit
from devhook.probe.result import ProbeResult, skipped_result
from devhook.probe.run import CHECKS, run_checks, select_checks
from devhook.probe.samples import Samples
from devhook.sender.target import target_url
from devhook.shop.access import shop_domain
from devhook.shop.versions import NEWEST
from devhook.text import counted, duration, visible
from devhook.webhook.topics import name_meant

_ANOTHER_FILE: Final = "Create its folder, or use another file with --junit."
_SIGNS: Final = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red"), "skip": ("-", None)}


def _complete(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(check.name) for check in CHECKS if check.name.startswith(begun)]


@click.command()
@click.argument("url", required=False, metavar="URL")
@click.option(
    "--only",
    multiple=True,
    metavar="CHECK",
    shell_complete=_complete,
    help="Run only this check, or 'compliance-*', or several: a,b.",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="CHECK",
    shell_complete=_complete,
    help="Skip this check, or 'compliance-*', or several: a,b.",
)
@click.option("--list", "listed", is_flag=True, help="List the checks, and run none.")
@click.option(
    "--topic",
    default="orders/updated",
    show_default=True,
    type=TopicName(),
    metavar="TOPIC",
    help="The topic of the deliveries.",
)
@click.option(
    "--shop",
    metavar="SHOP",
    envvar=["DEVHOOK_PROBE_SHOP", "DEVHOOK_SHOP"],
    help="The shop named in the headers, where the app must know it. Compliance checks ignore it.",
)
@click.option("--allow-remote", is_flag=True, help="Allow URL to be on another machine.")
@click.option(
    "--timeout",
    type=NumberRange(0, A_DAY, min_open=True),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Stop after this time.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per check.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the results as JUnit XML too.",
)
def probe(  # noqa: PLR0913 - one parameter for each option
    *,
    url: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    listed: bool,
    topic: str,
    shop: str | None,
    allow_remote: bool,
    timeout: float,
    as_json: bool,
    junit: Path | None,
) -> ExitStatus:
    """Check that an endpoint does what Shopify requires.

    Sends signed and tampered deliveries to URL and prints the result of each check; for a failed one also
    what Shopify requires and how to fix it. The deliveries are devhook's samples, signed with the app's
    client secret: DEVHOOK_CLIENT_SECRET or SHOPIFY_API_SECRET.

    \b
      devhook probe http://localhost:3000/webhooks
      devhook probe http://localhost:3000/webhooks --only 'compliance-*' --junit probe.xml

    The exit status is 0 when nothing failed (warnings do not count), 1 when something did, 4 when nothing
    listens at URL or a tunnel, a proxy or a development server answers in front of the app, 124 when the
    time ran out.
    """  # noqa: D301 - click requires the character itself
    checks = select_checks(only, skip)
    if listed:
        _list(checks, as_json=as_json)
        return ExitStatus.DONE
    bench = _bench(url, topic, shop, allow_remote=allow_remote)
    if junit is not None:
        require_writable(junit, "--junit")
    return _ProbeReport(bench, checks, as_json=as_json, junit=junit).run(timeout)


class _ProbeReport:
    """One probe: prints each result as it arrives, and a summary however the probe ends."""

    def __init__(
        self, bench: ProbeEndpoint, checks: Sequence[ProbeCheck], *, as_json: bool, junit: Path | None
    ) -> None:
        self._bench = bench
        self._checks = checks
        self._as_json = as_json
        self._junit = junit
        self._results: list[ProbeResult] = []
        self._begun = bench.samples.clock()

    def run(self, timeout: float) -> ExitStatus:
        """Run the checks for at most `timeout` seconds, and print the summary in any case."""
        what = f"{counted(len(self._checks), 'check')} with {self._bench.samples.topic}"
        info(f"Probing {self._bench.url}: {what}.")
        try:
            event_loop.run(self._run_checks(within=timeout))
        except TimeoutError:
            self._sum_up("The time ran out.")
            info(f"To allow more than {duration(timeout)}: --timeout SECONDS")
            return ExitStatus.TIMED_OUT
        except KeyboardInterrupt:
            self._sum_up("Interrupted.")
            return ExitStatus.INTERRUPTED
        except NetworkError as error:
            self._write_junit(error=error.message)
            raise
        if found := self._bench.intercepted:
            self._sum_up("The app was not reached.")
            if self._as_json:
                info(f"{visible(found.message)} {visible(found.hint)}")
            return ExitStatus.NETWORK
        self._sum_up()
        failed = any(result.outcome == "fail" for result in self._results)
        return ExitStatus.FAILED if failed else ExitStatus.DONE

    async def _run_checks(self, *, within: float) -> None:
        width = max(len(check.name) for check in self._checks)
        progress = Progress("Probing", len(self._checks), "checks", beside_data=True)
        with progress:
            async with asyncio.timeout(within), self._bench:
                async for result in run_checks(self._bench, self._checks):
                    progress.advance()
                    self._results.append(result)
                    echo(result.model_dump(mode="json") if self._as_json else _in_words(result, width))

    def _sum_up(self, ended: str = "") -> None:
        found = [result.outcome.value for result in self._results]
        counts = [f"{found.count('pass')} passed", counted(found.count("warn"), "warning")]
        counts += [f"{found.count('fail')} failed"]
        if skipped := found.count("skip"):
            counts.append(f"{skipped} skipped")
        if missing := len(self._checks) - len(found):
            counts.append(f"{missing} not made")
        (info if self._as_json else echo)(f"{ended} {', '.join(counts)}.".strip())
        self._write_junit(not_made=ended)

    def _write_junit(self, *, not_made: str = "", error: str = "") -> None:
        if self._junit is None:
            return
        rest = (
            [] if error else [skipped_result(check, not_made) for check in self._checks[len(self._results) :]]
        )
        url, error = masked_line(self._bench.url), masked_line(error)
        written = junit([*self._results, *rest], url=url, begun=self._begun, error=error)
        try:
            self._junit.write_bytes(written)
        except OSError as failure:
            raise DevhookError(
                f"{self._junit} cannot be written: {failure.strerror}.", _ANOTHER_FILE
            ) from failure


def _bench(url: str | None, topic: str, shop: str | None, *, allow_remote: bool) -> ProbeEndpoint:
    """Return what the checks need. Raise InputError for an invalid option."""
    if url is None:
        raise InputError("A URL is required.", "devhook probe http://localhost:3000/webhooks")
    target = target_url(url, allow_remote=allow_remote)
    domain = shop_domain(shop) if shop else ""
    samples = Samples(
        client_secret(domain),
        topic=name_meant(topic),
        shop=domain or DEMO_SHOP,
        api_version=NEWEST,
        random=random.SystemRandom(),
        clock=lambda: datetime.now(UTC),
    )
    return ProbeEndpoint(target, samples, mask=run_mask)


def _list(checks: Sequence[ProbeCheck], *, as_json: bool) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        content = {"check": check.name, "requirement": check.requirement, "source": check.source}
        echo(content if as_json else f"{check.name:<{width}}  {check.requirement}")


def _in_words(result: ProbeResult, width: int) -> str:
    """Return a result as one line; below a failed one requirement, source, request, answer and fix."""
    sign, colour = _SIGNS[result.outcome]
    line = f"{click.style(sign, fg=colour)} {result.check:<{width}}  {visible(result.came)}"
    if result.follows:
        return f"{line}, as {result.follows}"
    lines = [line]
    if result.fix:
        details = {
            "required": result.requirement,
            "source": result.source,
            "sent": result.sent,
            "came": visible(result.came),
            "said": visible(result.said),
        }
        lines += [_wrapped(f"    {name:<8}  ", text) for name, text in details.items() if text]
        lines.append(_wrapped(f"  → {'fix':<8}  ", result.fix))
    return "\n".join(lines)


def _wrapped(head: str, text: str) -> str:
    """Return `head` and the text, wrapped to the width of the terminal."""
    return textwrap.fill(
        text,
        shutil.get_terminal_size().columns,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
