"""Sends deliveries at their times, however slowly the app answers: an open model.

Locust's own pacing is a closed one: a user waits for the answer before its next request, so a slow app slows
the load. Here one user sends all deliveries of its worker; each is a greenlet of a bounded pool.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import gevent
from gevent.pool import Pool

from devhook.forge.shopify_headers import random_uuids
from devhook.load.engine.request import MOST_CONNECTIONS, Endpoint, Result
from devhook.load.filled import FilledDelivery, LiveOrder
from devhook.load.plan import DRAIN, DUPLICATES_WITHIN, LATEST, LoadPlan
from devhook.load.tally import LoadTally
from devhook.load.template import StoryTemplate
from devhook.sender.retries import ConsecutiveFailures
from devhook.sender.target import address

OnRequest = Callable[..., Any]

# Greenlets end themselves at Shopify's limit of 5 s.
_ENDING: Final = 6.0
_LOOK: Final = 0.05
# Retries and duplicates that wait for their time; each keeps a body.
_MOST_WAITING: Final = 20_000
_NANOSECONDS: Final = 1_000_000_000


class _Sent:
    """A delivery and what came of it so far: whether it was accepted, how often the app acted on it."""

    def __init__(self, filled: FilledDelivery) -> None:
        self.filled = filled
        self.accepted = False
        self.acted = 0

    @property
    def subscription(self) -> str:
        return f"{self.filled.topic} of {self.filled.shop}"


class OpenModel:
    """The deliveries of one worker: its share of the schedule, its orders, its retries.

    - `share`, `shares`: the worker's number from 0, and how many workers there are.
    - `on_request`: Locust's event for a request, which counts and draws it.
    - `open_files`: how many connections the system allows.
    """

    def __init__(  # noqa: PLR0913 - each is another thing
        self,
        plan: LoadPlan,
        stories: Sequence[StoryTemplate],
        url: str,
        secret: str,
        tally: LoadTally,
        *,
        share: int,
        shares: int,
        on_request: OnRequest,
        open_files: int = MOST_CONNECTIONS,
    ) -> None:
        self._plan = plan
        self._url = url
        self._secret = secret
        self._tally = tally
        self._share = share
        self._shares = shares
        self._on_request = on_request
        self._endpoint = Endpoint(url)
        self._pool = Pool(max(1, min(MOST_CONNECTIONS, open_files)))
        self._random = Random(f"{plan.seed} {share}")  # noqa: S311 - not used for security
        self._next = _deliveries(plan, stories, share, shares)
        self._failures = ConsecutiveFailures()
        self._gone: set[str] = set()
        self._later: set[Any] = set()
        self._begun = 0.0

    def run(self) -> None:
        """Send the worker's deliveries, and wait for their answers and retries within a bound."""
        self._begun = time.monotonic()
        try:
            for at in self._plan.shape.times(self._share, self._shares):
                early = self._begun + at - time.monotonic()
                # Also without a wait the answers must be read.
                gevent.sleep(max(0.0, early))
                self._begin(at)
            self._drain()
        finally:
            self._tally.add("waiting", len(self._later))
            gevent.killall(list(self._later), block=False)
            self._tally.add("unanswered", len(self._pool))
            self._pool.kill(block=False)

    def _drain(self) -> None:
        until = time.monotonic() + DRAIN
        while (self._later or len(self._pool)) and time.monotonic() < until:
            gevent.sleep(_LOOK)
        self._pool.join(timeout=_ENDING)

    def _begin(self, at: float) -> None:
        """Send the next delivery, which was due at `at`, or count it as not sent."""
        self._tally.add("due")
        delay = time.monotonic() - self._begun - at
        if delay > LATEST or self._pool.free_count() < 1:
            self._tally.add("unsent")
            return
        now = time.time_ns()
        moment = datetime.fromtimestamp(now / _NANOSECONDS, UTC)
        sent = _Sent(next(self._next).next(moment, self._secret, now))
        self._tally.add("sent")
        self._pool.spawn(self._first, sent, at)
        if self._random.random() < self._plan.duplicates:
            self._spawn_later(self._random.random() * DUPLICATES_WITHIN, self._duplicate, sent)

    def _first(self, sent: _Sent, at: float) -> None:
        after = time.monotonic() - self._begun
        self._tally.begin(after, max(0.0, after - at))
        self._attempt(sent, 1)

    def _duplicate(self, sent: _Sent) -> None:
        self._tally.add("duplicates")
        self._take(sent, self._post(sent, "duplicate"))

    def _attempt(self, sent: _Sent, number: int) -> None:
        result = self._post(sent, "retry" if number > 1 else "")
        self._take(sent, result)
        subscription = sent.subscription
        if self._failures.add(subscription, number=number, accepted=result.accepted):
            self._remove(subscription)
        if result.accepted:
            self._tally.add("recovered", number > 1)
            return
        if number == 1:
            self._tally.add("failed_first")
        pause = self._plan.pause(number)
        if pause is None or subscription in self._gone or len(self._later) >= _MOST_WAITING:
            self._tally.add("lost", not sent.accepted)
        else:
            self._spawn_later(pause, self._retry, sent, number + 1)

    def _retry(self, sent: _Sent, number: int) -> None:
        if sent.subscription in self._gone:
            # Shopify sends nothing more to a subscription that it removed.
            self._tally.add("lost", not sent.accepted)
            return
        self._tally.add("retries")
        self._attempt(sent, number)

    def _remove(self, subscription: str) -> None:
        if subscription not in self._gone:
            self._gone.add(subscription)
            self._tally.removed[subscription] = time.monotonic() - self._begun

    def _take(self, sent: _Sent, result: Result) -> None:
        """Count the result of an attempt."""
        tally = self._tally
        tally.add("attempts")
        tally.add("connected", result.connected)
        tally.add("accepted", result.accepted)
        tally.add("failed", not result.accepted)
        tally.add("late", result.failure is not None and result.failure.by_time)
        if result.accepted and not sent.accepted:
            sent.accepted = True
            tally.add("reached")
        if result.acted:
            sent.acted += 1
            tally.add("acted" if sent.acted == 1 else "acted_twice")

    def _post(self, sent: _Sent, what: str) -> Result:
        """Send one request, and report it to Locust."""
        filled = sent.filled
        parts = urlsplit(address(self._url, filled.path))
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        begun = time.perf_counter()
        result = self._endpoint.post(path, filled.headers, filled.body)
        self._on_request(
            request_type="POST",
            name=f"{filled.topic} ({what})" if what else filled.topic,
            response_time=(time.perf_counter() - begun) * 1000,
            response_length=len(filled.body),
            exception=result.error or None,
            context={},
        )
        return result

    def _spawn_later(self, seconds: float, work: Callable[..., None], *arguments: Any) -> None:
        """Call `work` after a pause, as a request of the pool; count the pause as waiting until then."""

        def begin() -> None:
            self._later.discard(waiting)
            if self._pool.free_count() >= 1:
                self._pool.spawn(work, *arguments)
            else:
                self._tally.add("unsent")

        waiting = gevent.spawn_later(seconds, begin)
        self._later.add(waiting)


def _deliveries(
    plan: LoadPlan, stories: Sequence[StoryTemplate], share: int, shares: int
) -> Iterator[LiveOrder]:
    """Yield the order that gets the next delivery: the worker's orders take turns, and new ones follow.

    The first orders end at different points of their stories, so that not all of them are at the same one.
    """
    width = max(story.ids for story in stories) or 1
    uuids = random_uuids(Random())  # noqa: S311 - ids that must be different, not secret
    numbers = count(share, shares)

    def another(slot: int | None = None) -> LiveOrder:
        number = next(numbers)
        story = stories[number % len(stories)]
        if slot is not None:
            story = story._replace(deliveries=story.deliveries[: 1 + slot % len(story.deliveries)])
        return LiveOrder(story, number, first_id=plan.first_id, width=width, shops=plan.shops, uuids=uuids)

    living = [another(slot) for slot in range(max(1, plan.orders // shares))]
    while True:
        for slot, order in enumerate(living):
            if order.is_over:
                living[slot] = another()
            yield living[slot]
