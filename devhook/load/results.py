"""The results of a run in Shopify's terms. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from devhook.load.plan import HELD, ON_TIME, LoadPlan
from devhook.load.tally import COUNTS, LoadTally
from devhook.text import counted, duration

_LONGEST_LIST: Final = 8
_WIDTH: Final = len("subscription") + 2


class LoadResults:
    """What came of a run, so far or at its end.

    - `tally`: the counts.
    - `percentiles`, `longest`: the times of the attempts in seconds, by share (`0.99`).
    - `errors`: how many attempts failed, by kind.
    - `stopped`: whether it was ended early; `lost`: how many workers were gone before the end.
    - `counted`: how many deliveries the app acted on by its own count; None: it was not asked.
    """

    def __init__(self, plan: LoadPlan, event: Mapping[str, Any], counted_by_app: int | None = None) -> None:
        self.plan = plan
        self.tally = LoadTally.of(event)
        self.percentiles: dict[str, float] = dict(event.get("percentiles", {}))
        self.longest: float = event.get("longest", 0.0)
        self.errors: dict[str, int] = dict(event.get("errors", {}))
        self.names: dict[str, dict[str, int]] = dict(event.get("names", {}))
        self.seconds = self.tally.span
        self.stopped: bool = event.get("stopped", False)
        self.lost: int = event.get("lost", 0)
        self.counted = counted_by_app

    def count(self, name: str) -> int:
        """Return one of the counts."""
        return self.tally.counts[name]

    @property
    def expected(self) -> int:
        """Return how many deliveries the schedule wanted: all, or those whose turn came before a stop."""
        return self.tally.delays.total() + self.count("unsent") if self.stopped else self.plan.shape.total

    @property
    def held(self) -> bool:
        """Return whether the schedule was held: whether nearly all deliveries were sent in time."""
        return not self.lost and self.count("on_time") >= HELD * self.expected

    @property
    def acted_twice(self) -> int:
        """Return how often the app acted on a delivery again, at least, as far as it reports."""
        more = 0 if self.counted is None else max(0, self.counted - self.count("sent"))
        return max(self.count("acted_twice"), more)

    @property
    def tells_acted(self) -> bool:
        """Return whether the app reports what it acts on."""
        return self.counted is not None or self.count("acted") > 0

    def lines(self) -> Iterator[str]:
        """Yield the results as lines of text."""
        for name, text in self.told():
            yield f"{name:<{_WIDTH}}{text}"

    def told(self) -> Iterator[tuple[str, str]]:
        """Yield the results in words: what each is about, and the text."""
        count = self.count
        more = [
            counted(count(name), noun)
            for name, noun in (("duplicates", "duplicate"), ("retries", "retry"))
            if count(name)
        ]
        yield "sent", f"{count('sent'):,} deliveries{''.join(f', {each}' for each in more)}: {self._rate}"
        yield "schedule", self._schedule
        yield "connected", f"{self._of_attempts('connected')} within 1 s"
        yield "answered", f"{self._of_attempts('accepted')} within 5 s and 2xx; {count('late'):,} too late"
        if count("failed"):
            kinds = sorted(self.errors.items(), key=lambda each: (-each[1], each[0]))
            yield "failed", ", ".join(f"{number:,} × {kind}" for kind, number in kinds[:_LONGEST_LIST])
        if count("failed_first"):
            yield "retried", self._retried
        yield "subscription", self._removed
        if self.percentiles:
            times = [
                f"{duration(seconds)} ({float(share) * 100:.4g} %)"
                for share, seconds in self.percentiles.items()
            ]
            yield "times", f"{', '.join(times)}, {duration(self.longest)} (slowest)"
        if self.tells_acted:
            yield "acted", self._acted

    def as_json(self) -> dict[str, Any]:
        """Return the results as an object. Its keys are a contract."""
        return {
            "schedule": self.plan.shape.words,
            "seconds": round(self.seconds, 3),
            "held": self.held,
            "stopped": self.stopped,
            "workers_lost": self.lost,
            "counts": {name: self.count(name) for name in COUNTS},
            "behind": {
                "median": self.tally.delayed(0.5),
                "p99": self.tally.delayed(0.99),
                "longest": self.tally.delayed(1.0),
            },
            "percentiles": [
                {"share": float(share), "seconds": seconds} for share, seconds in self.percentiles.items()
            ],
            "longest": self.longest,
            "errors": [{"error": kind, "count": number} for kind, number in sorted(self.errors.items())],
            "names": [{"name": name, **numbers} for name, numbers in self.names.items()],
            "removed": [
                {"subscription": name, "after": round(seconds, 3)}
                for name, seconds in sorted(self.tally.removed.items(), key=lambda each: each[1])
            ],
            "counted": self.counted,
            "acted_twice": self.acted_twice if self.tells_acted else None,
        }

    @property
    def _rate(self) -> str:
        rate = self.count("sent") / self.seconds if self.seconds else 0.0
        return f"{rate:,.1f}/s in {duration(self.seconds)}"

    @property
    def _schedule(self) -> str:
        share = self.count("on_time") / self.expected if self.expected else 1.0
        behind = self.tally.delayed(0.99)
        what = "held" if self.held else "NOT HELD"
        lost = f", {counted(self.lost, 'worker')} lost" if self.lost else ""
        unsent = f", {self.count('unsent'):,} not sent" if self.count("unsent") else ""
        return (
            f"{what}: {_percent(share)} of {self.expected:,} sent within {duration(ON_TIME)} of their time, "
            f"99 % within {duration(behind)}{unsent}{lost}"
        )

    @property
    def _retried(self) -> str:
        count = self.count
        told = f"{counted(count('failed_first'), 'delivery')} would be tried again by Shopify: "
        told += f"{count('recovered'):,} accepted then, {count('lost'):,} never accepted"
        return told + (f", {count('waiting'):,} still waited" if count("waiting") else "")

    @property
    def _removed(self) -> str:
        gone = sorted(self.tally.removed.items(), key=lambda each: each[1])
        if not self.plan.retries and self.count("failed"):
            return "not known: failures count from the first retry on, and there were no retries"
        if not gone:
            return "would still exist: no 8 failures in a row"
        shown = [f"{name} after {duration(seconds)}" for name, seconds in gone[:_LONGEST_LIST]]
        rest = f" and {len(gone) - len(shown):,} more" if len(gone) > len(shown) else ""
        return f"WOULD BE REMOVED by Shopify after 8 failures in a row: {', '.join(shown)}{rest}"

    @property
    def _acted(self) -> str:
        own = "" if self.counted is None else f"{self.counted:,} by the app's count; "
        if not self.acted_twice:
            return f"{own}none acted on twice, as far as the app reports"
        return f"{own}at least {counted(self.acted_twice, 'delivery')} acted on twice"

    def _of_attempts(self, name: str) -> str:
        attempts = self.count("attempts")
        share = self.count(name) / attempts if attempts else 0.0
        return f"{_percent(share)} of {counted(attempts, 'attempt')}"


def _percent(share: float) -> str:
    """Return a share in per cent, never rounded up to 100."""
    text = f"{share * 100:.4g}"
    return f"{'> 99.99' if text == '100' and share < 1 else text} %"
