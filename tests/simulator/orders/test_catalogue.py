"""The demo shop: invented, consistent and full of edge cases."""

import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from devhook.resources import fixtures
from devhook.simulator.orders.catalogue import Catalogue, demo_shop

SHOP = demo_shop()


def test_the_shop_has_enough_to_sell():
    assert SHOP.domain == "devhook-demo.myshopify.com"
    assert len(SHOP.products) >= 8
    assert len(SHOP.locations) >= 2
    skus = [article.variant.sku for article in SHOP.articles]
    assert len(skus) == len(set(skus))


def test_ids_are_not_repeated():
    text = (fixtures() / "shop.json").read_text(encoding="utf-8")

    ids = re.findall(r'"id": (\d+)', text)

    assert len(ids) == len(set(ids))


def test_no_person_in_the_demo_shop_is_reachable():
    for customer in SHOP.customers:
        assert customer.email.endswith("@example.com")
        for phone in (customer.phone, customer.address.phone):
            assert phone is None or re.fullmatch(r"555-01\d\d", phone)


def test_the_demo_shop_contains_edge_cases():
    text = SHOP.model_dump_json()

    assert all(sign in text for sign in "äß花<>&/“")
    assert any(ord(character) > 0xFFFF for customer in SHOP.customers for character in customer.note or "")


def test_times_are_written_in_the_shops_zone():
    assert SHOP.time(datetime(2026, 5, 4, 23, 30, 0, 999_999, tzinfo=UTC)) == "2026-05-05T00:30:00+01:00"


def test_every_country_has_one_market():
    assert SHOP.market("DE").taxes_included
    assert not SHOP.market("US").taxes_included
    with pytest.raises(ValueError, match="no market for XX"):
        SHOP.market("XX")


def test_a_customer_whom_nothing_can_be_sent_to_is_refused():
    shop = SHOP.model_dump()
    shop["shipping_rates"] = [rate for rate in shop["shipping_rates"] if "US" not in rate["countries"]]

    with pytest.raises(ValidationError, match="no shipping rate for"):
        Catalogue.model_validate(shop)
