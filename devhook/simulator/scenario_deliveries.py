"""The deliveries of a scenario, made but not sent."""

from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Final

from devhook.errors import InputError
from devhook.scenario.model import Deliver, Scenario
from devhook.shop.versions import NEWEST
from devhook.simulator.admin.subscriptions import Refused, SubscriptionInput
from devhook.simulator.delivery_worker import DeliveryWorker
from devhook.simulator.envelope import Envelope
from devhook.simulator.orders.actions import TOPICS
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.play import play
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.delivery import Delivery

# `.example` is reserved (RFC 2606); nothing is sent there.
_ADDRESS: Final = "https://load.devhook.example"


class _Collected(DeliveryWorker):
    """Keeps the envelopes that it is given."""

    def __init__(self, shop: SimulatedShop) -> None:
        super().__init__(shop.subscriptions)
        self.envelopes: list[Envelope] = []

    def post(self, envelope: Envelope) -> None:
        """Keep `envelope`."""
        self.envelopes.append(envelope)


async def scenario_deliveries(scenario: Scenario, random: Random) -> list[Delivery]:
    """Return the genuine deliveries of a scenario in their order.

    Raises NotPossible with the step that its order does not allow.
    """
    shop = SimulatedShop(demo_shop(), random=random)
    collected = _Collected(shop)
    shop.delivery_worker = collected
    recorded = [step.delivery.topic for step in scenario.steps if isinstance(step, Deliver)]
    for topic in dict.fromkeys((*TOPICS, *(topic for topic in recorded if topic))):
        # As in `devhook play`: what cannot be subscribed over HTTP is sent to another topic's subscriber.
        with suppress(Refused, InputError):
            shop.subscriptions.create(topic, SubscriptionInput(uri=_ADDRESS), api_version=NEWEST)
    await play(scenario, shop, None)
    return [
        Delivery(received_at=datetime.now(UTC), path="/", headers=each.headers, body=each.body)
        for each in collected.envelopes
        if not each.forged
    ]
