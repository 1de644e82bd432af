"""Sends the deliveries of a replay, each at its time, and writes every send to the journal."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from devhook.forge.shopify_headers import Headers
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries_ahead import AT_ONCE, DeliveriesAhead
from devhook.inbox.journal import Send, add_sends
from devhook.replay.deliveries import ReplayDeliveries
from devhook.replay.plan import Pace, PlannedSend, Rewriting, planned
from devhook.sender.answers import AnswerSummary
from devhook.sender.client import Sender
from devhook.sender.target import address, is_listening, until_listening
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Origin

# A transaction takes as long as fifty sends, so one is written per this many sends, bytes or seconds.
_BATCH: Final = 256
_BATCH_BYTES: Final = 4 * 2**20
_BATCH_SECONDS: Final = 0.25

_CLOSED: Final = frozenset({Failure.REFUSED, Failure.BROKEN})
_STOPPED: Final = Answer(seconds=0.0, failure=Failure.NO_ANSWER, error="Stopped before an answer arrived.")

OnSend = Callable[[PlannedSend, Send], None]


class SendJournal:
    """Writes sends to the inbox's journal in batches."""

    def __init__(self, inbox: Inbox, *, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._inbox = inbox
        self._stopwatch = stopwatch
        self._sends: list[Send] = []
        self._bytes = 0
        self._written_at = stopwatch()

    def add(self, send: Send) -> None:
        """Add a send; write the batch when it is large or old enough."""
        self._sends.append(send)
        self._bytes += len(send.answer.body) + len(send.body or b"")
        if (
            len(self._sends) >= _BATCH
            or self._bytes >= _BATCH_BYTES
            or self._stopwatch() - self._written_at >= _BATCH_SECONDS
        ):
            self.write()

    def write(self) -> None:
        """Write the current batch."""
        gathered, self._sends, self._bytes = self._sends, [], 0
        add_sends(self._inbox, gathered)
        self._written_at = self._stopwatch()


class Replay:
    """Sends deliveries of an inbox to `url` again.

    If the URL has no path, each delivery is sent to the path that it arrived on. At a concurrency of 1 (see
    Pace) they arrive in the planned order.

    - `on_send`: called with every send and its answer.
    - `reconnect`: waits for an endpoint that does not listen, such as an app that restarts.
    - `begun`: the number of requests sent so far.
    - `summary`: the answers so far.
    """

    def __init__(
        self,
        inbox: Inbox,
        url: str,
        rewriting: Rewriting,
        *,
        on_send: OnSend | None = None,
        reconnect: bool = False,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.begun = 0
        self.summary = AnswerSummary()
        self._inbox = inbox
        self._url = url
        self._rewriting = rewriting
        self._on_send = on_send
        self._reconnect = reconnect
        self._sleep = sleep
        self._journal = SendJournal(inbox)

    async def run(self, chosen: ReplayDeliveries, pace: Pace) -> None:
        """Send all deliveries; return when all are answered. Cancelling stops at once.

        Every send is in the journal however this ends. Raises InboxError and InputError.
        """
        plan = self._with_deliveries(planned(chosen, pace))
        start = time.monotonic()
        try:
            async with Sender() as sender, asyncio.TaskGroup() as group:
                for _ in range(min(pace.concurrency, len(chosen.ids) * pace.times)):
                    group.create_task(self._work(plan, sender, start, pace.seconds))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self._journal.write()

    def _with_deliveries(self, plan: Iterator[PlannedSend]) -> Iterator[tuple[PlannedSend, DeliveriesAhead]]:
        while portion := list(islice(plan, AT_ONCE)):
            ahead = DeliveriesAhead(self._inbox, [each.delivery_id for each in portion])
            yield from ((each, ahead) for each in portion)

    async def _work(
        self,
        plan: Iterator[tuple[PlannedSend, DeliveriesAhead]],
        sender: Sender,
        start: float,
        patience: float,
    ) -> None:
        """Send one delivery after another from the plan, which all workers share."""
        for each, ahead in plan:
            early = each.at - (time.monotonic() - start)
            if early > 0:
                self._journal.write()
                await self._sleep(early)
            await self._send(each, ahead.delivery(each.delivery_id), sender, patience)

    async def _send(self, planned: PlannedSend, delivery: Delivery, sender: Sender, patience: float) -> None:
        headers = self._rewriting.headers(delivery, planned.round)
        url = address(self._url, delivery.path)
        sent_at = datetime.now(UTC)
        answer = _STOPPED
        self.begun += 1
        try:
            answer = await self._answer(sender, url, headers, delivery, patience)
        finally:
            send = Send(
                sent_at=sent_at,
                origin=Origin.REPLAY,
                url=url,
                delivery_id=planned.delivery_id,
                topic=delivery.topic,
                headers=headers,
                answer=answer,
            )
            self._journal.add(send)
        self.summary.add(answer)
        if self._on_send is not None:
            self._on_send(planned, send)

    async def _answer(
        self, sender: Sender, url: str, headers: Headers, delivery: Delivery, patience: float
    ) -> Answer:
        while True:
            answer = await sender.send(
                url,
                headers,
                delivery.body,
                # With high concurrency a busy machine needs more than Shopify's 1 s to connect.
                connect_timeout=patience,
                total_timeout=patience,
                method=delivery.method,
            )
            if not self._reconnect or answer.failure not in _CLOSED or await is_listening(url):
                return answer
            await until_listening(url, sleep=self._sleep)
