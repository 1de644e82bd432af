"""A scenario played against one endpoint, no subscription needed: what was tried, what was never accepted."""

import contextlib
from collections.abc import Callable, Iterator
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

SIMULATED_SECRET: Final = "shpss_of_the_simulated_shop"  # noqa: S105 - known to everybody, guards nothing
"""What the simulated shop signs with where the app's own secret is not known."""

# The simulated internet leads from here to the endpoint. `.example` can never be anybody's (RFC 2606).
_PUBLIC: Final = "https://play.devhook.example"


class ScenarioRun:
    """Plays a scenario in a simulated shop whose deliveries all go to `url`, signed with `secret`.

    `speed` divides the pauses of the steps and those before Shopify's retries. `tell` hears of every attempt;
    each is written into the journal of `inbox`. `summary` counts the attempts.
    """

    def __init__(
        self, inbox: Inbox, url: str, secret: SecretStr, speed: float, tell: Callable[[Attempt], None]
    ) -> None:
        self.summary = AnswerSummary()
        self._url = url
        self._secret = secret
        self._speed = speed
        self._tell = tell
        self._journal = SendJournal(inbox)
        self._accepted: dict[str, bool] = {}
        self._forged = 0
        self._forged_as_wanted = 0

    async def run(self, scenario: Scenario) -> None:
        """Play it to its end, until every delivery is accepted or given up. Raises NotPossible."""
        shop = SimulatedShop(
            demo_shop(), random=SystemRandom(), speed=self._speed, listener=self._heard, secret=self._secret
        )
        shop.delivery_worker.sends_public_host = False
        parts = urlsplit(self._url)
        shop.routes[_PUBLIC] = f"{parts.scheme}://{parts.netloc}"
        where = self._url.removeprefix(shop.routes[_PUBLIC])
        try:
            async with shop:
                for topic in _topics(scenario):
                    # A recorded topic may be none, or one that is not to be had over HTTP; then it goes to
                    # another topic's subscriber, see SimulatedShop.deliver.
                    with contextlib.suppress(Refused, InputError):
                        shop.subscriptions.create(
                            topic, SubscriptionInput(uri=_PUBLIC + where), api_version=NEWEST
                        )
                await play(scenario, shop, self._speed)
                await shop.idle()
        finally:
            self._journal.write()

    @property
    def passed(self) -> bool:
        """Whether every delivery was accepted in the end, and every forged one answered as required."""
        return all(self._accepted.values()) and self._forged_as_wanted == self._forged

    def lines(self) -> Iterator[str]:
        """Yield what it came to, in words."""
        taken = sum(self._accepted.values())
        attempts = counted(self.summary.count, "attempt")
        yield f"{taken:,} of {counted(len(self._accepted), 'delivery')} accepted, in {attempts}"
        if self._forged:
            forged = counted(self._forged, "forged delivery")
            yield f"{self._forged_as_wanted:,} of {forged} answered as required"
        yield from self.summary.lines()

    def _heard(self, attempt: Attempt) -> None:
        envelope = attempt.envelope
        self.summary.add(attempt.answer)
        if envelope.forged:
            self._forged += 1
            self._forged_as_wanted += envelope.answered_as_required(attempt.answer)
        else:
            # What came without an id is a delivery of its own each time.
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
        self._tell(attempt)


def count_resigned(scenario: Scenario, secret: SecretStr) -> int:
    """How many of a scenario's recorded deliveries are signed anew because `secret` is another one."""
    return sum(isinstance(step, Deliver) and needs_resigning(step, secret) for step in scenario.steps)


def _topics(scenario: Scenario) -> list[str]:
    """Every topic that playing it may tell of, each once."""
    recorded = [step.delivery.topic for step in scenario.steps if isinstance(step, Deliver)]
    return list(dict.fromkeys((*TOPICS, *(topic for topic in recorded if topic))))
