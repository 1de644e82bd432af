"""How `devhook replay` reports its sends: lines, JSON objects, a progress bar in a terminal."""

import contextlib
import sys
from typing import Any, Final

import click

from devhook.cli.console import echo, info
from devhook.cli.events import masked_send
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send
from devhook.replay.plan import PlannedSend
from devhook.sender.answers import AnswerSummary, excerpt
from devhook.text import duration, visible
from devhook.webhook.answer import Answer, Failure

# Up to this many sends are listed one by one; of more, only failures, and this many of them.
_LISTED_EACH: Final = 20
_LISTED_FAILURES: Final = 20
_WRONG_SCHEME: Final = {
    Failure.TLS: "If the app does not use TLS, write its address with http://.",
    Failure.BROKEN: "If the app uses TLS, write its address with https://.",
}


def unreached_hint(failure: Failure | None, otherwise: str) -> str:
    """Return the hint for a request without an answer: the other scheme where that can be the cause."""
    return _WRONG_SCHEME.get(failure, otherwise) if failure else otherwise


class SendReport:
    """Reports `total` sends: each one as JSON or when there are few, else only those not accepted.

    With many sends, stderr shows a progress bar if it is a terminal and nothing else is written to it.
    """

    def __init__(self, inbox: Inbox, total: int, *, as_json: bool) -> None:
        self._inbox = inbox
        self._as_json = as_json
        self._each = total <= _LISTED_EACH
        self._failed: list[str] = []
        self._unaccepted = 0
        self._stack = contextlib.ExitStack()
        self._bar: Any = None
        if not self._each and sys.stderr.isatty() and not (as_json and sys.stdout.isatty()):
            bar: Any = click.progressbar(length=total, file=sys.stderr, label="Sending", show_pos=True)
            self._bar = self._stack.enter_context(bar)

    def add(self, planned: PlannedSend, send: Send) -> None:
        """Report one send."""
        send = masked_send(self._inbox, send)
        if self._bar is not None:
            self._bar.update(1)
        if self._as_json:
            echo(as_object(planned, send))
        elif self._each:
            echo(as_line(send))
        elif not send.answer.accepted:
            self._unaccepted += 1
            if len(self._failed) < _LISTED_FAILURES:
                self._failed.append(as_line(send))

    def end(self, summary: AnswerSummary, stopped: str = "") -> None:
        """Remove the bar, print `stopped` (how many a stopped run sent), the failures and the summary."""
        self._stack.close()
        if stopped:
            info(stopped)
        for line in self._failed:
            echo(line)
        if self._unaccepted > len(self._failed):
            info(f"… and {self._unaccepted - len(self._failed):,} more like these. To print them all: --json")
        if summary.count:
            for line in summary.lines():
                (info if self._as_json else echo)(line)


def as_line(send: Send) -> str:
    """Return a send as a line of text: the delivery, its topic and the answer."""
    answer = send.answer
    found = answer.interception(send.url)
    said = found.message if found else "" if answer.accepted else excerpt(answer.text)
    text = f"  {visible(said)}".rstrip()
    return (
        f"{send.delivery_id or '':>6}  {visible(send.topic or '(no topic)'):<41} {answer_words(answer)}{text}"
    )


def answer_words(answer: Answer) -> str:
    """Return an answer in colour: `200 in 12 ms`, or the failure."""
    if answer.failure is not None:
        return click.style(visible(answer.error).removesuffix("."), fg="red")
    status = click.style(str(answer.status), fg="green" if answer.accepted else "red")
    return f"{status} in {duration(answer.seconds)}"


def as_object(planned: PlannedSend, send: Send) -> dict[str, Any]:
    """Return a send as a JSON object. Its keys are a contract."""
    return {
        "id": send.delivery_id,
        "round": planned.round,
        "time": send.sent_at.isoformat(timespec="microseconds"),
        "topic": send.topic,
        "url": send.url,
        "answer": send.answer.as_json(),
    }
