"""Taking units back out of an order: by a refund, by an edit, by a cancellation."""

from collections.abc import Sequence
from decimal import Decimal

from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.refunds import Adjustment, Refund, RefundLine
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import ZERO, Ids


def refund_one(order: OrderState, ids: Ids) -> Refund:
    """Take one unit of the first line that has any back, and give its worth back."""
    line = next(line for line in order.lines if line.refundable)
    worth = line.worth(line.current).total - line.worth(line.current - 1).total
    return _take_out(order, [(line, 1)], ids, note="One item came back", amount=worth)


def take_one(order: OrderState, line: LineItem, ids: Ids) -> Refund:
    """Take one unit of `line` out without giving anything back, as an edit does.

    Shopify keeps what an edit takes out among the order's refunds, without transactions.
    """
    return _take_out(order, [(line, 1)], ids)


def take_everything(order: OrderState, ids: Ids) -> Refund:
    """Take all units out and give back all that was received, shipping included, as a cancellation does."""
    held = order.ledger.received
    adjustments = _adjustments(order, held, ids) if held else ()
    kept = [(line, line.current) for line in order.lines if line.current]
    refund = _take_out(order, kept, ids, note="Order canceled", amount=held, adjustments=adjustments)
    if order.shipping:
        order.shipping.charged = False
    return refund


def _take_out(
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
        lines=tuple(_taken_out(order, line, quantity, ids) for line, quantity in units),
        transactions=tuple(order.ledger.refund(amount, at)),
        adjustments=tuple(adjustments),
        shipping=shipping,
        shipping_id=ids() if shipping else None,
    )
    order.refunds.append(refund)
    return refund


def _taken_out(order: OrderState, line: LineItem, quantity: int, ids: Ids) -> RefundLine:
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


def _adjustments(order: OrderState, held: Decimal, ids: Ids) -> tuple[Adjustment, ...]:
    """What makes the `held` money, all of which is given back, differ from what the units are worth."""
    found = []
    if order.shipping and order.shipping.worth.total:
        worth = order.shipping.worth
        found.append(Adjustment(id=ids(), of_shipping=True, amount=-worth.subtotal, tax=-worth.tax))
    never_paid = order.current.price - held
    if never_paid:
        found.append(Adjustment(id=ids(), of_shipping=False, amount=never_paid, tax=ZERO))
    return tuple(found)
