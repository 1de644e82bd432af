"""A session's other events as lines and JSON: it is ready, the simulated shop attempted a delivery."""

from typing import Any

import click

from devhook.cli.masking import run_mask
from devhook.session.session import Session
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.retry_text import attempt_words
from devhook.text import visible


def attempt_as_lines(attempt: Attempt) -> str:
    """Return a delivery attempt as a line: `↻ orders/paid #1001: answered 500, attempt 2 …`."""
    words = visible(attempt_words(attempt))
    ended = "red" if attempt.retry_in is None else "yellow"
    return f"{' ' * 13}{click.style(f'↻ {words}', fg='green' if attempt.answer.accepted else ended)}"


def attempt_object(attempt: Attempt) -> dict[str, Any]:
    """Return a delivery attempt as a JSON object. Its keys are a contract."""
    return {
        "event": "attempt",
        "time": attempt.at.isoformat(timespec="microseconds"),
        "topic": attempt.topic,
        "order": attempt.envelope.about or None,
        "webhook_id": attempt.webhook_id,
        "attempt": attempt.number,
        "answer": attempt.answer.as_json(),
        "retry_in": attempt.retry_in,
        "shopify_retry_in": attempt.shopify_retry_in,
        "removed": attempt.removed,
        "dropped": attempt.dropped,
    }


def ready_object(session: Session) -> dict[str, Any]:
    """Return the first JSON object: the receiver is ready, and its address. Its keys are a contract."""
    status = session.status()
    return {
        "event": "ready",
        "time": status.listening_since.isoformat(timespec="microseconds"),
        "address": status.address,
        "public_url": status.public_url,
        "shop": status.shop,
        "leases": status.leases,
        "targets": [target.url for target in session.targets],
        "inbox": status.inbox,
    }


def masked_attempt(attempt: Attempt) -> Attempt:
    """Return a delivery attempt, masked when the run has a mask."""
    mask = run_mask()
    return attempt if mask is None else attempt.masked(mask)
