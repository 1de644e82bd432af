"""Impossible actions on an order, and their messages."""

from datetime import UTC, datetime
from random import Random

import pytest

from devhook.errors import ExitStatus
from devhook.scenario.model import Action
from devhook.simulator.orders.actions import NotPossible
from devhook.simulator.orders.baskets import Basket, Item
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids

NOW = datetime(2026, 5, 4, 9, 12, 33, tzinfo=UTC)


def order(*actions):
    shop, random = demo_shop(), Random(1)
    article = next(each for each in shop.articles if each.variant.sku == "TOWEL-2")
    basket = Basket(
        customer=shop.customers[0],
        items=(Item(article=article, quantity=1),),
        discount=None,
        rate=shop.shipping_rates[0],
        payment=shop.payments[0],
    )
    placed, _ = SimulatedOrder.check_out(
        shop, number=1001, ids=ascending_ids(random), random=random, now=NOW, basket=basket
    )
    for action in actions:
        placed.act(action, now=NOW)
    return placed


A = Action
SENT_AND_DELIVERED = (A.FULFIL, A.TRACK, A.TRACK, A.TRACK, A.TRACK)
REFUSALS = [
    ((), A.CHECK_OUT, "Order #1001 is already checked out.", "A checkout creates a new order."),
    (
        (A.PAY,),
        A.PAY,
        "Order #1001 is already paid: nothing is outstanding.",
        "Fulfil it, or refund an item.",
    ),
    ((), A.REFUND, "Order #1001 is not paid, so nothing can be refunded.", "Pay it first."),
    (
        (A.PAY, A.EDIT),
        A.REFUND,
        "Order #1001 still owes ",
        "Pay it first.",
    ),
    (
        (A.PAY, A.REFUND),
        A.REFUND,
        "Every item of order #1001 is already refunded.",
        "Edit it to add one.",
    ),
    ((A.FULFIL,), A.FULFIL, "Order #1001 has nothing left to ship.", "Track it, or refund an item."),
    (
        (A.FULFIL,),
        A.MOVE_LOCATION,
        "Order #1001 has nothing left to ship, so nothing can be moved.",
        "Move an order before it is shipped.",
    ),
    (
        (),
        A.TRACK,
        "Order #1001 has no parcel to track.",
        "Fulfil it first.",
    ),
    (SENT_AND_DELIVERED, A.TRACK, "Every parcel of order #1001 is delivered.", "Refund an item instead."),
    (
        (A.FULFIL,),
        A.CANCEL,
        "Order #1001 is partly or fully shipped and cannot be cancelled.",
        "Refund its items.",
    ),
    ((), A.DELETE, "Order #1001 is open; only a cancelled order can be deleted.", "Cancel it first."),
    (
        (A.FULFIL,),
        A.DELETE,
        "Order #1001 is open; only a cancelled order can be deleted.",
        "Cancel another order and delete that.",
    ),
    (
        (A.CANCEL,),
        A.CANCEL,
        "Order #1001 is cancelled, so it cannot be cancelled again.",
        "Check out a new order, or delete this one.",
    ),
    (
        (A.CANCEL,),
        A.FULFIL,
        "Order #1001 is cancelled, so it cannot be shipped.",
        "Check out a new order, or delete this one.",
    ),
    (
        (A.CANCEL,),
        A.EDIT,
        "Order #1001 is cancelled, so it cannot be edited.",
        "Check out a new order, or delete this one.",
    ),
    ((A.CANCEL, A.DELETE), A.NOTE, "Order #1001 is deleted.", "Check out a new order."),
]


@pytest.mark.parametrize(("before", "action", "message", "hint"), REFUSALS)
def test_an_impossible_action_gives_the_reason_and_an_alternative(before, action, message, hint):
    placed = order(*before)

    with pytest.raises(NotPossible) as refused:
        placed.act(action, now=NOW)

    assert refused.value.message.startswith(message)
    assert refused.value.hint == hint
    assert refused.value.status is ExitStatus.FAILED
    assert placed.refusal(action).message == refused.value.message


def possible(order):
    """The actions that can be done with an order now."""
    return tuple(action for action in Action if order.refusal(action) is None)


def test_the_outstanding_amount_is_shown_with_its_currency():
    placed = order(A.PAY, A.EDIT)

    owed = placed.body()["total_outstanding"]
    assert placed.refusal(A.REFUND).message == (
        f"Order #1001 still owes {owed} EUR, so nothing can be refunded."
    )


def test_a_new_order_can_be_paid_edited_noted_moved_sent_and_cancelled():
    assert possible(order()) == (A.PAY, A.EDIT, A.NOTE, A.MOVE_LOCATION, A.FULFIL, A.CANCEL)


def test_a_cancelled_order_can_still_be_noted_on_and_deleted():
    assert possible(order(A.PAY, A.CANCEL)) == (A.NOTE, A.DELETE)


def test_a_deleted_order_can_do_nothing():
    assert possible(order(A.CANCEL, A.DELETE)) == ()
