"""Compares the answers of two runs to the same delivery: status, body and time."""

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple, Self

from devhook.sender.answers import excerpt
from devhook.text import duration
from devhook.webhook.answer import Answer, Failure

# Two times differ if their ratio and their distance (seconds) are at least these.
_RATIO: Final = 2.0
_DISTANCE: Final = 0.02
_EXCERPT: Final = 60


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


def differences(before: AnswerDigest, after: AnswerDigest) -> Iterator[str]:
    """Yield each difference as text: `500 → 200`, `body “no” → “ok”`, `400 ms → 10 ms`."""
    if (before.status, before.failure) != (after.status, after.failure):
        yield f"{_status_text(before)} → {_status_text(after)}"
    if before.digest != after.digest:
        yield (
            f"body “{before.excerpt}” → “{after.excerpt}”"
            if before.excerpt != after.excerpt
            else (f"body of {before.size:,} → {after.size:,} bytes")
        )
    low, high = sorted((before.seconds, after.seconds))
    if high >= low * _RATIO and high - low >= _DISTANCE:
        yield f"{duration(before.seconds)} → {duration(after.seconds)}"


def _status_text(digest: AnswerDigest) -> str:
    return digest.failure.words if digest.failure else str(digest.status)
