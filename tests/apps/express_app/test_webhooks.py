"""The tests that the developer of this app writes with devhook.testing: the app runs, at APP_URL."""

import json
import os
import urllib.request

import pytest

from devhook.testing import (
    ShopifyShop,
    assert_idempotent,
    assert_order_independent,
    assert_rejects_bad_signatures,
)

URL = os.environ["APP_URL"]
WEBHOOKS = f"{URL}/webhooks"


def orders(method="GET"):
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/orders", method=method)) as answer:
        return json.loads(answer.read() or b"{}")


@pytest.fixture
def app():
    orders("DELETE")
    return WEBHOOKS


def test_only_shopifys_requests_are_taken(app, shopify_webhooks):
    assert_rejects_bad_signatures(shopify_webhooks, app)


def test_a_delivery_that_comes_twice_counts_once(app, shopify_webhooks):
    assert_idempotent(shopify_webhooks, app, "orders/paid", state=orders)


def test_the_newest_version_is_kept_in_whatever_order_they_come(app, shopify_webhooks):
    shop = ShopifyShop(shopify_webhooks, topics=["orders/updated"])

    def fresh():
        orders("DELETE")
        return app, orders

    requests = [*shop.check_out(), *shop.pay(), *shop.refund()]
    assert_order_independent(shopify_webhooks, requests, fresh)
