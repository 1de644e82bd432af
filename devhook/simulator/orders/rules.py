"""The rules that decide which actions an order's state allows."""

from collections.abc import Callable
from typing import Final

from devhook.scenario.model import Action
from devhook.simulator.orders.actions import NotPossible
from devhook.simulator.orders.state import OrderState


def refusal(order: OrderState, action: Action) -> NotPossible | None:
    """Return why `action` is not possible with `order`; None if it is."""
    if order.deleted:
        return NotPossible(f"Order {order.name} is deleted.", "Check out a new order.")
    if order.cancelled_at and action in _NEEDS_LIVE:
        return NotPossible(
            f"Order {order.name} is cancelled, so it cannot be {_NEEDS_LIVE[action]}.",
            "Check out a new order, or delete this one.",
        )
    return _RULES[action](order)


def _check_out(order: OrderState) -> NotPossible | None:
    return NotPossible(f"Order {order.name} is already checked out.", "A checkout creates a new order.")


def _pay(order: OrderState) -> NotPossible | None:
    if order.outstanding > 0:
        return None
    return NotPossible(
        f"Order {order.name} is already paid: nothing is outstanding.", "Fulfil it, or refund an item."
    )


def _move_location(order: OrderState) -> NotPossible | None:
    if order.routing.open:
        return None
    return NotPossible(
        f"Order {order.name} has nothing left to ship, so nothing can be moved.",
        "Move an order before it is shipped.",
    )


def _fulfil(order: OrderState) -> NotPossible | None:
    if order.fulfillable:
        return None
    return NotPossible(f"Order {order.name} has nothing left to ship.", "Track it, or refund an item.")


def _track(order: OrderState) -> NotPossible | None:
    if not order.fulfilments:
        return NotPossible(f"Order {order.name} has no parcel to track.", "Fulfil it first.")
    if all(parcel.delivered for parcel in order.fulfilments):
        return NotPossible(f"Every parcel of order {order.name} is delivered.", "Refund an item instead.")
    return None


def _refund(order: OrderState) -> NotPossible | None:
    if not order.ledger.captured:
        return NotPossible(f"Order {order.name} is not paid, so nothing can be refunded.", "Pay it first.")
    if not any(line.refundable for line in order.lines):
        return NotPossible(f"Every item of order {order.name} is already refunded.", "Edit it to add one.")
    if order.outstanding > 0:
        money = order.catalogue.money
        owed = f"{money.text(order.outstanding)} {money.code}"
        return NotPossible(
            f"Order {order.name} still owes {owed}, so nothing can be refunded.", "Pay it first."
        )
    return None


def _cancel(order: OrderState) -> NotPossible | None:
    if not order.fulfilments:
        return None
    return NotPossible(
        f"Order {order.name} is partly or fully shipped and cannot be cancelled.", "Refund its items."
    )


def _delete(order: OrderState) -> NotPossible | None:
    if order.cancelled_at:
        return None
    return NotPossible(
        f"Order {order.name} is open; only a cancelled order can be deleted.",
        "Cancel another order and delete that." if order.fulfilments else "Cancel it first.",
    )


def _never(_order: OrderState) -> None:
    return None


_RULES: Final[dict[Action, Callable[[OrderState], NotPossible | None]]] = {
    Action.CHECK_OUT: _check_out,
    Action.PAY: _pay,
    Action.EDIT: _never,
    Action.NOTE: _never,
    Action.MOVE_LOCATION: _move_location,
    Action.FULFIL: _fulfil,
    Action.TRACK: _track,
    Action.REFUND: _refund,
    Action.CANCEL: _cancel,
    Action.DELETE: _delete,
}
_NEEDS_LIVE: Final = {
    Action.PAY: "paid",
    Action.EDIT: "edited",
    Action.MOVE_LOCATION: "moved",
    Action.FULFIL: "shipped",
    Action.TRACK: "tracked",
    Action.REFUND: "refunded",
    Action.CANCEL: "cancelled again",
}
