"""What many sends came to: how many got which answer, and how long the answers took."""

from collections import Counter
from collections.abc import Iterator

from devhook.sender.latency import LatencyHistogram
from devhook.text import duration
from devhook.webhook.answer import Answer, Failure


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
            f"{count:,} × {kind.words if isinstance(kind, Failure) else kind}" for kind, count in kinds
        )
        if (median := self.latency.percentile(0.5)) is not None:
            slow = self.latency.percentile(0.95) or 0.0
            yield (
                f"answered within {duration(median)} (median), {duration(slow)} (95 %), "
                f"{duration(self.latency.longest)} (slowest)"
            )
