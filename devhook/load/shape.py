"""The rate of arrivals over time, and the moments at which deliveries are sent. Pure."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from devhook.errors import InputError
from devhook.text import did_you_mean, duration, nearest

_DURATION: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?")
_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_RATE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(?:/(s|m|min|h))?")
_PER: Final = {"s": 1, "m": 60, "min": 60, "h": 3600}
_LONGEST: Final = 24 * 3600.0
_FASTEST: Final = 100_000.0

BURSTS: Final = {
    # Shares of the duration, and of the peak rate.
    "flash-sale": ((0.0, 0.1), (0.2, 0.1), (0.22, 1.0), (0.4, 1.0), (0.6, 0.4), (1.0, 0.1)),
    "waves": ((0.0, 0.2), (0.25, 1.0), (0.5, 0.2), (0.75, 1.0), (1.0, 0.2)),
    "spike": ((0.0, 0.05), (0.48, 0.05), (0.49, 1.0), (0.51, 1.0), (0.52, 0.05), (1.0, 0.05)),
}
"""The bursts by name: points of time and rate, with straight lines between them."""


class RateShape(BaseModel):
    """A rate that is a straight line between each two points: seconds, and deliveries in a second.

    `words` describes it: `300/s for 5 min`.
    """

    model_config = ConfigDict(frozen=True)

    points: Annotated[tuple[tuple[float, float], ...], Field(min_length=2, max_length=100)]
    words: Annotated[str, Field(max_length=200)]

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        """Reject times that do not rise, and rates and lengths beyond the limits."""
        times = [at for at, _ in self.points]
        rises = times[0] == 0 and all(before < after for before, after in pairwise(times))
        if not rises or times[-1] > _LONGEST or not all(0 <= rate <= _FASTEST for _, rate in self.points):
            raise ValueError("the points are not a rate over time")
        return self

    @classmethod
    def constant(cls, rate: float, seconds: float) -> Self:
        """Return one rate for the whole time."""
        return cls(points=((0, rate), (seconds, rate)), words=f"{_spelled(rate)} for {duration(seconds)}")

    @classmethod
    def ramp(cls, first: float, last: float, seconds: float) -> Self:
        """Return a rate that rises, or falls, evenly."""
        words = f"from {_spelled(first)} to {_spelled(last)} in {duration(seconds)}"
        return cls(points=((0, first), (seconds, last)), words=words)

    @classmethod
    def burst(cls, name: str, peak: float, seconds: float) -> Self:
        """Return one of BURSTS with this peak rate. Raise InputError for an unknown name."""
        if name not in BURSTS:
            question = did_you_mean(nearest(name, BURSTS, 1))
            raise InputError(f"{name!r} is not a burst. {question}".rstrip(), f"Use {' or '.join(BURSTS)}.")
        points = tuple((at * seconds, share * peak) for at, share in BURSTS[name])
        return cls(points=points, words=f"{name} of {_spelled(peak)} at its peak, in {duration(seconds)}")

    @property
    def seconds(self) -> float:
        """Return how long it takes."""
        return self.points[-1][0]

    @property
    def total(self) -> int:
        """Return how many deliveries are sent in all."""
        return math.floor(self.planned(self.seconds) + 1e-6)

    @property
    def peak(self) -> float:
        """Return the highest rate."""
        return max(rate for _, rate in self.points)

    def planned(self, seconds: float) -> float:
        """Return how many deliveries are due in the first `seconds`."""
        done = 0.0
        for (begin, low), (end, high) in pairwise(self.points):
            passed = min(seconds, end) - begin
            if passed <= 0:
                break
            slope = (high - low) / (end - begin)
            done += low * passed + slope * passed * passed / 2
        return done

    def times(self, share: int = 0, shares: int = 1) -> Iterator[float]:
        """Yield the seconds at which share number `share` (from 0) of `shares` sends its deliveries.

        The shares take turns, so that all of them together send at the planned times.
        """
        number, before = share, 0.0
        last = self.total
        for (begin, low), (end, high) in pairwise(self.points):
            slope = (high - low) / (end - begin)
            whole = (low + high) / 2 * (end - begin)
            while number < last and number < before + whole - 1e-9:
                yield begin + _reached(number - before, low, slope)
                number += shares
            before += whole


def _reached(count: float, rate: float, slope: float) -> float:
    """Return after how many seconds a rate that changes by `slope` a second reaches this count."""
    root = math.sqrt(max(0.0, rate * rate + 2 * slope * count))
    return 2 * count / (rate + root) if count > 0 else 0.0


def parse_seconds(text: str) -> float:
    """Return the seconds of `5m`, `90s`, `1h`, `500ms` or `30`. Raise InputError."""
    found = _DURATION.fullmatch(text.strip().lower())
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else 0.0
    if not 0 < seconds <= _LONGEST:
        raise InputError(f"{text!r} is not a time up to a day.", "Write it like this: 5m, 90s, 1h")
    return seconds


def parse_rate(text: str) -> float:
    """Return the deliveries in a second of `300/s`, `300` or `600/min`. Raise InputError."""
    found = _RATE.fullmatch(text.strip().lower())
    rate = float(found[1]) / _PER[found[2] or "s"] if found else 0.0
    if not 0 < rate <= _FASTEST:
        raise InputError(f"{text!r} is not a rate.", "Write it like this: 300/s, 20/min")
    return rate


def parse_ramp(text: str) -> tuple[float, float]:
    """Return both rates of `10..300` or `10..300/s`. Raise InputError."""
    first, dots, last = text.partition("..")
    if not dots:
        raise InputError(f"{text!r} is not a ramp.", "Write it like this: 10..300")
    unit = last.partition("/")[2]
    return parse_rate(f"{first}/{unit}" if unit and "/" not in first else first), parse_rate(last)


def _spelled(rate: float) -> str:
    return f"{rate:,.4g}/s" if rate < 1000 else f"{rate:,.0f}/s"  # noqa: PLR2004 - four digits
