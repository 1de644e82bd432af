"""Describes answers: the beginning of their text on one line, and the totals of many answers."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from devhook.sender.latency import LatencyHistogram
from devhook.text import duration
from devhook.webhook.answer import Answer, Failure

_EXCERPT: Final = 120
_INVISIBLE: Final = re.compile(r"<(head|script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def excerpt(text: str, length: int = _EXCERPT) -> str:
    """Return the beginning of a text on one line; for an HTML page, of the text that a browser shows."""
    if text.lstrip().startswith("<"):
        text = html.unescape(_INVISIBLE.sub(" ", text))
    words = " ".join(text.split())
    return words if len(words) <= length else f"{words[: length - 1]}…"


class AnswerSummary:
    """Counts answers.

    - `count`: the number of answers.
    - `accepted`: how many of them are 2xx.
    - `last_failure`: the last one that failed or is incomplete.
    - `latency`: the times of the complete answers.
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
        """Return whether there are answers, but no request reached the endpoint."""
        return self.count > 0 and self._unreached == self.count

    def lines(self) -> Iterator[str]:
        """Yield the counts, and the times if any answer is complete, as lines of text."""
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
