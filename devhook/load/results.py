"""The results of a run in Shopify's terms, and the limits that they must keep. Pure."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from devhook.errors import InputError
from devhook.load.plan import HELD, ON_TIME, LoadPlan
from devhook.load.shape import parse_seconds
from devhook.load.tally import COUNTS, LoadTally
from devhook.text import counted, did_you_mean, duration, nearest

_LONGEST_LIST: Final = 8


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
        """Return how many deliveries the schedule wanted: all, or those due until the run was stopped."""
        return self.count("due") if self.stopped else max(self.count("due"), self.plan.shape.total)

    @property
    def held(self) -> bool:
        """Return whether the schedule was held: whether nearly all deliveries were sent in time."""
        return not self.lost and self.count("on_time") >= HELD * self.expected

    @property
    def acted_twice(self) -> int:
        """Return how often the app acted on a delivery again, at least, as far as it tells."""
        more = 0 if self.counted is None else max(0, self.counted - self.count("sent"))
        return max(self.count("acted_twice"), more)

    @property
    def tells_acted(self) -> bool:
        """Return whether the app tells what it acts on."""
        return self.counted is not None or self.count("acted") > 0

    def lines(self) -> Iterator[str]:
        """Yield the results as lines of text."""
        count = self.count
        more = [
            counted(count(name), noun)
            for name, noun in (("duplicates", "duplicate"), ("retries", "retry"))
            if count(name)
        ]
        yield f"sent        {count('sent'):,} deliveries{''.join(f', {each}' for each in more)}: {self._rate}"
        yield f"schedule    {self._schedule}"
        yield f"connected   {self._of_attempts('connected')} within 1 s"
        yield f"answered    {self._of_attempts('accepted')} within 5 s and 2xx; {count('late'):,} too late"
        if count("failed"):
            kinds = sorted(self.errors.items(), key=lambda each: (-each[1], each[0]))
            yield f"failed      {', '.join(f'{number:,} × {kind}' for kind, number in kinds[:_LONGEST_LIST])}"
        if count("failed_first"):
            yield f"retried     {self._retried}"
        yield f"subscription {self._removed}"
        if self.percentiles:
            times = [
                f"{duration(seconds)} ({float(share) * 100:.4g} %)"
                for share, seconds in self.percentiles.items()
            ]
            yield f"times       {', '.join(times)}, {duration(self.longest)} (slowest)"
        if self.tells_acted:
            yield f"acted       {self._acted}"

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
        return f"{own}at least {counted(self.acted_twice, 'delivery')} acted on twice"

    def _of_attempts(self, name: str) -> str:
        attempts = self.count("attempts")
        share = self.count(name) / attempts if attempts else 0.0
        return f"{_percent(share)} of {counted(attempts, 'attempt')}"


def _percent(share: float) -> str:
    """Return a share in per cent, never rounded up to 100."""
    text = f"{share * 100:.4g}"
    return f"{'> 99.99' if text == '100' and share < 1 else text} %"


class Metric(NamedTuple):
    """A result that can be limited: how it is counted, of what (0: of nothing), and what it says."""

    value: Callable[[LoadResults], float]
    of: Callable[[LoadResults], float] | None
    unit: str
    about: str


def _count(name: str) -> Callable[[LoadResults], float]:
    return lambda results: results.count(name)


def _time(share: str) -> Metric:
    about = "the time within which so many attempts were answered"
    return Metric(lambda results: results.percentiles.get(share, 0.0), None, "s", about)


METRICS: Final = {
    "failed": Metric(_count("failed"), _count("attempts"), "", "attempts that were not accepted"),
    "late": Metric(_count("late"), _count("attempts"), "", "attempts without an answer in time"),
    "unconnected": Metric(
        lambda results: results.count("attempts") - results.count("connected"),
        _count("attempts"),
        "",
        "attempts without a connection within 1 s",
    ),
    "retried": Metric(_count("failed_first"), _count("sent"), "", "deliveries that Shopify would try again"),
    "lost": Metric(_count("lost"), _count("sent"), "", "deliveries that were never accepted"),
    "removed": Metric(
        lambda results: len(results.tally.removed), None, "", "subscriptions that Shopify would remove"
    ),
    "acted-twice": Metric(
        lambda results: results.acted_twice, _count("sent"), "", "deliveries that the app acted on again"
    ),
    "p50": _time("0.5"),
    "p90": _time("0.9"),
    "p95": _time("0.95"),
    "p99": _time("0.99"),
    "p99.9": _time("0.999"),
    "slowest": Metric(lambda results: results.longest, None, "s", "the longest time of an attempt"),
    "behind": Metric(
        lambda results: results.tally.delayed(0.99), None, "s", "how far 99 % lagged behind the schedule"
    ),
}
"""What `--fail-if` knows, by name."""

_THRESHOLD: Final = re.compile(r"\s*([\w.-]+?)\s*(>=|<=|>|<)\s*([\d.]+)\s*(%|ms|s|m)?\s*")
_COMPARED: Final = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_LIKE_THIS: Final = "Write it like this: 'late>0.1%', 'lost>0', 'p99>2s'"


class Threshold(NamedTuple):
    """A limit of `--fail-if`: the run fails if it is passed. `text` is what the user wrote."""

    text: str
    metric: str
    compare: Callable[[float, float], bool]
    limit: float
    in_percent: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the limit of `late>0.1%`, `lost>0` or `p99>2s`. Raise InputError."""
        found = _THRESHOLD.fullmatch(text)
        if found is None:
            raise InputError(f"{text!r} is not a limit.", _LIKE_THIS)
        name, sign, number, unit = found.groups()
        if name not in METRICS:
            question = did_you_mean(nearest(name, METRICS, 1))
            raise InputError(
                f"{name!r} is not a result. {question}".rstrip(), f"Use one of {', '.join(METRICS)}."
            )
        metric = METRICS[name]
        try:
            limit = float(number)
        except ValueError as error:
            raise InputError(f"{number!r} is not a number.", _LIKE_THIS) from error
        fits = (
            unit in {"ms", "s", "m"}
            if metric.unit
            else unit is None or (unit == "%" and metric.of is not None)
        )
        if not fits:
            kind = "a time, such as 2s" if metric.unit else "a number or a share, such as 5 or 0.1%"
            raise InputError(f"{text!r}: {name} is compared with {kind}.", _LIKE_THIS)
        if metric.unit and limit:
            limit = parse_seconds(f"{number}{unit}")
        return cls(text.strip(), name, _COMPARED[sign], limit, unit == "%")

    def passed(self, results: LoadResults) -> bool:
        """Return whether the limit is passed, so that the run fails."""
        return self.compare(self._value(results), self.limit)

    def measured(self, results: LoadResults) -> str:
        """Return what was measured, in the unit of the limit."""
        value = self._value(results)
        if self.in_percent:
            return f"{value:.4g}%"
        return duration(value) if METRICS[self.metric].unit else f"{value:,.0f}"

    def _value(self, results: LoadResults) -> float:
        metric = METRICS[self.metric]
        value = metric.value(results)
        if self.in_percent and metric.of is not None:
            return 100 * value / (metric.of(results) or 1)
        return value


DEFAULT_THRESHOLDS: Final = ("lost>0", "removed>0")
"""The limits of a run without `--fail-if`: what Shopify itself would punish."""


def passed_limits(results: LoadResults, thresholds: Sequence[Threshold]) -> list[Threshold]:
    """Return the limits that are passed."""
    return [threshold for threshold in thresholds if threshold.passed(results)]
