"""The limits of `--fail-if`: which results can be limited, and how a limit is written. Pure."""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Self

from devhook.errors import InputError
from devhook.load.results import LoadResults
from devhook.load.shape import parse_seconds
from devhook.text import did_you_mean, duration, nearest


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
