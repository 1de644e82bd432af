"""Asks the app how many deliveries it has acted on, before and after a run."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from devhook.errors import DevhookError, NetworkError
from devhook.sender.client import Sender
from devhook.text import visible
from devhook.webhook.answer import Answer
from devhook.webhook.payload import Unreadable, read_json

_PATIENCE: Final = 5.0
_SETTLING: Final = 1.0
"""Seconds between two questions; an app that works in the background has not counted everything at once."""
_QUESTIONS: Final = 10
_NUMBER: Final = re.compile(r"\d{1,15}")


async def count_of(url: str) -> int:
    """Return the number that a GET of `url` answers: `1234`, or the `count` of a JSON object.

    Raise NetworkError without an answer, and DevhookError for an answer that is no number.
    """
    async with Sender() as sender:
        answer = await sender.send(url, (), b"", total_timeout=_PATIENCE, method="GET")
    if answer.failure is not None:
        raise NetworkError(
            f"{url} returns no count. {answer.error}", "Start your app, or remove --count-from."
        )
    found = _number(answer) if answer.accepted else None
    if found is None:
        raise DevhookError(
            f"{url} answers {answer.status} without a count: {visible(answer.text[:60])!r}.",
            'It must answer a number, or {"count": 1234}: how many deliveries the app has acted on.',
        )
    return found


async def settled_count(url: str, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> int:
    """Return the count once two answers in a row are equal, or the last one of ten."""
    before = await count_of(url)
    for _ in range(_QUESTIONS):
        await sleep(_SETTLING)
        now = await count_of(url)
        if now == before:
            break
        before = now
    return before


def _number(answer: Answer) -> int | None:
    text = answer.text.strip()
    if _NUMBER.fullmatch(text):
        return int(text)
    try:
        document: Any = read_json(text.encode())
    except Unreadable:
        return None
    count = document.get("count") if isinstance(document, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
