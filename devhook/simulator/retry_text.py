"""Shopify's retries in words, the same in every output: what failed, what comes when, what is given up."""

from datetime import datetime
from typing import Final

from devhook.simulator.delivery_worker import FAILURES_ALLOWED, RETRIES, Attempt, Retry
from devhook.text import counted, duration

ATTEMPTS: Final = RETRIES + 1

# Seconds. What counts down counts in tenths: milliseconds could not be read.
_TENTH: Final = 0.1


def concerns_retries(attempt: Attempt) -> bool:
    """Whether Shopify's retrying has to do with it: it failed, or tries again what had failed.

    Nobody tries again what a stranger sent.
    """
    return not attempt.envelope.forged and (attempt.number > 1 or not attempt.answer.accepted)


def attempt_words(attempt: Attempt) -> str:
    """What an attempt came to: `orders/paid #1001: answered 500, attempt 2 of 9 in 2.8 s (Shopify: 56 s)`."""
    told = f"{about_words(attempt)}: {_answered(attempt)}"
    if attempt.answer.accepted:
        return f"{told}, at attempt {attempt.number} of {ATTEMPTS}"
    if attempt.retry_in is not None:
        return f"{told}, {_next(attempt, attempt.retry_in)}"
    if attempt.removed:
        removed = f"the subscription is removed after {FAILURES_ALLOWED} failures"
        return f"{told}; {removed}{_dropped(attempt.dropped)}"
    return f"{told} at attempt {attempt.number} of {ATTEMPTS}, not tried again"


def retry_words(retry: Retry, now: datetime, *, short: bool = False) -> str:
    """What a delivery waits for: `answered 500, attempt 2 of 9 in 1.2 s (Shopify: 56 s)`.

    With `short` it is `500, 2 of 9 in 1.2 s (Shopify: 56 s)`.
    """
    left = (retry.due - now).total_seconds()
    told = (
        f"{_answered(retry.attempt)}, {_next(retry.attempt, max(round(left, 1), _TENTH) if left > 0 else 0)}"
    )
    return told.removeprefix("answered ").replace("attempt ", "", 1) if short else told


def about_words(attempt: Attempt) -> str:
    """What is delivered: `orders/paid #1001`."""
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
