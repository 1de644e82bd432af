"""Plays a scenario against one endpoint, and counts attempts and accepted deliveries."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from random import SystemRandom
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send
from devhook.replay.replay import SendJournal
from devhook.scenario.model import Deliver, Scenario
from devhook.sender.answers import AnswerSummary
from devhook.shop.versions import NEWEST
from devhook.simulator.admin.subscriptions import Refused, SubscriptionInput
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.envelope import needs_resigning
from devhook.simulator.orders.actions import TOPICS
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.play import play
from devhook.simulator.shop import SimulatedShop
from devhook.text import counted
from devhook.webhook.delivery import Origin

SIMULATED_SECRET: Final = "shpss_of_the_simulated_shop"  # noqa: S105 - public, not a secret
"""The secret of the simulated shop if the app's own secret is unknown."""

# The public origin that is routed to the endpoint. `.example` is reserved (RFC 2606).
_PUBLIC: Final = "https://play.devhook.example"


class ScenarioRun:
    """Plays a scenario in a simulated shop whose deliveries are all sent to one endpoint.

    - `inbox`: its journal gets every attempt.
    - `url`: the endpoint.
    - `secret`: signs the deliveries.
    - `speed`: divides the pauses of the steps and of the retries.
    - `on_attempt`: called with every attempt.
    - `on_step`: called with a sentence after every step.
    - `sleep`: waits the seconds between the steps.
    - `summary`: the answers so far.
    """

    def __init__(
        self,
        inbox: Inbox,
        url: str,
        secret: SecretStr,
        speed: float,
        on_attempt: Callable[[Attempt], None],
        *,
        on_step: Callable[[str], object] = lambda _: None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.summary = AnswerSummary()
        self._url = url
        self._secret = secret
        self._speed = speed
        self._sleep = sleep
        self._callback = on_attempt
        self._on_step = on_step
        self._journal = SendJournal(inbox)
        self._accepted: dict[str, bool] = {}
        self._forged = 0
        self._forged_as_required = 0

    async def run(self, scenario: Scenario) -> None:
        """Play the scenario until every delivery is accepted or has failed. Raises NotPossible."""
        shop = SimulatedShop(
            demo_shop(),
            random=SystemRandom(),
            speed=self._speed,
            listener=self._on_attempt,
            secret=self._secret,
        )
        shop.delivery_worker.sends_public_host = False
        parts = urlsplit(self._url)
        shop.routes[_PUBLIC] = f"{parts.scheme}://{parts.netloc}"
        path = self._url.removeprefix(shop.routes[_PUBLIC])
        try:
            async with shop:
                for topic in _topics(scenario):
                    # A recorded topic can be unknown, or not available over HTTP; then another topic's
                    # subscriber gets it, see SimulatedShop.deliver.
                    with contextlib.suppress(Refused, InputError):
                        shop.subscriptions.create(
                            topic, SubscriptionInput(uri=_PUBLIC + path), api_version=NEWEST
                        )
                await play(scenario, shop, self._speed, on_step=self._on_step, sleep=self._sleep)
                await shop.idle()
        finally:
            self._journal.write()

    @property
    def passed(self) -> bool:
        """Return whether every delivery was accepted at last, and every forged one answered as required."""
        return all(self._accepted.values()) and self._forged_as_required == self._forged

    def lines(self) -> Iterator[str]:
        """Yield the totals as lines of text."""
        accepted = sum(self._accepted.values())
        attempts = counted(self.summary.count, "attempt")
        yield f"{accepted:,} of {counted(len(self._accepted), 'delivery')} accepted, in {attempts}"
        if self._forged:
            forged = counted(self._forged, "forged delivery")
            yield f"{self._forged_as_required:,} of {forged} answered as required"
        yield from self.summary.lines()

    def _on_attempt(self, attempt: Attempt) -> None:
        envelope = attempt.envelope
        self.summary.add(attempt.answer)
        if envelope.forged:
            self._forged += 1
            self._forged_as_required += envelope.answered_as_required(attempt.answer)
        else:
            # Without an id every attempt counts as a delivery of its own.
            key = envelope.webhook_id or f"without {len(self._accepted)}"
            self._accepted[key] = attempt.answer.accepted or self._accepted.get(key, False)
        self._journal.add(
            Send(
                sent_at=attempt.at,
                origin=Origin.FORGED if envelope.forged else Origin.SIMULATOR,
                url=attempt.url,
                topic=envelope.topic or None,
                headers=envelope.headers,
                body=envelope.body,
                answer=attempt.answer,
            )
        )
        self._callback(attempt)


def count_resigned(scenario: Scenario, secret: SecretStr) -> int:
    """Return how many of a scenario's recorded deliveries are signed again with `secret`."""
    return sum(isinstance(step, Deliver) and needs_resigning(step, secret) for step in scenario.steps)


def _topics(scenario: Scenario) -> list[str]:
    """Return every topic that the scenario can emit, each once."""
    recorded = [step.delivery.topic for step in scenario.steps if isinstance(step, Deliver)]
    return list(dict.fromkeys((*TOPICS, *(topic for topic in recorded if topic))))
