"""The counts of a run that Locust has no column for; workers report them, the master adds them up. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Self

from devhook.load.plan import ON_TIME

# Milliseconds; a delay is counted at the first of these that is not below it.
_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000)

COUNTS: Final = (
    "due",
    "sent",
    "unsent",
    "on_time",
    "duplicates",
    "retries",
    "attempts",
    "connected",
    "accepted",
    "late",
    "failed",
    "failed_first",
    "recovered",
    "lost",
    "waiting",
    "unanswered",
    "reached",
    "acted",
    "acted_twice",
)
"""The names of the counts.

- `due`, `sent`, `unsent`: deliveries of the schedule so far; sent; not sent because the worker was too late.
- `on_time`: sent at most a second after their time.
- `duplicates`, `retries`: sent on top of those. `attempts`: all of them that have a result.
- `connected`: attempts that had a connection within a second; `accepted`: answered 2xx within five.
- `late`: attempts without a connection or a complete answer in time; `failed`: all that are not accepted.
- `failed_first`: deliveries whose first attempt failed, which Shopify would try again.
- `recovered`, `lost`: of those, accepted by a retry; never accepted. `waiting`: a retry was still due.
- `unanswered`: under way when the run was stopped.
- `reached`: deliveries that were accepted at least once.
- `acted`, `acted_twice`: deliveries that the app says it acted on; that it says it acted on again.
"""


class LoadTally:
    """Counts, delays behind the schedule, and the subscriptions that Shopify would have removed.

    - `span`: the seconds from the start to the last delivery so far.
    - `removed`: the seconds after the start by subscription: `orders/paid of acme.myshopify.com`.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.delays: Counter[int] = Counter()
        self.removed: dict[str, float] = {}
        self.span = 0.0

    def add(self, name: str, count: int = 1) -> None:
        """Count something of COUNTS."""
        self.counts[name] += count

    def begin(self, after: float, delay: float) -> None:
        """Count a delivery that is sent `after` seconds, `delay` seconds after its time."""
        self.span = max(self.span, after)
        milliseconds = delay * 1000
        self.delays[next((step for step in _STEPS if milliseconds <= step), _STEPS[-1])] += 1
        self.add("on_time", delay <= ON_TIME)

    def delayed(self, share: float) -> float:
        """Return the seconds within which this share of the deliveries was sent; 0 if there is none."""
        wanted = share * self.delays.total()
        passed = 0
        for step in sorted(self.delays):
            passed += self.delays[step]
            if passed >= wanted:
                return step / 1000
        return 0.0

    def take(self) -> dict[str, Any]:
        """Return everything as a message, and begin to count again."""
        message = self.as_json()
        self.counts, self.delays, self.removed = Counter(), Counter(), {}
        return message

    def as_json(self) -> dict[str, Any]:
        """Return everything as a message."""
        delays = {str(step): count for step, count in self.delays.items()}
        return {
            "counts": dict(self.counts),
            "delays": delays,
            "removed": dict(self.removed),
            "span": self.span,
        }

    def merge(self, message: Mapping[str, Any]) -> None:
        """Add what a worker reports. What is no number is dropped: a stranger may have sent it."""
        for name, count in message.get("counts", {}).items():
            if name in COUNTS and isinstance(count, int):
                self.counts[name] += count
        for step, count in message.get("delays", {}).items():
            if step.isdecimal() and int(step) in _STEPS and isinstance(count, int):
                self.delays[int(step)] += count
        span = message.get("span", 0.0)
        self.span = max(self.span, span if isinstance(span, int | float) else 0.0)
        for name, seconds in message.get("removed", {}).items():
            if isinstance(seconds, int | float):
                self.removed[str(name)] = min(float(seconds), self.removed.get(str(name), float("inf")))

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """Return the tally of one message."""
        tally = cls()
        tally.merge(message)
        return tally
