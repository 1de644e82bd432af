"""Shopify's retries in words, the same in every output: the failure, the next attempt, the removal."""

from datetime import datetime
from typing import Final

from devhook.sender.retries import FAILURES_ALLOWED, RETRIES
from devhook.simulator.delivery_worker import Attempt, Retry
from devhook.text import counted, duration

ATTEMPTS: Final = RETRIES + 1

# Seconds. A countdown shows tenths; milliseconds would change too fast to read.
_TENTH: Final = 0.1


def concerns_retries(attempt: Attempt) -> bool:
    """Return whether the attempt failed or is a retry. Forged deliveries are never retried."""
    return not attempt.envelope.forged and (attempt.number > 1 or not attempt.answer.accepted)


def attempt_words(attempt: Attempt) -> str:
    """Return the result: `orders/paid #1001: answered 500, attempt 2 of 9 in 2.8 s (Shopify: 56 s)`."""
    text = f"{about_words(attempt)}: {_answered(attempt)}"
    if attempt.answer.accepted:
        return f"{text}, at attempt {attempt.number} of {ATTEMPTS}"
    if attempt.retry_in is not None:
        return f"{text}, {_next(attempt, attempt.retry_in)}"
    if attempt.removed:
        removed = f"the subscription is removed after {FAILURES_ALLOWED} failures"
        return f"{text}; {removed}{_dropped(attempt.dropped)}"
    return f"{text} at attempt {attempt.number} of {ATTEMPTS}, not retried"


def retry_words(retry: Retry, now: datetime, *, short: bool = False) -> str:
    """Return what a waiting delivery waits for: `answered 500, attempt 2 of 9 in 1.2 s (Shopify: 56 s)`.

    With `short`, return `500, 2 of 9 in 1.2 s (Shopify: 56 s)`.
    """
    left = (retry.due - now).total_seconds()
    text = (
        f"{_answered(retry.attempt)}, {_next(retry.attempt, max(round(left, 1), _TENTH) if left > 0 else 0)}"
    )
    return text.removeprefix("answered ").replace("attempt ", "", 1) if short else text


def about_words(attempt: Attempt) -> str:
    """Return the topic and the order: `orders/paid #1001`."""
    about = attempt.envelope.about
    return f"{attempt.topic} {about}" if about else attempt.topic


def _answered(attempt: Attempt) -> str:
    failure = attempt.answer.failure
    return failure.words if failure else f"answered {attempt.answer.status}"


def _next(attempt: Attempt, seconds: float) -> str:
    when = f"in {duration(seconds)}" if seconds > 0 else "now"
    really = duration(attempt.shopify_retry_in or 0)
    return f"attempt {attempt.number + 1} of {ATTEMPTS} {when} (Shopify: {really})"


def _dropped(count: int) -> str:
    return f", and {counted(count, 'waiting retry')} {'is' if count == 1 else 'are'} dropped" if count else ""
