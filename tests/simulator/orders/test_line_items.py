"""Line items: what their units are worth and where they are."""

from decimal import Decimal

import pytest

from devhook.simulator.orders.catalogue import Tax, demo_shop
from devhook.simulator.orders.line_items import Allocation, LineItem, ShippingLine

SHOP = demo_shop()


def line(quantity, discount="0", *, included=True):
    return LineItem(
        id=1,
        article=next(each for each in SHOP.articles if each.variant.sku == "TOWEL-2"),
        quantity=quantity,
        currency=SHOP.money,
        taxes=(Tax(title="MwSt.", rate=Decimal("0.19")),),
        taxes_included=included,
        allocation=Allocation(index=0, amount=Decimal(discount)),
    )


def test_the_worth_is_the_price_less_the_discount_with_the_tax_on_it():
    worth = line(3, "10.00", included=False).worth(3)

    assert (worth.price, worth.subtotal) == (Decimal("59.97"), Decimal("49.97"))
    assert (worth.tax, worth.total) == (Decimal("9.49"), Decimal("59.46"))


def test_an_included_tax_is_paid_with_the_price():
    worth = line(1).worth(1)

    assert (worth.tax, worth.total) == (Decimal("3.19"), Decimal("19.99"))


@pytest.mark.parametrize("included", [True, False])
def test_what_the_units_are_worth_one_by_one_adds_up_to_all_of_them(included):
    whole = line(7, "10.00", included=included)

    single = [whole.worth(units).total - whole.worth(units - 1).total for units in range(1, 8)]

    assert sum(single) == whole.worth(7).total
    assert max(single) - min(single) <= Decimal("0.03")


def test_units_are_counted_by_what_became_of_them():
    some = line(5)
    some.fulfilled, some.removed, some.returned = 2, 1, 1

    assert (some.current, some.fulfillable, some.fulfillment_status) == (3, 2, "partial")
    body = some.body()
    assert (body["quantity"], body["current_quantity"], body["fulfillable_quantity"]) == (5, 3, 2)


def test_a_parcel_shows_its_own_quantity():
    assert line(5).body(2)["quantity"] == 2
    assert line(5).older_body(2)["quantity"] == 2
    assert line(5).older_body()["quantity"] == 5


def test_a_line_that_was_discounted_to_nothing_cannot_be_refunded():
    assert line(2).refundable
    assert not line(2, "39.98").refundable


def test_a_product_of_one_kind_has_no_variant_title():
    body = line(1).body()

    assert (body["variant_title"], body["name"]) == (None, "Linen tea towel, set of two")


def test_shipping_that_is_no_longer_charged_keeps_its_price():
    sending = ShippingLine(
        id=2, rate=SHOP.shipping_rates[0], currency=SHOP.money, taxes=(), taxes_included=True, charged=False
    )

    body = sending.body()

    assert (body["price"], body["discounted_price"]) == ("4.90", "4.90")
    assert body["current_discounted_price_set"]["shop_money"]["amount"] == "0.00"
