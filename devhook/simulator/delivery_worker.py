"""Delivers as Shopify does (see `sender.retries`): time limits, retries, removal of a failing subscription.

Not documented by Shopify, and decided here: retries that wait for a removed subscription are dropped.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, InstanceOf

from devhook.privacy.mask import Mask, values_sent
from devhook.sender.client import Sender
from devhook.sender.retries import CONNECT_TIMEOUT, PAUSES, RETRIES, TOTAL_TIMEOUT, ConsecutiveFailures
from devhook.simulator.admin.subscriptions import Subscriptions
from devhook.simulator.envelope import Envelope
from devhook.webhook.answer import Answer


class Attempt(BaseModel):
    """One attempt to deliver an envelope.

    - `subscription_id`, `webhook_id`, `topic`: from the envelope.
    - `number`: 1 for the first attempt, 2 for the first retry.
    - `at`: when it was sent.
    - `url`: where it was sent to, after routing.
    - `envelope`, `answer`: the request and its answer.
    - `retry_in`: the seconds until the retry in this run; None: no retry, because the delivery was accepted
      or is forged, or this was the last attempt.
    - `removed`: whether this failure removed the subscription.
    - `dropped`: how many waiting retries the removal dropped.
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

    def masked(self, mask: Mask) -> Self:
        """Return the attempt for display: its address and its answer with pseudonyms."""
        mask = mask.knowing(values_sent(self.envelope.headers, self.envelope.body))
        return self.model_copy(update={"url": mask.text(self.url), "answer": mask.answer(self.answer)})

    @property
    def shopify_retry_in(self) -> float | None:
        """Return the seconds until Shopify itself would retry; None if it would not."""
        return None if self.retry_in is None else PAUSES[self.number - 1]


class Retry(BaseModel):
    """A delivery that is retried: the failed attempt, and when the next one is `due`.

    An overdue retry is under way.
    """

    model_config = ConfigDict(frozen=True)

    attempt: Attempt
    due: AwareDatetime


def _now() -> datetime:
    return datetime.now(UTC)


def _this_task() -> asyncio.Task[object]:
    return cast("asyncio.Task[object]", asyncio.current_task())


