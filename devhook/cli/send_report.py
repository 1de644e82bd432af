"""How `devhook replay` reports its sends beside earlier answers: lines, JSON objects, a progress bar."""

from collections.abc import Iterator
from typing import Any, Final

import click

from devhook.cli.console import echo, info
from devhook.cli.events import masked_send
from devhook.cli.progress import Progress
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send
from devhook.replay.answer_changes import AnswerDifferences, AnswerDigest, EarlierAnswer, EarlierAnswers
from devhook.replay.plan import PlannedSend
from devhook.sender.answers import AnswerSummary, excerpt
from devhook.text import duration, visible
from devhook.webhook.answer import Answer, Failure

# Up to this many sends are listed one by one; of more, only failures and those that were answered otherwise
# before, and this many of them.
_LISTED_EACH: Final = 20
_LISTED_OF_MANY: Final = 20
_WRONG_SCHEME: Final = {
    Failure.TLS: "If the app does not use TLS, write its address with http://.",
    Failure.BROKEN: "If the app uses TLS, write its address with https://.",
}


def unreached_hint(failure: Failure | None, otherwise: str) -> str:
    """Return the hint for a request without an answer: the other scheme where that can be the cause."""
    return _WRONG_SCHEME.get(failure, otherwise) if failure else otherwise


class SendReport:
    """Reports `total` sends: each one as JSON or when there are few, else those that are worth a look.

    Those are the ones that are not accepted, or that had another status before, which `earlier` finds.
    Many sends that take a while show their progress on stderr.
    """

    def __init__(self, inbox: Inbox, total: int, earlier: EarlierAnswers, *, as_json: bool) -> None:
        self._inbox = inbox
        self._earlier = earlier
        self._as_json = as_json
        self._each = total <= _LISTED_EACH
        self._listed: list[str] = []
        self._unlisted = 0
        self._changed = 0
        self._as_before = 0
        self._progress = Progress("Sending", total, beside_data=self._each or as_json)

    def add(self, planned: PlannedSend, send: Send) -> None:
        """Report one send."""
        shown = masked_send(self._inbox, send)
        before = self._earlier.before(send)
        differences = AnswerDifferences()
        if before is not None:
            now = AnswerDigest.of(send.answer, shown.answer)
            differences = AnswerDifferences.between(before.answer, now)
            self._changed += bool(differences.status)
            self._as_before += not differences.status
        self._progress.advance()
        if self._as_json:
            echo(as_object(planned, shown, before, differences))
        elif self._each:
            echo(as_line(shown, differences))
        elif not send.answer.accepted or differences.status:
            if len(self._listed) < _LISTED_OF_MANY:
                self._listed.append(as_line(shown, differences))
            else:
                self._unlisted += 1

    def end(self, summary: AnswerSummary, stopped: str = "") -> None:
        """Remove the bar, print `stopped` (how many a stopped run sent), what is listed, and the summary."""
        self._progress.close()
        if stopped:
            info(stopped)
        for line in self._listed:
            echo(line)
        if self._unlisted:
            info(f"… and {self._unlisted:,} more like these. To print them all: --json")
        if summary.count:
            for line in (*summary.lines(), *self._compared()):
                (info if self._as_json else echo)(line)

    def _compared(self) -> Iterator[str]:
        """Yield how many were answered with a different status than before."""
        if self._changed:
            same = f", {self._as_before:,} with the same one" if self._as_before else ""
            yield f"{self._changed:,} answered with a different status than before{same}"
        elif self._as_before:
            yield f"{self._as_before:,} answered with the same status as before"


def as_line(send: Send, differences: AnswerDifferences) -> str:
    """Return a send as a line: the delivery, its topic, the answer, how it differs from the one before."""
    answer = send.answer
    found = answer.interception(send.url)
    said = found.message if found else "" if answer.accepted else excerpt(answer.text)
    told = ", ".join(filter(None, (said or differences.body, differences.time)))
    before, arrow, _ = differences.status.partition(" → ")
    text = f"  {visible(told)}".rstrip()
    return (
        f"{send.delivery_id or '':>6}  {visible(send.topic or '(no topic)'):<41} "
        f"{before}{arrow}{answer_words(answer)}{text}"
    )


def answer_words(answer: Answer) -> str:
    """Return an answer in colour: `200 in 12 ms`, or the failure."""
    if answer.failure is not None:
        return click.style(visible(answer.error).removesuffix("."), fg="red")
    status = click.style(str(answer.status), fg="green" if answer.accepted else "red")
    return f"{status} in {duration(answer.seconds)}"


def as_object(
    planned: PlannedSend, send: Send, before: EarlierAnswer | None, differences: AnswerDifferences
) -> dict[str, Any]:
    """Return a send as a JSON object. Its keys are a contract."""
    return {
        "id": send.delivery_id,
        "round": planned.round,
        "time": send.sent_at.isoformat(timespec="microseconds"),
        "topic": send.topic,
        "url": send.url,
        "answer": send.answer.as_json(),
        "earlier": before and earlier_object(before),
        "differences": differences.told,
    }


def earlier_object(earlier: EarlierAnswer) -> dict[str, Any]:
    """Return an earlier answer as a JSON object. Its keys are a contract."""
    answer = earlier.answer
    return {
        "time": earlier.at.isoformat(timespec="microseconds"),
        "url": earlier.url,
        "status": answer.status,
        "seconds": round(answer.seconds, 6),
        "failure": answer.failure,
    }
