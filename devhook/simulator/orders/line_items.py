"""The line items and the shipping line of an order: their amounts and their bodies."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from devhook.simulator.orders import taxes
from devhook.simulator.orders.catalogue import Article, ShippingRate, Tax
from devhook.simulator.orders.taxes import TaxLine
from devhook.simulator.orders.values import ZERO, Currency, gid


class Worth(BaseModel):
    """The amounts of some units, in whole coins.

    - `price`: before discounts.
    - `discount`: what is subtracted from the price.
    - `taxes`: the taxes on the subtotal.
    - `included`: whether price and subtotal include the taxes.
    """

    model_config = ConfigDict(frozen=True)

    price: Decimal
    discount: Decimal
    taxes: tuple[TaxLine, ...]
    included: bool

    @property
    def subtotal(self) -> Decimal:
        """Return the price minus the discount."""
        return self.price - self.discount

    @property
    def tax(self) -> Decimal:
        """Return the sum of the taxes."""
        return taxes.total(self.taxes)

    @property
    def total(self) -> Decimal:
        """Return what the buyer pays."""
        return self.subtotal if self.included else self.subtotal + self.tax


class Allocation(BaseModel):
    """A line's share of the order's `index`-th discount."""

    model_config = ConfigDict(frozen=True)

    index: int
    amount: Decimal


@dataclass(slots=True)
class LineItem:
    """A line item and the state of its units.

    - `quantity`: the ordered units.
    - `fulfilled`: the shipped units; `returned`: those of them that were returned.
    - `removed`: the units that were removed before shipping.
    - `allocation`: its share of the order's discount.
    - `taxes`, `taxes_included`: its taxes, and whether the price includes them.
    - `engraving`: the text on it.
    """

    id: int
    article: Article
    quantity: int
    currency: Currency
    taxes: tuple[Tax, ...]
    taxes_included: bool
    allocation: Allocation | None = None
    engraving: str | None = None
    fulfilled: int = 0
    removed: int = 0
    returned: int = 0

    @property
    def current(self) -> int:
        """Return the number of ordered units that are neither removed nor returned."""
        return self.quantity - self.removed - self.returned

    @property
    def fulfillable(self) -> int:
        """Return the number of units to ship."""
        return self.quantity - self.fulfilled - self.removed

    @property
    def fulfillment_status(self) -> str | None:
        """Return None, `partial` or `fulfilled`."""
        if not self.fulfilled:
            return None
        return "partial" if self.fulfillable else "fulfilled"

    @property
    def refundable(self) -> bool:
        """Return whether a unit with a price above 0 can be refunded."""
        return self.worth(self.current).total > 0

    def worth(self, units: int) -> Worth:
        """Return the amounts of the first `units` units.

        The amount of one unit is the difference of two such values, so that all units add up to the line.
        """
        price = self.article.variant.price * units
        whole = self.allocation.amount if self.allocation else ZERO
        discount = self.currency.rounded(whole * units / self.quantity)
        return Worth(
            price=price,
            discount=discount,
            taxes=taxes.tax_lines(self.taxes, price - discount, self.currency, included=self.taxes_included),
            included=self.taxes_included,
        )

    def body(self, quantity: int | None = None) -> dict[str, Any]:
        """Return the line item of an order, or with `quantity` that of a fulfilment inside an order."""
        values = self._values(quantity)
        values["tax_lines"] = taxes.line_bodies(self.worth(self.quantity).taxes, self.currency)
        values["discount_allocations"] = self._allocations(
            "amount", "amount_set", "discount_application_index"
        )
        return {key: values[key] for key in _KEYS}

    def older_body(self, quantity: int | None = None) -> dict[str, Any]:
        """Return the line item of `fulfillments/*` and `refunds/create`: fewer keys, in an older order."""
        values = self._values(quantity)
        values["tax_lines"] = taxes.older_bodies(self.worth(self.quantity).taxes, self.currency)
        values["discount_allocations"] = self._allocations(
            "amount", "discount_application_index", "amount_set"
        )
        return {key: values[key] for key in _OLDER_KEYS}

    def _values(self, quantity: int | None) -> dict[str, Any]:
        product, variant = self.article.product, self.article.variant
        return {
            "id": self.id,
            "admin_graphql_api_id": gid("LineItem", self.id),
            "attributed_staffs": [],
            "current_quantity": self.current,
            "fulfillable_quantity": self.fulfillable,
            "fulfillment_service": "manual",
            "fulfillment_status": self.fulfillment_status,
            "gift_card": False,
            "grams": variant.grams,
            "name": self.article.name,
            "price": self.currency.text(variant.price),
            "price_set": self.currency.money_set(variant.price),
            "product_exists": True,
            "product_id": product.id,
            "properties": [{"name": "Engraving", "value": self.engraving}] if self.engraving else [],
            "quantity": self.quantity if quantity is None else quantity,
            "requires_shipping": product.requires_shipping,
            "sales_line_item_group_id": None,
            "sku": variant.sku,
            "taxable": bool(self.taxes),
            "title": product.title,
            # Discounts on the order are allocations; this is for discounts on a single line.
            "total_discount": self.currency.text(ZERO),
            "total_discount_set": self.currency.money_set(ZERO),
            "variant_id": variant.id,
            "variant_inventory_management": "shopify",
            "variant_title": self.article.variant_title,
            "vendor": product.vendor,
            "duties": [],
        }

    def _allocations(self, *keys: str) -> list[dict[str, Any]]:
        return _allocation_bodies(self.allocation, self.currency, keys)


@dataclass(slots=True)
class ShippingLine:
    """The shipping line of an order. `charged`: whether the buyer pays it."""

    id: int
    rate: ShippingRate
    currency: Currency
    taxes: tuple[Tax, ...]
    taxes_included: bool
    allocation: Allocation | None = None
    charged: bool = True

    @property
    def worth(self) -> Worth:
        """Return the amounts at the checkout."""
        price = self.rate.price
        discount = self.allocation.amount if self.allocation else ZERO
        return Worth(
            price=price,
            discount=discount,
            taxes=taxes.tax_lines(self.taxes, price - discount, self.currency, included=self.taxes_included),
            included=self.taxes_included,
        )

    def body(self) -> dict[str, Any]:
        """Return the shipping line of an order."""
        discounted = self.worth.subtotal
        return {
            "id": self.id,
            "carrier_identifier": None,
            "code": self.rate.code,
            "current_discounted_price_set": self.currency.money_set(discounted if self.charged else ZERO),
            "discounted_price": self.currency.text(discounted),
            "discounted_price_set": self.currency.money_set(discounted),
            "is_removed": False,
            "phone": None,
            "price": self.currency.text(self.rate.price),
            "price_set": self.currency.money_set(self.rate.price),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "title": self.rate.title,
            "tax_lines": taxes.line_bodies(self.worth.taxes, self.currency),
            "discount_allocations": _allocation_bodies(
                self.allocation, self.currency, ("amount", "amount_set", "discount_application_index")
            ),
        }


def _allocation_bodies(
    allocation: Allocation | None, currency: Currency, keys: tuple[str, ...]
) -> list[dict[str, Any]]:
    if allocation is None:
        return []
    values = {
        "amount": currency.text(allocation.amount),
        "amount_set": currency.money_set(allocation.amount),
        "discount_application_index": allocation.index,
    }
    return [{key: values[key] for key in keys}]


# The 2026-07 documentation's keys, in its order: https://shopify.dev/docs/api/webhooks/latest
_KEYS: Final = (
    "id",
    "admin_graphql_api_id",
    "attributed_staffs",
    "current_quantity",
    "fulfillable_quantity",
    "fulfillment_service",
    "fulfillment_status",
    "gift_card",
    "grams",
    "name",
    "price",
    "price_set",
    "product_exists",
    "product_id",
    "properties",
    "quantity",
    "requires_shipping",
    "sales_line_item_group_id",
    "sku",
    "taxable",
    "title",
    "total_discount",
    "total_discount_set",
    "variant_id",
    "variant_inventory_management",
    "variant_title",
    "vendor",
    "tax_lines",
    "duties",
    "discount_allocations",
)
_OLDER_KEYS: Final = (
    "id",
    "variant_id",
    "title",
    "quantity",
    "sku",
    "variant_title",
    "vendor",
    "fulfillment_service",
    "product_id",
    "requires_shipping",
    "taxable",
    "gift_card",
    "name",
    "variant_inventory_management",
    "properties",
    "product_exists",
    "fulfillable_quantity",
    "grams",
    "price",
    "total_discount",
    "fulfillment_status",
    "price_set",
    "total_discount_set",
    "discount_allocations",
    "duties",
    "admin_graphql_api_id",
    "tax_lines",
)
