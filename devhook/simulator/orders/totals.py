"""The sums of an order: as it was ordered, and as it stands after edits, refunds and a cancellation."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from devhook.simulator.orders import taxes
from devhook.simulator.orders.line_items import LineItem, ShippingLine, Worth
from devhook.simulator.orders.taxes import TaxLine
from devhook.simulator.orders.values import ZERO


class Totals(BaseModel):
    """The sums of some units and of what sending them costs."""

    model_config = ConfigDict(frozen=True)

    goods: Decimal
    """The lines' prices before any discount."""
    subtotal: Decimal
    """The lines' prices less their discounts; tax is in it where prices hold the tax."""
    shipping: Decimal
    """What sending costs, less its discount."""
    discounts: Decimal
    taxes: tuple[TaxLine, ...]
    price: Decimal
    """What the buyer pays."""

    @property
    def tax(self) -> Decimal:
        """All taxes together."""
        return taxes.total(self.taxes)


def ordered(lines: Sequence[LineItem], shipping: ShippingLine | None) -> Totals:
    """Return the sums of everything that was ever ordered."""
    return _totals([line.worth(line.quantity) for line in lines], shipping.worth if shipping else None)


def current(lines: Sequence[LineItem], shipping: ShippingLine | None) -> Totals:
    """Return the sums of what the buyer keeps."""
    kept = shipping.worth if shipping and shipping.charged else None
    return _totals([line.worth(line.current) for line in lines], kept)


def _totals(goods: Sequence[Worth], sending: Worth | None) -> Totals:
    everything = [*goods, sending] if sending else list(goods)
    return Totals(
        goods=sum((each.price for each in goods), ZERO),
        subtotal=sum((each.subtotal for each in goods), ZERO),
        shipping=sending.subtotal if sending else ZERO,
        discounts=sum((each.discount for each in everything), ZERO),
        taxes=taxes.merged([line for each in everything for line in each.taxes]),
        price=sum((each.total for each in everything), ZERO),
    )
