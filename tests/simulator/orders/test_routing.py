"""From which location an order's units are sent."""

from itertools import count

from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.routing import Routing, routed_body

SHOP = demo_shop()
HERE, THERE, _ = SHOP.locations


def line(quantity):
    return LineItem(
        id=1,
        article=SHOP.articles[0],
        quantity=quantity,
        currency=SHOP.money,
        taxes=(),
        taxes_included=True,
    )


def routed(*lines):
    routing = Routing(ids=count(10).__next__)
    return routing, routing.route(lines, HERE)


def test_a_new_order_is_routed_to_one_location():
    routing, order = routed(line(2), line(1))

    assert routing.open is order
    assert [part.quantity for part in order.lines] == [2, 1]
    assert routed_body(order) == {
        "fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/10", "status": "open"}
    }


def test_what_is_moved_leaves_a_closed_order_behind_and_opens_another():
    sent, waiting = line(1), line(2)
    routing, order = routed(sent, waiting)
    sent.fulfilled = 1
    routing.settle()

    body = routing.move(order, THERE)

    assert body["original_fulfillment_order"]["status"] == "closed"
    assert body["moved_fulfillment_order"]["status"] == "open"
    assert body["moved_fulfillment_order"]["id"] == routing.open.gid
    assert body["fulfillment_order_line_items_requested"] == [
        {"id": f"gid://shopify/FulfillmentOrderLineItem/{order.lines[1].id}", "quantity": 2}
    ]
    assert routing.location is THERE
    assert [other.status for other in routing.orders] == ["closed", "open"]


def test_an_order_with_nothing_left_is_closed():
    only = line(1)
    routing, order = routed(only)

    only.fulfilled = 1
    routing.settle()

    assert order.status == "closed"
    assert routing.open is None


def test_what_is_added_is_sent_with_the_rest_or_by_a_new_order():
    only, added, later = line(1), line(1), line(1)
    routing, order = routed(only)

    routing.add(added)
    assert [part.line for part in order.lines] == [only, added]

    only.fulfilled = added.fulfilled = 1
    routing.settle()
    routing.add(later)
    assert routing.open is not order
    assert routing.open.location is HERE


def test_a_cancelled_one_is_replaced_by_none():
    routing, order = routed(line(1))

    body = routing.cancel(order)

    assert body == {
        "fulfillment_order": {"id": order.gid, "status": "cancelled"},
        "replacement_fulfillment_order": None,
    }
    assert routing.open is None
