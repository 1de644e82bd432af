"""The filter words for the time at which a delivery was received. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final, Self

from devhook.filter.word import Contents, FilterWord, Seen, Token
from devhook.inbox.deliveries import Row

_AGO: Final = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class SinceWord(FilterWord):
    """`since:10m`: received at that time or later."""

    name = "since"
    examples = ("10m", "14:30", "2026-07-04")
    about = "received since: an age, a clock time or a date"

    def __init__(self, at: datetime) -> None:
        self._at = at

    @classmethod
    def parse(cls, token: Token, now: datetime) -> Self:
        """Return the word for one time. Raise WrongWord for anything else."""
        return cls(_time_of(token, now))

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether the row was received at that time or later."""
        return row.received_at >= self._at

    def received(self) -> tuple[datetime | None, datetime | None]:
        """Return the time as the inclusive lower bound."""
        return self._at, None

    @classmethod
    def candidates(cls, seen: Seen) -> Sequence[str]:
        """Return common ages."""
        return ("10m", "1h", "1d", "7d")


class BeforeWord(SinceWord):
    """`before:14:30`: received earlier than that time."""

    name = "before"
    examples = ("14:30", "10m", "2026-07-04")
    about = "received before: an age, a clock time or a date"

    def matches(self, row: Row, contents: Contents) -> bool:
        """Return whether the row was received earlier."""
        return row.received_at < self._at

    def received(self) -> tuple[datetime | None, datetime | None]:
        """Return the time as the exclusive upper bound."""
        return None, self._at


def _time_of(token: Token, now: datetime) -> datetime:
    """Return the time of an age (`10m`), a clock time (the last `14:30`) or ISO 8601, in the user's zone."""
    name = token.name
    if len(token.values) > 1:
        token.reject(f"{name}: takes one time", f"For example {name}:10m")
    value = token.values[0]
    try:
        if ago := _AGO.fullmatch(value.lower()):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        if clock := _CLOCK.fullmatch(value):
            hour, minute, second = (int(part or 0) for part in clock.groups())
            at = datetime.combine(now.date(), time(hour, minute, second), now.tzinfo)
            return at if at <= now else at - timedelta(days=1)
        at = datetime.fromisoformat(value.upper())
    except (ValueError, OverflowError):
        token.reject(
            f"{name}:{value} is not a time",
            f"For example {name}:10m, {name}:3d, {name}:14:30 or {name}:2026-07-04",
            unfinished=value[:1].isdigit(),
        )
    return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
