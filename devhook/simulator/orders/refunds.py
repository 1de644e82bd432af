"""Refunds: units removed from an order, the money for them, and their bodies."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from devhook.simulator.orders.catalogue import Location
from devhook.simulator.orders.line_items import LineItem, ShippingLine
from devhook.simulator.orders.payments import Transaction
from devhook.simulator.orders.values import ZERO, Currency, gid, ruby_float


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Removed units of one line, and their amounts.

    `restock_type` is `return` for shipped units, `cancel` for others.
    """

    id: int
    line: LineItem
    quantity: int
    restock_type: str
    subtotal: Decimal
    tax: Decimal
    location: Location

    def body(self, line_item: dict[str, Any], *keys: str) -> dict[str, Any]:
        """Return the refund line with its `line_item`, with these keys in this order."""
        currency = self.line.currency
        values = {
            "id": self.id,
            "line_item": line_item,
            "line_item_id": self.line.id,
            "location_id": self.location.id,
            "quantity": self.quantity,
            "restock_type": self.restock_type,
            "subtotal": ruby_float(self.subtotal),
            "subtotal_set": currency.money_set(self.subtotal),
            "total_tax": ruby_float(self.tax),
            "total_tax_set": currency.money_set(self.tax),
        }
        return {key: values[key] for key in keys}


class Adjustment(BaseModel):
    """A difference between the refunded money and the amount of the units.

    The sum of the transactions is the amount of the units minus all adjustments. Refunded shipping is a
    negative adjustment, an amount that was never paid a positive one.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    of_shipping: bool
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund. An edit or a void removes units without transactions."""

    id: int
    order_id: int
    at: str
    note: str | None
    currency: Currency
    lines: tuple[RefundLine, ...]
    transactions: tuple[Transaction, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    shipping: ShippingLine | None = None
    shipping_id: int | None = None

    def body(self) -> dict[str, Any]:
        """Return the body of `refunds/create`."""
        return {
            "id": self.id,
            "order_id": self.order_id,
            "created_at": self.at,
            "note": self.note,
            "user_id": None,
            "processed_at": self.at,
            "duties": [],
            "total_duties_set": self.currency.money_set(ZERO),
            "return": None,
            "refund_shipping_lines": self._shipping(),
            "restock": True,
            "admin_graphql_api_id": gid("Refund", self.id),
            "order_adjustments": [self._adjustment(each) for each in self.adjustments],
            "refund_line_items": [
                each.body(
                    each.line.older_body(),
                    *(
                        "id",
                        "quantity",
                        "line_item_id",
                        "location_id",
                        "restock_type",
                        "subtotal",
                        "total_tax",
                    ),
                    *("subtotal_set", "total_tax_set", "line_item"),
                )
                for each in self.lines
            ],
            "transactions": [each.body_of_refund() for each in self.transactions],
        }

    def body_in_order(self) -> dict[str, Any]:
        """Return the item of an order's `refunds`."""
        return {
            "id": self.id,
            "admin_graphql_api_id": gid("Refund", self.id),
            "created_at": self.at,
            "note": self.note,
            "order_id": self.order_id,
            "processed_at": self.at,
            "restock": True,
            "total_additional_fees_set": self.currency.money_set(ZERO),
            "total_duties_set": self.currency.money_set(ZERO),
            "user_id": None,
            "order_adjustments": [_sorted(self._adjustment(each)) for each in self.adjustments],
            "transactions": [each.body_in_order() for each in self.transactions],
            "refund_line_items": [
                each.body(
                    each.line.body(),
                    *("id", "line_item_id", "location_id", "quantity", "restock_type", "subtotal"),
                    *("subtotal_set", "total_tax", "total_tax_set", "line_item"),
                )
                for each in self.lines
            ],
            "duties": [],
            "additional_fees": [],
        }

    def _shipping(self) -> list[dict[str, Any]]:
        if self.shipping is None:
            return []
        return [
            {
                "id": self.shipping_id,
                "shipping_line_id": self.shipping.id,
                "subtotal_amount_set": self.currency.money_set(self.shipping.worth.subtotal),
                "shipping_line": self.shipping.body(),
            }
        ]

    def _adjustment(self, adjustment: Adjustment) -> dict[str, Any]:
        return {
            "id": adjustment.id,
            "order_id": self.order_id,
            "refund_id": self.id,
            "amount": self.currency.text(adjustment.amount),
            "tax_amount": self.currency.text(adjustment.tax),
            "kind": "shipping_refund" if adjustment.of_shipping else "refund_discrepancy",
            "reason": "Shipping refund" if adjustment.of_shipping else "Refund discrepancy",
            "amount_set": self.currency.money_set(adjustment.amount),
            "tax_amount_set": self.currency.money_set(adjustment.tax),
        }


def _sorted(body: dict[str, Any]) -> dict[str, Any]:
    """Return `body` with its id first and the other keys in alphabetical order, as inside an order."""
    return {"id": body["id"]} | {key: body[key] for key in sorted(body) if key != "id"}
