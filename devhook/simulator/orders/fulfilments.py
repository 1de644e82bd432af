"""Fulfilments: shipped parcels, their tracking, and their bodies."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from devhook.simulator.orders.catalogue import Location
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.values import gid

# The shipment statuses that a carrier reports, in order.
_JOURNEY: Final = (None, "in_transit", "out_for_delivery", "delivered")


class Tracking(NamedTuple):
    """The tracking of a parcel."""

    company: str
    number: str
    url: str


class Packed(NamedTuple):
    """Units of one line in one parcel."""

    line: LineItem
    quantity: int


@dataclass(slots=True)
class Fulfilment:
    """One parcel. Times are written as in a body."""

    id: int
    order_id: int
    name: str
    location: Location
    packed: tuple[Packed, ...]
    created_at: str
    updated_at: str
    tracking: Tracking | None = None
    shipment_status: str | None = None

    @property
    def delivered(self) -> bool:
        """Return whether the parcel is delivered."""
        return self.shipment_status == _JOURNEY[-1]

    def proceed(self, at: str) -> None:
        """Advance to the next shipment status."""
        self.shipment_status = _JOURNEY[_JOURNEY.index(self.shipment_status) + 1]
        self.updated_at = at

    def track(self, tracking: Tracking, at: str) -> None:
        """Set the parcel's tracking."""
        self.tracking = tracking
        self.updated_at = at

    def body(self, email: str, destination: dict[str, Any] | None) -> dict[str, Any]:
        """Return the body of `fulfillments/create` and `fulfillments/update`."""
        return {
            "id": self.id,
            "order_id": self.order_id,
            "status": "success",
            "created_at": self.created_at,
            "service": "manual",
            "updated_at": self.updated_at,
            "tracking_company": self.tracking.company if self.tracking else None,
            "shipment_status": self.shipment_status,
            "location_id": self.location.id,
            "origin_address": None,
            "email": email,
            "destination": destination,
            "line_items": [line.older_body(quantity) for line, quantity in self.packed],
            **self._tracking(),
            "receipt": {},
            "name": self.name,
            "admin_graphql_api_id": gid("Fulfillment", self.id),
        }

    def body_in_order(self) -> dict[str, Any]:
        """Return the item of an order's `fulfillments`."""
        return {
            "id": self.id,
            "admin_graphql_api_id": gid("Fulfillment", self.id),
            "created_at": self.created_at,
            "location_id": self.location.id,
            "name": self.name,
            "order_id": self.order_id,
            "origin_address": {},
            "receipt": {},
            "service": "manual",
            "shipment_status": self.shipment_status,
            "status": "success",
            "tracking_company": self.tracking.company if self.tracking else None,
            **self._tracking(),
            "updated_at": self.updated_at,
            "line_items": [line.body(quantity) for line, quantity in self.packed],
        }

    def _tracking(self) -> dict[str, Any]:
        return {
            "tracking_number": self.tracking.number if self.tracking else None,
            "tracking_numbers": [self.tracking.number] if self.tracking else [],
            "tracking_url": self.tracking.url if self.tracking else None,
            "tracking_urls": [self.tracking.url] if self.tracking else [],
        }
