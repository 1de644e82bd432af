"""What many sends came to: how many got which answer, and how long the answers took."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Final

from devhook.webhook.answer import Answer, Failure

# Times are counted in steps of this ratio: a percentile is right within a twentieth of a percent, and a
# million of them take no more room than a thousand.
_RATIO: Final = math.log(1.001)
_SHORTEST: Final = 1e-6
_UNREACHED: Final = frozenset({Failure.REFUSED, Failure.UNREACHABLE, Failure.NO_CONNECTION, Failure.TLS})
_WORDS: Final = {
    Failure.UNSENDABLE: "could not be sent",
    Failure.UNREACHABLE: "could not reach it",
    Failure.REFUSED: "refused",
    Failure.NO_CONNECTION: "got no connection",
    Failure.NO_ANSWER: "got no answer in time",
    Failure.TLS: "failed in TLS",
    Failure.BROKEN: "broken off",
}


class Outcome:
    """Counts answers. `count` is how many there were, `accepted` how many of them were 2xx."""

    def __init__(self) -> None:
        self.count = 0
        self.accepted = 0
        self.last_failure: Answer | None = None
        self._kinds: Counter[int | Failure] = Counter()
        self._steps: Counter[int] = Counter()
        self._shortest = math.inf
        self._longest = 0.0

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.count += 1
        self.accepted += answer.accepted
        kind = answer.failure or answer.status
        if kind is not None:
            self._kinds[kind] += 1
        if answer.failure is not None:
            self.last_failure = answer
            return
        self._steps[round(math.log(max(answer.seconds, _SHORTEST)) / _RATIO)] += 1
        self._shortest = min(self._shortest, answer.seconds)
        self._longest = max(self._longest, answer.seconds)

    @property
    def unreached(self) -> bool:
        """Whether there were any, and not one of them got as far as the endpoint."""
        return self.count > 0 and all(kind in _UNREACHED for kind in self._kinds)

    def percentile(self, share: float) -> float | None:
        """The seconds within which this share (0-1) of the whole answers came; None when there was none."""
        total = self._steps.total()
        reached = 0
        for step in sorted(self._steps):
            reached += self._steps[step]
            if reached >= share * total:
                return min(max(math.exp(step * _RATIO), self._shortest), self._longest)
        return None

    def lines(self) -> Iterator[str]:
        """Yield the counts, and the times where there was a whole answer."""
        kinds = sorted(self._kinds.items(), key=lambda each: (-each[1], str(each[0])))
        yield ", ".join(
            f"{count:,} {_WORDS[kind]}" if isinstance(kind, Failure) else f"{count:,} × {kind}"
            for kind, count in kinds
        )
        if (median := self.percentile(0.5)) is not None:
            slow = self.percentile(0.95) or 0.0
            yield (
                f"answered within {duration(median)} (median), {duration(slow)} (95 %), "
                f"{duration(self._longest)} (slowest)"
            )


def duration(seconds: float) -> str:
    """A time as it is read: `340 µs`, `12 ms`, `1.3 s`, `4 min`, `3 h 12 min`."""
    rounded = round(seconds)
    if seconds < 0.001:  # noqa: PLR2004 - the units themselves
        return f"{seconds * 1_000_000:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:  # noqa: PLR2004 - the same
        return f"{seconds:.1f} s"
    if seconds < 3600:  # noqa: PLR2004 - the same
        return f"{rounded // 60} min {rounded % 60} s" if rounded % 60 else f"{rounded // 60} min"
    return f"{rounded // 3600} h {rounded % 3600 // 60} min"
