"""The sums of an order: of all ordered units, and of the current units after edits and refunds."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from devhook.simulator.orders import taxes
from devhook.simulator.orders.line_items import LineItem, ShippingLine, Worth
from devhook.simulator.orders.taxes import TaxLine
from devhook.simulator.orders.values import ZERO


class Totals(BaseModel):
    """The sums of some units and their shipping."""

    model_config = ConfigDict(frozen=True)

    goods: Decimal
    """The prices of the lines before discounts."""
    subtotal: Decimal
    """The prices of the lines after discounts, including taxes if the prices do."""
    shipping: Decimal
    """The shipping after its discount."""
    discounts: Decimal
    taxes: tuple[TaxLine, ...]
    price: Decimal
    """The amount that the buyer pays."""

    @property
    def tax(self) -> Decimal:
        """Return the sum of the taxes."""
        return taxes.total(self.taxes)


def ordered(lines: Sequence[LineItem], shipping: ShippingLine | None) -> Totals:
    """Return the sums of all ordered units."""
    return _totals([line.worth(line.quantity) for line in lines], shipping.worth if shipping else None)


def current(lines: Sequence[LineItem], shipping: ShippingLine | None) -> Totals:
    """Return the sums of the current units."""
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
