"""Fulfilments: parcels that were sent, how they are tracked, and their bodies."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from devhook.simulator.orders.catalogue import Location
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.values import gid

# What a carrier reports, in this order, once a parcel has its number.
_JOURNEY: Final = (None, "in_transit", "out_for_delivery", "delivered")


class Tracking(NamedTuple):
    """How a parcel is found."""

    company: str
    number: str
    url: str


class Packed(NamedTuple):
    """Units of one line in one parcel."""

    line: LineItem
    quantity: int


@dataclass(slots=True)
class Fulfilment:
    """One parcel. Times are as they stand in a body."""

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
        """Whether there is nothing more to be heard of it."""
        return self.shipment_status == _JOURNEY[-1]

    def proceed(self, at: str) -> None:
        """Let the carrier report the next stage of the way."""
        self.shipment_status = _JOURNEY[_JOURNEY.index(self.shipment_status) + 1]
        self.updated_at = at

    def track(self, tracking: Tracking, at: str) -> None:
        """Put the parcel's number on it."""
        self.tracking = tracking
        self.updated_at = at

    def body(self, email: str, destination: dict[str, Any] | None) -> dict[str, Any]:
        """The fulfilment as `fulfillments/create` and `fulfillments/update` have it."""
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
        """The fulfilment as an order's `fulfillments` have it."""
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
