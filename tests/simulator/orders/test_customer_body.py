"""Customers in a payload."""

from decimal import Decimal

from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.customer_body import address_body, customer_body

SHOP = demo_shop()
ZOE, DANA = SHOP.customers[0], SHOP.customers[-1]


def test_an_address_says_name_country_and_province_in_words_and_codes():
    body = address_body(DANA, SHOP)

    assert body["name"] == "Dana Whitcombe"
    assert (body["country"], body["country_code"]) == ("United States", "US")
    assert (body["province"], body["province_code"]) == ("Vermont", "VT")
    assert body["longitude"] == Decimal("-73.2121")


def test_an_address_without_a_province_has_none():
    body = address_body(ZOE, SHOP)

    assert (body["name"], body["province"], body["province_code"]) == ("Zoë Brändle-Öztürk", None, None)


def test_a_customers_address_is_the_default_one():
    body = customer_body(ZOE, SHOP, "2026-05-04T10:12:33+01:00")

    assert body["default_address"]["customer_id"] == body["id"]
    assert (body["currency"], body["created_at"]) == ("EUR", "2023-02-11T08:14:09+01:00")
