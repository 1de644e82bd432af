"""`devhook replay`: its options, and sending again whenever a file changes."""

import math
import secrets
from functools import partial
from pathlib import Path

import click

from devhook import event_loop
from devhook.cli.console import info
from devhook.cli.events import masked_answer
from devhook.cli.inbox_access import (
    WordsCommand,
    complete_readings,
    open_inbox,
    selection_argument,
    selection_of,
)
from devhook.cli.options import (
    A_DAY,
    NumberRange,
    endpoint_options,
    endpoint_url,
    require_listening,
    signing_secret,
    speed_of,
)
from devhook.cli.send_report import SendReport, unreached_hint
from devhook.errors import ExitStatus, InputError, NetworkError
from devhook.inbox.database import Inbox
from devhook.replay.answer_changes import EarlierAnswers
from devhook.replay.deliveries import ReplayDeliveries, select_deliveries
from devhook.replay.file_watch import file_stamps, next_change, until_restarted
from devhook.replay.plan import Pace, Rewriting
from devhook.replay.replay import Replay
from devhook.sender.answers import AnswerSummary
from devhook.sender.target import is_listening, until_listening
from devhook.text import counted, duration


@click.command(cls=WordsCommand)
@selection_argument
@endpoint_options
@click.option("--resign", is_flag=True, help="Sign again, with the app's client secret.")
@click.option("--new-ids", is_flag=True, help="Use new values for Webhook-Id and Event-Id.")
@click.option(
    "--speed",
    type=speed_of,
    default="max",
    show_default=True,
    metavar="1|10|max",
    help="Shorten the pauses between the deliveries by this factor; max removes them.",
)
@click.option("--times", type=click.IntRange(1), default=1, metavar="N", help="Send all deliveries N times.")
@click.option("--shuffle", is_flag=True, help="Send in random order.")
@click.option(
    "--seed", type=int, metavar="N", help="Shuffle in the order of an earlier run, which printed this seed."
)
@click.option(
    "--only-late", is_flag=True, help="Send only late deliveries, each after the newer one that overtook it."
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help="Send N at a time; above 1 the order of arrival is not defined.",
)
@click.option(
    "--timeout",
    "patience",
    type=NumberRange(0, A_DAY, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait this long for an answer. Shopify waits 5 seconds.",
)
@click.option(
    "--watch",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Send again whenever a file below PATH changes, and compare the answers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per request.")
@click.pass_obj
def replay(  # noqa: PLR0913 - one parameter for each option
    inbox: Path,
    *,
    words: tuple[str, ...],
    target: str | None,
    allow_remote: bool,
    shop: str | None,
    resign: bool,
    new_ids: bool,
    speed: float,
    times: int,
    shuffle: bool,
    seed: int | None,
    only_late: bool,
    concurrency: int,
    patience: float,
    watch: Path | None,
    as_json: bool,
) -> ExitStatus:
    """Send recorded deliveries again.

    They are selected by ids (12, 12-40, last, -2) and filter words (is:late), which must all match; without
    either everything in the inbox is sent. Ids are sent in the order given. If URL has no path, each
    delivery is sent to the path that it arrived on.

    \b
      devhook replay 12 --to 3000
      devhook replay orders/updated --to localhost:3000/webhooks --shuffle --concurrency 8
      devhook replay --only-late --to 3000 --watch app/
      devhook replay --to 3000 -- orders/updated -is:duplicate

    Each answer is shown beside the previous one to the same delivery: 500 → 200, body, time. Every request is
    stored with its answer. The exit status is 1 when an answer was not 2xx.
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    if only_late and (shuffle or seed is not None or concurrency > 1):
        raise InputError(
            "--only-late needs a fixed order; --shuffle, --seed and --concurrency change it.", "Remove them."
        )
    selection = selection_of(words)
    url = endpoint_url(target, allow_remote=allow_remote)
    rewriting = Rewriting(
        secret=signing_secret(shop, "--resign") if resign else None,
        new_ids="" if new_ids else None,
    )
    if seed is None and shuffle:
        seed = secrets.randbelow(1_000_000)
    pace = Pace(times=times, speed=speed, seed=seed, concurrency=concurrency, seconds=patience)
    with open_inbox(inbox) as opened:
        if selection.filter or only_late:
            complete_readings(opened)
        chosen = select_deliveries(opened, selection.resolve(opened), only_late=only_late)
        _announce(chosen, url, pace)
        run = _Run(opened, chosen, url, rewriting, pace, as_json=as_json)
        return run.watching(watch) if watch is not None else run.once()


class _Run:
    """One run: sends the chosen deliveries, once or at every change, and reports the answers."""

    def __init__(
        self,
        inbox: Inbox,
        chosen: ReplayDeliveries,
        url: str,
        rewriting: Rewriting,
        pace: Pace,
        *,
        as_json: bool,
    ) -> None:
        self._inbox = inbox
        self._chosen = chosen
        self._url = url
        self._rewriting = rewriting
        self._pace = pace
        self._as_json = as_json

    def once(self) -> ExitStatus:
        """Send once and return the exit status. Raise NetworkError when no request reaches the endpoint."""
        summary = event_loop.run(self._send_once())
        if summary.unreached and summary.last_failure is not None:
            raise NetworkError(
                f"No request reached {self._url}. {summary.last_failure.error}",
                unreached_hint(
                    summary.last_failure.failure, "Check that the app listens there, then replay again."
                ),
            )
        return ExitStatus.DONE if summary.accepted == summary.count else ExitStatus.FAILED

    def watching(self, path: Path) -> ExitStatus:
        """Send, and send again at every change below `path`, until Ctrl+C."""
        event_loop.run(self._send_at_every_change(path))
        return ExitStatus.DONE

    async def _send_once(self) -> AnswerSummary:
        await require_listening(self._url)
        return await self._send()

    async def _send_at_every_change(self, path: Path) -> None:
        if not await is_listening(self._url):
            info(f"Waiting until something listens at {self._url}.")
            await until_listening(self._url)
        while True:
            await self._send(patient=True)
            # Taken after sending: files that the app writes because of the deliveries are not changes.
            seen = file_stamps(path)
            info(f"Watching {path}. Ctrl+C ends it.")
            info(f"{await next_change(path, seen)} changed.")
            await until_restarted(self._url)

    async def _send(self, *, patient: bool = False) -> AnswerSummary:
        """Send all deliveries once; with `patient`, wait for an app that restarts."""
        total = len(self._chosen.ids) * self._pace.times
        rewriting = self._rewriting
        if rewriting.new_ids is not None:
            # New ids for each run: with those of the previous run every delivery is a duplicate.
            rewriting = rewriting.model_copy(update={"new_ids": secrets.token_hex(8)})
        shown = partial(masked_answer, self._inbox)
        earlier = EarlierAnswers(self._inbox, shown, repeats=total > len(set(self._chosen.ids)))
        report = SendReport(self._inbox, total, earlier, as_json=self._as_json)
        replay = Replay(self._inbox, self._url, rewriting, on_send=report.add, reconnect=patient)
        stopped = True
        try:
            await replay.run(self._chosen, self._pace)
            stopped = False
        finally:
            report.end(replay.summary, _stopped(replay, total) if stopped else "")
        return replay.summary


def _stopped(replay: Replay, total: int) -> str:
    """Return how many deliveries a stopped or failed replay sent."""
    waiting = replay.begun - replay.summary.count
    unanswered = f", {waiting:,} of them had no answer yet" if waiting else ""
    return f"Stopped: {replay.begun:,} of {total:,} were sent{unanswered}."


def _announce(chosen: ReplayDeliveries, url: str, pace: Pace) -> None:
    """Report what is sent, and the seed that repeats the order."""
    sentence = f"{counted(len(chosen.ids), 'delivery')} to {url}"
    if pace.times > 1:
        sentence += f", {pace.times} times"
    if math.isfinite(pace.speed) and chosen.seconds:
        sentence += f", in {duration(chosen.seconds * pace.times / pace.speed)}"
    if pace.seed is not None:
        sentence += f", shuffled: --seed {pace.seed} does it again"
    info(f"{sentence}.")
