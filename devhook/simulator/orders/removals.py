"""Removes units from an order: for a refund, an edit or a cancellation."""

from collections.abc import Sequence
from decimal import Decimal

from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.refunds import Adjustment, Refund, RefundLine
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import ZERO, Ids


def refund_one(order: OrderState, ids: Ids) -> Refund:
    """Remove one unit of the first refundable line, and refund it."""
    line = next(line for line in order.lines if line.refundable)
    worth = line.worth(line.current).total - line.worth(line.current - 1).total
    return _remove(order, [(line, 1)], ids, note="One item came back", amount=worth)


def remove_one(order: OrderState, line: LineItem, ids: Ids) -> Refund:
    """Remove one unit of `line` without a refund of money, as an edit does.

    Shopify lists the removed units of an edit in the order's refunds, without transactions.
    """
    return _remove(order, [(line, 1)], ids)


def remove_all(order: OrderState, ids: Ids) -> Refund:
    """Remove all units and refund all received money, including shipping, as a cancellation does."""
    received = order.ledger.received
    adjustments = _adjustments(order, received, ids) if received else ()
    units = [(line, line.current) for line in order.lines if line.current]
    refund = _remove(order, units, ids, note="Order canceled", amount=received, adjustments=adjustments)
    if order.shipping:
        order.shipping.charged = False
    return refund


def _remove(
    order: OrderState,
    units: Sequence[tuple[LineItem, int]],
    ids: Ids,
    *,
    note: str | None = None,
    amount: Decimal = ZERO,
    adjustments: Sequence[Adjustment] = (),
) -> Refund:
    at = order.catalogue.time(order.updated_at)
    shipping = order.shipping if any(each.of_shipping for each in adjustments) else None
    refund = Refund(
        id=ids(),
        order_id=order.id,
        at=at,
        note=note,
        currency=order.catalogue.money,
        lines=tuple(_refund_line(order, line, quantity, ids) for line, quantity in units),
        transactions=tuple(order.ledger.refund(amount, at)),
        adjustments=tuple(adjustments),
        shipping=shipping,
        shipping_id=ids() if shipping else None,
    )
    order.refunds.append(refund)
    return refund


def _refund_line(order: OrderState, line: LineItem, quantity: int, ids: Ids) -> RefundLine:
    before, after = line.worth(line.current), line.worth(line.current - quantity)
    sent = line.fulfilled - line.returned >= quantity
    if sent:
        line.returned += quantity
    else:
        line.removed += quantity
    return RefundLine(
        id=ids(),
        line=line,
        quantity=quantity,
        restock_type="return" if sent else "cancel",
        subtotal=before.subtotal - after.subtotal,
        tax=before.tax - after.tax,
        location=order.routing.location,
    )


def _adjustments(order: OrderState, received: Decimal, ids: Ids) -> tuple[Adjustment, ...]:
    """Return the differences between the refunded `received` money and the amount of the units."""
    found = []
    if order.shipping and order.shipping.worth.total:
        worth = order.shipping.worth
        found.append(Adjustment(id=ids(), of_shipping=True, amount=-worth.subtotal, tax=-worth.tax))
    never_paid = order.current.price - received
    if never_paid:
        found.append(Adjustment(id=ids(), of_shipping=False, amount=never_paid, tax=ZERO))
    return tuple(found)
