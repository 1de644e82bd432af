"""Shopify's retries in words, the same in every face: what failed, what comes when, what is given up."""

from datetime import datetime
from typing import Final

from devhook.simulator.delivery_worker import FAILURES_ALLOWED, RETRIES, Attempt, Retry
from devhook.webhook.answer import Failure

ATTEMPTS: Final = RETRIES + 1

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
# Seconds up to which tenths are too few digits.
_SHORT: Final = 0.1
# Seconds from which on tenths are too many digits.
_LONG: Final = 9.95


def is_of_interest(attempt: Attempt) -> bool:
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
    told = f"{_answered(retry.attempt)}, {_next(retry.attempt, max(left, _SHORT) if left > 0 else 0)}"
    return told.removeprefix("answered ").replace("attempt ", "", 1) if short else told


def pause_words(seconds: float) -> str:
    """A pause as it is read: `56 ms`, `2.8 s`, `56 s`, `1 min 53 s`, `30 min`, `2 h`."""
    whole = round(seconds)
    if seconds < _SHORT:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _LONG:
        return f"{seconds:.1f} s"
    if whole < _MINUTE:
        return f"{whole} s"
    large, small = (_HOUR, _MINUTE) if whole >= _HOUR else (_MINUTE, 1)
    unit, rest_unit = ("h", "min") if whole >= _HOUR else ("min", "s")
    rest = whole % large // small
    return f"{whole // large} {unit}{f' {rest} {rest_unit}' if rest else ''}"


def about_words(attempt: Attempt) -> str:
    """What is delivered: `orders/paid #1001`."""
    about = attempt.envelope.about
    return f"{attempt.topic} {about}" if about else attempt.topic


def _answered(attempt: Attempt) -> str:
    match attempt.answer.failure:
        case None:
            return f"answered {attempt.answer.status}"
        case Failure.BROKEN:
            return "broken off"
        case failure:
            return str(failure).replace("_", " ")


def _next(attempt: Attempt, seconds: float) -> str:
    when = f"in {pause_words(seconds)}" if seconds > 0 else "now"
    really = pause_words(attempt.shopify_retry_in or 0)
    return f"attempt {attempt.number + 1} of {ATTEMPTS} {when} (Shopify: {really})"


def _dropped(count: int) -> str:
    return f", and {count} waiting retr{'y is' if count == 1 else 'ies are'} dropped" if count else ""
