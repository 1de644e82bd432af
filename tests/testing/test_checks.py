"""The assertions pass beside a right app, and fail, with what is wrong, beside each faulty one."""

import pytest

from devhook.testing import (
    ShopifyShop,
    assert_idempotent,
    assert_order_independent,
    assert_rejects_bad_signatures,
)
from tests.testing.conftest import CLIENTS, Orders, flask_client


@pytest.mark.parametrize("name", CLIENTS)
def test_a_right_app_passes(webhooks, orders, name):
    client = CLIENTS[name](orders)

    assert_rejects_bad_signatures(webhooks, client)
    assert_idempotent(webhooks, client, "orders/paid", lambda: orders.deliveries)


def test_an_app_that_verifies_nothing_is_found_out_with_each_way(webhooks, orders):
    orders.verifies = False

    with pytest.raises(AssertionError) as failed:
        assert_rejects_bad_signatures(webhooks, flask_client(orders))

    for way in ("body", "secret", "missing-signature", "re-serialised"):
        assert f"{way} (" in str(failed.value)


def test_an_app_that_rejects_everything_is_found_out(webhooks):
    with pytest.raises(AssertionError, match="A valid orders/updated was answered 404"):
        assert_rejects_bad_signatures(webhooks, _elsewhere())


def _elsewhere():
    from flask import Flask

    return Flask("empty").test_client()


def test_an_app_that_counts_twice_is_found_out(webhooks, orders):
    orders.remembers = False

    with pytest.raises(AssertionError, match="The second delivery of orders/paid had an effect: 1 became 2"):
        assert_idempotent(webhooks, flask_client(orders), "orders/paid", lambda: orders.deliveries)


@pytest.mark.parametrize("compares", [True, False])
def test_an_app_that_keeps_what_came_last_is_found_out(webhooks, compares):
    shop = ShopifyShop(webhooks, topics=["orders/updated"])
    requests = [*shop.check_out(), *shop.pay(), *shop.note("Ring twice"), *shop.fulfil()]

    def fresh():
        orders = Orders()
        orders.compares = compares
        return flask_client(orders), lambda: orders.stored

    if compares:
        assert_order_independent(webhooks, requests, fresh)
    else:
        with pytest.raises(AssertionError, match="In the order orders/updated, "):
            assert_order_independent(webhooks, requests, fresh)


def test_the_shops_actions_are_its_life_and_refusals_are_value_errors(webhooks):
    shop = ShopifyShop(webhooks)
    with pytest.raises(ValueError, match="no order"):
        shop.pay()

    created = shop.check_out()
    assert {request.topic for request in created} >= {"orders/create", "orders/updated"}
    assert len({request.header("X-Shopify-Event-Id") for request in created}) == 1
    shop.pay()
    assert shop.order["financial_status"] == "paid"
    shop.fulfil()
    shop.track()
    assert any(request.topic == "refunds/create" for request in shop.refund())
    with pytest.raises(ValueError, match="paid"):
        shop.pay()
    with pytest.raises(ValueError, match="orders/updated"):
        ShopifyShop(webhooks, topics=["orders/update"])
