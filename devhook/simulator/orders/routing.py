"""Fulfilment orders: the locations that ship an order's units, which the order's body does not contain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from devhook.simulator.orders.catalogue import Location
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.values import Ids, gid


@dataclass(slots=True)
class FulfilmentOrderLine:
    """The units of a line that a fulfilment order ships."""

    id: int
    line: LineItem
    quantity: int


@dataclass(slots=True)
class FulfilmentOrder:
    """The part of an order that one location ships. `status`: `open`, `closed` or `cancelled`."""

    id: int
    location: Location
    lines: list[FulfilmentOrderLine]
    status: str = "open"

    @property
    def gid(self) -> str:
        """Return its global id."""
        return gid("FulfillmentOrder", self.id)


@dataclass(slots=True)
class Routing:
    """All fulfilment orders of one order. At most one is open, because a move includes all units."""

    ids: Ids
    orders: list[FulfilmentOrder] = field(default_factory=list)

    @property
    def open(self) -> FulfilmentOrder | None:
        """Return the open fulfilment order, or None."""
        return next((order for order in self.orders if order.status == "open"), None)

    @property
    def location(self) -> Location:
        """Return the location of the newest fulfilment order."""
        return self.orders[-1].location

    def route(self, lines: Sequence[LineItem], location: Location) -> FulfilmentOrder:
        """Assign all units of `lines` that are not shipped to `location`."""
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
        """Assign `line` to the location of the open fulfilment order, or else of the newest."""
        if self.open is None:
            self.route([line], self.location)
        else:
            self.open.lines.append(FulfilmentOrderLine(self.ids(), line, line.fulfillable))

    def settle(self) -> None:
        """Update the open fulfilment order after units were shipped or removed."""
        order = self.open
        if order is None:
            return
        for part in order.lines:
            part.quantity = part.line.fulfillable
        if not any(part.quantity for part in order.lines):
            order.status = "closed"

    def move(self, order: FulfilmentOrder, destination: Location) -> dict[str, Any]:
        """Move the open units of `order` to `destination`; return the body of `fulfillment_orders/moved`."""
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
        """Cancel `order`; return the body of `fulfillment_orders/cancelled`."""
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
