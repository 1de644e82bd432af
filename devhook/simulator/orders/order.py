"""An order of the simulated shop, and its actions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any, Self

from devhook.scenario.model import Action
from devhook.simulator.orders.actions import Event, NotPossible
from devhook.simulator.orders.baskets import Basket, draw_basket
from devhook.simulator.orders.body import order_body
from devhook.simulator.orders.catalogue import Catalogue
from devhook.simulator.orders.checkout import place
from devhook.simulator.orders.customer_body import address_body
from devhook.simulator.orders.edits import edit
from devhook.simulator.orders.fulfilments import Fulfilment, Packed, Tracking
from devhook.simulator.orders.payments import Transaction
from devhook.simulator.orders.removals import refund_one, remove_all
from devhook.simulator.orders.routing import routed_body
from devhook.simulator.orders.rules import refusal
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import Ids


class SimulatedOrder:
    """One order: its state, its body, and the actions that change it.

    Pure: ids, randomness and times are arguments. Equal catalogues, seeds and times give equal events.
    """

    def __init__(self, state: OrderState, *, ids: Ids, random: Random) -> None:
        self._state = state
        self._ids = ids
        self._random = random

    @classmethod
    def check_out(
        cls,
        catalogue: Catalogue,
        *,
        number: int,
        ids: Ids,
        random: Random,
        now: datetime,
        basket: Basket | None = None,
    ) -> tuple[Self, list[Event]]:
        """Place an order with `basket`, or with a random one; return it and its events."""
        basket = basket or draw_basket(catalogue, random)
        state = place(catalogue, basket, number=number, ids=ids, random=random, now=now)
        order = cls(state, ids=ids, random=random)
        routed = state.routing.route(state.lines, catalogue.locations[0])
        due = state.ordered.price
        promised = [state.ledger.promise(due, catalogue.time(now))] if due else []
        return order, [
            *order._orders(Action.CHECK_OUT, "orders/create"),
            *order._transactions(Action.CHECK_OUT, promised),
            *order._orders(Action.CHECK_OUT, "orders/updated"),
            order._event(Action.CHECK_OUT, "fulfillment_orders/order_routing_complete", routed_body(routed)),
        ]

    @property
    def id(self) -> int:
        """Return the order's id."""
        return self._state.id

    @property
    def number(self) -> int:
        """Return the number in its name: 1001."""
        return self._state.number

    @property
    def name(self) -> str:
        """Return its name: `#1001`."""
        return self._state.name

    @property
    def fulfilment_orders(self) -> frozenset[str]:
        """Return the gids of all its fulfilment orders, including closed ones."""
        return frozenset(each.gid for each in self._state.routing.orders)

    @property
    def deleted(self) -> bool:
        """Return whether it is deleted and allows no more actions."""
        return self._state.deleted

    def refusal(self, action: Action) -> NotPossible | None:
        """Return why `action` is not possible now; None if it is."""
        return refusal(self._state, action)

    def body(self) -> dict[str, Any]:
        """Return the current body of `orders/*`: all 93 keys, in wire order."""
        return order_body(self._state)

    def act(self, action: Action, *, now: datetime, note: str | None = None) -> list[Event]:
        """Perform `action`, and return its events in Shopify's order.

        `note` is the text for action `note`; None: one of the catalogue's notes; empty: removes the note.
        Raises NotPossible.
        """
        refused = self.refusal(action)
        if refused:
            raise refused
        self._state.updated_at = now
        happen: dict[Action, Callable[[], list[Event]]] = {
            Action.PAY: self._pay,
            Action.EDIT: self._edit,
            Action.NOTE: lambda: self._note(note),
            Action.MOVE_LOCATION: self._move_location,
            Action.FULFIL: self._fulfil,
            Action.TRACK: self._track,
            Action.REFUND: self._refund,
            Action.CANCEL: self._cancel,
            Action.DELETE: self._delete,
        }
        return happen[action]()

    def _pay(self) -> list[Event]:
        state = self._state
        taken = state.ledger.capture(state.outstanding, self._now)
        topics = ["orders/updated"] if state.outstanding > 0 else ["orders/updated", "orders/paid"]
        return [*self._transactions(Action.PAY, [taken]), *self._orders(Action.PAY, *topics)]

    def _note(self, text: str | None) -> list[Event]:
        state = self._state
        if text is None:
            text = self._random.choice([each for each in state.catalogue.notes if each != state.note])
        state.note = text or None
        return self._orders(Action.NOTE, "orders/updated")

    def _edit(self) -> list[Event]:
        edited = edit(self._state, ids=self._ids, random=self._random)
        return [
            self._event(Action.EDIT, "orders/edited", edited),
            *self._orders(Action.EDIT, "orders/updated"),
        ]

    def _move_location(self) -> list[Event]:
        state = self._state
        order = state.routing.open
        assert order is not None  # noqa: S101 - checked by the rules
        places = state.catalogue.locations
        moved = state.routing.move(order, places[(places.index(order.location) + 1) % len(places)])
        return [
            *self._orders(Action.MOVE_LOCATION, "orders/updated"),
            self._event(Action.MOVE_LOCATION, "fulfillment_orders/moved", moved),
        ]

    def _fulfil(self) -> list[Event]:
        state = self._state
        parcel = Fulfilment(
            id=self._ids(),
            order_id=state.id,
            name=f"{state.name}.{len(state.fulfilments) + 1}",
            location=state.routing.location,
            packed=tuple(self._packed()),
            created_at=self._now,
            updated_at=self._now,
        )
        for line, quantity in parcel.packed:
            line.fulfilled += quantity
        state.fulfilments.append(parcel)
        state.routing.settle()
        topic = "orders/partially_fulfilled" if state.fulfillable else "orders/fulfilled"
        return [
            self._event(Action.FULFIL, "fulfillments/create", self._parcel_body(parcel)),
            *self._orders(Action.FULFIL, "orders/updated", topic),
        ]

    def _track(self) -> list[Event]:
        """Set the tracking of the newest parcel without one; if all have one, advance the oldest."""
        state = self._state
        parcel = next((each for each in reversed(state.fulfilments) if each.tracking is None), None)
        if parcel:
            carrier = self._random.choice(state.catalogue.carriers)
            number = f"{carrier.prefix}{self._random.randrange(10**11):011}"
            parcel.track(Tracking(carrier.company, number, carrier.url.format(number=number)), self._now)
        else:
            parcel = next(each for each in state.fulfilments if not each.delivered)
            parcel.proceed(self._now)
        return [
            self._event(Action.TRACK, "fulfillments/update", self._parcel_body(parcel)),
            *self._orders(Action.TRACK, "orders/updated"),
        ]

    def _refund(self) -> list[Event]:
        refund = refund_one(self._state, self._ids)
        self._state.routing.settle()
        return [
            self._event(Action.REFUND, "refunds/create", refund.body()),
            *self._transactions(Action.REFUND, refund.transactions),
            *self._orders(Action.REFUND, "orders/updated"),
        ]

    def _cancel(self) -> list[Event]:
        """Remove all units, refund what was received, and void what was promised."""
        state = self._state
        promised, routed = state.ledger.promised, state.routing.open
        refund = remove_all(state, self._ids)
        state.cancelled_at = state.updated_at
        voided = [state.ledger.void(promised, self._now)] if promised else []
        gone = [state.routing.cancel(routed)] if routed else []
        refunded = (
            [self._event(Action.CANCEL, "refunds/create", refund.body())] if refund.transactions else []
        )
        return [
            *self._orders(Action.CANCEL, "orders/cancelled", "orders/updated"),
            *refunded,
            *self._transactions(Action.CANCEL, [*refund.transactions, *voided]),
            *(self._event(Action.CANCEL, "fulfillment_orders/cancelled", each) for each in gone),
        ]

    def _delete(self) -> list[Event]:
        self._state.deleted = True
        return [self._event(Action.DELETE, "orders/delete", {"id": self._state.id})]

    @property
    def _now(self) -> str:
        return self._state.catalogue.time(self._state.updated_at)

    def _packed(self) -> list[Packed]:
        """Return the content of the next parcel: a part of the order first, then the rest."""
        state = self._state
        waiting = [line for line in state.lines if line.fulfillable]
        if not state.fulfilments and len(waiting) > 1:
            waiting = waiting[: len(waiting) // 2]
        elif not state.fulfilments and state.fulfillable > 1:
            return [Packed(waiting[0], waiting[0].fulfillable // 2)]
        return [Packed(line, line.fulfillable) for line in waiting]

    def _parcel_body(self, parcel: Fulfilment) -> dict[str, Any]:
        state = self._state
        customer = state.basket.customer
        destination = address_body(customer, state.catalogue) if state.shipping else None
        return parcel.body(customer.email, destination)

    def _orders(self, action: Action, *topics: str) -> list[Event]:
        return [self._event(action, topic, self.body()) for topic in topics]

    def _transactions(self, action: Action, transactions: Sequence[Transaction]) -> list[Event]:
        return [self._event(action, "order_transactions/create", each.body()) for each in transactions]

    def _event(self, action: Action, topic: str, payload: dict[str, Any]) -> Event:
        return Event(topic=topic, payload=payload, action=action, order_id=self._state.id)
