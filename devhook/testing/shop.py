"""A simulated shop for tests: what happens to its orders becomes signed requests."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final

from devhook.errors import InputError
from devhook.forge.compose import signed_request
from devhook.forge.shopify_headers import HeaderValues, random_uuids, triggered_at
from devhook.scenario.model import Action
from devhook.shop.versions import NEWEST
from devhook.simulator.orders.actions import TOPICS, Event, NotPossible
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids
from devhook.testing.requests import WebhookRequest, Webhooks
from devhook.webhook.delivery import ORIGIN_HEADER
from devhook.webhook.topics import matching

_FIRST_NUMBER: Final = 1001
_BEGINNING: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_BETWEEN: Final = timedelta(minutes=1)


class ShopifyShop:
    """A shop whose orders are placed, paid, shipped and refunded. Each action returns its requests.

    `webhooks`: signs the requests, and names the shop.
    `topics`: the topics that the app is subscribed to, such as `orders/*`; by default all of an order's.
    `seed`: with equal seeds and actions the orders are equal.

    An action happens to the newest order. Raise ValueError for one that the order's state does not allow.

        >>> shop = ShopifyShop(Webhooks("shpss_of_the_app"), topics=["orders/*"])
        >>> [request.topic for request in shop.check_out()]
        ['orders/create', 'orders/updated']
        >>> [request.topic for request in shop.pay()]
        ['orders/updated', 'orders/paid']
    """

    def __init__(self, webhooks: Webhooks, *, topics: Collection[str] = TOPICS, seed: int = 1) -> None:
        self._webhooks = webhooks
        self._topics = {each for topic in topics for each in _named(topic)}
        self._random = Random(seed)  # noqa: S311 - not used for security
        self._catalogue = demo_shop()
        self._ids = ascending_ids(self._random)
        self._uuids = random_uuids(Random(seed))  # noqa: S311 - not used for security
        self._numbers = count(_FIRST_NUMBER)
        self._now = _BEGINNING
        self._order: SimulatedOrder | None = None
        self._last: dict[str, Any] = {}

    @property
    def order(self) -> dict[str, Any]:
        """The newest order, as `orders/updated` contained it last; empty before the first one."""
        return self._last

    def check_out(self) -> list[WebhookRequest]:
        """A customer places an order."""
        self._now += _BETWEEN
        self._order, events = SimulatedOrder.check_out(
            self._catalogue, number=next(self._numbers), ids=self._ids, random=self._random, now=self._now
        )
        return self._requests(events)

    def pay(self) -> list[WebhookRequest]:
        """The order is paid."""
        return self.act(Action.PAY)

    def edit(self) -> list[WebhookRequest]:
        """The merchant edits the order's items."""
        return self.act(Action.EDIT)

    def note(self, text: str | None = None) -> list[WebhookRequest]:
        """The merchant writes a note: `text`, or one of the shop's."""
        return self.act(Action.NOTE, note=text)

    def move_location(self) -> list[WebhookRequest]:
        """Another location is assigned: nothing visible changes in the order."""
        return self.act(Action.MOVE_LOCATION)

    def fulfil(self) -> list[WebhookRequest]:
        """A part of the order, or the rest, is shipped."""
        return self.act(Action.FULFIL)

    def track(self) -> list[WebhookRequest]:
        """The parcel gets a tracking number."""
        return self.act(Action.TRACK)

    def refund(self) -> list[WebhookRequest]:
        """A part of the order is refunded."""
        return self.act(Action.REFUND)

    def cancel(self) -> list[WebhookRequest]:
        """The order is cancelled."""
        return self.act(Action.CANCEL)

    def delete(self) -> list[WebhookRequest]:
        """The order is deleted."""
        return self.act(Action.DELETE)

    def act(self, action: str, *, note: str | None = None) -> list[WebhookRequest]:
        """Let an action happen by its name in a scenario: `pay`, `move_location`."""
        if action == Action.CHECK_OUT:
            return self.check_out()
        if self._order is None:
            raise ValueError("The shop has no order: check_out() first.")
        self._now += _BETWEEN
        try:
            return self._requests(self._order.act(Action(action), now=self._now, note=note))
        except NotPossible as refusal:
            raise ValueError(f"{refusal.message} {refusal.hint}".rstrip()) from refusal

    def _requests(self, events: Sequence[Event]) -> list[WebhookRequest]:
        event_id = self._uuids()
        made = []
        for event in events:
            if event.topic == "orders/updated":
                self._last = event.payload
            if event.topic in self._topics:
                made.append(self._request(event, event_id))
        return made

    def _request(self, event: Event, event_id: str) -> WebhookRequest:
        values = HeaderValues(
            topic=event.topic,
            shop=self._webhooks.shop,
            api_version=NEWEST,
            webhook_id=self._uuids(),
            event_id=event_id,
            triggered_at=triggered_at(self._now),
            resource_id=event.order_id,
        )
        signed = signed_request(event.payload, values, self._webhooks.secret).with_header(ORIGIN_HEADER, None)
        return WebhookRequest(topic=event.topic, headers=signed.headers, body=signed.body)


def _named(pattern: str) -> list[str]:
    try:
        found = [topic.name for topic in matching(pattern)]
    except InputError as error:
        raise ValueError(f"{error.message} {error.hint}".rstrip()) from error
    return found
