"""The simulated shop as a whole: its orders, its app's credentials, its Admin API, whom it tells what."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from pydantic import SecretStr

from devhook.forge.shopify_headers import random_uuids, triggered_at
from devhook.forge.tamper import TAMPERS, TamperContext
from devhook.scenario.model import LATE, Action, Deliver
from devhook.simulator.admin.installation import Installation
from devhook.simulator.admin.server import AdminServer
from devhook.simulator.admin.subscriptions import Subscriptions
from devhook.simulator.admin.validation import is_cloud
from devhook.simulator.delivery_worker import Attempt, DeliveryWorker
from devhook.simulator.envelope import Envelope, EventStamp, event_envelope, recorded_envelope
from devhook.simulator.orders.actions import Event, NotPossible
from devhook.simulator.orders.catalogue import Catalogue
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids, gid, token
from devhook.text import counted
from devhook.webhook.subject import Subject

_FIRST_NUMBER: Final = 1001
_DONE: Final = {
    Action.CHECK_OUT: "checked out",
    Action.PAY: "paid",
    Action.EDIT: "edited",
    Action.NOTE: "got a note",
    Action.MOVE_LOCATION: "moved to another location",
    Action.FULFIL: "shipped",
    Action.TRACK: "tracked",
    Action.REFUND: "refunded",
    Action.CANCEL: "cancelled",
    Action.DELETE: "deleted",
}
_HELD: Final = ", held back until after the next action"


def _now() -> datetime:
    return datetime.now(UTC)


class SimulatedShop:
    """A shop with one app installed. Open it with `async with`; `admin.url` is then its Admin API.

    `orders` are all that were ever placed, oldest first, by id. `secret` is the app's client secret, which
    signs its deliveries, drawn where none is given; `access_token` opens the Admin API. `routes` is the
    simulated internet and `delivery_worker.speed` the speed of retries, see DeliveryWorker; both may be
    changed at any time.
    `random` decides everything that is drawn: with equal catalogues, seeds and clocks the same orders go the
    same way, whoever subscribes to them.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        random: Random,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        speed: float = 1.0,
        listener: Callable[[Attempt], None] | None = None,
        secret: SecretStr | None = None,
    ) -> None:
        self.domain = catalogue.domain
        self.name = catalogue.name
        self.client_id = token(random)
        self.secret = secret or SecretStr(f"shpss_{token(random)}")
        self.access_token = SecretStr(f"shpat_{token(random)}")
        self.orders: dict[int, SimulatedOrder] = {}
        self.routes: dict[str, str] = {}
        self.installation = Installation(
            clock=clock,
            client_id=self.client_id,
            client_secret=self.secret,
            tokens=[self.access_token],
        )
        self.subscriptions = Subscriptions(self.installation, domain=self.domain, clock=clock)
        self.admin = AdminServer(
            self.subscriptions, self.installation, domain=self.domain, clock=clock, find=self._find
        )
        self.delivery_worker = DeliveryWorker(
            self.subscriptions, routes=self.routes, speed=speed, listener=listener, clock=clock, sleep=sleep
        )
        self._catalogue = catalogue
        self._clock = clock
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._numbers = count(_FIRST_NUMBER)
        # What is drawn for a delivery must not change what is drawn for the next order.
        self._chance = Random(random.getrandbits(64))  # noqa: S311 - a simulated shop guards nothing
        self._post_chance = Random(random.getrandbits(64))  # noqa: S311 - the same
        self._ids = ascending_ids(self._chance)
        self._uuids = random_uuids(self._post_chance)
        self._other_secret = SecretStr(f"shpss_{token(self._post_chance)}")
        self._held: list[Envelope] = []
        self._opened = AsyncExitStack()

    def _find(self, wanted: str) -> dict[str, Any] | None:
        """An order or a fulfilment order by its gid, as GraphQL hands it out."""
        for order in self.orders.values():
            told = {"__typename": "Order", "id": gid("Order", order.id), "name": order.name}
            if wanted == told["id"]:
                return told
            if wanted in order.fulfilment_orders:
                return {"__typename": "FulfillmentOrder", "id": wanted, "order": told}
        return None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.admin)
            await opening.enter_async_context(self.delivery_worker)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.aclose()

    @property
    def newest(self) -> SimulatedOrder | None:
        """The newest order that is not deleted, or None."""
        return next((order for order in reversed(self.orders.values()) if not order.deleted), None)

    def order_of(self, subject: Subject | None) -> SimulatedOrder | None:
        """The order that `subject` speaks of; the newest when the shop has no such order any more."""
        if subject is not None and subject.kind == "order" and subject.id.isdecimal():
            order = self.orders.get(int(subject.id))
            if order is not None and not order.deleted:
                return order
        return self.newest

    def refusal(self, action: Action, order_id: int | None = None) -> NotPossible | None:
        """Why `action` cannot be done with the order (the newest when none is given), or None when it can."""
        if action is Action.CHECK_OUT:
            return None
        try:
            return self._order(order_id).refusal(action)
        except NotPossible as refused:
            return refused

    async def act(
        self,
        action: Action,
        order_id: int | None = None,
        fault: str | None = None,
        *,
        note: str | None = None,
    ) -> str:
        """Let `action` happen to the order (the newest when none is given), and tell its subscribers.

        Returns a sentence: `Order #1001 paid: 3 topics, 3 deliveries.` What nobody subscribed to is a topic
        without a delivery. The deliveries are on their way when this returns; `fault` is what happens to them
        there. `note` is what action `note` writes. Raises NotPossible.
        """
        moment = self._moment()
        if action is Action.CHECK_OUT:
            order, events = SimulatedOrder.check_out(
                self._catalogue, number=next(self._numbers), ids=self._ids, random=self._chance, now=moment
            )
            self.orders[order.id] = order
        else:
            order = self._order(order_id)
            events = order.act(action, now=moment, note=note)
        topics = counted(len({event.topic for event in events}), "topic")
        out = self._out(self._sealed(events, moment), fault)
        return f"Order {order.name} {_DONE[action]}: {topics}, {out}."

    async def deliver(self, step: Deliver) -> str:
        """Send what was recorded to whoever subscribed to its topic, or else to the shop's first subscriber.

        Returns a sentence: `Recorded orders/updated #1001: 1 delivery.`
        """
        topic = step.delivery.topic or "delivery"
        subscribers = self.subscriptions.for_topic(topic) or list(self.subscriptions)[:1]
        envelopes = [
            recorded_envelope(step, each, self.secret) for each in subscribers if not is_cloud(each.uri)
        ]
        about = f" {envelopes[0].about}" if envelopes and envelopes[0].about else ""
        return f"Recorded {topic}{about}: {self._out(envelopes, step.fault)}."

    async def inject(self, fault: str, order_id: int | None = None) -> str:
        """Let a delivery go wrong with as little as can be: a note on the order, or two for one to be late.

        Where there is no order yet, one is checked out first. Returns a sentence; raises NotPossible.
        """
        if order_id is None and self.newest is None:
            await self.act(Action.CHECK_OUT)
        told = await self.act(Action.NOTE, order_id, fault)
        if fault != LATE or not self._held:
            return told
        await self.act(Action.NOTE, order_id)
        return f"Order {self._order(order_id).name} got two notes: the first is told of after the second."

    def release(self) -> int:
        """Send what is still held back to be late, and return how many deliveries that were."""
        held, self._held = self._held, []
        for envelope in held:
            self.delivery_worker.post(envelope)
        return len(held)

    async def idle(self, *, retries: bool = True) -> None:
        """Wait until every delivery is answered or given up; with `retries=False`, until each was tried.

        What is held back to be late is not waited for.
        """
        await self.delivery_worker.idle(retries=retries)

    def _order(self, order_id: int | None) -> SimulatedOrder:
        order = self.newest if order_id is None else self.orders.get(order_id)
        if order is not None:
            return order
        if order_id is None:
            raise NotPossible("There is no order yet.", "Check out first.")
        raise NotPossible(f"The shop has no order with the id {order_id}.", "Choose one of its own orders.")

    def _moment(self) -> datetime:
        """The time, always later than the last: of two actions in one tick, one is still the later."""
        self._latest = max(self._clock(), self._latest + timedelta(microseconds=1))
        return self._latest

    def _sealed(self, events: Sequence[Event], moment: datetime) -> list[Envelope]:
        """What goes to subscribers over HTTP. A cloud queue is no address that we could deliver to."""
        stamp = EventStamp(
            event_id=self._uuids(), triggered_at=triggered_at(moment, self._post_chance.randrange(1000))
        )
        return [
            event_envelope(
                event,
                subscription,
                stamp,
                shop=self.domain,
                secret=self.secret,
                webhook_id=self._uuids(),
                about=self.orders[event.order_id].name,
            )
            for event in events
            for subscription in self.subscriptions.for_topic(event.topic)
            if not is_cloud(subscription.uri)
        ]

    def _out(self, envelopes: list[Envelope], fault: str | None) -> str:
        """Send `envelopes`, and after them what was held back; return it in words."""
        sent = self._sent(envelopes, fault)
        late = self.release() if sent and fault != LATE else 0
        return (
            f"{counted(sent, 'delivery')}{_went_wrong(fault) if fault and sent else ''}"
            f"{f', and {late} held back before' if late else ''}"
        )

    def _sent(self, envelopes: list[Envelope], fault: str | None) -> int:
        """Hand `envelopes` to the delivery_worker as `fault` has it; return how many deliveries they make."""
        if fault == LATE:
            # What is held already is to come after this one too.
            self._held = envelopes + self._held
            return len(envelopes)
        if fault is not None:
            context = TamperContext(secret=self.secret, other_secret=self._other_secret)
            tampered = [
                each.tampered(TAMPERS[fault], context, webhook_id=self._uuids()) for each in envelopes
            ]
            # All of them once, then their copies.
            envelopes = [envelope for copies in zip(*tampered, strict=True) for envelope in copies]
        for envelope in envelopes:
            self.delivery_worker.post(envelope)
        return len(envelopes)


def _went_wrong(fault: str) -> str:
    return _HELD if fault == LATE else f", {TAMPERS[fault].effect}"
