"""Taking units back out of an order."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from devhook.simulator.orders.baskets import Basket, Item
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.checkout import new_line, place
from devhook.simulator.orders.removals import refund_one, remove_all, remove_one
from devhook.simulator.orders.values import ascending_ids

SHOP = demo_shop()
NOW = datetime(2026, 5, 4, 9, 12, 33, tzinfo=UTC)
AT = SHOP.time(NOW)
IDS = ascending_ids(Random(2))


def paid(quantity=2, *, customer=SHOP.customers[-1], rate=SHOP.shipping_rates[-1]):
    article = next(each for each in SHOP.articles if each.variant.sku == "TOWEL-2")
    basket = Basket(
        customer=customer,
        items=(Item(article=article, quantity=quantity),),
        discount=None,
        rate=rate,
        payment=SHOP.payments[0],
    )
    order = place(SHOP, basket, number=1001, ids=IDS, random=Random(1), now=NOW)
    order.routing.route(order.lines, SHOP.locations[0])
    order.ledger.promise(order.ordered.price, AT)
    order.ledger.capture(order.outstanding, AT)
    return order


def test_one_unit_is_given_back_with_its_tax():
    order = paid()

    refund = refund_one(order, IDS)

    assert [str(each.amount) for each in refund.transactions] == ["21.39"]
    body = refund.body()["refund_line_items"][0]
    assert (body["subtotal"], body["total_tax"]) == (Decimal("19.99"), Decimal("1.4"))
    assert body["location_id"] == SHOP.locations[0].id
    assert order.outstanding == 0


def test_a_unit_is_taken_out_without_money_going_back():
    order = paid()

    refund = remove_one(order, order.lines[0], IDS)

    assert refund.transactions == ()
    assert order.lines[0].removed == 1
    assert order.outstanding == Decimal("-21.39")
    assert order.refunds == [refund]


def test_everything_is_given_back_with_the_shipping_and_its_tax():
    order = paid()
    whole = order.ordered.price

    refund = remove_all(order, IDS)

    assert sum(each.amount for each in refund.transactions) == whole
    adjustment = refund.body()["order_adjustments"][0]
    assert (adjustment["kind"], adjustment["amount"], adjustment["tax_amount"]) == (
        "shipping_refund",
        "-18.50",
        "-1.30",
    )
    assert (order.current.price, order.outstanding, order.financial_status) == (0, 0, "refunded")


def test_what_was_never_paid_is_not_given_back():
    order = paid()
    order.lines.append(new_line(SHOP.articles[0], 1, SHOP.market("US"), SHOP, IDS))

    refund = remove_all(order, IDS)

    kinds = [each["kind"] for each in refund.body()["order_adjustments"]]
    assert kinds == ["shipping_refund", "refund_discrepancy"]
    assert order.ledger.received == 0


def test_free_shipping_is_nothing_to_give_back():
    free = SHOP.shipping_rates[-1].model_copy(update={"price": Decimal(0)})

    assert remove_all(paid(rate=free), IDS).body()["order_adjustments"] == []
