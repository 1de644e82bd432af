"""A histogram of answer times with logarithmic steps: a million times need no more memory than a thousand."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, Self

from pydantic import BaseModel, Field

_RATIO: Final = 1.001
_LOG_RATIO: Final = math.log(_RATIO)
_SHORTEST: Final = 1e-6


class LatencyHistogram(BaseModel):
    """The number of answers by their time. A percentile is accurate to 0.05 %.

    - `counts`: the number of answers by step; step n means 1.001 ** n seconds.
    - `shortest`, `longest`: exact, in seconds; `shortest` is None if there is no answer.
    """

    counts: dict[int, int] = Field(default_factory=dict)
    shortest: float | None = None
    longest: float = 0.0

    @classmethod
    def of(cls, times: Iterable[float]) -> Self:
        """Return the histogram of these times, in seconds."""
        histogram = cls()
        for seconds in times:
            histogram.add(seconds)
        return histogram

    def add(self, seconds: float) -> None:
        """Count one answer."""
        step = round(math.log(max(seconds, _SHORTEST)) / _LOG_RATIO)
        self.counts[step] = self.counts.get(step, 0) + 1
        # Setting a field of a pydantic model takes longer than the rest.
        if self.shortest is None or seconds < self.shortest:
            self.shortest = seconds
        self.longest = max(self.longest, seconds)

    @property
    def total(self) -> int:
        """Return the number of answers."""
        return sum(self.counts.values())

    def percentile(self, share: float) -> float | None:
        """Return the seconds within which this share (0 to 1) of the answers arrived, or None."""
        total = self.total
        reached = 0
        for step in sorted(self.counts):
            reached += self.counts[step]
            if reached >= share * total:
                return min(max(_RATIO**step, self.shortest or 0.0), self.longest)
        return None

    def by_class(self, edges: Sequence[float]) -> tuple[int, ...]:
        """Return the number of answers up to each edge (seconds, ascending), then of those above."""
        classes = [0] * (len(edges) + 1)
        for step, count in self.counts.items():
            # A time at an edge may have been rounded up by half a step.
            classes[bisect_left(edges, _RATIO ** (step - 0.5))] += count
        return tuple(classes)
