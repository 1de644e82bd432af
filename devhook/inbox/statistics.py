"""What the newest deliveries come to: how many of which topic, signature, verdict; how fast the targets."""

from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.rows import moment
from devhook.inbox.store import Inbox

# So many are counted in 20 ms; a million would hold the screen up for a second.
_NEWEST: Final = 10_000
_MOST_TOPICS: Final = 12

_ALL: Final = "SELECT count(*), min(received_at) FROM deliveries WHERE id > ?"
_TOPICS: Final = """
SELECT ifnull(topic, ''), count(*) FROM deliveries WHERE id > ? GROUP BY topic ORDER BY 2 DESC, 1 LIMIT ?
"""
_SIGNATURES: Final = (
    "SELECT signature, count(*) FROM deliveries WHERE id > ? GROUP BY signature ORDER BY 2 DESC"
)
_ORIGINS: Final = "SELECT origin, count(*) FROM deliveries WHERE id > ? GROUP BY origin ORDER BY 2 DESC"
_VERDICTS: Final = """
SELECT verdict, count(*) FROM readings.readings
WHERE delivery_id > ? AND trusted GROUP BY verdict ORDER BY 2 DESC
"""
_ANSWERS: Final = """
SELECT ifnull(failure, status), count(*) FROM answers
WHERE delivery_id > ? AND by <> 'receiver' GROUP BY 1 ORDER BY 2 DESC
"""
_TIMES: Final = """
SELECT duration FROM answers WHERE delivery_id > ? AND by <> 'receiver' AND status IS NOT NULL
"""

Counts = tuple[tuple[str, int], ...]


class Statistics(BaseModel):
    """What a number of deliveries, the newest ones, come to. Counts stand highest first.

    `since` is when the first of them came. `answers` are the targets', by status or by why there was none;
    `target_times` how long each took, in seconds.
    """

    model_config = ConfigDict(frozen=True)

    deliveries: int
    since: AwareDatetime | None
    topics: Counts
    signatures: Counts
    verdicts: Counts
    origins: Counts
    answers: Counts
    target_times: tuple[float, ...]


def statistics(inbox: Inbox, newest: int = _NEWEST) -> Statistics:
    """Count the `newest` deliveries."""
    after = max(0, inbox.newest() - newest)

    def counted(statement: str, *more: int) -> Counts:
        return tuple((str(what), count) for what, count in inbox.query(statement, after, *more))

    ((deliveries, first),) = inbox.query(_ALL, after)
    return Statistics(
        deliveries=deliveries,
        since=_moment(first),
        topics=counted(_TOPICS, _MOST_TOPICS),
        signatures=counted(_SIGNATURES),
        verdicts=counted(_VERDICTS),
        origins=counted(_ORIGINS),
        answers=counted(_ANSWERS),
        target_times=tuple(duration / 1_000_000 for (duration,) in inbox.query(_TIMES, after)),
    )


def _moment(since_1970: Any) -> datetime | None:
    return None if since_1970 is None else moment(since_1970)
