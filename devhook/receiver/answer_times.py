"""How fast deliveries are answered: counted in classes of time, so that it takes no more memory with load."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

EDGES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""The upper edge of each class in seconds. There is one class more, beyond Shopify's patience of 5 s."""


class AnswerTimes(BaseModel):
    """How many answers fell into each class, of which the last is for all above the last edge."""

    model_config = ConfigDict(frozen=True)

    counts: tuple[int, ...] = (0,) * (len(EDGES) + 1)

    @classmethod
    def of(cls, times: Sequence[float]) -> "AnswerTimes":
        """Sort times, in seconds, into their classes."""
        counts = [0] * (len(EDGES) + 1)
        for seconds in times:
            counts[bisect_left(EDGES, seconds)] += 1
        return cls(counts=tuple(counts))

    @property
    def total(self) -> int:
        """How many answers there were."""
        return sum(self.counts)

    def with_one(self, seconds: float) -> "AnswerTimes":
        """The pace with one answer more."""
        place = bisect_left(EDGES, seconds)
        counts = self.counts
        return AnswerTimes(counts=(*counts[:place], counts[place] + 1, *counts[place + 1 :]))

    def within(self, share: float) -> float | None:
        """The edge that this share of the answers (0 to 1) stayed under, in seconds.

        None where there are no answers, or where it lies above the last edge.
        """
        wanted = share * self.total
        counted = 0
        for edge, count in zip(EDGES, self.counts, strict=False):
            counted += count
            if counted and counted >= wanted:
                return edge
        return None