class DeliveryWorker:
    """Delivers envelopes, one after another to each address, so that they arrive in order.

    A slow endpoint delays only its own deliveries, `post` never waits, and retries do not wait for other
    deliveries. Open it with `async with`; closing it drops what is not delivered.

    - `subscriptions`: the registry; a removed subscription gets no retries.
    - `routes`: maps public origins to local ones (`https://demo.devhook.example` to `http://127.0.0.1:4000`),
      as a tunnel does. It can be changed at any time.
    - `speed`: divides the pauses before retries, not the time limits. It can be changed at any time.
    - `listener`: called with every attempt.
    - `sends_public_host`: whether the Host header is the public one, as through a tunnel, or the local one.
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
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failures = ConsecutiveFailures()
        self._pausing: defaultdict[str, set[asyncio.Task[object]]] = defaultdict(set)
        self._retries: dict[asyncio.Task[object], Retry] = {}
        self._pauses: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._retrying = 0
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._sender.__aenter__()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def post(self, envelope: Envelope) -> None:
        """Deliver `envelope` after the first attempts of earlier envelopes to the same address."""
        self._under_way += 1
        task = self._tasks.create_task(self._deliver(envelope), name=f"deliver {envelope.webhook_id}")
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def idle(self, *, retries: bool = True) -> None:
        """Wait until nothing is left to deliver; with `retries=False`, nothing except retries."""
        while self._under_way or (retries and self._retrying):
            await self._changed.wait()

    @property
    def retries(self) -> tuple[Retry, ...]:
        """Return the deliveries that are retried, the next one first."""
        waiting = (each for each in self._retries.values() if self._exists(each.attempt.subscription_id))
        return tuple(sorted(waiting, key=lambda retry: retry.due))

    def failures(self, subscription_id: str) -> int:
        """Return the number of consecutive failures that count towards the subscription's removal."""
        return self._failures.of(subscription_id)

    def retry_now(self) -> int:
        """Start all waiting retries now, and return their number."""
        for pause in self._pauses:
            pause.cancel()
        return len(self._pauses)

    async def retry(self) -> int:
        """Start all waiting retries now, wait for their attempts, and return their number."""
        started = frozenset(self._pauses)
        self.retry_now()
        while started & self._pauses:
            await self._changed.wait()
        await self.idle(retries=False)
        return len(started)

    async def aclose(self) -> None:
        """Drop what is not delivered, and close the connections."""
        for task in tuple(self._deliveries):
            task.cancel()
        try:
            # The group would wrap the exception of the body in an exception group.
            await self._tasks.__aexit__(None, None, None)
        finally:
            await self._sender.__aexit__(None, None, None)

    async def _deliver(self, envelope: Envelope) -> None:
        try:
            async with self._locks[envelope.address]:
                attempt = await self._attempt(envelope, 1)
            while attempt is not None and attempt.retry_in is not None:
                await self._pause(attempt, attempt.retry_in)
                attempt = await self._attempt(envelope, attempt.number + 1)
        finally:
            self._retries.pop(_this_task(), None)
            self._count(under_way=-1)

    async def _pause(self, attempt: Attempt, seconds: float) -> None:
        """Wait until the next attempt is due, or until `retry_now`."""
        task = _this_task()
        self._retries[task] = Retry(attempt=attempt, due=self._clock() + timedelta(seconds=seconds))
        self._pausing[attempt.subscription_id].add(task)
        self._count(under_way=-1, retrying=+1)
        pause = self._tasks.create_task(self._sleep_for(seconds))
        self._pauses.add(pause)
        try:
            await asyncio.wait({pause})
        finally:
            pause.cancel()
            self._pauses.discard(pause)
            self._pausing[attempt.subscription_id].discard(task)
            self._count(under_way=+1, retrying=-1)

    async def _sleep_for(self, seconds: float) -> None:
        await self._sleep(seconds)

    async def _attempt(self, envelope: Envelope, number: int) -> Attempt | None:
        """Send once and call the listener; return None, without sending, if the subscription was removed."""
        if not envelope.forged and not self._exists(envelope.subscription_id):
            return None
        at = self._clock()
        url, headers = self._routed(envelope)
        answer = await self._sender.send(
            url, headers, envelope.body, connect_timeout=CONNECT_TIMEOUT, total_timeout=TOTAL_TIMEOUT
        )
        attempt = self._with_reaction(
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

    def _with_reaction(self, attempt: Attempt) -> Attempt:
        """Return the attempt with Shopify's reaction to its answer."""
        subscription_id = attempt.subscription_id
        if attempt.envelope.forged:
            return attempt
        accepted = attempt.answer.accepted
        ends = self._failures.add(subscription_id, number=attempt.number, accepted=accepted)
        if accepted:
            return attempt
        if ends:
            dropped = self._drop_retries(subscription_id)
            removed = self._subscriptions.remove(subscription_id)
            return attempt.model_copy(update={"removed": removed, "dropped": dropped})
        if attempt.number > RETRIES:
            return attempt
        return attempt.model_copy(update={"retry_in": PAUSES[attempt.number - 1] / self.speed})

    def _drop_retries(self, subscription_id: str) -> int:
        """Drop the waiting retries of a subscription, and return their number."""
        waiting = self._pausing.pop(subscription_id, set())
        for task in waiting:
            task.cancel()
        return len(waiting)

    def _exists(self, subscription_id: str) -> bool:
        return self._subscriptions.get(subscription_id) is not None

    def _routed(self, envelope: Envelope) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the local URL, and the headers with the public host if it is sent."""
        public = urlsplit(envelope.address)
        origin = f"{public.scheme}://{public.netloc}"
        local = self._routes.get(origin)
        if local is None:
            return envelope.address, envelope.headers
        host = (("Host", public.netloc),) if self.sends_public_host else ()
        return local + envelope.address[len(origin) :], (*host, *envelope.headers)

    def _count(self, *, under_way: int = 0, retrying: int = 0) -> None:
        self._under_way += under_way
        self._retrying += retrying
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
