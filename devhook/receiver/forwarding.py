"""Forwarding: the request with the same bytes and headers to each target, and its answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final, Self

from devhook.inbox.deliveries import Answered
from devhook.receiver.targets import Target, targets_of
from devhook.sender.client import Sender
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery

# Seconds. An app under a debugger may take longer than the 5 s that Shopify waits; the row shows the time.
_CONNECT_TIMEOUT: Final = 5.0
_TOTAL_TIMEOUT: Final = 30.0
_AT_ONCE: Final = 32
# Deliveries that wait for a slow target are in memory: at most so many, and so many bytes.
_MOST_WAITING: Final = 1000
_MOST_BYTES: Final = 64 * 2**20
_HOST: Final = "host"


class Forwarder:
    """Forwards deliveries to `targets` and calls `note` with every answer."""

    def __init__(self, targets: Sequence[Target], sender: Sender, note: Callable[[Answered], None]) -> None:
        self._targets = tuple(targets)
        self._sender = sender
        self._note = note
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[asyncio.Task[Answer]] = set()
        self._held = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, targets: Sequence[Target], note: Callable[[Answered], None], grace: float
    ) -> AsyncIterator[Self]:
        """Forward inside the block; at its end, wait `grace` seconds for answers still missing."""
        async with Sender(proves_origin=False) as sender:
            forwarder = cls(targets, sender, note)
            try:
                yield forwarder
            finally:
                await forwarder._finish(grace)

    def wants(self, topic: str | None) -> bool:
        """Return whether a target wants deliveries of this topic."""
        return bool(self._targets and targets_of(self._targets, topic))

    def forward(self, delivery_id: int, delivery: Delivery) -> "asyncio.Task[Answer] | None":
        """Begin to send a delivery to each of its targets; return the task that sends it to the first one.

        Return None where no target wants it. Every answer is noted, whether the task is awaited or not.
        """
        tasks = [
            self._begin(delivery_id, delivery, target) for target in targets_of(self._targets, delivery.topic)
        ]
        return tasks[0] if tasks else None

    def _begin(self, delivery_id: int, delivery: Delivery, target: Target) -> "asyncio.Task[Answer]":
        size = len(delivery.body)
        full = len(self._under_way) >= _MOST_WAITING or self._held + size > _MOST_BYTES
        url = target.address(delivery.path)
        work = self._refused() if full else self._sent(url, delivery)
        self._held += size
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)

        def ended(task: "asyncio.Task[Answer]") -> None:
            self._under_way.discard(task)
            self._held -= size
            answer = _given_up() if task.cancelled() else task.result()
            self._note(Answered(delivery_id=delivery_id, by=url, at=datetime.now(UTC), answer=answer))

        task.add_done_callback(ended)
        return task

    async def _sent(self, url: str, delivery: Delivery) -> Answer:
        # The Host header names the tunnel: apps with a list of allowed hosts reject it.
        headers = [(name, value) for name, value in delivery.headers if name.lower() != _HOST]
        async with self._turns:
            return await self._sender.send(
                url,
                headers,
                delivery.body,
                connect_timeout=_CONNECT_TIMEOUT,
                total_timeout=_TOTAL_TIMEOUT,
                method=delivery.method,
            )

    async def _refused(self) -> Answer:
        sentence = f"Not forwarded: {len(self._under_way)} deliveries already wait for the target."
        return Answer(seconds=0.0, failure=Failure.UNSENDABLE, error=sentence)

    async def _finish(self, grace: float) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=grace)
        left = list(self._under_way)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        # The callbacks of what has just ended run in the loop's next round.
        await asyncio.sleep(0)


def _given_up() -> Answer:
    return Answer(seconds=0.0, failure=Failure.NO_ANSWER, error="devhook ended before the target answered.")
