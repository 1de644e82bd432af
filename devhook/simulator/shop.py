"""The simulated shop: its orders, its app's credentials, its Admin API, and its deliveries."""

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
    """A shop with one app installed. Open it with `async with`.

    With equal catalogues, seeds and clocks, equal actions give equal orders, whatever the subscriptions.

    - `domain`, `name`: from the catalogue.
    - `client_id`, `secret`: the app's credentials; `secret` signs its deliveries and is random if not given.
    - `access_token`: authorizes requests to the Admin API at `admin.url`.
    - `orders`: all orders by id, oldest first, including deleted ones.
    - `routes`: maps public origins to local ones, see DeliveryWorker. It can be changed at any time.
    - `installation`, `subscriptions`, `admin`, `delivery_worker`: its parts.
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
        # Separate generators, so that the random values of deliveries do not change the next order.
        self._random = Random(random.getrandbits(64))  # noqa: S311 - not used for security
        self._delivery_random = Random(random.getrandbits(64))  # noqa: S311 - the same
        self._ids = ascending_ids(self._random)
        self._uuids = random_uuids(self._delivery_random)
        self._other_secret = SecretStr(f"shpss_{token(self._delivery_random)}")
        self._held: list[Envelope] = []
        self._opened = AsyncExitStack()

    def _find(self, wanted: str) -> dict[str, Any] | None:
        """Return an order or a fulfilment order by its gid, in GraphQL's form."""
        for order in self.orders.values():
            found = {"__typename": "Order", "id": gid("Order", order.id), "name": order.name}
            if wanted == found["id"]:
                return found
            if wanted in order.fulfilment_orders:
                return {"__typename": "FulfillmentOrder", "id": wanted, "order": found}
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
        """Return the newest order that is not deleted, or None."""
        return next((order for order in reversed(self.orders.values()) if not order.deleted), None)

    def order_of(self, subject: Subject | None) -> SimulatedOrder | None:
        """Return the order of `subject`; the newest order if that one does not exist or is deleted."""
        if subject is not None and subject.kind == "order" and subject.id.isdecimal():
            order = self.orders.get(int(subject.id))
            if order is not None and not order.deleted:
                return order
        return self.newest

    def refusal(self, action: Action, order_id: int | None = None) -> NotPossible | None:
        """Return why the order (None: the newest) does not allow `action`; None if it does."""
        if action is Action.CHECK_OUT:
            return None
        try:
            return self._order(order_id).refusal(action)
        except NotPossible as refusal:
            return refusal

    async def act(
        self,
        action: Action,
        order_id: int | None = None,
        fault: str | None = None,
        *,
        note: str | None = None,
    ) -> str:
        """Perform `action` on the order (None: the newest), and deliver its events.

        Returns a sentence: `Order #1001 paid: 3 topics, 3 deliveries.` A topic without subscribers has no
        deliveries. They are under way when this returns. `fault` is their fault, `note` the text for action
        `note`. Raises NotPossible.
        """
        moment = self._moment()
        if action is Action.CHECK_OUT:
            order, events = SimulatedOrder.check_out(
                self._catalogue, number=next(self._numbers), ids=self._ids, random=self._random, now=moment
            )
            self.orders[order.id] = order
        else:
            order = self._order(order_id)
            events = order.act(action, now=moment, note=note)
        topics = counted(len({event.topic for event in events}), "topic")
        out = self._send_all(self._envelopes(events, moment), fault)
        return f"Order {order.name} {_DONE[action]}: {topics}, {out}."

    async def deliver(self, step: Deliver) -> str:
        """Send a recorded delivery to the subscribers of its topic, or else to the shop's first subscription.

        Returns a sentence: `Recorded orders/updated #1001: 1 delivery.`
        """
        topic = step.delivery.topic or "delivery"
        subscribers = self.subscriptions.for_topic(topic) or list(self.subscriptions)[:1]
        envelopes = [
            recorded_envelope(step, each, self.secret) for each in subscribers if not is_cloud(each.uri)
        ]
        about = f" {envelopes[0].about}" if envelopes and envelopes[0].about else ""
        return f"Recorded {topic}{about}: {self._send_all(envelopes, step.fault)}."

    async def inject(self, fault: str, order_id: int | None = None) -> str:
        """Cause a delivery with `fault` by the smallest action: a note on the order, or two for a late one.

        If there is no order, one is checked out first. Returns a sentence. Raises NotPossible.
        """
        if order_id is None and self.newest is None:
            await self.act(Action.CHECK_OUT)
        sentence = await self.act(Action.NOTE, order_id, fault)
        if fault != LATE or not self._held:
            return sentence
        await self.act(Action.NOTE, order_id)
        return f"Order {self._order(order_id).name} got two notes: the first is delivered after the second."

    def release(self) -> int:
        """Send the late deliveries that are still held back, and return their number."""
        held, self._held = self._held, []
        for envelope in held:
            self.delivery_worker.post(envelope)
        return len(held)

    async def idle(self, *, retries: bool = True) -> None:
        """Wait until every delivery is accepted or failed; with `retries=False`, until each was sent once.

        Late deliveries that are held back do not count.
        """
        await self.delivery_worker.idle(retries=retries)

    def _order(self, order_id: int | None) -> SimulatedOrder:
        order = self.newest if order_id is None else self.orders.get(order_id)
        if order is not None:
            return order
        if order_id is None:
            raise NotPossible("The shop has no order.", "Check out first.")
        raise NotPossible(f"The shop has no order with the id {order_id}.", "Use one of its orders.")

    def _moment(self) -> datetime:
        """Return the time, always later than the previous one, also within one tick of the clock."""
        self._latest = max(self._clock(), self._latest + timedelta(microseconds=1))
        return self._latest

    def _envelopes(self, events: Sequence[Event], moment: datetime) -> list[Envelope]:
        """Return the deliveries of the events over HTTP. Cloud queues cannot be delivered to."""
        stamp = EventStamp(
            event_id=self._uuids(), triggered_at=triggered_at(moment, self._delivery_random.randrange(1000))
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

    def _send_all(self, envelopes: list[Envelope], fault: str | None) -> str:
        """Send `envelopes`, then what was held back; return both numbers in words."""
        sent = self._post(envelopes, fault)
        late = self.release() if sent and fault != LATE else 0
        return (
            f"{counted(sent, 'delivery')}{_fault_text(fault) if fault and sent else ''}"
            f"{f', and {late} held back before' if late else ''}"
        )

    def _post(self, envelopes: list[Envelope], fault: str | None) -> int:
        """Post `envelopes` with `fault`; return the number of deliveries."""
        if fault == LATE:
            # The deliveries that are already held back must come after these.
            self._held = envelopes + self._held
            return len(envelopes)
        if fault is not None:
            context = TamperContext(secret=self.secret, other_secret=self._other_secret)
            tampered = [
                each.tampered(TAMPERS[fault], context, webhook_id=self._uuids()) for each in envelopes
            ]
            # First all deliveries, then their copies.
            envelopes = [envelope for copies in zip(*tampered, strict=True) for envelope in copies]
        for envelope in envelopes:
            self.delivery_worker.post(envelope)
        return len(envelopes)


def _fault_text(fault: str) -> str:
    return _HELD if fault == LATE else f", {TAMPERS[fault].effect}"
