"""Fulfilment orders: the location that an order's units are sent from, which the order's body never says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from devhook.simulator.orders.catalogue import Location
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.values import Ids, gid


@dataclass(slots=True)
class FulfilmentOrderLine:
    """A line's units that one fulfilment order is to send."""

    id: int
    line: LineItem
    quantity: int


@dataclass(slots=True)
class FulfilmentOrder:
    """The part of an order that one location is to send. `status`: `open`, `closed` or `cancelled`."""

    id: int
    location: Location
    lines: list[FulfilmentOrderLine]
    status: str = "open"

    @property
    def gid(self) -> str:
        """Its global id."""
        return gid("FulfillmentOrder", self.id)


@dataclass(slots=True)
class Routing:
    """All fulfilment orders of one order. At most one is open: what moves, moves as a whole."""

    ids: Ids
    orders: list[FulfilmentOrder] = field(default_factory=list)

    @property
    def open(self) -> FulfilmentOrder | None:
        """The one that still has something to send."""
        return next((order for order in self.orders if order.status == "open"), None)

    @property
    def location(self) -> Location:
        """From where the newest one is sent."""
        return self.orders[-1].location

    def route(self, lines: Sequence[LineItem], location: Location) -> FulfilmentOrder:
        """Let `location` send all units of `lines` that are still to be sent."""
        order = FulfilmentOrder(
            id=self.ids(),
            location=location,
            lines=[
                FulfilmentOrderLine(self.ids(), line, line.fulfillable) for line in lines if line.fulfillable
            ],
        )
        self.orders.append(order)
        return order

    def add(self, line: LineItem) -> None:
        """Let the location that has the rest of the order send `line` too."""
        if self.open is None:
            self.route([line], self.location)
        else:
            self.open.lines.append(FulfilmentOrderLine(self.ids(), line, line.fulfillable))

    def settle(self) -> None:
        """Follow the lines after units were sent or taken out."""
        order = self.open
        if order is None:
            return
        for part in order.lines:
            part.quantity = part.line.fulfillable
        if not any(part.quantity for part in order.lines):
            order.status = "closed"

    def move(self, order: FulfilmentOrder, destination: Location) -> dict[str, Any]:
        """Let `destination` send what `order` still has; return the body of `fulfillment_orders/moved`."""
        requested = [part for part in order.lines if part.quantity]
        order.status = "closed"
        moved = self.route([part.line for part in requested], destination)
        return {
            "original_fulfillment_order": _assigned(order),
            "moved_fulfillment_order": _assigned(moved),
            "destination_location_id": gid("Location", destination.id),
            "fulfillment_order_line_items_requested": [
                {"id": gid("FulfillmentOrderLineItem", part.id), "quantity": part.quantity}
                for part in requested
            ],
            "source_location": {"id": gid("Location", order.location.id)},
        }

    def cancel(self, order: FulfilmentOrder) -> dict[str, Any]:
        """Give `order` up; return the body of `fulfillment_orders/cancelled`."""
        order.status = "cancelled"
        return {
            "fulfillment_order": {"id": order.gid, "status": order.status},
            "replacement_fulfillment_order": None,
        }


def routed_body(order: FulfilmentOrder) -> dict[str, Any]:
    """Return the body of `fulfillment_orders/order_routing_complete`."""
    return {"fulfillment_order": {"id": order.gid, "status": order.status}}


def _assigned(order: FulfilmentOrder) -> dict[str, Any]:
    return {
        "id": order.gid,
        "status": order.status,
        "assigned_location_id": gid("Location", order.location.id),
    }
