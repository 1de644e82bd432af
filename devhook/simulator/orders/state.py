"""Everything that is known of one order, and the statuses that follow from it."""

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
    """One order. `discounted` is what its discount came to."""

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
        """What people call the order: `#1001`."""
        return f"#{self.number}"

    @property
    def ordered(self) -> Totals:
        """The sums of everything that was ever ordered."""
        return totals.ordered(self.lines, self.shipping)

    @property
    def current(self) -> Totals:
        """The sums of what the buyer keeps."""
        return totals.current(self.lines, self.shipping)

    @property
    def outstanding(self) -> Decimal:
        """What the buyer still owes; negative when too much was paid."""
        return self.current.price - self.ledger.received

    @property
    def financial_status(self) -> str:
        """`pending`, `authorized`, `partially_paid`, `paid`, `partially_refunded`, `refunded` or `voided`."""
        return self.ledger.financial_status(self.outstanding)

    @property
    def fulfillable(self) -> int:
        """How many units are still to be sent."""
        return sum(line.fulfillable for line in self.lines)

    @property
    def fulfillment_status(self) -> str | None:
        """None, `partial` or `fulfilled`."""
        if not self.fulfilments:
            return None
        return "partial" if self.fulfillable else "fulfilled"
