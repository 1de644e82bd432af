"""Compares the answer to a delivery with an earlier answer to it: status, body and time."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple, Self

from devhook.analysis.diff import Change
from devhook.analysis.diff import differences as changes_of
from devhook.inbox.app_answers import AppAnswer, app_answers, earlier_answer
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send
from devhook.sender.answers import excerpt
from devhook.text import changed_lines, duration
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.payload import Unreadable, read_json

# Two times differ if their ratio and their distance (seconds) are at least these.
_RATIO: Final = 2.0
_DISTANCE: Final = 0.02
_EXCERPT: Final = 60
# Lines of two bodies that are compared as text, and the characters of each.
_LINES: Final = 200
_LINE: Final = 200
_CHANGES: Final = 50
# Of the newest replays of a delivery, for one to the same address.
_LOOKED_AT: Final = 5


class AnswerDigest(NamedTuple):
    """The parts of an answer to compare. `digest`, `size` and `excerpt` describe its body."""

    status: int | None
    failure: Failure | None
    seconds: float
    digest: bytes
    size: int
    excerpt: str

    @classmethod
    def of(cls, answer: Answer, shown: Answer | None = None) -> Self:
        """Return the digest of `answer`; its excerpt is of `shown`, the masked answer, if that is given."""
        return cls(
            status=answer.status,
            failure=answer.failure,
            seconds=answer.seconds,
            digest=hashlib.sha256(answer.body).digest(),
            size=len(answer.body),
            excerpt=excerpt((shown or answer).text, _EXCERPT),
        )

    @property
    def words(self) -> str:
        """The status, or the failure in words."""
        return self.failure.words if self.failure else str(self.status)


class AnswerDifferences(NamedTuple):
    """How an answer differs from an earlier one, in words; empty where it does not, or where one failed.

    `status`: `500 → 200`. `body`: `body “no” → “ok”`. `time`: `400 ms → 10 ms`.
    """

    status: str = ""
    body: str = ""
    time: str = ""

    @classmethod
    def between(cls, before: AnswerDigest, after: AnswerDigest) -> Self:
        """Compare two answers."""
        told = cls()
        if (before.status, before.failure) != (after.status, after.failure):
            told = told._replace(status=f"{before.words} → {after.words}")
        if before.failure or after.failure:
            return told
        if before.digest != after.digest:
            by_size = f"body of {before.size:,} → {after.size:,} bytes"
            by_text = f"body “{before.excerpt}” → “{after.excerpt}”"
            told = told._replace(body=by_text if before.excerpt != after.excerpt else by_size)
        low, high = sorted((before.seconds, after.seconds))
        if high >= low * _RATIO and high - low >= _DISTANCE:
            told = told._replace(time=f"{duration(before.seconds)} → {duration(after.seconds)}")
        return told

    @property
    def told(self) -> list[str]:
        """The differences that exist, in order."""
        return [each for each in self if each]


class EarlierAnswer(NamedTuple):
    """An earlier answer to a delivery: when and from where."""

    at: datetime
    url: str
    answer: AnswerDigest


class EarlierAnswers:
    """What deliveries were answered before they were sent again.

    `shown`: returns the answer to a delivery as it may be shown, masked.
    `repeats`: whether a run sends a delivery more than once; its own answers are remembered then.
    """

    def __init__(
        self, inbox: Inbox, shown: Callable[[int | None, Answer], Answer], *, repeats: bool = False
    ) -> None:
        self._inbox = inbox
        self._shown = shown
        self._repeats = repeats
        self._own: dict[tuple[int | None, str], EarlierAnswer] = {}

    def before(self, send: Send) -> EarlierAnswer | None:
        """Return the last answer to the delivery of `send` before this send; None if there is none."""
        key = (send.delivery_id, send.url)
        found = self._own.get(key) or self._stored(send)
        if self._repeats:
            self._own[key] = self._earlier(send.delivery_id, send.sent_at, send.url, send.answer)
        return found

    def _stored(self, send: Send) -> EarlierAnswer | None:
        if send.delivery_id is None:
            return None
        answers = app_answers(self._inbox, send.delivery_id, _LOOKED_AT)
        found = earlier_answer([each for each in answers if each.at < send.sent_at], send.url)
        return self._earlier(send.delivery_id, found.at, found.url, found.answer) if found else None

    def _earlier(self, delivery_id: int | None, at: datetime, url: str, answer: Answer) -> EarlierAnswer:
        return EarlierAnswer(at, url, AnswerDigest.of(answer, self._shown(delivery_id, answer)))


def compared(answers: Sequence[AppAnswer], number: int) -> tuple[AppAnswer | None, AnswerDifferences]:
    """Return the answer before answer `number` of a delivery, if there is one, and how the two differ."""
    given = answers[number]
    before = None if given.edited else earlier_answer(answers[:number], given.url)
    if before is None:
        return None, AnswerDifferences()
    now = AnswerDigest.of(given.answer)
    return before, AnswerDifferences.between(AnswerDigest.of(before.answer), now)


def body_changes(before: Answer, after: Answer) -> list[Change] | None:
    """Return how two JSON bodies differ, at most fifty changes; None if one is not an object or a list."""
    documents = [_document(answer) for answer in (before, after)]
    if None in documents:
        return None
    return [found.change() for found in islice(changes_of(*documents), _CHANGES)]


def body_lines(before: Answer, after: Answer) -> list[str]:
    """Return how two bodies differ as text, a line each: `- no`, `+ ok`; of HTML, of what a browser shows."""
    old, new = (_lines(answer) for answer in (before, after))
    return changed_lines(old, new)


def _document(answer: Answer) -> Any:
    try:
        found = read_json(answer.uncompressed().body)
    except Unreadable:
        return None
    return found if isinstance(found, dict | list) else None


def _lines(answer: Answer) -> list[str]:
    text = answer.text
    if text.lstrip().startswith("<"):
        text = excerpt(text, _LINE)
    return [line[:_LINE] for line in text.splitlines()[:_LINES]]
