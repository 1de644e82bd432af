"""How Shopify delivers: its time limits, its retries, and when it gives a subscription up.

Documented are 1 s to connect, 5 s in all, any 2xx a success and anything else a failure, 8 retries over
4 hours with growing pauses, and a subscription's removal after 8 consecutive failures
(https://shopify.dev/docs/apps/build/webhooks/verify-deliveries). Decided here, because it is not
documented: each pause is twice the one before; a failed first attempt is not one of the 8 failures, so that a
single delivery to a dead endpoint gets its 8 retries before the subscription goes; a success of any
delivery of the subscription starts the count again; what is still waiting for a subscription that has gone is
dropped.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, InstanceOf

from devhook.sender.client import Sender
from devhook.simulator.admin.subscriptions import Subscriptions
from devhook.simulator.envelope import Envelope
from devhook.webhook.answer import Answer

RETRIES: Final = 8
FAILURES_ALLOWED: Final = 8
CONNECT_TIMEOUT: Final = 1.0
TOTAL_TIMEOUT: Final = 5.0

# 56 s, 113 s … 2 h: doubling pauses that come to 4 hours. The first one agrees with the second delivery
# "about a minute later" that developers report: https://github.com/Shopify/shopify-api-js/issues/916
_FOUR_HOURS: Final = 4 * 60 * 60.0
PAUSES: Final = tuple(_FOUR_HOURS * 2**retry / (2**RETRIES - 1) for retry in range(RETRIES))


class Attempt(BaseModel):
    """One try to deliver `envelope` to `url`. `number` is 1 for the first, 2 for the first retry.

    `retry_in` is when it is tried again, in seconds of this run; None when it is not, because it was
    accepted, or forged, or the last. `removed` tells that this failure was the one that ended the
    subscription; `dropped` is how many retries waited for it, which never come now.
    """

    model_config = ConfigDict(frozen=True)

    subscription_id: str
    webhook_id: str
    topic: str
    number: int
    at: AwareDatetime
    url: str
    envelope: InstanceOf[Envelope]
    answer: Answer
    retry_in: float | None = None
    removed: bool = False
    dropped: int = 0

    @property
    def shopify_retry_in(self) -> float | None:
        """When Shopify itself would try again, in seconds; None when it would not."""
        return None if self.retry_in is None else PAUSES[self.number - 1]


class Retry(BaseModel):
    """A delivery that is tried again: the attempt that failed, and when the next one is `due`.

    What is overdue is being tried at this moment.
    """

    model_config = ConfigDict(frozen=True)

    attempt: Attempt
    due: AwareDatetime


def _now() -> datetime:
    return datetime.now(UTC)


def _this_task() -> asyncio.Task[object]:
    return cast("asyncio.Task[object]", asyncio.current_task())


class DeliveryWorker:
    """Delivers envelopes, one after another to each address, so that what happened first arrives first.

    A slow endpoint delays only what goes to itself; whoever hands in an envelope never waits. A retry waits
    for nobody. Open it with `async with`; leaving it drops what has not been delivered.

    `routes` maps public origins to local ones (`https://demo.devhook.example` to `http://127.0.0.1:4000`), as
    a tunnel would: the request still bears the public host. `speed` divides the pauses before retries, not
    the time limits; both may be changed at any time. `listener` is told of every attempt. With `says_host`
    set to False the request bears the host that it really goes to, as an app of one's own expects.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        *,
        routes: Mapping[str, str] | None = None,
        speed: float = 1.0,
        listener: Callable[[Attempt], None] | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.speed = speed
        self.sends_public_host = True
        self._subscriptions = subscriptions
        self._routes = routes if routes is not None else {}
        self._listener = listener
        self._clock = clock
        self._sleep = sleep
        self._sender = Sender()
        self._tasks = asyncio.TaskGroup()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._lanes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failures: defaultdict[str, int] = defaultdict(int)
        self._pausing: defaultdict[str, set[asyncio.Task[object]]] = defaultdict(set)
        self._retries: dict[asyncio.Task[object], Retry] = {}
        self._pauses: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._retrying = 0
        self._stir = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._sender.__aenter__()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def post(self, envelope: Envelope) -> None:
        """Deliver `envelope` once those posted before it to the same address have been tried."""
        self._under_way += 1
        task = self._tasks.create_task(self._deliver(envelope), name=f"deliver {envelope.webhook_id}")
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def idle(self, *, retries: bool = True) -> None:
        """Wait until nothing is left to do; with `retries=False`, until nothing but retries is."""
        while self._under_way or (retries and self._retrying):
            await self._stir.wait()

    @property
    def retries(self) -> tuple[Retry, ...]:
        """The deliveries that are tried again, until they are accepted or given up; the next one first."""
        meant = (each for each in self._retries.values() if self._exists(each.attempt.subscription_id))
        return tuple(sorted(meant, key=lambda retry: retry.due))

    def failures(self, subscription_id: str) -> int:
        """How many of the consecutive failures that end a subscription it has had until now."""
        return self._failures.get(subscription_id, 0)

    def hurry(self) -> int:
        """Try what waits to be tried again at once, and return how many deliveries that is."""
        for pause in self._pauses:
            pause.cancel()
        return len(self._pauses)

    async def aclose(self) -> None:
        """Drop what has not been delivered and close the connections."""
        for task in tuple(self._deliveries):
            task.cancel()
        try:
            # What ended the body is not the group's business: it would wrap it in an exception group.
            await self._tasks.__aexit__(None, None, None)
        finally:
            await self._sender.__aexit__(None, None, None)

    async def _deliver(self, envelope: Envelope) -> None:
        try:
            async with self._lanes[envelope.address]:
                attempt = await self._attempt(envelope, 1)
            while attempt is not None and attempt.retry_in is not None:
                await self._pause(attempt, attempt.retry_in)
                attempt = await self._attempt(envelope, attempt.number + 1)
        finally:
            self._retries.pop(_this_task(), None)
            self._count(under_way=-1)

    async def _pause(self, attempt: Attempt, seconds: float) -> None:
        """Wait for the next attempt to be due, or for it to be hurried."""
        task = _this_task()
        self._retries[task] = Retry(attempt=attempt, due=self._clock() + timedelta(seconds=seconds))
        self._pausing[attempt.subscription_id].add(task)
        self._count(under_way=-1, retrying=+1)
        pause = self._tasks.create_task(self._passed(seconds))
        self._pauses.add(pause)
        try:
            await asyncio.wait({pause})
        finally:
            pause.cancel()
            self._pauses.discard(pause)
            self._pausing[attempt.subscription_id].discard(task)
            self._count(under_way=+1, retrying=-1)

    async def _passed(self, seconds: float) -> None:
        await self._sleep(seconds)

    async def _attempt(self, envelope: Envelope, number: int) -> Attempt | None:
        """Try once and tell the listener; None when the subscription is gone and nothing is sent any more."""
        if not envelope.forged and not self._exists(envelope.subscription_id):
            return None
        at = self._clock()
        url, headers = self._routed(envelope)
        answer = await self._sender.send(
            url, headers, envelope.body, connect_timeout=CONNECT_TIMEOUT, total_timeout=TOTAL_TIMEOUT
        )
        attempt = self._judged(
            Attempt(
                subscription_id=envelope.subscription_id,
                webhook_id=envelope.webhook_id,
                topic=envelope.topic,
                number=number,
                at=at,
                url=url,
                envelope=envelope,
                answer=answer,
            )
        )
        if self._listener is not None:
            self._listener(attempt)
        return attempt

    def _judged(self, attempt: Attempt) -> Attempt:
        """The attempt with what Shopify does about its answer."""
        subscription_id = attempt.subscription_id
        if attempt.envelope.forged:
            return attempt
        if attempt.answer.accepted:
            self._failures.pop(subscription_id, None)
            return attempt
        self._failures[subscription_id] += attempt.number > 1
        if self._failures[subscription_id] >= FAILURES_ALLOWED:
            dropped = self._dropped(subscription_id)
            removed = self._subscriptions.remove(subscription_id)
            return attempt.model_copy(update={"removed": removed, "dropped": dropped})
        if attempt.number > RETRIES:
            return attempt
        return attempt.model_copy(update={"retry_in": PAUSES[attempt.number - 1] / self.speed})

    def _dropped(self, subscription_id: str) -> int:
        """Drop what waits to be tried again for a subscription, and return how many deliveries that is."""
        waiting = self._pausing.pop(subscription_id, set())
        for task in waiting:
            task.cancel()
        return len(waiting)

    def _exists(self, subscription_id: str) -> bool:
        return self._subscriptions.get(subscription_id) is not None

    def _routed(self, envelope: Envelope) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Where the simulated internet leads, and the headers with the host that was meant."""
        meant = urlsplit(envelope.address)
        origin = f"{meant.scheme}://{meant.netloc}"
        local = self._routes.get(origin)
        if local is None:
            return envelope.address, envelope.headers
        host = (("Host", meant.netloc),) if self.sends_public_host else ()
        return local + envelope.address[len(origin) :], (*host, *envelope.headers)

    def _count(self, *, under_way: int = 0, retrying: int = 0) -> None:
        self._under_way += under_way
        self._retrying += retrying
        stirred, self._stir = self._stir, asyncio.Event()
        stirred.set()
