"""What many sends came to: how many got which answer, and how long the answers took."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from devhook.sender.latency import LatencyHistogram
from devhook.webhook.answer import Answer, Failure

_WORDS: Final = {
    Failure.UNSENDABLE: "could not be sent",
    Failure.UNREACHABLE: "could not reach it",
    Failure.REFUSED: "refused",
    Failure.NO_CONNECTION: "got no connection",
    Failure.NO_ANSWER: "got no answer in time",
    Failure.TLS: "failed in TLS",
    Failure.BROKEN: "broken off",
}


class AnswerSummary:
    """Counts answers.

    `count` is how many there are, `accepted` how many of them are 2xx, `last_failure` the last one without a
    whole answer, `latency` how long the whole answers took.
    """

    def __init__(self) -> None:
        self.count = 0
        self.accepted = 0
        self.last_failure: Answer | None = None
        self.latency = LatencyHistogram()
        self._unreached = 0
        self._kinds: Counter[int | Failure] = Counter()

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.count += 1
        self.accepted += answer.accepted
        self._unreached += answer.unreached
        kind = answer.failure or answer.status
        if kind is not None:
            self._kinds[kind] += 1
        if answer.failure is not None:
            self.last_failure = answer
        else:
            self.latency.add(answer.seconds)

    @property
    def unreached(self) -> bool:
        """Whether there are answers, and none of the requests reached the endpoint."""
        return self.count > 0 and self._unreached == self.count

    def lines(self) -> Iterator[str]:
        """Yield the counts, and the times where there is a whole answer."""
        kinds = sorted(self._kinds.items(), key=lambda each: (-each[1], str(each[0])))
        yield ", ".join(
            f"{count:,} {_WORDS[kind]}" if isinstance(kind, Failure) else f"{count:,} × {kind}"
            for kind, count in kinds
        )
        if (median := self.latency.percentile(0.5)) is not None:
            slow = self.latency.percentile(0.95) or 0.0
            yield (
                f"answered within {duration(median)} (median), {duration(slow)} (95 %), "
                f"{duration(self.latency.longest)} (slowest)"
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
