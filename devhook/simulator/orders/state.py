"""The state of one order, and the statuses derived from it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from devhook.simulator.orders import totals
from devhook.simulator.orders.baskets import Basket, Visit
from devhook.simulator.orders.catalogue import Catalogue
from devhook.simulator.orders.fulfilments import Fulfilment
from devhook.simulator.orders.line_items import LineItem, ShippingLine
from devhook.simulator.orders.payments import Ledger
from devhook.simulator.orders.refunds import Refund
from devhook.simulator.orders.routing import Routing
from devhook.simulator.orders.totals import Totals


@dataclass(slots=True)
class OrderState:
    """One order. `discounted` is the amount of its discount."""

    catalogue: Catalogue
    basket: Basket
    visit: Visit
    id: int
    number: int
    created_at: datetime
    updated_at: datetime
    lines: list[LineItem]
    shipping: ShippingLine | None
    discounted: Decimal
    ledger: Ledger
    routing: Routing
    note: str | None
    fulfilments: list[Fulfilment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    cancelled_at: datetime | None = None
    deleted: bool = False

    @property
    def name(self) -> str:
        """Return the order's name: `#1001`."""
        return f"#{self.number}"

    @property
    def ordered(self) -> Totals:
        """Return the sums of all ordered units."""
        return totals.ordered(self.lines, self.shipping)

    @property
    def current(self) -> Totals:
        """Return the sums of the current units."""
        return totals.current(self.lines, self.shipping)

    @property
    def outstanding(self) -> Decimal:
        """Return the amount to pay; negative if too much was paid."""
        return self.current.price - self.ledger.received

    @property
    def financial_status(self) -> str:
        """Return Shopify's `financial_status`, such as `partially_refunded`."""
        return self.ledger.financial_status(self.outstanding)

    @property
    def fulfillable(self) -> int:
        """Return the number of units to ship."""
        return sum(line.fulfillable for line in self.lines)

    @property
    def fulfillment_status(self) -> str | None:
        """Return None, `partial` or `fulfilled`."""
        if not self.fulfilments:
            return None
        return "partial" if self.fulfillable else "fulfilled"
