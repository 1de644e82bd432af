"""How deliveries are sent again: each at its time, so many at once, and noted with its answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from devhook.forge.shopify_headers import Headers
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send, add_sends
from devhook.replay.choosing import Chosen
from devhook.replay.plan import Pace, Planned, Rewriting, planned
from devhook.sender.client import Sender
from devhook.sender.summary import AnswerSummary
from devhook.sender.target import address, is_listening, until_listening
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Origin

# A transaction costs as much as fifty sends: so many of them make one, or so many bytes, or seconds.
_BATCH: Final = 256
_BATCH_BYTES: Final = 4 * 2**20
_BATCH_SECONDS: Final = 0.25

_CLOSED: Final = frozenset({Failure.REFUSED, Failure.BROKEN})
_STOPPED: Final = Answer(
    seconds=0.0, failure=Failure.NO_ANSWER, error="It was stopped before it was answered."
)

Told = Callable[[Planned, Send], None]


class Journal:
    """Writes sends down in batches, into the inbox's journal."""

    def __init__(self, inbox: Inbox, *, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._inbox = inbox
        self._stopwatch = stopwatch
        self._sends: list[Send] = []
        self._bytes = 0
        self._written_at = stopwatch()

    def add(self, send: Send) -> None:
        """Take a send in; write what has gathered when it is time to."""
        self._sends.append(send)
        self._bytes += len(send.answer.body) + len(send.body or b"")
        if (
            len(self._sends) >= _BATCH
            or self._bytes >= _BATCH_BYTES
            or self._stopwatch() - self._written_at >= _BATCH_SECONDS
        ):
            self.write()

    def write(self) -> None:
        """Write what has gathered."""
        gathered, self._sends, self._bytes = self._sends, [], 0
        add_sends(self._inbox, gathered)
        self._written_at = self._stopwatch()


class Replay:
    """Sends deliveries of an inbox to `url` again.

    A URL without a path stands for the path that each came on. `tell` hears of every send with its answer;
    `begun` counts those that went out, `summary` their answers. With one at a time (see Pace) they arrive in
    the order that was planned. With `patient` a door that is closed is waited for, as while an app restarts.
    """

    def __init__(
        self,
        inbox: Inbox,
        url: str,
        rewriting: Rewriting,
        *,
        tell: Told | None = None,
        patient: bool = False,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.begun = 0
        self.summary = AnswerSummary()
        self._inbox = inbox
        self._url = url
        self._rewriting = rewriting
        self._tell = tell
        self._patient = patient
        self._sleep = sleep
        self._journal = Journal(inbox)

    async def run(self, chosen: Chosen, pace: Pace) -> None:
        """Send what was chosen; return when all of it is answered. When cancelled, it stops at once.

        However it ends, every send is in the journal. InboxError and InputError come through as they are.
        """
        plan = planned(chosen, pace)
        start = time.monotonic()
        try:
            async with Sender() as sender, asyncio.TaskGroup() as group:
                for _ in range(min(pace.concurrency, len(chosen.ids) * pace.times)):
                    group.create_task(self._work(plan, sender, start, pace.seconds))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self._journal.write()

    async def _work(self, plan: Iterator[Planned], sender: Sender, start: float, patience: float) -> None:
        """Take one send after another from the plan that all workers share."""
        for each in plan:
            early = each.at - (time.monotonic() - start)
            if early > 0:
                self._journal.write()
                await self._sleep(early)
            await self._send(each, sender, patience)

    async def _send(self, planned: Planned, sender: Sender, patience: float) -> None:
        delivery = self._inbox.delivery(planned.delivery_id)
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
        if self._tell is not None:
            self._tell(planned, send)

    async def _answer(
        self, sender: Sender, url: str, headers: Headers, delivery: Delivery, patience: float
    ) -> Answer:
        while True:
            answer = await sender.send(
                url,
                headers,
                delivery.body,
                # With many at a time a machine that is busy takes longer to connect than Shopify's second.
                connect_timeout=patience,
                total_timeout=patience,
                method=delivery.method,
            )
            if not self._patient or answer.failure not in _CLOSED or await is_listening(url):
                return answer
            await until_listening(url, sleep=self._sleep)
